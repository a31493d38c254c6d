"""Two results of the same analysis held against each other, within the stated tolerance."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, UnidentifiedImageError

from core.domain.arrays import FloatArray, UInt8Array
from core.domain.tolerance import Tolerance
from core.errors import ReportError
from core.report.check_lines import CheckLine, failed, ok, unchecked
from core.report.fields import Fields

Describe = Callable[[UInt8Array, FloatArray], FloatArray]
"""Pictures (N, S, S, 3) with their landmarks (N, 5, 2), crop pixels -> unit vectors (N, D)."""
_LARGEST_PX = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How two results are held against each other.

    Attributes:
        tolerance: how far they may lie apart.
        describe: the embedder of the run.
        with_candidates: the same people were searched, so that candidates and categories can be compared.
    """

    tolerance: Tolerance
    describe: Describe
    with_candidates: bool

    def item(self, number: int, before: Fields, after: Fields) -> Iterator[CheckLine]:
        """Lines on one item.

        Args:
            number: of the item, 1-based.
            before: its ``report.results[]`` as stated.
            after: the same, of the repetition.

        Raises:
            ReportError: something in `before` is not of the form that every report has.
        """
        subject = f"item {number}"
        yield self._frames(f"{subject}, frames", before, after)
        people, again = list(before.rows("persons")), list(after.rows("persons"))
        if len(people) != len(again):
            yield failed(f"{subject}, persons", f"{len(people)} stated, {len(again)} found again")
            return
        yield ok(f"{subject}, persons", f"{len(people)} found again")
        for person, other in zip(people, again, strict=True):
            whom = f"{subject}, person {person.whole('person_track_id')}"
            yield self._tracks(whom, person, other)
            yield from self._faces(whom, person, other)
            yield self._scores(whom, person, other)
            yield from self._categories(whom, person, other)

    def _frames(self, subject: str, before: Fields, after: Fields) -> CheckLine:
        first, second = list(before.rows("frames")), list(after.rows("frames"))
        counts = [name for name in _COUNTS if before.whole(name) != after.whole(name)]
        if counts:
            return failed(subject, "; ".join(f"{n}: {before.whole(n)} stated, {after.whole(n)} now" for n in counts))
        names = [(f.whole("index"), f.child("time").whole("pts"), f.text("sha256")) for f in first]
        again = [(f.whole("index"), f.child("time").whole("pts"), f.text("sha256")) for f in second]
        if names != again:
            n = sum(a != b for a, b in zip(names, again, strict=False)) + abs(len(names) - len(again))
            return failed(subject, f"{n} of {len(names)} analysed frames have another time or other pixels")
        return ok(subject, f"{len(names)} analysed frames, each with the same time and the same pixel hash")

    def _tracks(self, subject: str, before: Fields, after: Fields) -> CheckLine:
        differing = [name for name in _SPAN if before.raw(name) != after.raw(name)]
        if differing:
            return failed(f"{subject}, track", f"another value of {', '.join(differing)}")
        return ok(f"{subject}, track", f"the same span, {before.whole('n_detections')} detections, the same exclusions")

    def _faces(self, subject: str, before: Fields, after: Fields) -> Iterator[CheckLine]:
        first = {frame.child("face").whole("frame_index"): frame for frame in before.rows("frames")}
        second = {frame.child("face").whole("frame_index"): frame for frame in after.rows("frames")}
        if first.keys() != second.keys():
            yield failed(f"{subject}, faces", "faces of other frames were recovered")
            return
        if not first:
            yield ok(f"{subject}, faces", "none was recovered, as stated")
            return
        pairs = [(first[index], second[index]) for index in sorted(first)]
        yield self._places(f"{subject}, boxes", pairs)
        yield from self._pictures(subject, pairs)

    def _places(self, subject: str, pairs: list[tuple[Fields, Fields]]) -> CheckLine:
        box = marks = 0.0
        for one, other in pairs:
            corners = [_corners(_affine(face.child("face"))) for face in (one, other)]
            box = max(box, float(np.abs(corners[0] - corners[1]).max()))
            points = [np.asarray(face.child("face").table("landmarks_px")) for face in (one, other)]
            if points[0].shape != points[1].shape:
                return failed(subject, "another number of landmarks")
            scale = np.linalg.norm(corners[0][1] - corners[0][0]) / _CROP_PX
            marks = max(marks, float(np.abs(points[0] - points[1]).max() * scale))
        words = (
            f"corners of the crops at most {box:.4g} px apart (tolerance {self.tolerance.box_px:g}), landmarks at most "
            f"{marks:.4g} px (tolerance {self.tolerance.landmarks_px:g})"
        )
        is_near = box <= self.tolerance.box_px and marks <= self.tolerance.landmarks_px
        return ok(subject, words) if is_near else failed(subject, words)

    def _pictures(self, subject: str, pairs: list[tuple[Fields, Fields]]) -> Iterator[CheckLine]:
        n_equal, levels, cosine, share = 0, 0.0, 1.0, 0.0
        for one, other in pairs:
            for name in ("source_rgb", "target_rgb"):
                fields = [frame.child("recovered").child(name) for frame in (one, other)]
                if fields[0].text("pixels_sha256") == fields[1].text("pixels_sha256"):
                    n_equal += 1
                    continue
                shown = [_picture(f, "RGB") for f in fields]
                if shown[0].shape != shown[1].shape:
                    yield failed(f"{subject}, recovered faces", "of another size")
                    return
                levels = max(levels, float(np.abs(shown[0].astype(float) - shown[1]).mean()))
                points = np.asarray([one.child("face").table("landmarks_px")] * 2, dtype=np.float32)
                vectors = self.describe(np.stack(shown), points)
                cosine = min(cosine, float(vectors[0] @ vectors[1]))
            maps = [frame.child("recovered").child("identity_map") for frame in (one, other)]
            if maps[0].text("float32_sha256") != maps[1].text("float32_sha256"):
                grey = [_picture(f, "L").astype(float) / 255 for f in maps]
                share = max(share, float(np.abs(grey[0] - grey[1]).mean()) if grey[0].shape == grey[1].shape else 1.0)
        limit = self.tolerance
        words = (
            f"{n_equal} of {2 * len(pairs)} recovered pictures are the same bit by bit; others at most {levels:.3g} "
            f"of 255 levels apart in the mean (tolerance {limit.picture_levels:g}) and with a cosine of at least "
            f"{cosine:.6f} to the embedder (tolerance {limit.template_cosine:g}); identity maps at most {share:.3g} "
            f"apart (tolerance {limit.map_share:g})"
        )
        is_near = levels <= limit.picture_levels and cosine >= limit.template_cosine and share <= limit.map_share
        line = ok if is_near else failed
        yield line(f"{subject}, recovered faces", words)

    def _scores(self, subject: str, before: Fields, after: Fields) -> CheckLine:
        stated = [frame.child("recovered").number("fake_score") for frame in before.rows("frames")]
        again = [frame.child("recovered").number("fake_score") for frame in after.rows("frames")]
        ends = [person.number_or_none("fake_score") for person in (before, after)]
        if len(stated) != len(again) or (ends[0] is None) != (ends[1] is None):
            return failed(f"{subject}, fake scores", "another number of scores")
        pairs = [*zip(stated, again, strict=True)]
        if ends[0] is not None and ends[1] is not None:
            pairs.append((ends[0], ends[1]))
        apart = max((abs(a - b) for a, b in pairs), default=0.0)
        words = f"at most {apart:.3g} apart (tolerance {self.tolerance.score:g})"
        return (ok if apart <= self.tolerance.score else failed)(f"{subject}, fake scores", words)

    def _categories(self, subject: str, before: Fields, after: Fields) -> Iterator[CheckLine]:
        stated, now = before.text("forgery_decision"), after.text("forgery_decision")
        line = ok if stated == now else failed
        yield line(f"{subject}, category of the swap", f"{stated} stated, {now} now")
        first, second = list(before.rows("findings")), list(after.rows("findings"))
        if [f.text("role") for f in first] != [f.text("role") for f in second]:
            yield failed(f"{subject}, findings", "on other roles")
            return
        for one, other in zip(first, second, strict=True):
            role = f"{subject}, {one.text('role')}"
            yield self._template(role, one, other)
            if not self.with_candidates:
                yield unchecked(role, "category and candidates: the people that the report searched are not at hand")
                continue
            stated, now = one.text("decision"), other.text("decision")
            line = ok if stated == now else failed
            yield line(f"{role}, category", f"{stated} stated, {now} now")
            yield self._candidates(role, one.child_or_none("search"), other.child_or_none("search"))

    def _template(self, subject: str, before: Fields, after: Fields) -> CheckLine:
        first, second = before.child_or_none("template"), after.child_or_none("template")
        if first is None or second is None:
            is_alike = first is second
            return (ok if is_alike else failed)(
                f"{subject}, template", "none" if is_alike else "one of the two has none"
            )
        if first.child("embedding").text("float32_sha256") == second.child("embedding").text("float32_sha256"):
            return ok(f"{subject}, template", "the same bit by bit")
        if first.whole("n_frames") != second.whole("n_frames"):
            return failed(f"{subject}, template", "made of another number of frames")
        apart = abs(first.number("dispersion") - second.number("dispersion"))
        words = (
            f"not the same bit by bit; its dispersion is {apart:.3g} apart (tolerance {self.tolerance.score:g}). A "
            "report holds no template, which is biometric data: its faces and its scores are compared"
        )
        return (ok if apart <= self.tolerance.score else failed)(f"{subject}, template", words)

    def _candidates(self, subject: str, before: Fields | None, after: Fields | None) -> CheckLine:
        if before is None or after is None:
            is_alike = before is after
            words = "none was searched, as stated" if is_alike else "only one of the two was searched"
            return (ok if is_alike else failed)(f"{subject}, candidates", words)
        rows = [{row.whole("person_id"): row for row in side.rows("candidates")} for side in (before, after)]
        first, second = ({i: row.number("score") for i, row in side.items()} for side in rows)
        common = first.keys() & second.keys()
        apart = max((abs(first[i] - second[i]) for i in common), default=0.0)
        words = f"scores of {len(common)} at most {apart:.3g} apart (tolerance {self.tolerance.candidate:g})"
        if apart > self.tolerance.candidate or len(common) < min(len(first), len(second)):
            return failed(f"{subject}, candidates", f"{words}; {len(first)} stated, {len(second)} now")
        # Of two photographs of a person that score alike either may lead; their parts are another matter each.
        of_one_photo = [i for i in common if rows[0][i].raw("photo_sha256") == rows[1][i].raw("photo_sha256")]
        for name, part in _PARTS.items():
            pairs = [tuple(side[i].number_or_none(name) for side in rows) for i in of_one_photo]
            if any((one is None) != (other is None) for one, other in pairs):
                return failed(f"{subject}, candidates", f"{words}; only one of the two compared {part}")
            apart = max((abs(one - other) for one, other in pairs if one is not None and other is not None), default=0)
            if apart > self.tolerance.candidate:
                return failed(f"{subject}, candidates", f"{words}, but those of {part} {apart:.3g}")
        if not self.tolerance.keeps_ranking(first, second):
            return failed(f"{subject}, candidates", f"{words}; the ranking is another one")
        return ok(f"{subject}, candidates", f"{words}; the ranking is the same")


