"""The identity map over the video: of the chosen track's person, from the recovered frame next to the one on show."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.session import Session
from core.domain.arrays import FloatArray
from core.domain.evidence import Frame
from core.domain.geometry import BBox
from core.domain.time import TimePoint
from core.errors import BugError

if TYPE_CHECKING:
    from core.casefile.records import FaceKey, RecoveredFace
    from core.casefile.store import CaseFile

_KEPT = 16
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlacedMap:
    """An identity map and where it belongs.

    Attributes:
        frame_index, time: of the recovered frame.
        identity_map: (S, S) float32, [0, 1].
        frame_to_crop: (2, 3) float32, from px of that frame to px of the map.
    """

    frame_index: int
    time: TimePoint
    identity_map: FloatArray
    frame_to_crop: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShownMap:
    """A map as it lies over the frame on show; without a map, `caption` says why there is none.

    Attributes:
        identity_map, frame_to_crop: see `PlacedMap`, from px of the frame on show; None where there is none.
        caption: which frame it was computed from.
    """

    identity_map: FloatArray | None = None
    frame_to_crop: FloatArray | None = None
    caption: str = ""


class MapOverlay(QObject):
    """Reads maps as they are needed, and keeps some. Answers to what is no longer looked at are dropped.

    Signals:
        changed: another map may be there for the frame on show.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._whose: tuple[int, int] | None = None
        self._faces: tuple[RecoveredFace, ...] = ()
        self._maps: OrderedDict[FaceKey, PlacedMap] = OrderedDict()
        self._asked: FaceKey | None = None
        self._turn = 0

    def set_person(self, evidence_id: int, person_track_id: int | None) -> None:
        """Show maps of another person; None shows none."""
        whose = None if person_track_id is None else (evidence_id, person_track_id)
        if whose != self._whose:
            self.forget()
            self._whose = whose
            if whose is not None:
                self._read(lambda case: case.person_faces(*whose), self._take_faces)

    def forget(self) -> None:
        """Nobody is chosen, or what is stored of them has changed."""
        self._turn += 1
        self._whose = self._asked = None
        self._faces = ()
        self._maps.clear()

    def over(self, frame: Frame, now: BBox | None, box_then: Callable[[int], BBox | None]) -> ShownMap:
        """The map for a frame. While it is being read there is none, and `changed` follows.

        Args:
            frame: on show.
            now: where the person's face is in it; None where it is not.
            box_then: where it was in the frame with an index.
        """
        if self._whose is None:
            return ShownMap(caption=self.tr("Choose a track to see its identity map"))
        if not self._faces:
            return ShownMap(caption=self.tr("No identity map: this person was not recovered"))
        placed = self._near(frame.time)
        if placed is None or now is None:
            return ShownMap()
        if placed.frame_index == frame.index:
            caption = self.tr("Identity map of this frame")
            return ShownMap(identity_map=placed.identity_map, frame_to_crop=placed.frame_to_crop, caption=caption)
        away = float(placed.time.seconds - frame.time.seconds)
        words = self.tr("{s} s later") if away > 0 else self.tr("{s} s earlier")
        caption = self.tr("Identity map of frame {number}, {away}; carried along with the box of the face").format(
            number=f"{placed.frame_index:,}", away=words.format(s=f"{abs(away):.2f}")
        )
        moved = carried_along(placed.frame_to_crop, box_then(placed.frame_index) or now, now)
        return ShownMap(identity_map=placed.identity_map, frame_to_crop=moved, caption=caption)

    def _near(self, time: TimePoint) -> PlacedMap | None:
        face = min(self._faces, key=lambda face: abs(face.time.seconds - time.seconds))
        held = self._maps.get(face.key)
        if held is None and face.key != self._asked and self._whose is not None:
            self._asked = face.key
            evidence_id = self._whose[0]
            self._read(lambda case: _placed_map(case, evidence_id, face), self._take_map)
        return held

    def _take_faces(self, faces: tuple[RecoveredFace, ...] | None) -> None:
        self._faces = faces or ()
        self.changed.emit()

    def _take_map(self, found: tuple[FaceKey, PlacedMap] | None) -> None:
        if found is not None:
            key, placed = found
            self._maps[key] = placed
            while len(self._maps) > _KEPT:
                self._maps.popitem(last=False)
            self._asked = None
            self.changed.emit()

    def _read(self, work: Callable[[CaseFile], R], done: Callable[[R | None], None]) -> None:
        turn = self._turn

        def read(case: CaseFile) -> R | None:
            try:
                return work(case)
            except BugError:  # an analysis beside us has begun anew
                return None

        self._session.case.ask(read, lambda found: done(found) if turn == self._turn else None)


def _placed_map(case: CaseFile, evidence_id: int, face: RecoveredFace) -> tuple[FaceKey, PlacedMap]:
    recovered = case.get_recovered(evidence_id, *face.key)
    crop = case.crop(evidence_id, *face.key)
    return face.key, PlacedMap(
        frame_index=face.key.frame_index,
        time=face.time,
        identity_map=recovered.identity_map,
        frame_to_crop=crop.frame_to_crop,
    )


def carried_along(frame_to_crop: FloatArray, then: BBox, now: BBox) -> FloatArray:
    """The same map on a face that has moved: from where its box is now, by its box then, to px of the crop.

    Args:
        frame_to_crop: (2, 3), from px of the frame in which the box was `then`.
        then, now: boxes of the face.

    Returns:
        (2, 3) float32, from px of the frame in which the box is `now`.
    """
    scale = float(np.sqrt(then.area / now.area))
    linear, shift = frame_to_crop[:, :2], frame_to_crop[:, 2]
    moved = np.array(then.centre) - scale * np.array(now.centre)
    return np.column_stack([scale * linear, linear @ moved + shift]).astype(np.float32)
