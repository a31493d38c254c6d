"""A frame of the video under examination, with its boxes and its name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QTransform
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from core.domain.arrays import FloatArray
from core.domain.evidence import FrameRecord, ShownFrame
from ui.icons import Icon
from ui.shortcuts import Command, keys_of
from ui.theme import ButtonKind, mono_font
from ui.widgets.buttons import push_button, tool_button
from ui.widgets.camera import STEP
from ui.widgets.canvas_faces import CanvasFace
from ui.widgets.canvas_picture import CanvasPicture
from ui.widgets.frame_facts import FrameFacts, Standing

__all__ = ["CanvasFace", "Standing", "VideoCanvas"]


class VideoCanvas(QWidget):
    """Shows one frame.

    Signals:
        face_chosen: track id of a box that was clicked.
        box_drawn: (BBox) a face that was drawn, px of the frame.
        drawing_ended: a person drew a box, or gave it up.
    """

    face_chosen = Signal(int)
    box_drawn = Signal(object)
    drawing_ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture = CanvasPicture(self)
        self._facts = FrameFacts(self)
        self._shown: ShownFrame | None = None
        self._scale = QLabel(self._facts)
        self._scale.setFont(mono_font(12))
        self._scale.setToolTip(self.tr("Pixels of the screen that one pixel of the video takes"))
        self._add_view_buttons()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.picture, 1)
        column.addWidget(self._facts)
        self.setFocusProxy(self.picture)
        self.picture.face_chosen.connect(self.face_chosen)
        self.picture.box_drawn.connect(self.box_drawn)
        self.picture.drawing_ended.connect(self.drawing_ended)
        self.picture.scale_changed.connect(self._show_scale)

    @property
    def shown(self) -> ShownFrame | None:
        """The frame on show."""
        return self._shown

    @property
    def standing(self) -> Standing:
        """How it stands to the analysis."""
        return self._facts.standing

    def set_frame(
        self, shown: ShownFrame | None, record: FrameRecord | None = None, *, has_analysis: bool = True
    ) -> None:
        """Show a frame and say whether it is the one that was analysed.

        Args:
            shown: the frame; None shows nothing.
            record: of the analysed frame with the same index; None where that frame was not analysed.
            has_analysis: the item was analysed at all.
        """
        if shown is None or self._shown is None or shown.frame is not self._shown.frame:
            self.picture.set_picture(shown.frame.rgb if shown is not None else None)
        self._shown = shown
        self._facts.set_frame(shown, record, has_analysis=has_analysis)

    def set_faces(self, faces: Sequence[CanvasFace], *, are_exact: bool = True) -> None:
        """Show boxes; not exact ones, of another frame than the one on show, are dashed."""
        self.picture.set_faces(faces, are_exact=are_exact)

    def set_identity_map(
        self, map_hw: FloatArray | None, frame_to_crop: FloatArray | None = None, caption: str = ""
    ) -> None:
        """Lay an identity map over the frame.

        Args:
            map_hw: (h, w) float32 in [0, 1]; None takes it away.
            frame_to_crop: (2, 3) affine map from px of the frame to px of the map.
            caption: says which frame it was computed from.
        """
        to_frame, is_possible = _transform(frame_to_crop).inverted()
        self.picture.set_map(map_hw if is_possible else None, to_frame, caption)

    def set_map_opacity(self, opacity: float) -> None:
        """Say how much of the identity map covers the frame, [0, 1]."""
        self.picture.set_map_opacity(opacity)

    def start_drawing(self) -> None:
        """Let a person draw the box of a face; Esc ends it."""
        self.picture.start_drawing()

    def end_drawing(self) -> None:
        """Stop drawing."""
        self.picture.end_drawing()

    @property
    def is_drawing(self) -> bool:
        """Whether a box is being drawn."""
        return self.picture.is_drawing

    def fit(self) -> None:
        """Show the whole frame."""
        self.picture.fit()

    def show_pixels(self) -> None:
        """Show it pixel by pixel."""
        self.picture.show_pixels()

    def facts_text(self) -> str:
        """Return what the line under the picture says."""
        return self._facts.text()

    def _add_view_buttons(self) -> None:
        row = self._facts.second
        row.addWidget(self._scale)
        buttons = (
            (Icon.ZOOM_OUT, self.tr("Zoom out"), Command.ZOOM_OUT, lambda: self.picture.zoom(1 / STEP)),
            (Icon.ZOOM_IN, self.tr("Zoom in"), Command.ZOOM_IN, lambda: self.picture.zoom(STEP)),
            (Icon.FIT, self.tr("Show the whole frame"), Command.FIT, self.picture.fit),
        )
        for glyph, name, command, act in buttons:
            button = tool_button(glyph, name, keys=keys_of(command), parent=self._facts)
            button.clicked.connect(act)
            row.addWidget(button)
        tip, keys = self.tr("Show it pixel by pixel"), keys_of(Command.PIXELS)
        pixels = push_button("1:1", kind=ButtonKind.FLAT, tip=tip, keys=keys, parent=self._facts)
        pixels.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        pixels.clicked.connect(self.picture.show_pixels)
        row.addWidget(pixels)

    def _show_scale(self, scale: float) -> None:
        self._scale.setText(f"{100 * scale:.0f} %" if scale > 0 else "")


def _transform(affine: FloatArray | None) -> QTransform:
    if affine is None:
        return QTransform()
    (a, b, c), (d, e, f) = np.asarray(affine, dtype=np.float64).tolist()
    return QTransform(a, d, b, e, c, f)