_PARTS = {"face_score": "the faces alone", "surroundings_score": "what surrounds them"}
_CROP_PX = 224.0
_COUNTS = ("n_frames_decoded", "n_frames_analysed", "n_frames_corrupt", "n_frames_duplicate", "n_cuts")
_SPAN = ("track_ids", "first", "last", "n_detections", "n_rejected")


def _affine(face: Fields) -> FloatArray:
    matrix = np.asarray(face.table("frame_to_crop"), dtype=np.float64)
    if matrix.shape != (2, 3) or abs(np.linalg.det(matrix[:, :2])) < 1e-9:
        raise ReportError(
            f"{face.where}.frame_to_crop is no map from frame to crop", next_step="treat the result as altered"
        )
    return np.asarray(matrix)


def _corners(frame_to_crop: FloatArray) -> FloatArray:
    """Where the corners of the crop lie in the frame, (4, 2) px."""
    crop = np.array([[0, 0], [_CROP_PX, 0], [_CROP_PX, _CROP_PX], [0, _CROP_PX]])
    return np.asarray(np.linalg.solve(frame_to_crop[:, :2], (crop - frame_to_crop[:, 2]).T).T)


def _picture(field: Fields, mode: str) -> UInt8Array:
    try:
        with Image.open(io.BytesIO(base64.b64decode(field.text("png_base64"))), formats=("PNG",)) as image:
            if max(image.size) > _LARGEST_PX:
                raise ValueError("too large")
            return np.asarray(image.convert(mode))
    except (ValueError, OSError, UnidentifiedImageError, SyntaxError) as error:
        raise ReportError(
            f"{field.where} holds no picture that can be read ({error})", next_step="treat the result as altered"
        ) from error
