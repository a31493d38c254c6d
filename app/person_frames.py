"""The recovered frames of a person as the window lists and draws them. Used on the thread that reads the case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from core.domain.identity import IdentityFinding, Role
from core.domain.report import PersonTrack
from ui.widgets.face_model import FaceEntry
from ui.widgets.spread_plot import Band, Mark

if TYPE_CHECKING:
    from core.casefile.records import RecoveredFace

_MARKS = {Role.SOURCE: Mark.SOURCE, Role.TARGET: Mark.TARGET}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PersonFrames:
    """Frames of one person, best quality first, and the curves over them in order of time."""

    faces: tuple[RecoveredFace, ...]
    entries: tuple[FaceEntry, ...]
    bands: tuple[Band, ...]


def frames_of(person: PersonTrack, faces: Sequence[RecoveredFace]) -> PersonFrames:
    """What is listed and drawn of a person.

    Args:
        person: with its findings.
        faces: its recovered faces, best quality first.
    """
    timed = sorted(faces, key=lambda face: (face.time.seconds, face.key))
    bands = [_score_band(person, timed)]
    bands += [band for finding in person.findings if (band := _cosine_band(finding, timed)) is not None]
    return PersonFrames(
        faces=tuple(faces),
        entries=tuple(_entry(person, face) for face in faces),
        bands=tuple(bands) if faces else (),
    )


def _entry(person: PersonTrack, face: RecoveredFace) -> FaceEntry:
    left_out = [
        finding.role.value
        for finding in person.findings
        if finding.template is not None and face.key.frame_index not in finding.frame_indices
    ]
    remark = f"Left out of the template of the {' and of the '.join(left_out)}: an outlier." if left_out else ""
    return FaceEntry(
        key=face.key,
        seconds=float(face.time.seconds),
        time=face.time.clock(),
        quality=face.quality.score,
        fake_score=face.fake_score,
        remark=remark,
    )


def _score_band(person: PersonTrack, timed: Sequence[RecoveredFace]) -> Band:
    values = tuple(face.fake_score for face in timed)
    return Band(
        title="Fake score",
        words=_spread(values) if values else "",
        mark=Mark.SCORE,
        values=values,
        level=person.fake_score,
    )


def _cosine_band(finding: IdentityFinding, timed: Sequence[RecoveredFace]) -> Band | None:
    template = finding.template
    if template is None or not timed:
        return None
    vectors = np.stack([getattr(face, f"{finding.role.value}_embedding") for face in timed])
    if vectors.shape[1] != len(template.embedding):
        return None
    values = tuple(float(value) for value in vectors @ template.embedding)
    left_out = frozenset(n for n, face in enumerate(timed) if face.key.frame_index not in finding.frame_indices)
    words = f"cosine {_spread(values)}"
    if left_out:
        words += f"; {len(left_out)} left out"
    return Band(
        title=f"Recovered {finding.role.value}",
        words=words,
        mark=_MARKS[finding.role],
        values=values,
        left_out=left_out,
        low=0.0 if min(values) >= 0 else -1.0,
    )


def _spread(values: Sequence[float]) -> str:
    return f"{min(values):.3f} to {max(values):.3f}, median {median(values):.3f}"
