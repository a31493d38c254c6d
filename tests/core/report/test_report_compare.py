"""Two results of one analysis: what counts as the same, and what is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from core.domain.arrays import FloatArray, UInt8Array
from core.domain.tolerance import Tolerance
from core.errors import ReportError
from core.report.check_lines import State
from core.report.compare import Comparison
from core.report.fields import Fields
from core.report.json_export import report_to_json
from tests import builders_report as build


def describe(pictures: UInt8Array, landmarks: FloatArray) -> FloatArray:
    vectors = pictures.reshape(len(pictures), -1).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@lru_cache(maxsize=1)
def text() -> str:
    return json.dumps(json.loads(report_to_json(build.full_case()))["report"]["results"][0])


def stated() -> Any:
    return json.loads(text())


def compared(
    change: Callable[[Any], object],
    *,
    both: Callable[[Any], object] = lambda result: None,
    with_candidates: bool = True,
) -> dict[State, list[str]]:
    """Lines on a result and the same one with a `change`, both of them after `both`."""
    before, after = stated(), stated()
    for result in (before, after):
        both(result)
    change(after)
    how = Comparison(tolerance=Tolerance(), describe=describe, with_candidates=with_candidates)
    lines = list(how.item(1, Fields(before), Fields(after)))
    return {state: [f"{line.subject}: {line.words}" for line in lines if line.state is state] for state in State}


def of_person(change: Callable[[Any], object]) -> Callable[[Any], object]:
    return lambda result: change(result["persons"][0])


def test_the_same_result_agrees_in_everything() -> None:
    found = compared(lambda result: None)
    assert found[State.FAILED] == found[State.NOT_CHECKED] == []
    assert any("the same bit by bit" in line for line in found[State.OK])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda result: result["frames"][3].update(sha256="0" * 64), "1 of 9 analysed frames"),
        (lambda result: result["frames"][3]["time"].update(pts=1), "1 of 9 analysed frames"),
        (lambda result: result.update(n_cuts=7), "n_cuts: 1 stated, 7 now"),
        (lambda result: result["persons"].pop(), "3 stated, 2 found again"),
        (of_person(lambda person: person.update(n_detections=1)), "another value of n_detections"),
        (of_person(lambda person: person["frames"][0]["face"]["frame_to_crop"][0].__setitem__(2, -31)), "boxes"),
        (of_person(lambda person: person["frames"][0]["recovered"].update(fake_score=0.5)), "fake scores"),
        (of_person(lambda person: person.update(forgery_decision="inconclusive")), "category of the swap"),
        (of_person(lambda person: person["findings"][0].update(decision="inconclusive")), "source, category"),
        (
            of_person(lambda person: person["findings"][1]["search"]["candidates"][0].update(score=0.4)),
            "target, candidates",
        ),
        (
            of_person(lambda person: person["findings"][0]["template"].update(n_frames=3, embedding=NEW)),
            "another number of frames",
        ),
        (
            of_person(
                lambda person: person["frames"][0]["recovered"].update(
                    source_rgb=person["frames"][1]["recovered"]["target_rgb"]
                )
            ),
            "recovered faces",
        ),
    ],
)
def test_what_differs_is_named_alone(change: Callable[[Any], object], expected: str) -> None:
    found = compared(change)
    assert len(found[State.FAILED]) == 1
    assert expected in found[State.FAILED][0]


def test_a_face_that_was_not_recovered_again_is_named() -> None:
    found = compared(of_person(lambda person: person["frames"].pop()))
    assert "faces of other frames" in found[State.FAILED][0]


NEW = {"length": 128, "float32_sha256": "1" * 64}


@pytest.mark.parametrize(
    "change",
    [
        of_person(lambda person: person["frames"][0]["recovered"].update(fake_score=0.8200 + 0.001)),
        of_person(lambda person: person["frames"][0]["face"]["frame_to_crop"][0].__setitem__(2, -30.1)),
        of_person(lambda person: person["findings"][0]["template"].update(embedding=NEW, dispersion=0.1379)),
    ],
)
def test_what_lies_within_the_tolerance_agrees(change: Callable[[Any], object]) -> None:
    assert compared(change)[State.FAILED] == []


def of_best_target(**values: float | None) -> Callable[[Any], object]:
    return of_person(lambda person: person["findings"][1]["search"]["candidates"][0].update(**values))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (of_best_target(face_score=0.31), "but those of the faces alone 0.01"),
        (of_best_target(surroundings_score=0.7), "but those of what surrounds them 0.1"),
        (of_best_target(surroundings_score=None), "only one of the two compared what surrounds them"),
    ],
)
def test_equal_scores_made_of_other_parts_are_no_repetition(change: Callable[[Any], object], expected: str) -> None:
    found = compared(change, both=of_best_target(face_score=0.3, surroundings_score=0.8))
    assert len(found[State.FAILED]) == 1
    assert expected in found[State.FAILED][0]
    other_photo = of_best_target(face_score=0.1, surroundings_score=0.9, photo_sha256="5" * 64)
    assert compared(other_photo, both=of_best_target(face_score=0.3, surroundings_score=0.8))[State.FAILED] == []
    near = of_best_target(face_score=0.304, surroundings_score=0.796)
    assert compared(near, both=of_best_target(face_score=0.3, surroundings_score=0.8))[State.FAILED] == []


def test_without_the_people_that_were_searched_candidates_are_not_compared() -> None:
    def change(person: Any) -> None:
        person["findings"][0].update(decision="inconclusive", search=None)

    found = compared(of_person(change), with_candidates=False)
    assert found[State.FAILED] == []
    assert all("not at hand" in line for line in found[State.NOT_CHECKED]) and found[State.NOT_CHECKED]


@pytest.mark.parametrize("value", [None, "text", [], {"frames": 1}, {"frames": [None]}])
def test_a_result_of_another_form_is_refused_by_name(value: Any) -> None:
    how = Comparison(tolerance=Tolerance(), describe=describe, with_candidates=True)
    with pytest.raises(ReportError, match="as it is in every report"):
        list(how.item(1, Fields(value), Fields(stated())))
