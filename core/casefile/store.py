"""The case file: analyses are saved into it batch by batch, and resumed from it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from types import MappingProxyType

from core.casefile import (
    bindings,
    computed_on,
    decision_runs,
    result_digest,
    result_rows,
    review_rows,
    run_basis_rows,
    run_bindings,
    scan_rows,
)
from core.casefile.codec import moment_text, range_from_json, range_json, to_json
from core.casefile.computed_on import ComputedOn
from core.casefile.failures import decoding
from core.casefile.known_rows import RunHashes
from core.casefile.records import (
    CropKey,
    FaceKey,
    RecoveredFace,
    ScanBatch,
    ScanState,
    StoredCrop,
    StoredRun,
    TrackSpan,
)
from core.casefile.session import CaseSession
from core.domain.faces import AlignedFace, FaceDetection, TrackBox, TrackView
from core.domain.foreign_text import parsed_json
from core.domain.recovery import RecoveredFaces
from core.domain.report import EvidenceResult, LaterFrames, RecoveredFrame
from core.domain.time import TimeRange
from core.errors import BugError, CaseFileError


class CaseFile(CaseSession):
    """A case folder and the SQLite database in it.

    Use as a context manager and from the thread that opened it. Every public method is one transaction that is on
    the disk when the method returns, so that a killed program loses only what it had not handed over. One analysis
    at a time (`claim`); any number of readers and of short writes beside it.

    SQLite's failures and damaged rows are raised as CaseFileError. Arrays and pictures come back bit by bit as they
    were stored; arrays are read-only.
    """

    _hashes: RunHashes | None = None
    _computed_on: ComputedOn | None = None
    _told_of: int | None = None  # the run in whose log entries stands what this session computes on

    def begin_run(self, evidence_id: int, *, run_key: str, time_range: TimeRange) -> StoredRun:
        """Resume the item's stored run when it has this key; otherwise erase that one and begin anew.

        Decisions on tracks of the erased run are kept and no longer applied (`ReviewEntry.is_of_earlier`); the custody
        log names them. Whoever calls this asks first, see `core.pipeline.replacing`.

        Args:
            evidence_id: the item.
            run_key: hash of all that shapes the result: settings, weights, range.
            time_range: what is to be analysed.

        Raises:
            CaseFileError: another analysis is at work on the case.
            BugError: no such item.
        """
        self.claim()
        stored = self.run(evidence_id)
        if stored is not None and stored.run_key == run_key:
            return stored
        started_at = datetime.now(UTC)
        with self._transaction() as conn, decoding(self.path, "what the run was made with"):
            set_aside = decision_runs.replaced(conn)
            run_basis_rows.drop(conn, evidence_id, self._acting(conn))
            conn.execute("DELETE FROM runs WHERE evidence_id = ?", (evidence_id,))
            run_id = conn.execute(
                "INSERT INTO runs (evidence_id, run_key, time_range, started_at) VALUES (?, ?, ?, ?)",
                (evidence_id, run_key, to_json(range_json(time_range)), moment_text(started_at)),
            ).lastrowid
            run_bindings.log_run_begun(conn, self._acting(conn), evidence_id)
            decision_runs.log_set_aside(conn, self._acting(conn), evidence_id, set_aside)
        self._hashes = RunHashes.of_new(int(run_id or 0))
        return StoredRun(
            evidence_id=evidence_id, run_key=run_key, time_range=time_range, started_at=started_at, is_resumed=False
        )

    def run(self, evidence_id: int) -> StoredRun | None:
        """The run whose rows the item holds, None before the first; as `begin_run` would resume it."""
        with self._snapshot() as conn:
            row = conn.execute(
                "SELECT run_key, time_range, started_at FROM runs WHERE evidence_id = ?", (evidence_id,)
            ).fetchone()
        if row is None:
            return None
        with decoding(self.path, f"the run of item {evidence_id}"):
            return StoredRun(
                evidence_id=evidence_id,
                run_key=row[0],
                time_range=range_from_json(parsed_json(row[1])),
                started_at=datetime.fromisoformat(row[2]),
                is_resumed=True,
            )

    def compute_on(self, session: ComputedOn) -> None:
        """Say what the rows handed over from here on are computed on; enters the log with the first of them."""
        self._computed_on, self._told_of = session, None

    def computed_on(self, evidence_id: int) -> tuple[ComputedOn, ...]:
        """All that rows of the item's run were computed on, in order; empty where earlier versions computed them."""
        with self._snapshot() as conn, decoding(self.path, "the custody log"):
            return computed_on.of_run(conn, evidence_id)

    def holds_frames(self, evidence_id: int) -> bool:
        """Whether an analysis of the item has stored anything that beginning anew would lose."""
        with self._snapshot() as conn:
            row = conn.execute(
                "SELECT EXISTS (SELECT 1 FROM frames JOIN runs ON runs.id = run_id WHERE evidence_id = ?)",
                (evidence_id,),
            ).fetchone()
        return bool(row[0])

    def commit_batch(self, evidence_id: int, batch: ScanBatch) -> None:
        """Add one batch of analysed frames, all of it or nothing; the custody log gets the hash of the crops.

        Raises:
            BugError: no run was begun, or the batch does not go on from what is stored.
        """
        faces = [*(FaceKey(crop.frame_index, crop.face_number) for crop in batch.crops), *batch.dropped_crops]
        with self._writing_faces(evidence_id, faces) as (conn, run_id), self._binding_scan(conn, evidence_id, run_id):
            scan_rows.insert_batch(conn, run_id, batch)

    def finish_scan(
        self,
        evidence_id: int,
        warnings: Sequence[str] = (),
        *,
        n_decoded: int | None = None,
        n_corrupt: int | None = None,
    ) -> None:
        """Record that the range was looked at to its end; the custody log gets the hash of the frames.

        Args:
            evidence_id: the item.
            warnings: partial failures of the whole run.
            n_decoded, n_corrupt: totals with the frames after the last analysed one; None leaves the last batch's.
        """
        with self._writing_scan(evidence_id) as (conn, run_id):
            conn.execute(
                "UPDATE runs SET scan_done = 1, warnings = ?, n_decoded = ifnull(?, n_decoded), "
                "n_corrupt = ifnull(?, n_corrupt) WHERE id = ?",
                (to_json(list(warnings)), n_decoded, n_corrupt, run_id),
            )

    def scanned(self, evidence_id: int) -> ScanState:
        """All that the committed batches hold but pixels."""
        with self._reading(evidence_id, "the frames") as (conn, run_id):
            return scan_rows.scan_state(conn, run_id)

    def crops(self, evidence_id: int) -> list[CropKey]:
        """Which crops are stored, in order of frame and face; reads no pixels."""
        with self._reading(evidence_id, "the list of crops") as (conn, run_id):
            return scan_rows.crop_keys(conn, run_id)

    def crop(self, evidence_id: int, frame_index: int, face_number: int) -> AlignedFace:
        """One crop with its pixels; BugError when it is not stored."""
        with self._reading(evidence_id, f"the crop of frame {frame_index}") as (conn, run_id):
            return scan_rows.crop(conn, run_id, FaceKey(frame_index, face_number))

    def put_added_face(
        self, evidence_id: int, track_id: int, crops: Sequence[StoredCrop], faces: Sequence[tuple[int, FaceDetection]]
    ) -> None:
        """Store a face that a person drew, followed over analysed frames: (face number, detection), and crops."""
        keys = [(crop.frame_index, crop.face_number) for crop in crops]
        with self._writing_faces(evidence_id, keys) as (conn, run_id), self._binding_scan(conn, evidence_id, run_id):
            review_rows.insert_added(conn, run_id, track_id, faces)
            for crop in crops:
                scan_rows.insert_crop(conn, run_id, crop)

    def added_faces(self, evidence_id: int) -> dict[int, tuple[FaceDetection, ...]]:
        """Detections of the drawn faces looked at so far, by the id of their track, in order of time."""
        with self._reading(evidence_id, "the added faces") as (conn, run_id):
            return review_rows.added(conn, run_id)

    def put_tracks(self, evidence_id: int, tracks: Sequence[TrackView]) -> None:
        """Store the tracks of a finished run in place of earlier ones; their detections must be stored."""
        with self._writing_scan(evidence_id) as (conn, run_id):
            review_rows.put_tracks(conn, run_id, tracks)

    def tracks(self, evidence_id: int) -> tuple[TrackView, ...]:
        """The tracks of a finished run in order of id, ignored ones too; empty before the first and without a run."""
        if self.run(evidence_id) is None:
            return ()
        with self._reading(evidence_id, "the tracks") as (conn, run_id):
            return review_rows.tracks(conn, run_id)

    def track_boxes(self, evidence_id: int) -> dict[int, tuple[TrackBox, ...]]:
        """Boxes of the tracks of a finished run by frame index, ignored ones too; quicker than `tracks`."""
        if self.run(evidence_id) is None:
            return {}
        with self._reading(evidence_id, "the boxes of the tracks") as (conn, run_id):
            return review_rows.track_boxes(conn, run_id)

    def track_spans(self, evidence_id: int) -> tuple[TrackSpan, ...]:
        """Where the tracks of a finished run are: like `tracks`, but without detections, and quick."""
        if self.run(evidence_id) is None:
            return ()
        with self._reading(evidence_id, "the tracks") as (conn, run_id):
            return review_rows.track_spans(conn, run_id)

    def put_recovered(self, evidence_id: int, batch: Sequence[tuple[int, int, RecoveredFaces]]) -> None:
        """Store (frame index, face number, recovery) of stored crops, all or none; earlier ones are replaced.

        The custody log gets the hash of the recovered faces.
        """
        with self._writing_faces(evidence_id, ((index, number) for index, number, _ in batch)) as (conn, run_id):
            result_rows.insert_recovered(conn, run_id, batch)

    def recovered(self, evidence_id: int) -> list[FaceKey]:
        """(frame index, face number) of the stored recoveries, in that order; reads no pixels."""
        with self._reading(evidence_id, "the list of recoveries") as (conn, run_id):
            return result_rows.recovered_keys(conn, run_id)

    def get_recovered(self, evidence_id: int, frame_index: int, face_number: int) -> RecoveredFaces:
        """One recovery with its pictures; BugError when it is not stored."""
        with self._reading(evidence_id, f"the recovery of frame {frame_index}") as (conn, run_id):
            return result_rows.recovered(conn, run_id, FaceKey(frame_index, face_number))

    def put_result(
        self,
        evidence_id: int,
        result: EvidenceResult,
        shown: Mapping[int, Sequence[FaceKey]] = MappingProxyType({}),
    ) -> None:
        """Store the finished analysis in place of an earlier one, and its hash in the custody log.

        Args:
            evidence_id: the item.
            result: what was found.
            shown: by person track id, where the recovered frames of persons that come without them are stored, best
                quality first: so that nobody has to hold the pixels of all.

        Raises:
            BugError: it shows a face whose crop or recovery was not stored before, exactly as shown.
        """
        with self._writing(evidence_id) as (conn, run_id):
            former, actor = result_digest.digest(conn, run_id), self._acting(conn)
            is_bound = run_bindings.is_scan_bound(conn, run_id)
            result_rows.put_result(conn, run_id, result, shown)
            if not is_bound:  # it leans on the scan from now on
                run_bindings.log_scan(conn, actor, evidence_id, run_id, None)
            result_digest.log_stored(conn, actor, evidence_id, run_id, former)

    def result(self, evidence_id: int) -> EvidenceResult | None:
        """The finished analysis, None while there is none."""
        if self.run(evidence_id) is None:
            return None
        with self._reading(evidence_id, "the result") as (conn, run_id):
            return result_rows.result(conn, run_id)

    def outline(self, evidence_id: int) -> EvidenceResult | None:
        """Like `result`, but the persons come without their recovered frames: reads no pixels, and is quick."""
        if self.run(evidence_id) is None:
            return None
        with self._reading(evidence_id, "the result") as (conn, run_id):
            return result_rows.result(conn, run_id, lambda keys: ())

    def result_for_report(self, evidence_id: int) -> EvidenceResult | None:
        """Like `result`, but a recovered frame is read when it is looked at: hundreds of persons would not fit.

        The frames are there as long as the case is open. Looking at one raises CaseFileError where the item was
        analysed anew since.
        """
        if self.run(evidence_id) is None:
            return None

        def frames_of(keys: Sequence[FaceKey]) -> LaterFrames:
            return LaterFrames([key.frame_index for key in keys], lambda at: self._shown(evidence_id, run_id, keys[at]))

        with self._reading(evidence_id, "the result") as (conn, run_id):
            return result_rows.result(conn, run_id, frames_of)

    def _shown(self, evidence_id: int, of_run: int, key: FaceKey) -> RecoveredFrame:
        with suppress(BugError), self._reading(evidence_id, f"the face of frame {key.frame_index}") as (conn, run_id):
            if run_id == of_run:
                return result_rows.recovered_frame(conn, run_id, key)
        raise CaseFileError(
            f"item {evidence_id} was analysed anew while its result was being read",
            next_step="try again once that analysis is done",
            path=self.folder,
        )

    def person_faces(self, evidence_id: int, person_track_id: int) -> tuple[RecoveredFace, ...]:
        """The recovered faces of one person of the result, best quality first; reads no pixels."""
        with self._reading(evidence_id, f"the faces of person {person_track_id}") as (conn, run_id):
            return result_rows.person_faces(conn, run_id, person_track_id)

    @contextmanager
    def _writing(self, evidence_id: int) -> Iterator[tuple[sqlite3.Connection, int]]:
        self.claim()
        with self._transaction() as conn:
            yield conn, _run_id(conn, evidence_id)

    @contextmanager
    def _writing_faces(
        self, evidence_id: int, faces: Iterable[tuple[int, int]]
    ) -> Iterator[tuple[sqlite3.Connection, int]]:
        """Like `_writing`; the crops and recovered faces that the block writes or removes are bound to the log.

        So is what they were computed on.
        """
        with self._writing(evidence_id) as (conn, run_id):
            known, self._hashes = self._hashes, None  # read anew unless the rows get to the disk
            if known is None or known.run_id != run_id:
                known = RunHashes.read(conn, run_id)
            yield conn, run_id
            bindings.log_faces(conn, self._acting(conn), evidence_id, known, (FaceKey(*face) for face in faces))
            if self._computed_on is not None and self._told_of != run_id:
                computed_on.log(conn, self._acting(conn), evidence_id, self._computed_on)
        self._hashes, self._told_of = known, run_id

    @contextmanager
    def _writing_scan(self, evidence_id: int) -> Iterator[tuple[sqlite3.Connection, int]]:
        """Like `_writing`; the frames, detections and tracks that the block writes are bound to the log."""
        with self._writing(evidence_id) as (conn, run_id), self._binding_scan(conn, evidence_id, run_id):
            yield conn, run_id

    def _binding_scan(self, conn: sqlite3.Connection, evidence_id: int, run_id: int) -> AbstractContextManager[None]:
        return run_bindings.scan_logged(conn, self._acting(conn), evidence_id, run_id)

    @contextmanager
    def _reading(self, evidence_id: int, what: str) -> Iterator[tuple[sqlite3.Connection, int]]:
        with self._snapshot() as conn, decoding(self.path, f"{what} of item {evidence_id}"):
            yield conn, _run_id(conn, evidence_id)


def _run_id(conn: sqlite3.Connection, evidence_id: int) -> int:
    row = conn.execute("SELECT id FROM runs WHERE evidence_id = ?", (evidence_id,)).fetchone()
    if row is None:
        raise BugError(f"no run of item {evidence_id} was begun")
    return int(row[0])
