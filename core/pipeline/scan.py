"""First pass over a video: decode once, name frames by their hash, find and track faces, keep the best crops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from core.casefile.records import ScanBatch, ScanState, StoredCrop
from core.casefile.store import CaseFile
from core.config import AnalysisSettings
from core.domain.cancel import CancelToken
from core.domain.events import PipelineEvent, Progress, StageStarted, StageWarning, TrackClosed
from core.domain.evidence import EvidenceItem, Frame, FrameRecord
from core.domain.faces import FaceDetection, FaceTrack
from core.domain.time import TimePoint, TimeRange
from core.evidence.hashing import pixels_sha256
from core.pipeline.engines import Engines
from core.recovery.align import crop_face
from core.recovery.appearance import FaceDescriber
from core.tracking.face_finder import FaceFinder, FinderState, FrameFaces
from core.tracking.tracker import TrackerSettings
from core.video.pyav_reader import open_reader

STAGE = "scan"
_BATCH_BYTES = 512 << 20


@dataclass(slots=True, kw_only=True)
class _KeptCrops:
    """Of each track and span of time the one best crop, by (track, span); of frames with equal pixels one crop only.

    Frames that repeat each other say the same, and must not pass for several that agree.
    """

    settings: AnalysisSettings
    best: dict[tuple[int, int], tuple[float, int, int]] = field(default_factory=dict)
    picture: int = -1  # the first of the frames whose pixels are on show
    offered: dict[int, int] = field(default_factory=dict)  # the last such frame that a track was seen in

    def turn_to(self, record: FrameRecord) -> None:
        """The faces offered from now on are of this frame."""
        if not record.is_duplicate:
            self.picture = record.index

    def offer(self, track_id: int, number: int, detection: FaceDetection) -> tuple[bool, tuple[int, int] | None]:
        """Whether to keep this face's crop, and the (frame, face) of the one it replaces."""
        if detection.quality is None or not detection.quality.passed:
            return False, None
        if self.offered.get(track_id) == self.picture:
            return False, None
        self.offered[track_id] = self.picture
        span = (track_id, int(detection.time.seconds // self.settings.keep_period_s))
        known = self.best.get(span)
        if known is not None and known[0] >= detection.quality.score:
            return False, None
        self.best[span] = (detection.quality.score, detection.frame_index, number)
        return True, known[1:] if known is not None else None


def scan(
    evidence: EvidenceItem,
    evidence_id: int,
    *,
    case: CaseFile,
    settings: AnalysisSettings,
    engines: Engines,
    time_range: TimeRange,
    cancel: CancelToken,
) -> Iterator[PipelineEvent]:
    """Run the first pass, or what is left of it, committing every batch; yields events.

    Raises:
        CaseError: the evidence cannot be decoded, or the case cannot be written.
        AnalysisCancelledError: asked to stop; committed batches stay.
    """
    yield StageStarted(stage=STAGE, evidence=evidence)
    stored = case.scanned(evidence_id)
    finder = _finder(settings, engines, stored)
    kept = _KeptCrops(settings=settings)
    replayed = _replay(finder, stored, kept)
    if stored.scan_done:
        return
    yield from (TrackClosed(track=track) for track in replayed)
    last = stored.frames[-1] if stored.frames else None
    total = _length_s(evidence, time_range)
    with open_reader(evidence, isolated=True) as reader:
        frames = reader.frames(time_range, settings.sample_period_s, skip_until=last.time if last else None)
        for batch in _batches(frames, settings.decode_batch):
            cancel.raise_if_cancelled()
            records = _named(batch, last)
            found = finder.process(batch)
            records = [
                FrameRecord(
                    index=r.index,
                    time=r.time,
                    sha256=r.sha256,
                    is_corrupt=r.is_corrupt,
                    is_duplicate=r.is_duplicate,
                    is_cut=faces.is_cut,
                )
                for r, faces in zip(records, found, strict=True)
            ]
            crops, dropped = _crops(batch, records, found, kept)
            case.commit_batch(
                evidence_id,
                ScanBatch(
                    frames=records,
                    is_key=[faces.is_key for faces in found],
                    detections=[faces.detections for faces in found],
                    crops=crops,
                    dropped_crops=dropped,
                    finder_state=finder.state.to_json(),
                    n_decoded=stored.n_decoded + reader.decoded_count,
                    n_corrupt=stored.n_corrupt + reader.corrupt_count,
                    warnings=_both(stored.warnings, reader.warnings),
                ),
            )
            last = records[-1]
            yield Progress(stage=STAGE, done=_done_s(last.time, evidence, time_range), total=total, unit="s")
            yield from (TrackClosed(track=track) for faces in found for track in faces.closed)
        case.finish_scan(
            evidence_id,
            _both(stored.warnings, reader.warnings),
            n_decoded=stored.n_decoded + reader.decoded_count,
            n_corrupt=stored.n_corrupt + reader.corrupt_count,
        )
        yield from (StageWarning(stage=STAGE, message=sentence) for sentence in reader.warnings)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScannedTracks:
    """What a finished scan holds of faces.

    Attributes:
        tracks: in order of id.
        aliases: ids under which crops were kept before their track was joined to an earlier one -> that one's id.
        n_dropped: fleeting or doubtful tracks left out.
    """

    tracks: list[FaceTrack]
    aliases: Mapping[int, int]
    n_dropped: int


def tracks_of(stored: ScanState, settings: AnalysisSettings, engines: Engines) -> ScannedTracks:
    """All tracks of a finished scan; no pixels are read."""
    finder = _finder(settings, engines, stored)
    closed = finder.replay(_stored_faces(stored))
    tracks = sorted([*closed, *finder.finish()], key=lambda track: track.track_id)
    return ScannedTracks(tracks=tracks, aliases=finder.aliases, n_dropped=sum(finder.n_dropped.values()))


def _finder(settings: AnalysisSettings, engines: Engines, stored: ScanState) -> FaceFinder:
    state = FinderState.from_json(stored.finder_state) if stored.finder_state else FinderState()
    tracker = TrackerSettings.for_scores_from(engines.gate.min_score)
    return FaceFinder(engines.detector, tracker, engines.gate, embed=FaceDescriber(engines.embedder), state=state)


def _stored_faces(stored: ScanState) -> Iterator[FrameFaces]:
    for record, is_key, detections in zip(stored.frames, stored.is_key, stored.detections, strict=True):
        yield FrameFaces(
            index=record.index, time=record.time, is_cut=record.is_cut, is_key=is_key, detections=tuple(detections)
        )


def _replay(finder: FaceFinder, stored: ScanState, kept: _KeptCrops) -> list[FaceTrack]:
    """Bring the tracker and the list of kept crops to where the interrupted run had them."""
    closed: list[FaceTrack] = []
    for record, faces in zip(stored.frames, _stored_faces(stored), strict=True):
        kept.turn_to(record)
        closed += finder.replay([faces])
        for number, track_id in enumerate(finder.holders(faces.detections)):
            if track_id is not None:
                kept.offer(track_id, number, faces.detections[number])
    return closed


def _named(batch: list[Frame], last: FrameRecord | None) -> list[FrameRecord]:
    records = []
    for frame in batch:
        digest = pixels_sha256(frame.rgb)
        record = FrameRecord(
            index=frame.index,
            time=frame.time,
            sha256=digest,
            is_corrupt=frame.is_corrupt,
            is_duplicate=last is not None and digest == last.sha256,
        )
        records.append(record)
        last = record
    return records


def _crops(
    batch: list[Frame], records: list[FrameRecord], found: list[FrameFaces], kept: _KeptCrops
) -> tuple[list[StoredCrop], list[tuple[int, int]]]:
    """Crops to add and to drop; one replaced within the same batch is never stored."""
    wanted: dict[tuple[int, int], StoredCrop] = {}
    dropped: list[tuple[int, int]] = []
    for frame, record, faces in zip(batch, records, found, strict=True):
        kept.turn_to(record)
        for number, (detection, track_id) in enumerate(zip(faces.detections, faces.track_ids, strict=True)):
            if track_id is None or detection.quality is None:
                continue
            is_better, replaced = kept.offer(track_id, number, detection)
            if not is_better:
                continue
            if replaced is not None and wanted.pop(replaced, None) is None:
                dropped.append(replaced)
            wanted[frame.index, number] = StoredCrop(
                frame_index=frame.index,
                face_number=number,
                track_key=track_id,
                face=crop_face(frame.rgb, record, detection.landmarks_px, detection.quality),
            )
    return list(wanted.values()), dropped


def _batches(frames: Iterator[Frame], most: int) -> Iterator[list[Frame]]:
    """Up to `most` frames at a time, fewer where they are large: one of 16,384 pixels a side takes 0.8 GB."""
    batch: list[Frame] = []
    for frame in frames:
        batch.append(frame)
        if len(batch) == most or sum(f.rgb.nbytes for f in batch) >= _BATCH_BYTES:
            yield batch
            batch = []
    if batch:
        yield batch


def _both(earlier: tuple[str, ...], now: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*earlier, *now)))


def _length_s(evidence: EvidenceItem, time_range: TimeRange) -> float | None:
    end = evidence.duration_s
    if time_range.end is not None:
        end = min(end, time_range.end) if end is not None else time_range.end
    return None if end is None else max(0.0, float(end - (time_range.start or 0)))


def _done_s(time: TimePoint, evidence: EvidenceItem, time_range: TimeRange) -> float:
    # Ranges and lengths count from the first picture, whatever the stream's clock says there.
    return max(0.0, float(time.seconds - (evidence.first_s or 0) - (time_range.start or 0)))
