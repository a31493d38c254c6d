"""Evidence that is not what it was at intake, in words for the first page."""

from __future__ import annotations

from core.domain.report import CaseReport
from core.report.content import item_label, short_name

MOST_ALARMS = 5


def integrity_alarms(report: CaseReport) -> tuple[str, ...]:
    """One sentence for each item that is not what it was at intake."""
    alarms = []
    for number, result in enumerate(report.results, 1):
        item, whom = result.evidence, f"{item_label(number)} ({short_name(result.evidence.path.name)})"
        if result.is_changed:
            when = "since it was taken in: its SHA-256 is another one"
            if result.sha256_before in ("", item.sha256) and result.sha256_after == item.sha256:
                when = "while it was analysed, and was put back: its SHA-256 after the analysis was another one"
            alarms.append(f"{whom} CHANGED {when}. The findings of this item must not be relied on.")
        elif not result.sha256_after:
            alarms.append(f"{whom} could not be read where it was when this report was made; its hash was not checked.")
    return tuple(alarms)


def first_alarms(report: CaseReport) -> tuple[str, ...]:
    """`integrity_alarms` for the first page: at most `MOST_ALARMS`, the last one counting the rest."""
    alarms = integrity_alarms(report)
    if len(alarms) <= MOST_ALARMS:
        return alarms
    more = len(alarms) - MOST_ALARMS + 1
    return (*alarms[: MOST_ALARMS - 1], f"The same or the like holds for {more:,} more; see Evidence received.")
