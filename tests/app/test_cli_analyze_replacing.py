"""`analyze` over a case that people have reviewed: their analysis is kept, or gives way when they say so."""

import json
from functools import partial
from pathlib import Path

import pytest
from pypdfium2 import PdfDocument

from core.casefile.store import CaseFile
from core.domain.identity import Role
from core.domain.review import IgnoreTracks, JudgeCandidate, Verdict
from core.errors import CaseFileError

PEOPLE = Path(__file__).resolve().parents[2] / "resources" / "demo" / "gallery"
HOPPER, COLLINS = PEOPLE / "Grace Hopper" / "photo.jpg", PEOPLE / "Eileen Collins" / "photo.jpg"


@pytest.fixture
def analyze(unswap, untrained, tmp_path):
    """`unswap analyze` into one case, with a network that has learnt nothing."""
    return partial(unswap, "analyze", "--case", tmp_path / "case", "--no-gallery", "--frames", "1", folders=untrained)


@pytest.fixture
def reviewed(analyze, tmp_path):
    """The folder of a case whose one person was judged, and one track ignored."""
    assert analyze(HOPPER).code == 0
    with CaseFile.open(tmp_path / "case", create=False) as case:
        (person,) = case.outline(1).persons
        verdict = JudgeCandidate(
            evidence_id=1,
            track_id=person.track_ids[0],
            role=Role.SOURCE,
            person_id=7,
            name="Ada",
            verdict=Verdict.CONFIRMED,
        )
        case.decide("M. Weber", verdict)
        case.decide("M. Weber", IgnoreTracks(evidence_id=1, track_ids=(99,)))
    return tmp_path / "case"


def decisions(folder):
    (item, *_) = json.loads((folder / "report.json").read_text(encoding="utf-8"))["statements"]["decisions"]["items"]
    return item


@pytest.mark.parametrize("words", [("--sample-period", "0.1"), ("--from", "0:00"), ("--frames", "2")])
def test_other_settings_replace_no_analysis_unasked(analyze, reviewed, words):
    with CaseFile.open(reviewed, create=False) as case:
        before = case.run(1), case.review()
    done = analyze(HOPPER, *words)
    assert done.code == CaseFileError.exit_code
    assert f"{reviewed}: photo.jpg was analysed with other settings" in done.err and "--replace" in done.err
    with CaseFile.open(reviewed, create=False) as case:
        assert (case.run(1), case.review()) == before and case.result(1) is not None


def test_the_rest_goes_on_beside_an_analysis_that_is_kept(analyze, reviewed):
    done = analyze(HOPPER, COLLINS, "--sample-period", "0.1")
    assert done.code == CaseFileError.exit_code
    with CaseFile.open(reviewed, create=False) as case:
        assert [case.result(stored.id) is not None for stored in case.evidence()] == [True, True]
    assert any("confirmed by the examiner" in row["words"] for row in decisions(reviewed)["persons"][0]["rows"])


def test_the_same_command_goes_on_and_keeps_what_was_decided(analyze, reviewed):
    assert analyze(HOPPER).code == 0
    assert decisions(reviewed)["earlier"] == [] and decisions(reviewed)["persons"][0]["rows"] != []


def test_a_replaced_analysis_takes_its_decisions_along(analyze, reviewed):
    assert analyze(HOPPER, "--sample-period", "0.1", "--replace").code == 0
    told = decisions(reviewed)
    assert told["persons"][0]["rows"] == [] and not told["persons"][0]["is_reviewed"] and told["changes"] == []
    assert [row["kind"] for row in told["earlier"]] == ["Verdict, recovered source, track 1", "Ignored"]
    with PdfDocument(reviewed / "report.pdf") as document:
        text = "\n".join(page.get_textpage().get_text_range() for page in document)
    assert "made on an earlier analysis" in " ".join(text.split())
    with CaseFile.open(reviewed, create=False) as case:
        assert "decisions set aside" in {entry.action for entry in case.audit()}
        assert case.verify_audit() == []
