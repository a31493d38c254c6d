"""Error rates, limitations, review, run manifest and appendices."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from string import ascii_uppercase

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether

from core.casefile.bindings import STORED
from core.domain.calibration import Calibration
from core.domain.report import AuditEntry, CaseReport, ErrorRate
from core.report.calibration_part import calibration
from core.report.composer import Cell, Composer, FillLine
from core.report.content import count, item_label, score_text, sentence
from core.report.frames_part import frame_rows
from core.report.front import moment
from core.report.method_text import LIMITATIONS
from core.report.rates import (
    LIKELIHOOD_RATIOS,
    NO_LIKELIHOOD_RATIO,
    NO_RATES,
    TRANSFER_WARNING,
    interval,
    percent,
    rate_note,
)
from core.report.runs_part import items_of, other_runs
from core.report.seal import REPORT_NAME, Seal

_BY_NUMBER = re.compile(r"item (\d{1,18})(?=[\s:,])")


def error_rates(doc: Composer, report: CaseReport) -> None:
    """Measured rates with interval, population and trials, or the plain word that there are none."""
    doc.section("Error rates", room=60 * mm)
    doc.text(TRANSFER_WARNING)
    if report.error_rates:
        _rate_table(doc, report.error_rates)
    else:
        doc.text(NO_RATES)
    doc.text(
        "False match rate (FMR): how often two different people reach the threshold. False non-match rate "
        "(FNMR): how often "
        "two pictures of one person do not. A search compares with every enrolled person, so its chance of a false "
        "alarm is 1\u00a0–\u00a0(1\u00a0–\u00a0FMR)^N; at an FMR of 0.1\u00a0% and N\u00a0=\u00a01,000 "
        "people that is 63\u00a0%."
    )
    doc.text(LIKELIHOOD_RATIOS if _has_ratios(report.calibration) else NO_LIKELIHOOD_RATIO)
    calibration(doc, report.calibration)
    for run in report.other_runs:
        if (run.error_rates, run.calibration) == (report.error_rates, report.calibration):
            continue
        doc.minor(f"{items_of(report, run)}: analysed when other rates held")
        if run.error_rates:
            _rate_table(doc, run.error_rates)
        else:
            doc.text(NO_RATES)
        doc.text(LIKELIHOOD_RATIOS if _has_ratios(run.calibration) else NO_LIKELIHOOD_RATIO)
        calibration(doc, run.calibration)


def _has_ratios(measured: Calibration) -> bool:
    roles = (measured.of(kind) for kind in ("source", "target", "photo"))
    return any(table.likelihood is not None for role in roles if role is not None for table in role.tables)


def _rate_table(doc: Composer, rates: Sequence[ErrorRate]) -> None:
    """The rates, then each population once, under the letter that the rows name it by."""
    populations = list(dict.fromkeys(rate.population for rate in rates))
    doc.table_caption("Measured error rates that the categories lean on, with 95 % intervals.")
    rows: list[list[Cell]] = []
    for rate in rates:
        measure = [doc.block(rate.measure, doc.styles.cell)]
        if rate_note(rate):
            measure.append(doc.block(rate_note(rate), doc.styles.cell_muted))
        numbers = (score_text(rate.threshold), percent(rate.rate), interval(rate.low, rate.high), f"{rate.trials:,}")
        rows.append([measure, *numbers, letter(populations.index(rate.population))])
    doc.grid(
        ("Measure", "Threshold", "Rate", "95 % interval", "Trials", "Population"), rows, (4.6, 1.4, 1.2, 2.4, 1.2, 1.4)
    )
    doc.text("Who the people and the pictures behind the rates were:")
    doc.bullets([f"Population {letter(i)}: {sentence(words)}" for i, words in enumerate(populations)])


def letter(index: int) -> str:
    """A, B, ... Z, AA, AB, ..."""
    head = "" if index < len(ascii_uppercase) else letter(index // len(ascii_uppercase) - 1)
    return head + ascii_uppercase[index % len(ascii_uppercase)]


def limitations(doc: Composer, report: CaseReport) -> None:
    """What the method cannot do, then what is known of the models used."""
    doc.section("Limitations")
    doc.bullets(LIMITATIONS)
    doc.minor("Of the models used")
    if report.model_limits:
        doc.bullets([sentence(limit) for limit in report.model_limits])
    else:
        doc.text("No limits of the models were recorded with this run; treat them as unvalidated.")
    for run in report.other_runs:
        own = [limit for limit in run.model_limits if limit not in report.model_limits]
        if own:
            doc.minor(f"Of the models used for {items_of(report, run).lower()}, too")
            doc.bullets([sentence(limit) for limit in own])


def review(doc: Composer) -> None:
    """Fields for a second examiner, dissent, and the two reviews."""
    doc.section("Second examination and review", room=120 * mm)
    doc.text(
        "A second examiner works from the original material without knowing the first result, and records a "
        "dissent where "
        "there is one. The reviews check the work and the form of this report."
    )
    for title, first in (
        ("Second examiner (blind)", "Result, before seeing the first"),
        ("Technical review", "Remarks"),
        ("Administrative review", "Remarks"),
        ("Examiner", "Statement"),
    ):
        rows: list[tuple[str, Flowable]] = [("Name, function", FillLine()), (first, FillLine(2))]
        if title.startswith("Second"):
            rows.append(("Agreement or dissent, with reasons", FillLine(2)))
        rows.append(("Date, signature", FillLine()))
        doc.add(KeepTogether([doc.block(title, doc.styles.h3), doc.pair_table(rows)]))


def manifest(doc: Composer, report: CaseReport, seal: Seal) -> None:
    """Everything needed to run the analysis again."""
    run = report.manifest
    doc.section("Run manifest and reproduction", room=120 * mm)
    doc.text(
        "The result of this report is attached to it as a file for machines, with everything that is needed to make "
        "the run again. The first command below does that in a case of its own, checks evidence and model files by "
        "their hashes, compares, and names what differs; the second is the command of the run itself, whose case "
        "holds what the examiner decided."
    )
    if report.other_runs:
        doc.text(
            f"{items_of(report, report.runs[0])}: what stands here. The other items were analysed in runs made "
            "otherwise, and their results were kept; what was different stands at the end."
        )
    doc.table_caption("The run.")
    doc.pairs(
        [
            ("Reproduce and compare", reproduce_command(report)),
            ("Command of the run", run.command or "not recorded"),
            ("SHA-256 of the result", seal.result_sha256 or "attached when the report is exported"),
            ("Agreement to expect", sentence(run.tolerance) or "not stated"),
            ("Application", f"Unswap {run.application_version}"),
            ("Platform", run.platform),
            ("Device", run.device),
            ("Seed", str(run.seed)),
            ("Started, ended", f"{moment(run.started_at)}, {moment(run.ended_at)}"),
            ("Gallery", report.gallery_name or "none searched"),
        ],
        mono=("Reproduce and compare", "Command of the run", "SHA-256 of the result"),
    )
    doc.table_caption("Model files.")
    if run.weights:
        doc.grid(
            ("Name", "SHA-256", "Licence and data terms"),
            [(w.name, w.sha256, w.terms) for w in run.weights],
            (2.2, 4.2, 4),
            mono=(1,),
        )
    else:
        doc.text("No model file was used.")
    doc.table_caption("Configuration, as resolved.")
    doc.grid(("Setting", "Value"), run.config or (("none recorded", ""),), (3, 5), mono=(0, 1))
    doc.table_caption("Libraries.")
    doc.grid(("Library", "Version"), run.libraries or (("none recorded", ""),), (3, 5))
    other_runs(doc, report)


def reproduce_command(report: CaseReport) -> str:
    """The command that makes the run of a report again and compares."""
    words = ["unswap", "reproduce", REPORT_NAME]
    paths = [str(result.evidence.path) for result in report.results if not result.failure]
    if paths:
        words += ["--evidence", *paths]
    return shlex.join(words)


def frames_appendix(doc: Composer, report: CaseReport) -> None:
    """Frames by exact time and hash: those that matter here, all of them in the JSON."""
    doc.section("Frames examined", number="Appendix A")
    if not any(result.frames for result in report.results):
        doc.text("No frame was examined.")
    for number, result in enumerate(report.results, 1):
        if not result.frames:
            continue
        rows, rule = frame_rows(result)
        doc.table_caption(f"{item_label(number)}: {len(rows):,} of {len(result.frames):,} examined frames. {rule}")
        doc.grid(
            ("No.", "Time", "pts", "SHA-256 of the upright RGB pixels", "Flags"),
            rows,
            (1.0, 1.6, 1.4, 8.3, 1.9),
            mono=(3,),
        )


def custody_appendix(doc: Composer, report: CaseReport) -> None:
    """The custody log, grouped by item; printed even when it is empty."""
    doc.section("Custody record", number="Appendix B", room=45 * mm)
    doc.text(
        "Who did what, and when. Each entry carries the SHA-256 that chains it to the entries before it, so that a "
        "later change to any of them shows. Lines for handling outside the software are left below."
    )
    doc.text(_signed_head(report), doc.styles.cell_bold)
    doc.gap()
    groups: dict[int, list[AuditEntry]] = {number: [] for number in range(1, len(report.results) + 1)}
    general: list[AuditEntry] = []
    for entry in report.audit:
        groups.get(item_of_entry(report, entry), general).append(entry)
    for label, entries in [*((item_label(n), held) for n, held in groups.items()), ("Case as a whole", general)]:
        doc.minor(label)
        if not entries:
            doc.text("No entry.")
            continue
        doc.table_caption(f"Custody record: {label[0].lower() + label[1:]}.")
        doc.grid(
            ("Time (UTC)", "Actor", "Action", "Detail", "Entry SHA-256"),
            [(moment(e.at), e.actor, e.action, detail, e.entry_sha256) for e, detail in _folded(entries)],
            (2.0, 1.4, 1.5, 4.9, 2.6),
            mono=(4,),
        )
    doc.minor("Handling outside the software")
    doc.pairs([(f"{n}. Date, from, to, purpose", FillLine()) for n in range(1, 4)], label_share=0.35)


def _folded(entries: Sequence[AuditEntry]) -> Iterator[tuple[AuditEntry, str]]:
    """Entries with what to print of each: of hashes that replace each other batch by batch, the last one alone."""
    n_before = 0
    for entry, following in zip_longest(entries, entries[1:]):
        if following is not None and entry.action in STORED and _batch_of(entry) == _batch_of(following):
            n_before += 1
            continue
        others = f" ({count(n_before, 'entry', 'entries')} on batches before it: see the attached result)"
        yield entry, entry.detail + (others if n_before else "")
        n_before = 0


def _batch_of(entry: AuditEntry) -> tuple[str, str, str]:
    return entry.actor, entry.action, entry.detail.partition(":")[0]


def _signed_head(report: CaseReport) -> str:
    """What is signed of the log, with the count: a chain alone does not show a cut tail."""
    head, n = report.signed_head, len(report.audit)
    end = f" It ends with {report.audit[-1].entry_sha256}." if report.audit else ""
    if head is None:
        return f"The log holds {count(n, 'entry', 'entries')} and was not signed.{end}"
    return (
        f"The log holds {count(n, 'entry', 'entries')}. Signed: the first {head.count:,}, which end with "
        f"{head.head_sha256}, by {head.signer} on {moment(head.at)} with the key {head.fingerprint}."
    )


def item_of_entry(report: CaseReport, entry: AuditEntry) -> int:
    """Number in the report of the item that an entry of the log is about; 0 for the case as a whole.

    An entry that begins with the item's number in the case says it; else the longest path in it does, since one path
    may begin another; the hash alone only where no path fits, since copies of a file share it.
    """
    if numbered := _BY_NUMBER.match(entry.detail):
        ids = {evidence_id: number for number, evidence_id in enumerate(report.evidence_ids, 1)}
        return ids.get(int(numbered[1]), 0)
    items = [(number, result.evidence) for number, result in enumerate(report.results, 1)]
    paths = {number: _as_logged(str(item.path)) for number, item in items}
    detail = _as_logged(entry.detail)
    held = {number: path for number, path in paths.items() if path in detail}
    named = [number for number, path in held.items() if re.search(rf"(?<!\S){re.escape(path)}(?![^\s:;,])", detail)]
    if named:
        return max(named, key=lambda number: len(paths[number]))
    return next((number for number, item in items if item.sha256 and item.sha256 in detail), 0)


def _as_logged(text: str) -> str:
    """The custody log spells bytes of names that are no text as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
