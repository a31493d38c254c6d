"""A person's decisions in the report: what holds is printed as theirs, and nothing else."""

import base64
import io
import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from core.domain.evidence import EvidenceKind
from core.domain.identity import Role
from core.domain.report import CaseReport
from core.domain.review import (
    IgnoreTracks,
    JoinTracks,
    JudgeCandidate,
    PartTracks,
    Review,
    Verdict,
    WriteNote,
    WriteObservation,
)
from core.report import content, decisions, integrity
from core.report.back import letter
from core.report.frames_part import frame_rows
from core.report.json_export import report_to_json
from core.report.pdf import pdf_bytes
from tests import builders_report as build
from tests import builders_review as review

FONTS = Path(__file__).parents[3] / "resources" / "fonts"


def pages_of(report: CaseReport) -> list[str]:
    opened = pypdfium2.PdfDocument(pdf_bytes(report, fonts_dir=FONTS))
    return [" ".join(opened[i].get_textpage().get_text_range().split()) for i in range(len(opened))]


@lru_cache(maxsize=1)
def reviewed_pages() -> tuple[str, ...]:
    return tuple(pages_of(build.reviewed_case()))


def decided(*actions: object) -> CaseReport:
    return replace(build.full_case(), review=Review.of(review.entries(*actions)))


def item(report: CaseReport, number: int = 1) -> decisions.ItemDecisions:
    return decisions.item_decisions(report)[number - 1]


@pytest.mark.parametrize(
    "expected",
    [
        "None of it is a result of the software",
        "The original recorder is not available.",
        "The edge of the face flickers. The ears stay still.",
        "Grace Hopper (no. 41 of the gallery; rank 1, score 0.610): confirmed by the examiner.",
        "Annie Easley (no. 42 of the gallery; rank 2, score 0.525): rejected by the examiner.",
        "Eileen Collins (no. 41 of the gallery; rank 1, score 0.470): left open by the examiner.",
        "Removed Person (no. 900 of the gallery; not in the present ranking): rejected by the examiner.",
        "Turned away most of the time.",
        "The sound was not examined.",
        "Face tracks 1, 3, and the persons they belong to, are one person.",
        "Face track 4: a person apart.",
        "the rest is track 100012. That track is not among the persons of the findings.",
        "from 10, 20 to 91, 120 px): track 100013.",
        "Face tracks 8, 9: neither recovered nor searched.",
        "Note, track 9 A face on a poster.",
        "Shows the place only.",
        "Dr. Miriam Weber, 14 March 2026, 09:40 UTC",
        "The ear lies outside the edge",
        "The frame cannot be shown: the file is gone.",
        "Item 1, person 2; Item 1, person 3.",
        "Not yet reviewed by an examiner: 2 of 3 people",
        "3 people found in 9 analysed frames; the examiner left out 2 face tracks.",
    ],
)
def test_what_holds_is_printed(expected: str) -> None:
    assert expected in " ".join(reviewed_pages())


def test_what_was_undone_retracted_or_replaced_is_in_the_log_only() -> None:
    text = " ".join(reviewed_pages())
    for gone in (review.UNDONE, review.RETRACTED, "A first look"):
        assert gone not in text


def test_a_verdict_stands_beside_its_candidate_as_the_examiners() -> None:
    text = " ".join(reviewed_pages())
    findings = text[text.index("6 Findings", 3000) : text.index("None of it is a result of the software")]
    assert "no. 41 of the gallery Confirmed by the examiner Dr. Miriam Weber, 14 March 2026, 09:40 UTC" in findings
    assert findings.count("by the examiner") == 3, "the fourth candidate is not in the ranking"


def test_a_verdict_on_a_person_of_another_gallery_stands_beside_nobody() -> None:
    report = build.reviewed_case()
    person = report.results[0].persons[0]
    findings = tuple(
        replace(f, search=None if f.search is None else replace(f.search, gallery_id="b")) for f in person.findings
    )
    entries = tuple(
        replace(e, action=replace(e.action, gallery_id="a")) if isinstance(e.action, JudgeCandidate) else e
        for e in report.review.entries
    )
    result = replace(report.results[0], persons=(replace(person, findings=findings), *report.results[0].persons[1:]))
    other = replace(report, results=(result, *report.results[1:]), review=Review(entries=entries))
    rows = decisions.item_decisions(other)[0].persons[0].rows
    words = [row.words for row in rows if row.kind.startswith("Verdict")]
    assert words and all("of another gallery than the findings" in w for w in words)


