"""Items that were analysed with other settings, models, programs or galleries than the last run."""

from __future__ import annotations

from collections.abc import Iterator

from core.domain.report import CaseReport, RunBasis
from core.report.composer import Composer
from core.report.content import item_label
from core.report.front import moment


def items_of(report: CaseReport, run: RunBasis) -> str:
    """``Item 2`` or ``Items 1 and 3``, of a run of `CaseReport.runs`."""
    numbers = [number for number, item in enumerate(report.evidence_ids, 1) if item in run.evidence_ids]
    if len(numbers) == 1:
        return item_label(numbers[0])
    return f"Items {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}" if numbers else "No item"


def run_row(report: CaseReport, number: int) -> tuple[tuple[str, str], ...]:
    """A row on an item's run; none where all items were analysed alike."""
    item = report.evidence_ids[number - 1]
    if item in report.unrecorded:
        return (("Run", "what this result was made with was not recorded"),)
    if not report.other_runs or report.results[number - 1].failure:
        return ()
    runs = report.runs
    run = next(run for run in runs if item in run.evidence_ids)
    where = "the last one" if run is runs[0] else "an earlier one, made otherwise"
    return (("Run", f"{where}; begun {moment(run.manifest.started_at)}: see “Run manifest and reproduction”"),)


def other_runs(doc: Composer, report: CaseReport) -> None:
    """What was different in each other run, beside the last one."""
    last = report.runs[0]
    for run in report.other_runs:
        of = items_of(report, run)
        doc.table_caption(f"{of}: what was different in the run behind the results.")
        doc.grid(("What", of, items_of(report, last)), list(_differences(run, last)), (2, 3.6, 3.6), mono=(1, 2))


def _differences(run: RunBasis, last: RunBasis) -> Iterator[tuple[str, str, str]]:
    """(what, in the run, in the last run) of all that differs."""
    facts, others = _facts(run), _facts(last)
    for name in dict.fromkeys((*facts, *others)):
        here, there = facts.get(name, "not used"), others.get(name, "not used")
        if here != there:
            yield name, here, there


def _facts(run: RunBasis) -> dict[str, str]:
    made = run.manifest
    return {
        "Command of the run": made.command or "not recorded",
        "Started, ended": f"{moment(made.started_at)}, {moment(made.ended_at)}",
        "Application": f"Unswap {made.application_version}",
        "Platform": made.platform,
        "Device": made.device,
        "Seed": str(made.seed),
        "Gallery": run.gallery_name or "none searched",
        "Calibration": run.calibration.calibration_id or "none",
        **{f"Model file {weights.name}": weights.sha256 for weights in made.weights},
        **{f"Setting {name}": value for name, value in made.config},
        **{f"Library {name}": version for name, version in made.libraries},
    }
