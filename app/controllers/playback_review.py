"""Decisions that are made at a frame of the video: bookmark it, draw a face on it, cut a track at it."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.analysis_scene import Scene
from app.controllers.player import Player
from app.session import Session
from core.domain.evidence import ShownFrame
from core.domain.geometry import BBox
from core.domain.review import AddFace, BookmarkFrame, CutTrack, Retract
from ui.views.analysis import AnalysisView


class PlaybackReview(QObject):
    """Turns what a person does at the frame on show into decisions.

    A face is drawn on an analysed frame only: from another one the next analysed one is gone to first.
    """

    def __init__(self, session: Session, view: AnalysisView, player: Player, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._view, self._player = session, view, player
        self._evidence_id: int | None = None
        self._scene: Scene | None = None
        self._shown: ShownFrame | None = None
        self._draw_at: int | None = None
        view.box_drawn.connect(self._on_box_drawn)
        view.drawing_ended.connect(self._on_drawing_ended)

    def set_item(self, evidence_id: int | None, scene: Scene | None) -> None:
        """Another item, or a new analysis of it."""
        if evidence_id != self._evidence_id:
            self._shown = None
            self.end_drawing()
        self._evidence_id, self._scene = evidence_id, scene

    def set_frame(self, shown: ShownFrame) -> None:
        """Another frame is on show; what was being drawn on the one before is given up."""
        self._shown = shown
        index = shown.frame.index
        if self._draw_at is None or not shown.is_exact:
            return
        if index != self._draw_at:
            self.end_drawing()
        elif self._is_analysed(shown):
            self._view.start_drawing()
        else:
            self._draw_at = None
            self._view.end_drawing()

    # --- bookmark

    def toggle_bookmark(self) -> None:
        """Bookmark the frame on show into the report, or take its bookmark away."""
        shown = self._shown
        if self._evidence_id is None or shown is None or not shown.is_exact:
            return
        for entry in self._session.review.bookmarks(self._evidence_id):
            if isinstance(entry.action, BookmarkFrame) and entry.action.frame_index == shown.frame.index:
                self._session.decide(Retract(action_id=entry.id))
                return
        self._session.decide(
            BookmarkFrame(
                evidence_id=self._evidence_id,
                frame_index=shown.frame.index,
                time=shown.frame.time,
                frame_sha256=shown.sha256,
            )
        )

    # --- a face that was missed

    @property
    def can_draw(self) -> bool:
        """Whether there are analysed frames to draw on."""
        return self._scene is not None and len(self._scene.analysed) > 0

    def toggle_drawing(self) -> None:
        """Begin to draw on the frame on show, or on the analysed one next to it; or give up drawing."""
        if self._draw_at is not None:
            self.end_drawing()
            return
        if self._scene is None or self._shown is None:
            return
        record = self._scene.nearest_analysed(self._shown.frame.index)
        if record is None:
            return
        self._draw_at = record.index
        if self._shown.frame.index == record.index:
            self.set_frame(self._shown)
        else:
            self._player.go_to_index(record.index)

    def end_drawing(self) -> None:
        """Give up drawing."""
        if self._draw_at is not None:
            self._draw_at = None
            self._view.end_drawing()

    def _is_analysed(self, shown: ShownFrame) -> bool:
        record = self._scene.records.get(shown.frame.index) if self._scene is not None else None
        if record is not None and record.sha256 == shown.sha256:
            return True
        self._view.show_notice(
            self.tr("No face can be drawn here: these are not the pixels that were analysed. Check the file's hash.")
        )
        return False

    def _on_box_drawn(self, box: BBox) -> None:
        shown, at = self._shown, self._draw_at
        self._draw_at = None
        if self._evidence_id is not None and shown is not None and shown.frame.index == at:
            self._session.decide(
                AddFace(evidence_id=self._evidence_id, frame_index=at, time=shown.frame.time, bbox=box)
            )

    def _on_drawing_ended(self) -> None:
        self._draw_at = None

    # --- cut

    def can_cut(self, track_id: int | None) -> bool:
        """Whether the track is there both before the frame on show and from it on."""
        span = self._scene.span_of(track_id) if self._scene is not None else None
        if span is None or self._shown is None:
            return False
        return span.frame_indices[0] < self._shown.frame.index <= span.frame_indices[-1]

    def cut(self, track_id: int | None) -> None:
        """From the frame on show on the track shows somebody else."""
        if self.can_cut(track_id) and self._evidence_id is not None and self._shown is not None:
            assert track_id is not None
            self._session.decide(
                CutTrack(evidence_id=self._evidence_id, track_id=track_id, frame_index=self._shown.frame.index)
            )