def test_the_pixel_hash_of_a_bookmarked_frame_is_printed_whole() -> None:
    assert build.digest("frame 2") in "".join(reviewed_pages()).replace(" ", "")


def test_a_judged_candidate_is_printed_however_far_down() -> None:
    report = build.many_candidates_case()
    search = report.results[0].persons[0].findings[0].search
    assert search is not None
    search = replace(search, threshold=0.9)
    last = search.candidates[-1].person_id
    from core.report.candidate_part import shown_candidates

    assert last not in {c.person_id for c in shown_candidates(search)}
    assert last in {c.person_id for c in shown_candidates(search, {last})}


def test_without_decisions_the_chapter_says_so() -> None:
    text = " ".join(pages_of(build.full_case()))
    assert "No decision, observation, note or bookmark was entered in the software." in text
    assert "Not yet reviewed by an examiner: 3 of 3 people" in text
    assert "nobody to review" in " ".join(pages_of(build.empty_case()))


def test_a_change_that_the_findings_do_not_show_yet_is_called_pending() -> None:
    assert not item(decided(JoinTracks(evidence_id=1, track_ids=(1, 3)))).is_pending
    assert item(decided(JoinTracks(evidence_id=1, track_ids=(1, 2)))).is_pending
    assert item(decided(PartTracks(evidence_id=1, track_ids=(3,)))).is_pending
    assert item(decided(IgnoreTracks(evidence_id=1, track_ids=(2,)))).is_pending
    assert not item(decided(IgnoreTracks(evidence_id=1, track_ids=(77,)))).is_pending
    report = decided(JoinTracks(evidence_id=1, track_ids=(1, 2)))
    assert "was not analysed again after the last of them" in " ".join(pages_of(report))


def test_items_are_named_by_their_ids_in_the_case() -> None:
    report = replace(decided(WriteNote(evidence_id=12, text="on the second")), evidence_ids=(5, 12, 13))
    assert [bool(i.others) for i in decisions.item_decisions(report)] == [False, True, False]
    with pytest.raises(ValueError, match="2 ids for 3 items"):
        replace(report, evidence_ids=(5, 12))


def test_a_person_is_reviewed_once_the_first_candidates_are_judged() -> None:
    first = review.judged(Role.SOURCE, 41, "Grace Hopper", Verdict.UNKNOWN)
    second = review.judged(Role.TARGET, 41, "Eileen Collins", Verdict.REJECTED)
    assert "Item 1, person 1" in decisions.unreviewed(decided(first))
    assert "Item 1, person 1" not in decisions.unreviewed(decided(first, second))
    looked = WriteObservation(evidence_id=1, track_id=4, text="Too small to say anything.")
    assert "Item 1, person 3" not in decisions.unreviewed(decided(looked))


def test_the_place_for_handwritten_observations_goes_where_some_were_recorded() -> None:
    assert "Recorded on (date, time)" in " ".join(pages_of(replace(build.full_case(), case=build.CaseInfo())))
    text = " ".join(pages_of(replace(build.reviewed_case(), case=build.CaseInfo())))
    assert "Recorded on (date, time)" not in text
    assert "each with who recorded it and when" in text


def test_the_json_carries_the_same_and_nothing_that_was_undone() -> None:
    text = report_to_json(build.reviewed_case())
    document = json.loads(text)
    rows = document["statements"]["decisions"]["items"][0]["persons"][0]["rows"]
    assert [row["kind"] for row in rows] == ["Observation", *["Verdict, recovered source"] * 2] + [
        "Verdict, recovered target"
    ] * 2
    assert document["statements"]["decisions"]["unreviewed"] == ["Item 1, person 2", "Item 1, person 3"]
    kept = document["report"]["review"]["entries"]
    assert {entry["kind"] for entry in kept} >= {"JudgeCandidate", "JoinTracks", "AddFace", "BookmarkFrame"}
    assert "Retract" not in {entry["kind"] for entry in kept}
    assert review.UNDONE not in text
    shown, missing = document["report"]["bookmark_frames"]
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(shown["thumbnail_rgb"]["png_base64"]))))
    assert np.array_equal(picture, build.reviewed_case().bookmark_frames[0].thumbnail_rgb)
    assert missing["thumbnail_rgb"] is None
    assert missing["problem"] == "The frame cannot be shown: the file is gone."
    assert shown["frame_sha256"] == build.digest("frame 2")


