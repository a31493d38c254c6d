"""Campaign: whatever a name or a note holds comes out as text, in the report, in lists, in JSON and in databases."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from threading import Timer

import pikepdf

from core.casefile.bindings import DECIDED
from core.casefile.refused_rows import REFUSED
from core.casefile.single_rows import SingleRow
from core.casefile.store import CaseFile
from core.domain.evidence import EvidenceItem
from core.domain.identity import Role
from core.domain.report import CaseInfo, CaseReport
from core.domain.review import JudgeCandidate, Verdict, WriteNote, WriteObservation
from core.errors import GalleryError
from core.gallery.export import export_people
from core.gallery.store import Gallery
from core.gallery.texts import unguarded
from core.report.active_content import active_content
from core.report.files import report_document
from core.report.text import code_name, printable
from core.validation.campaign import Campaign, Check, Setting
from core.validation.hostile_strings import hostile_strings
from core.validation.pdf_text import drawn_text
from core.validation.report_specimen import specimen_item, specimen_report

_FULL, _SHORT = 500, 6
_PLACES = 64
_SEEN = 40
"""Characters after a mark that are compared; longer texts are cut in print, which they say."""
_PRINTED_LEAST = 30
_FORMULA = re.compile(r"(?:^|[;\t\n\r])[\s\"']*(?<!')[=+\-@＝＋－＠]")
_ACTOR = "examiner"
_ROOT = Path(__file__).resolve().parents[2]
_WINDOW = "app.window_texts"  # by name: core knows no window
_WINDOW_S = 1800


@dataclass(slots=True)
class _Found:
    """What went wrong, with the string that did it."""

    n: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, is_right: bool, text: str, what: str) -> None:
        """Count one comparison."""
        self.n += 1
        if not is_right:
            self.wrong.append(f"{what}: {text[:40]!a}")

    def check(self, promise: str, figure: str) -> Check:
        """The check of all that was compared."""
        wrong = f"; wrong: {'; '.join(self.wrong[:8])}" if self.wrong else ""
        return Check(
            promise=promise,
            figure=f"{figure}; {self.n - len(self.wrong):,} of {self.n:,} came out as they went in{wrong}",
            passed=not self.wrong,
        )


def run(setting: Setting) -> Iterator[Check]:
    """The checks."""
    texts = hostile_strings(setting.random(), _FULL if setting.full else _SHORT)
    clip = setting.workspace / "clip.mp4"
    clip.write_bytes(b"not decoded here")
    item = specimen_item(clip)
    yield from _reports(texts, item, setting)
    yield _case(texts, item, setting.workspace)
    yield from _gallery(texts, setting.workspace)
    yield from _window(texts, setting)


def _reports(texts: Sequence[str], item: EvidenceItem, setting: Setting) -> Iterator[Check]:
    printed, stored, active = _Found(), _Found(), _Found()
    fonts = setting.resources / "fonts"
    with CaseFile.open(setting.workspace / "printed", create=True) as case:
        plain = specimen_report(case, item, [_marked(k, "plain") for k in range(_PLACES)])
        shown = drawn_text(report_document(plain, fonts_dir=fonts).pdf)
        places = [k for k in range(_PLACES) if _marked(k, "plain").replace(" ", "") in shown]
        for done, text in enumerate(texts, 1):
            report = specimen_report(case, item, [_marked(k, text) for k in range(_PLACES)])
            try:
                document = report_document(report, fonts_dir=fonts)
            except Exception as error:  # whatever a text does to the report is what is looked for
                printed.add(False, text, f"no report ({type(error).__name__})")
                continue
            shown = drawn_text(document.pdf).replace("⏎", "")
            for k in places:
                printed.add(_is_shown(_marked(k, text), shown), text, f"place {k}")
            stored.add(_says(document.json, report), text, "JSON")
            with pikepdf.open(io.BytesIO(document.pdf)) as pdf:
                active.add(not active_content(pdf), text, "active content")
            setting.progress(done, len(texts))
    yield printed.check(
        "Foreign text in every place of the report that prints text comes out as text",
        f"{len(texts)} strings in {len(places)} places",
    )
    yield Check(
        promise="The campaign reaches the places that print text",
        figure=f"{len(places)} places, of at least {_PRINTED_LEAST}",
        passed=len(places) >= _PRINTED_LEAST,
    )
    yield stored.check("Foreign text is in the report's JSON as it was entered", f"{len(texts)} strings")
    yield active.check("Foreign text makes nothing in the PDF act", f"{len(texts)} reports")


def _marked(place: int, text: str) -> str:
    return f"Q{place:02d}q {text}"


def _is_shown(text: str, shown: str) -> bool:
    """Whether the beginning of a text, made printable, is in what a document draws.

    Readers differ in the order of characters that run right to left: there each character has to be somewhere.
    """
    # A line break is a new line in notes and a sign in names.
    wanted = re.sub(r"[\s⏎]", "", printable(text))
    if any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in wanted):
        return all(char in shown or code_name(char) in shown for char in wanted[:_SEEN])
    at = shown.find(wanted[:4])
    while at >= 0:
        if _agrees(wanted[:_SEEN], shown[at : at + 8 * _SEEN]):
            return True
        at = shown.find(wanted[:4], at + 1)
    return False


def _agrees(wanted: str, drawn: str) -> bool:
    """Whether `drawn` begins with `wanted`; a character that no font has is drawn as its code."""
    at = 0
    for char in wanted:
        if drawn.startswith(char, at):
            at += 1
        elif drawn.startswith(f"‹U+{ord(char):04X}›", at):
            at += len(f"‹U+{ord(char):04X}›")
        else:
            return drawn.startswith("…", at)  # cut, which the next words say
    return True


def _says(data: bytes, report: CaseReport) -> bool:
    """Whether the JSON holds what a person entered about the case, notes and names, exactly."""
    values = json.loads(data)["report"]
    info = values["case"]
    person, told = report.results[0].persons[0], values["results"][0]["persons"][0]
    names = [c.name for f in person.findings if f.search for c in f.search.candidates]
    told_names = [c["name"] for f in told["findings"] for c in f["search"]["candidates"]]
    notes = [e.action.text for e in report.review.entries if isinstance(e.action, WriteNote)]
    told_notes = [e["action"]["text"] for e in values["review"]["entries"] if e["kind"] == "WriteNote"]
    entered = {f.name: getattr(report.case, f.name) for f in fields(CaseInfo)}
    return (
        all(info[name] == (list(value) if isinstance(value, tuple) else value) for name, value in entered.items())
        and names == told_names
        and notes == told_notes
        and values["refused"] == [list(pair) for pair in report.refused]
    )


def _case(texts: Sequence[str], item: EvidenceItem, workspace: Path) -> Check:
    """Everything of a case that holds text: written, closed, opened again, read."""
    found = _Found()
    folder = workspace / "stored"
    with CaseFile.open(folder, create=True) as case:
        case.add_evidence(item)
        for text in texts:
            case.add_refused(text, text)
            case.append_audit(text, text, text)
            case.decide(text, WriteNote(text=text))
            case.decide(_ACTOR, WriteObservation(evidence_id=1, track_id=1, text=text))
            case.decide(
                _ACTOR,
                JudgeCandidate(
                    evidence_id=1, track_id=1, role=Role.SOURCE, person_id=1, name=text, verdict=Verdict.UNKNOWN
                ),
            )
    for text in texts:
        info = CaseInfo(
            case_number=text,
            title=text,
            examiner=text,
            organisation=text,
            request=text,
            questions=(text,),
            observations=text,
        )
        with CaseFile.open(folder, create=False) as case:
            case.set_case_info(info)
        with CaseFile.open(folder, create=False) as case:
            found.add(case.case_info() == info, text, "about the case")
    with CaseFile.open(folder, create=False) as case:
        refused = dict(case.refused())
        entered = [e for e in case.audit() if e.action not in (DECIDED, SingleRow.FACTS, REFUSED)][-len(texts) :]
        decisions = [e.action for e in case.decisions()]
        found.add(not case.problems() and not case.verify_audit(), "", "integrity")
    notes = [a.text for a in decisions if isinstance(a, WriteNote | WriteObservation)]
    names = [a.name for a in decisions if isinstance(a, JudgeCandidate)]
    for i, text in enumerate(texts):
        spelled = text.encode("utf-8", "backslashreplace").decode("utf-8")  # lone surrogates have no form in UTF-8
        found.add(refused.get(text) == spelled, text, "refused input")
        entry = entered[i]
        found.add((entry.actor, entry.action, entry.detail) == (spelled, spelled, spelled), text, "custody log")
        found.add(notes[2 * i : 2 * i + 2] == [spelled, spelled], text, "note")
        found.add(names[i] == spelled, text, "name")
    return found.check(
        "Foreign text is in the case's database as it was entered, and the custody log stays whole",
        f"{len(texts)} strings in 13 fields",
    )


def _gallery(texts: Sequence[str], workspace: Path) -> Iterator[Check]:
    kept, listed = _Found(), _Found()
    n_refused = 0
    expected = []
    path = workspace / "people.db"
    with Gallery.open(path, create=True, embedder_id="specimen:0", actor=_ACTOR) as gallery:
        for text in texts:
            try:
                person_id = gallery.add_person(text, note=text, basis=text, actor=_ACTOR)
            except GalleryError:
                n_refused += 1
                continue
            expected.append((person_id, text))
    with Gallery.open(path, create=False, embedder_id=None) as gallery:
        for person_id, text in expected:
            person = gallery.person(person_id)
            clean = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
            found = (person.name, person.note, person.basis)
            name = unicodedata.normalize("NFC", text).strip()
            kept.add(found == (name, clean, clean), text, "gallery")
        for _ in export_people(gallery, workspace / "list", actor=_ACTOR):
            pass
        people = gallery.people()
    with (workspace / "list" / "people.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for person, row in zip(people, rows, strict=True):
        is_text = all(unguarded(row[name]) == getattr(person, name) for name in ("name", "note", "basis"))
        listed.add(is_text, person.name, "not the same text")
        listed.add(not any(_FORMULA.search(cell) for cell in row.values()), person.name, "a formula")
    refusals = f"{n_refused} of {len(texts)} strings are refused by name: they hold what cannot be shown faithfully"
    yield kept.check("Foreign text is in the gallery's database as it was entered, or refused by name", refusals)
    yield listed.check("No cell of an exported list is a formula, and an import takes it back as it was", refusals)


def _window(texts: Sequence[str], setting: Setting) -> Iterator[Check]:
    """All pages and dialogs that show foreign text, in a process of their own, without a screen."""
    obeyed, whole, turned = _Found(), _Found(), _Found()
    n_places = 0
    with subprocess.Popen(
        [sys.executable, "-m", _WINDOW],
        cwd=_ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as child:
        assert child.stdin is not None and child.stdout is not None
        watch = Timer(_WINDOW_S, child.kill)
        watch.start()
        child.stdin.write(json.dumps(texts))
        child.stdin.close()
        for done, text in enumerate(texts, 1):
            line = child.stdout.readline()
            if not line:
                whole.add(False, text, f"the window ended (status {child.wait()})")
                break
            told = json.loads(line)
            n_places, faults = told["places"], told["faults"]
            for found, kind in ((obeyed, "markup"), (whole, "failed"), (whole, "missing"), (turned, "turned")):
                found.add(not faults[kind], text, "; ".join(faults[kind][:2]))
            setting.progress(done, len(texts))
        watch.cancel()
    among = f"{len(texts)} strings in {n_places} pages and dialogs of the window"
    yield whole.check("Foreign text is shown on every page and in every dialog that has a place for it", among)
    yield obeyed.check("Foreign text in a label, a field, a cell or a tooltip of the window is never obeyed", among)
    yield turned.check("Foreign text cannot turn the program's own words around: controls are written out there", among)


CAMPAIGN = Campaign(
    name="hostile-text",
    title="Hostile text",
    about="Markup of several kinds, controls of direction and terminals, NUL, lone surrogates, paths, SQL, formulas of "
    "spreadsheets, emoji, long and stacked text, and seeded mixtures of all of that, through every name and note. In "
    "print the first 40 characters after a mark in each place are compared with the text made printable (controls "
    "written out as their code); where it runs right to left, only that each character is there. In the window, "
    "which is opened without a screen, each label, button, field, cell and tooltip is asked what it shows and whether "
    "it takes that for markup; of each text its first 16 visible characters have to be there once a page.",
    run=run,
)
