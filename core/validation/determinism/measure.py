"""The analysis of the demo clip with everything that is shipped, as arrays and as one digest."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.aggregation.calibration import load_calibration
from core.casefile.store import CaseFile
from core.config import AnalysisSettings
from core.domain.cancel import CancelToken
from core.domain.events import AnalysisDone
from core.domain.report import EvidenceResult, WeightsRecord
from core.domain.time import TimeRange
from core.gallery.search import GallerySearch
from core.gallery.store import Gallery
from core.models.registry import ModelRegistry
from core.pipeline import Engines, analyse
from core.recovery.loading import load_detector, load_embedder, load_recoverer
from core.validation.determinism.one_run import Order
from core.video.probe import probe
from core.video.pyav_reader import PyAvReader

Arrays = dict[str, NDArray[Any]]
START_S = Fraction(1)
EMBEDDER, RECOVERY, DETECTOR = "dlib-resnet-v1", "dfrec-compact", "mtcnn"
_TIMES_AND_PLACES = {"ingested_at", "path", "modified_at", "intake"}
"""Fields that differ between two runs because they were made at another time or lie elsewhere."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What one run gave.

    Attributes:
        digest: SHA-256 over the whole result: every pixel hash, box, vector, picture, map, score and decision.
        arrays: the parts that two devices may state differently.
        decisions: categories of support, in the order of the persons and roles.
        rankings: score by person of each search.
        n_faces: recovered.
    """

    digest: str
    arrays: Arrays
    decisions: tuple[str, ...]
    rankings: tuple[dict[int, float], ...]
    n_faces: int

    def write(self, folder: Path) -> None:
        """Store it; see `read`."""
        np.savez(folder / "outcome.npz", allow_pickle=False, **self.arrays)
        facts = {
            "digest": self.digest,
            "decisions": self.decisions,
            "rankings": [list(ranking.items()) for ranking in self.rankings],
            "n_faces": self.n_faces,
        }
        (folder / "outcome.json").write_text(json.dumps(facts))

    @classmethod
    def read(cls, folder: Path) -> Outcome:
        """Back from `write`."""
        facts = json.loads((folder / "outcome.json").read_text())
        with np.load(folder / "outcome.npz", allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return cls(
            digest=facts["digest"],
            arrays=arrays,
            decisions=tuple(facts["decisions"]),
            rankings=tuple({int(person): float(score) for person, score in pairs} for pairs in facts["rankings"]),
            n_faces=facts["n_faces"],
        )


def analysed(order: Order) -> Outcome:
    """Analyse the demo clip as the application does."""
    resources = Path(order.resources)
    registry = ModelRegistry(resources / "models", Path(order.folder) / "none")
    embedder = load_embedder(registry, EMBEDDER, order.device)
    engines = Engines(
        detector=load_detector(registry, DETECTOR, order.device),
        embedder=embedder,
        recoverer=load_recoverer(registry, RECOVERY, order.device, embedder),
        calibration=load_calibration(resources / "models" / "calibration.json"),
        device=order.device,
        weights=tuple(WeightsRecord(name=c.name, sha256=c.sha256, terms=c.terms) for c in registry.list()),
    )
    item = probe(resources / "demo" / "swap.mp4")
    part = TimeRange(start=START_S, end=Fraction(order.until_s))
    settings = AnalysisSettings(frames_per_person=order.frames, candidates=100, device=order.device)
    events = []
    with (
        CaseFile.open(Path(order.folder) / "case", create=True) as case,
        Gallery.open(Path(order.gallery), create=False, embedder_id=embedder.embedder_id) as gallery,
    ):
        search = GallerySearch(gallery, actor="validation", purpose="determinism")
        events = list(
            analyse(
                item, case=case, settings=settings, engines=engines, gallery=search, time_range=part,
                cancel=CancelToken(),
            )
        )  # fmt: skip
        last = events[-1]
        assert isinstance(last, AnalysisDone)
        result = case.result(case.add_evidence(item))
    assert result is not None
    with PyAvReader(item) as reader:
        frames = list(reader.frames(part, Fraction(1, 2)))
    detections = [face for found in engines.detector.detect(frames) for face in found]
    boxes = np.array([(d.bbox.x1, d.bbox.y1, d.bbox.x2, d.bbox.y2) for d in detections])
    landmarks = np.stack([d.landmarks_px for d in detections])
    return _outcome(result, {"boxes": boxes, "landmarks": landmarks})


def _outcome(result: EvidenceResult, arrays: Arrays) -> Outcome:
    recovered = [frame.recovered for person in result.persons for frame in person.frames]
    findings = [finding for person in result.persons for finding in person.findings]
    templates = [finding.template.embedding for finding in findings if finding.template is not None]
    vectors = [(r.input_embedding, r.source_embedding, r.target_embedding) for r in recovered]
    arrays = arrays | {
        "pictures": np.stack([(r.source_rgb, r.target_rgb) for r in recovered]),
        "maps": np.stack([r.identity_map for r in recovered]),
        "fake_scores": np.array([r.fake_score for r in recovered]),
        "vectors": np.array([vector for of_face in vectors for vector in of_face]),
        "templates": np.stack(templates),
    }
    digest = hashlib.sha256()
    for piece in (*_pieces(result), *(np.ascontiguousarray(a).tobytes() for _, a in sorted(arrays.items()))):
        digest.update(piece)
    searches = [finding.search for finding in findings if finding.search is not None]
    return Outcome(
        digest=digest.hexdigest(),
        arrays=arrays,
        decisions=(*(p.forgery_decision for p in result.persons), *(f.decision for f in findings)),
        rankings=tuple({c.person_id: c.score for c in search.candidates} for search in searches),
        n_faces=len(recovered),
    )


def _pieces(value: object) -> Iterator[bytes]:
    """Every value of a result, in a fixed order, as bytes."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            if field.name not in _TIMES_AND_PLACES:
                yield field.name.encode()
                yield from _pieces(getattr(value, field.name))
    elif isinstance(value, np.ndarray):
        yield f"{value.dtype}{value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif isinstance(value, (tuple, list)):
        yield f"[{len(value)}".encode()
        for each in value:
            yield from _pieces(each)
    elif isinstance(value, float):
        yield value.hex().encode()
    elif isinstance(value, (str, int, bytes, Fraction, Enum, type(None))):
        yield repr(value).encode()
    elif not isinstance(value, (datetime, Path)):
        raise TypeError(f"a result holds a {type(value).__name__}, which no digest was written for")