def test_hostile_notes_come_out_as_text_and_in_full() -> None:
    text = " ".join(pages_of(build.hostile_review_case()))
    chapter = text[text.index("None of it is a result of the software") :]
    for expected in (
        '<a href="https://example.org/x">Robert</a> &amp; <b>bold</b> &lt;',
        "‹U+202E›gnp.exe‹U+202C›",
        "nul‹U+0000›bell‹U+0007›escape‹U+001B›[31m",
        "<para><font color='red' size=90>big</font><img src='/etc/hostname'/>",
    ):
        assert expected in chapter, expected
    assert chapter.replace(" ", "").count("x" * 70) or chapter.count("x") >= 5000
    assert chapter.count(" line") >= 150


def test_changed_or_missing_evidence_is_said_on_the_first_page() -> None:
    full = build.full_case()
    changed = replace(full.results[0], sha256_after="0" * 64)
    report = replace(full, results=(changed, *full.results[1:]))
    first = pages_of(report)[0]
    assert "Item 1 (interview.mp4) CHANGED since it was taken in" in first
    assert "Item 2 (broken.mkv) could not be read where it was" in first
    sound = build.case_report((full.results[0],))
    assert integrity.integrity_alarms(sound) == ()
    assert "CHANGED" not in pages_of(sound)[0]


def test_many_alarms_leave_room_on_the_first_page() -> None:
    changed = replace(build.result(build.item("n" * 300 + ".mp4")), sha256_after="0" * 64)
    report = build.case_report((changed,) * 40)
    told = json.loads(report_to_json(report))["statements"]["integrity_alarms"]
    assert len(told) == 40 and told[39].startswith("Item 40 ("), "the attached result names every one"
    alarms = integrity.first_alarms(report)
    assert len(alarms) == integrity.MOST_ALARMS
    assert "36 more" in alarms[-1]
    first = pages_of(report)[0]
    assert "36 more" in first
    assert "Software Unswap" in first


def test_a_still_picture_has_no_span_and_no_curve() -> None:
    still = replace(build.item("photo.jpg"), kind=EvidenceKind.IMAGE)
    person = replace(build.person(n_frames=1), last=build.person().first)
    text = " ".join(pages_of(build.case_report((build.result(still, (person,), n_frames=1),))))
    assert "Seen in the picture" in text
    assert "Seen from" not in text
    assert "Fake score over time" not in text
    assert "Fake score of the one recovered frame: 0.820." in text


def test_a_face_seen_once_has_a_time_and_no_span() -> None:
    once = replace(build.person(n_frames=1), track_ids=(1,), n_detections=1)
    assert content.span_sentence(once, EvidenceKind.VIDEO) == "Seen at 0:00:00.000 only, in 1 detection."


def test_a_population_is_printed_once_and_rows_name_it() -> None:
    full = build.full_case()
    report = replace(full, error_rates=full.error_rates * 5)
    text = " ".join(pages_of(report))
    assert text.count("120 people of an open face collection") == 1
    assert "Population B: The same 120 people." in text
    assert [letter(i) for i in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


@pytest.mark.parametrize("n_frames", range(28, 45))
def test_no_row_of_a_table_stands_alone_on_a_page(n_frames: int) -> None:
    report = build.case_report((build.result(n_frames=n_frames),))
    pages = pages_of(report)
    start = next(i for i, page in enumerate(pages) if "examined frames. All of them." in page)
    assert len(frame_rows(report.results[0])[0]) == n_frames
    per_page = [sum(f"{build.digest(f'frame {n}')[:12]}" in page for n in range(n_frames)) for page in pages[start:]]
    assert sum(per_page) == n_frames
    assert 1 not in per_page


def test_the_contents_stand_on_one_page() -> None:
    persons = tuple(replace(build.person(n, n_frames=1), frames=()) for n in range(1, 8))
    pages = pages_of(build.case_report((build.result(persons=persons),)))
    assert sum("Appendix B Custody record" in page and "Contents" in page for page in pages) == 1


def test_an_item_whose_faces_were_all_left_out_is_not_said_to_show_none() -> None:
    report = replace(
        build.case_report((build.result(n_frames=9),)),
        review=Review.of(review.entries(IgnoreTracks(evidence_id=1, track_ids=(1, 2)))),
    )
    assert "The examiner left out 2 face tracks, and no other was found" in " ".join(pages_of(report))
