"""The recovered frames of a person as the window lists and draws them. Used on the thread that reads the case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication

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
    left_out = {
        finding.role
        for finding in person.findings
        if finding.template is not None and face.key.frame_index not in finding.frame_indices
    }
    remark = ""
    if left_out:
        remark = {
            frozenset({Role.SOURCE}): _said("Left out of the template of the source: an outlier."),
            frozenset({Role.TARGET}): _said("Left out of the template of the target: an outlier."),
        }.get(frozenset(left_out), _said("Left out of the templates of the source and of the target: an outlier."))
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
        title=_said("Fake score"),
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
    words = _said("cosine {spread}").format(spread=_spread(values))
    if left_out:
        words += _said("; {n} left out").format(n=len(left_out))
    return Band(
        title=_said("Recovered source") if finding.role is Role.SOURCE else _said("Recovered target"),
        words=words,
        mark=_MARKS[finding.role],
        values=values,
        left_out=left_out,
        low=0.0 if min(values) >= 0 else -1.0,
    )


def _spread(values: Sequence[float]) -> str:
    low, middle, high = (f"{value:.3f}" for value in (min(values), median(values), max(values)))
    return _said("{low} to {high}, median {middle}").format(low=low, high=high, middle=middle)


def _said(text: str) -> str:
    return QCoreApplication.translate("Person", text)
