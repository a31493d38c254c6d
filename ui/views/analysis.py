"""The analysis page: the video with its boxes, its timeline, and panels about the faces in it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from core.domain.arrays import FloatArray
from core.domain.evidence import FrameRecord, ShownFrame, StoredEvidence
from core.domain.time import TimePoint, TimeRange
from ui.icons import Icon
from ui.shortcuts import Command, ShortcutGroup, command_of
from ui.widgets.analysis_docks import AnalysisDocks
from ui.widgets.analysis_header import AnalysisHeader
from ui.widgets.canvas_faces import CanvasFace
from ui.widgets.empty_state import EmptyState
from ui.widgets.notice_strip import NoticeStrip
from ui.widgets.timeline import ZOOM_STEP, Timeline
from ui.widgets.timeline_content import TimelineContent
from ui.widgets.transport import Transport
from ui.widgets.video_canvas import VideoCanvas

__all__ = ["AnalysisView"]

_GROUPS = (ShortcutGroup.PLAYBACK, ShortcutGroup.MARKS, ShortcutGroup.TIMELINE, ShortcutGroup.REVIEW)
_OF_EVIDENCE = (Command.ANALYSE, Command.ANALYSE_RANGE)


class AnalysisView(QWidget):
    """Analysis page. It knows nothing of the case but what it is told. Times are seconds on the stream's clock.

    Attributes:
        canvas, timeline, transport, header: its parts.

    Signals:
        item_chosen: (int) evidence id to be shown.
        command_asked: (Command) a key or a button; those of zooming and fitting are followed here.
        time_chosen: (Fraction, bool) a moment, and whether it is final: False while dragging.
        range_changed: (TimeRange) the marks moved; seconds from the stream's first picture.
        track_chosen: (int) id of a track whose box or lane was chosen.
        box_drawn: (BBox) a face that a person drew, px of the frame on show.
        drawing_ended: a person drew a face, or gave it up.
        map_opacity_changed: (float) how much of the identity map covers the frame, [0, 1].
        notice_followed: the button of the notice was pressed.
        evidence_asked: there is nothing to show; go to where evidence is added.
    """

    item_chosen = Signal(int)
    command_asked = Signal(Command)
    time_chosen = Signal(object, bool)
    range_changed = Signal(object)
    track_chosen = Signal(int)
    box_drawn = Signal(object)
    drawing_ended = Signal()
    map_opacity_changed = Signal(float)
    notice_followed = Signal()
    evidence_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.header = AnalysisHeader(self)
        self.notice = NoticeStrip(self)
        self.canvas = VideoCanvas(self)
        self.transport = Transport(self)
        self.timeline = Timeline(self)
        self._docks = AnalysisDocks(self.canvas, self._time_parts(), self)
        self._empty = EmptyState(Icon.VIDEO, "", "", parent=self)
        self._work = self._arranged()
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._work)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self._connect()
        self.show_items(())
        self.show_item(None)

    # --- panels

    def set_person_panel(self, panel: QWidget) -> None:
        """Put the panel of persons into its dock, right of the video."""
        self._docks.set_person_panel(panel)

    def set_face_strip(self, strip: QWidget) -> None:
        """Put the faces into their dock, left of the video."""
        self._docks.set_face_strip(strip)

    def take_focus(self) -> None:
        """Let the keys go to the video."""
        if self._stack.currentWidget() is self._work:
            self.canvas.setFocus()

    # --- the item

    def show_items(self, items: Sequence[StoredEvidence]) -> None:
        """List the items of the case."""
        self.header.show_items(items)
        if not items:
            self._empty.set_words(
                self.tr("No video to look at yet"),
                self.tr("Add videos or pictures on the case page. They are shown here while they are being analysed."),
                self.tr("Go to the case page"),
            )
        self._stack.setCurrentWidget(self._work if items else self._empty)

    def show_item(self, stored: StoredEvidence | None) -> None:
        """Begin with another item: nothing of the former one stays. None shows none."""
        self.header.choose(stored.id if stored is not None else None)
        self.notice.say("")
        self.canvas.set_frame(None)
        self.canvas.set_faces(())
        self.canvas.set_identity_map(None)
        self.timeline.set_content(TimelineContent())
        self.timeline.clear_range()
        self.show_extent(Fraction(0), Fraction(0))
        self.show_speed(0)
        self.set_available(has_tracks=False, can_draw=False, can_cut=False)

    def show_notice(self, words: str, action_text: str = "") -> None:
        """Say what is missing, with a button for what can be done about it; '' says nothing."""
        self.notice.say(words, action_text)

    def show_extent(self, first: Fraction, last: Fraction) -> None:
        """Tell the times of the first and the last frame."""
        self.transport.set_extent(first, last)
        self.transport.set_time(first)

    def show_timeline(self, content: TimelineContent) -> None:
        """Show curves, lanes, cuts and bookmarks."""
        self.timeline.set_content(content)

    def set_available(self, *, has_tracks: bool, can_draw: bool, can_cut: bool) -> None:
        """Say what can be done now."""
        self.header.set_available(has_tracks=has_tracks, can_draw=can_draw, can_cut=can_cut)

    # --- the frame

    def show_frame(self, shown: ShownFrame, record: FrameRecord | None, *, has_analysis: bool) -> None:
        """Show a frame; see `VideoCanvas.set_frame`."""
        self.canvas.set_frame(shown, record, has_analysis=has_analysis)
        self.show_time(shown.frame.time)

    def show_time(self, time: TimePoint) -> None:
        """Move playhead and clock."""
        self.timeline.set_playhead(time.seconds)
        self.transport.set_time(time.seconds)

    def show_faces(self, faces: Sequence[CanvasFace], *, are_exact: bool) -> None:
        """Show boxes; not exact ones are of a neighbouring frame."""
        self.canvas.set_faces(faces, are_exact=are_exact)

    def show_identity_map(self, map_hw: FloatArray | None, frame_to_crop: FloatArray | None, caption: str) -> None:
        """Lay an identity map over the frame, or, with None, say in `caption` why there is none."""
        self.canvas.set_identity_map(map_hw, frame_to_crop, caption)
        self.transport.set_map_available(map_hw is not None, caption)

    def set_map_opacity(self, opacity: float) -> None:
        """Say how much of the identity map covers the frame, [0, 1]."""
        self.transport.set_map_opacity(opacity)
        self.canvas.set_map_opacity(opacity)

    def show_speed(self, speed: int) -> None:
        """Show how it plays; see `Transport.set_speed`."""
        self.transport.set_speed(speed)

    def select_track(self, track_id: int | None) -> None:
        """Mark a track in the timeline."""
        self.timeline.set_selected_track(track_id)

    # --- marks and drawing

    def mark_in(self, seconds: Fraction) -> None:
        """Begin the range to analyse here."""
        self.timeline.mark_in(seconds)

    def mark_out(self, seconds: Fraction) -> None:
        """End the range to analyse here."""
        self.timeline.mark_out(seconds)

    def clear_range(self) -> None:
        """Forget the range."""
        self.timeline.clear_range()

    def start_drawing(self) -> None:
        """Let a person draw the box of a face."""
        self.canvas.start_drawing()
        self.header.set_drawing(self.canvas.is_drawing)

    def end_drawing(self) -> None:
        """Stop drawing."""
        self.canvas.end_drawing()
        self.header.set_drawing(False)

    # --- layout

    def saved_layout(self) -> bytes:
        """Return where the docks stand."""
        return self._docks.saved_layout()

    def restore_layout(self, saved: bytes) -> None:
        """Put the docks where they stood; nonsense is ignored."""
        self._docks.restore_layout(saved)

    def reset_layout(self) -> None:
        """Put the docks where they stood at first."""
        self._docks.reset_layout()

    # --- keys

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Take the focus, so that the keys of this page work at once."""
        super().showEvent(event)
        self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Follow the keys of this page, also when a part of it has the focus and does not need them."""
        command = command_of(event, _GROUPS)
        if command is None:
            asked = command_of(event, (ShortcutGroup.EVIDENCE,))
            command = asked if asked in _OF_EVIDENCE else None
        if command is None:
            event.ignore()
        else:
            self._follow(command)

    def _follow(self, command: Command) -> None:
        match command:
            case Command.ZOOM_IN:
                self.timeline.zoom(ZOOM_STEP)
            case Command.ZOOM_OUT:
                self.timeline.zoom(1 / ZOOM_STEP)
            case Command.FIT:
                self.timeline.fit()
                self.canvas.fit()
            case Command.PIXELS:
                self.canvas.show_pixels()
            case _:
                self.command_asked.emit(command)

    def _connect(self) -> None:
        self.header.item_chosen.connect(self._on_item_chosen)
        self.header.command_asked.connect(self._follow)
        self.transport.command_asked.connect(self._follow)
        self.transport.map_opacity_changed.connect(self.canvas.set_map_opacity)
        self.transport.map_opacity_changed.connect(self.map_opacity_changed)
        self.timeline.time_chosen.connect(self.time_chosen)
        self.timeline.track_chosen.connect(self.track_chosen)
        self.timeline.range_changed.connect(self._on_range_changed)
        self.canvas.face_chosen.connect(self.track_chosen)
        self.canvas.box_drawn.connect(self.box_drawn)
        self.canvas.drawing_ended.connect(self._on_drawing_ended)
        self.notice.action_asked.connect(self.notice_followed)
        self._empty.action_asked.connect(self.evidence_asked)
        self.canvas.set_map_opacity(self.transport.map_opacity)

    def _on_item_chosen(self, evidence_id: int) -> None:
        self.canvas.setFocus()
        self.item_chosen.emit(evidence_id)

    def _on_range_changed(self, marked: TimeRange) -> None:
        self.transport.set_range(marked)
        self.range_changed.emit(marked)

    def _on_drawing_ended(self) -> None:
        self.header.set_drawing(False)
        self.drawing_ended.emit()

    # --- parts

    def _arranged(self) -> QWidget:
        for action in self._docks.panel_actions():
            self.header.add_panel_action(action)
        reset = QAction(self.tr("Reset layout"), self)
        reset.triggered.connect(self.reset_layout)
        self.header.add_panel_action(reset)
        work = QWidget(self)
        column = QVBoxLayout(work)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.notice)
        column.addWidget(self._docks, 1)
        return work

    def _time_parts(self) -> QWidget:
        parts = QWidget(self)
        column = QVBoxLayout(parts)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.transport)
        column.addWidget(self.timeline, 1)
        return parts
