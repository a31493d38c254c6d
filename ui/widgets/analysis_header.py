"""The row above the video: which item is on show, ways to what matters in it, tools, panels."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QMenu, QPushButton, QSizePolicy, QToolButton, QWidget

from core.domain.evidence import EvidenceKind, EvidenceState, StoredEvidence
from ui.icons import Icon, icon
from ui.plain import plain_tip, spelled
from ui.shortcuts import Command, keys_of
from ui.theme import ButtonKind, scaled
from ui.tokens import SPACE
from ui.widgets.buttons import push_button, tool_button
from ui.widgets.choice_box import ChoiceBox


class AnalysisHeader(QFrame):
    """Chooser of the item, and buttons.

    Signals:
        item_chosen: (int) evidence id.
        command_asked: (Command) a button was pressed.
    """

    item_chosen = Signal(int)
    command_asked = Signal(Command)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "toolbar")
        self._listed: tuple[StoredEvidence, ...] = ()
        self._items = ChoiceBox(self)
        self._items.setAccessibleName(self.tr("Evidence item"))
        self._items.setToolTip(self.tr("Choose the video or picture to look at"))
        self._items.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._items.setMinimumContentsLength(16)
        self._items.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._items.setIconSize(QSize(scaled(2 * SPACE), scaled(2 * SPACE)))
        self._items.activated.connect(self._on_activated)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(SPACE, SPACE // 2, SPACE, SPACE // 2)
        self._row.setSpacing(SPACE // 2)
        self._row.addWidget(self._items, 1)
        self._row.addSpacing(SPACE)
        self._ways = [
            self._add(Command.NEXT_TRACK, Icon.FACE, self.tr("Next track")),
            self._add(Command.PEAK, Icon.ANALYSIS, self.tr("Highest fake score")),
            self._add(Command.NEXT_UNREVIEWED, Icon.PERSON, self.tr("Next without a review")),
        ]
        self._row.addSpacing(SPACE)
        self._draw = self._tool(Command.DRAW_FACE, Icon.DRAW_BOX, self.tr("Draw a face that was missed"))
        self._draw.setCheckable(True)
        self._cut = self._tool(
            Command.CUT_TRACK, Icon.SPLIT, self.tr("Cut the track: from this frame on it shows somebody else")
        )
        self._panels = QMenu(self)
        self._add_menu()
        self.show_items(())

    def show_items(self, items: Sequence[StoredEvidence]) -> None:
        """List the items of the case; the chosen one stays chosen."""
        former, self._listed = self._listed, tuple(items)
        n_kept = len(former)
        if [_name(stored) for stored in items[:n_kept]] != [_name(stored) for stored in former]:
            chosen = self.chosen()
            self._items.clear()
            self._append(items)
            self.choose(chosen)
        else:
            # Items come at the end, and change their states: a list of thousands is not made anew for that.
            for place, (old, new) in enumerate(zip(former, items, strict=False)):
                if old.state is not new.state:
                    self._items.setItemText(place, self._item_words(new))
            self._append(items[n_kept:])
        self._items.setEnabled(bool(items))

    def _append(self, items: Sequence[StoredEvidence]) -> None:
        chosen = self._items.currentIndex()
        picture, video = icon(Icon.IMAGE), icon(Icon.VIDEO)
        for stored in items:
            glyph = picture if stored.item.kind is EvidenceKind.IMAGE else video
            self._items.addItem(glyph, self._item_words(stored), stored.id)
            place = self._items.count() - 1
            self._items.setItemData(place, plain_tip(str(stored.item.path)), Qt.ItemDataRole.ToolTipRole)
        self._items.setCurrentIndex(chosen)  # Qt chooses the first that is added

    def choose(self, evidence_id: int | None) -> None:
        """Show which item is on show; None shows none."""
        self._items.setCurrentIndex(-1 if evidence_id is None else self._items.findData(evidence_id))

    def chosen(self) -> int | None:
        """Return the item shown as chosen."""
        found: int | None = self._items.currentData()
        return found

    def set_available(self, *, has_tracks: bool, can_draw: bool, can_cut: bool) -> None:
        """Say what can be done now."""
        for button in self._ways:
            button.setEnabled(has_tracks)
        self._draw.setEnabled(can_draw)
        self._cut.setEnabled(can_cut)

    def set_drawing(self, is_drawing: bool) -> None:
        """Show whether a face is being drawn."""
        self._draw.setChecked(is_drawing)

    def add_panel_action(self, action: QAction) -> None:
        """Put an action into the menu of panels."""
        self._panels.addAction(action)

    def _on_activated(self, place: int) -> None:
        self.item_chosen.emit(self._items.itemData(place))

    def _item_words(self, stored: StoredEvidence) -> str:
        state = {
            EvidenceState.QUEUED: self.tr("not analysed yet"),
            EvidenceState.RUNNING: self.tr("analysis not finished"),
            EvidenceState.DONE: self.tr("analysed"),
            EvidenceState.FAILED: self.tr("failed"),
        }[stored.state]
        return f"{stored.id} · {spelled(stored.item.path.name)} – {state}"

    def _add(self, command: Command, glyph: Icon, name: str) -> QPushButton:
        button = push_button(name, kind=ButtonKind.FLAT, glyph=glyph, keys=keys_of(command), parent=self)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda: self.command_asked.emit(command))
        self._row.addWidget(button)
        return button

    def _tool(self, command: Command, glyph: Icon, name: str) -> QToolButton:
        button = tool_button(glyph, name, keys=keys_of(command), parent=self)
        button.clicked.connect(lambda: self.command_asked.emit(command))
        self._row.addWidget(button)
        return button

    def _add_menu(self) -> None:
        button = tool_button(Icon.LAYERS, self.tr("Panels"), parent=self)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(self._panels)
        self._row.addWidget(button)


def _name(stored: StoredEvidence) -> tuple[int, str]:
    """What an item is, whatever its state; other cases number theirs alike."""
    return stored.id, stored.item.sha256
