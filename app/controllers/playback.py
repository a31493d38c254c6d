"""The analysis page's video: which item is on show, where in it, what lies over the frame, what a person does there."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from PySide6.QtCore import QObject, Signal

from app.analysis_scene import Scene, read_scene
from app.controllers.frame_faces import FrameFaces, faces_of_frame
from app.controllers.map_overlay import MapOverlay, ShownMap
from app.controllers.playback_notice import is_empty, notice_of
from app.controllers.playback_review import PlaybackReview
from app.controllers.player import Player
from app.controllers.replacing import ask_before_replacing, ask_before_setting_aside
from app.controllers.timeline_rows import timeline_of
from app.session import Session
from app.workers.frame_server import FrameServer
from app.workers.jobs import JobState
from core.domain.evidence import EvidenceState, ShownFrame, StoredEvidence
from core.domain.faces import TrackBox
from core.domain.geometry import BBox
from core.domain.time import TimePoint, TimeRange
from ui.shortcuts import Command
from ui.views.analysis import AnalysisView
from ui.widgets.timeline_content import TimelineContent, TrackLane

_HAIR = Fraction(1, 1_000_000)
"""Times of a timeline are rounded: without it the frame before the meant one could be found."""

_AT_WORK = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)


class PlaybackController(QObject):
    """Joins the analysis page to the session and to the frame server.

    Args:
        session: what is open.
        view: the page.
        server: decodes; whoever made it stops it.

    Signals:
        item_shown: (int) evidence id, 0 for none.
        track_chosen: (int) id of a track that was chosen in the video or the timeline.
        frame_shown: (int) index of the frame on show.
    """

    item_shown = Signal(int)
    track_chosen = Signal(int)
    frame_shown = Signal(int)

    def __init__(self, session: Session, view: AnalysisView, server: FrameServer) -> None:
        super().__init__(session)
        self._session, self._view = session, view
        self._player = Player(view, server, self)
        self._review = PlaybackReview(session, view, self._player, self)
        self._overlay = MapOverlay(session, self)
        self._stored: StoredEvidence | None = None
        self._scene: Scene | None = None
        self._boxes: dict[int, tuple[TrackBox, ...]] = {}
        self._content = TimelineContent()
        self._track: int | None = None
        self._range = TimeRange()
        self._turn = 0
        self._acts = self._made_acts()
        for changed in (session.case_opened, session.case_closed, session.items_changed):
            changed.connect(self._on_items_changed)
        session.result_changed.connect(self._on_result_changed)
        session.review_changed.connect(self._on_review_changed)
        session.jobs.changed.connect(self._show_notice)
        server.failed.connect(session.failed)
        view.item_chosen.connect(self.show_item)
        view.command_asked.connect(self._follow)
        view.range_changed.connect(self._on_range_changed)
        view.track_chosen.connect(self._on_track_chosen)
        view.notice_followed.connect(self._on_notice_followed)
        self._player.shown.connect(self._on_shown)
        self._player.counted.connect(self._show_timeline)
        self._overlay.changed.connect(self._show_map)
        self._on_items_changed()

    # --- the item

    @property
    def evidence_id(self) -> int | None:
        """The item on show."""
        return self._stored.id if self._stored is not None else None

    @property
    def track_id(self) -> int | None:
        """The chosen track."""
        return self._track

    def show_item(self, evidence_id: int | None) -> None:
        """Show another item from its beginning; None, or one that the case lacks, shows none."""
        stored = next((item for item in self._session.items if item.id == evidence_id), None)
        self._stored, self._scene, self._track = stored, None, None
        self._boxes, self._content = {}, TimelineContent()
        self._turn += 1
        self._overlay.forget()
        self._review.set_item(self.evidence_id, None)
        self._view.show_item(stored)
        self._player.open(stored.item if stored is not None else None)
        if stored is not None:
            self._show_timeline()
            self._read_scene(stored.id)
        self._show_notice()
        self.item_shown.emit(stored.id if stored is not None else 0)

    def page_shown(self) -> None:
        """The page came into view: show the first item where none is on show; the keys play the video."""
        self._view.take_focus()
        if self._stored is None and self._session.items:
            self.show_item(self._session.items[0].id)

    def page_left(self) -> None:
        """The page went out of view."""
        self._player.pause()

    def _on_items_changed(self) -> None:
        items = self._session.items
        self._view.show_items(items)
        if self._stored is None:
            return
        now = next((item for item in items if item.id == self._stored.id), None)
        if now is None or now.item != self._stored.item:
            self.show_item(None)
        else:
            self._stored = now
            self._show_notice()

    def _on_result_changed(self, evidence_id: int) -> None:
        if evidence_id == self.evidence_id:
            self._turn += 1
            self._read_scene(evidence_id)

    def _read_scene(self, evidence_id: int) -> None:
        turn = self._turn

        def took(scene: Scene | None) -> None:
            if turn == self._turn:
                self._take_scene(scene)

        def took_boxes(boxes: dict[int, tuple[TrackBox, ...]]) -> None:
            if turn == self._turn:
                self._boxes = boxes
                self._show_faces()

        self._session.case.ask(lambda case: read_scene(case, evidence_id), took)
        self._session.case.ask(lambda case: case.track_boxes(evidence_id), took_boxes)

    def _take_scene(self, scene: Scene | None) -> None:
        self._scene = scene
        self._review.set_item(self.evidence_id, scene)
        if scene is None or scene.span_of(self._track) is None:
            self._track = None
        self._overlay.forget()
        self._show_timeline()
        self._show_notice()
        self._choose(self._track)
        if self._player.frame is not None:
            self._on_shown(self._player.frame)

    def _on_review_changed(self) -> None:
        self._show_timeline()
        self._show_faces()

    def _show_notice(self) -> None:
        statuses = self._session.jobs.statuses()
        at_work = any(s.evidence_id == self.evidence_id and s.state in _AT_WORK for s in statuses)
        self._view.show_notice(*notice_of(self._stored, self._scene, is_at_work=at_work))

    def _on_notice_followed(self) -> None:
        self._follow(Command.DRAW_FACE if is_empty(self._scene) else Command.ANALYSE)

    # --- the frame

    def show_time(self, time: TimePoint) -> None:
        """Show the frame at a time."""
        self._player.go_to(time.seconds)

    def _on_shown(self, shown: ShownFrame) -> None:
        scene = self._scene
        record = scene.records.get(shown.frame.index) if scene is not None else None
        self._view.show_frame(shown, record, has_analysis=scene is not None)
        self._review.set_frame(shown)
        self._show_faces()
        self.frame_shown.emit(shown.frame.index)

    def _show_faces(self) -> None:
        found = self._faces()
        self._view.show_faces(found.faces, are_exact=found.are_exact)
        self._show_map()
        self._view.set_available(
            has_tracks=bool(self._content.lanes),
            can_draw=self._review.can_draw,
            can_cut=self._review.can_cut(self._track),
        )

    def _faces(self) -> FrameFaces:
        shown = self._player.frame
        if self._scene is None or shown is None:
            return FrameFaces()
        where = shown.frame.index, shown.frame.time
        return faces_of_frame(self._scene, self._boxes, self._session.review, where, self._track)

    def _show_map(self) -> None:
        shown = self._player.frame
        over = ShownMap()
        if shown is not None and self._scene is not None:
            over = self._overlay.over(shown.frame, self._faces().box_of(self._track), self._box_in)
        self._view.show_identity_map(over.identity_map, over.frame_to_crop, over.caption)

    def _box_in(self, frame_index: int) -> BBox | None:
        faces = self._boxes.get(frame_index, ())
        return next((face.bbox for face in faces if face.track_id == self._track), None)

    def _show_timeline(self) -> None:
        if self._stored is None:
            return
        extent = self._player.extent
        # Until the pictures are counted, what the file claims has to do.
        start = extent.first.seconds if extent is not None else Fraction(0)
        end = extent.last.seconds if extent is not None else self._stored.item.duration_s or Fraction(0)
        self._content = timeline_of(self._scene, self._session.review, self._stored.id, start, end)
        self._view.show_timeline(self._content)
        self._view.select_track(self._track)
        if self._player.frame is not None:
            self._view.show_time(self._player.frame.frame.time)

    # --- tracks

    def choose_track(self, track_id: int) -> None:
        """Choose a track, for example when its person was chosen elsewhere; one that the item lacks changes nothing."""
        if self._scene is not None and self._scene.span_of(track_id) is not None and track_id != self._track:
            self._choose(track_id)
            self._show_faces()

    def choose_person(self, person_track_id: int) -> None:
        """Choose the person's track that is there now, or comes next to now; 0 changes nothing."""
        span = self._scene.span_of(self._track) if self._scene is not None else None
        if self._scene is None or (span is not None and span.person_track_id == person_track_id):
            return
        shown = self._player.frame
        track_id = self._scene.track_of(person_track_id, shown.frame.time if shown is not None else None)
        if track_id is not None:
            self.choose_track(track_id)

    def _on_track_chosen(self, track_id: int) -> None:
        self._choose(track_id)
        self._show_faces()
        self.track_chosen.emit(track_id)

    def _choose(self, track_id: int | None) -> None:
        self._track = track_id
        span = self._scene.span_of(track_id) if self._scene is not None else None
        if self.evidence_id is not None:
            self._overlay.set_person(self.evidence_id, span.person_track_id if span is not None else None)
        self._view.select_track(track_id)

    # --- what a person wants

    def _follow(self, command: Command) -> None:
        if self._stored is not None and not self._player.follow(command) and command in self._acts:
            self._acts[command]()

    def _made_acts(self) -> dict[Command, Callable[[], None]]:
        view, player, review = self._view, self._player, self._review
        return {
            Command.MARK_IN: lambda: view.mark_in(player.seconds),
            Command.MARK_OUT: lambda: view.mark_out(player.seconds),
            Command.CLEAR_RANGE: view.clear_range,
            Command.ANALYSE: lambda: self._analyse(None),
            Command.ANALYSE_RANGE: lambda: self._analyse(self._range),
            Command.NEXT_TRACK: lambda: self._go_to_lane(self._content.next_track(player.seconds)),
            Command.NEXT_UNREVIEWED: lambda: self._go_to_lane(self._content.next_unreviewed(player.seconds)),
            Command.PEAK: lambda: self._go_to(self._content.peak(self._track)),
            Command.BOOKMARK: review.toggle_bookmark,
            Command.DRAW_FACE: review.toggle_drawing,
            Command.CUT_TRACK: lambda: review.cut(self._track),
        }

    def _analyse(self, marked: TimeRange | None) -> None:
        if self._stored is None or marked == TimeRange():
            return
        session, evidence_id = self._session, self._stored.id
        if marked is None:
            # Again means with today's preferences, as on the case page.
            is_again = self._stored.state in (EvidenceState.DONE, EvidenceState.FAILED)
            wanted = [evidence_id] if is_again else []
            ask_before_setting_aside(session, wanted, lambda: session.analyse(evidence_id, anew=is_again))
        else:
            ask_before_replacing(session, evidence_id, lambda: session.analyse(evidence_id, marked))

    def _go_to_lane(self, lane: TrackLane | None) -> None:
        if lane is not None:
            self._on_track_chosen(lane.track_id)
            self._go_to(lane.begin)

    def _go_to(self, seconds: Fraction | None) -> None:
        if seconds is not None:
            self._player.go_to(seconds + _HAIR)

    def _on_range_changed(self, marked: TimeRange) -> None:
        self._range = marked
