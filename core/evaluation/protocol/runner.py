"""Runs the sections, keeps each as JSON, and writes page and figures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import CaseError, OutputError
from core.evaluation.protocol.charts import draw_chart
from core.evaluation.protocol.markdown import FIGURES, page
from core.evaluation.protocol.results import Section
from core.evaluation.protocol.sections import SECTIONS, SectionSpec
from core.evaluation.protocol.settings import Progress, ProtocolSettings
from core.evidence.writing import write_whole
from core.models.registry import ModelRegistry

PAGE, NUMBERS, KEPT = "results.md", "results.json", "sections"
SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run did.

    Attributes:
        sections: all that the page shows.
        computed: names of those computed now; the others were kept from earlier runs.
        left_out: (name, reason) of those that could not run.
    """

    sections: tuple[Section, ...]
    computed: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]


def run_protocol(
    registry: ModelRegistry,
    settings: ProtocolSettings,
    names: tuple[str, ...],
    progress: Progress,
    told: Callable[[str], None],
) -> Outcome:
    """Compute what is not there yet, then write page, numbers and figures.

    A section that was computed with the same weights, people and settings is not computed again; stopped at any time,
    the same call goes on with the section that was not finished.

    Args:
        registry: all models.
        settings: of the run.
        names: of the sections to run, in `SECTIONS`; none runs all.
        progress: told how far each is.
        told: given a line for each section.

    Raises:
        CaseError: something that the user named is not usable.
        OutputError: the results cannot be written.
    """
    from core.evaluation.protocol.bench import Bench

    made_writable(settings.out)
    bench = Bench(registry, settings, progress)
    computed, left_out = [], []
    for spec in SECTIONS:
        if names and spec.name not in names:
            continue
        reason = spec.missing(settings)
        if reason:
            left_out.append((spec.name, reason))
            continue
        fingerprint = fingerprint_of(registry, settings, spec)
        kept = kept_section(settings.out, spec.name)
        if kept is not None and kept.fingerprint == fingerprint:
            told(f"{spec.name}: kept from an earlier run")
            continue
        section = replace(spec.run(bench), basis=bench.basis, fingerprint=fingerprint)
        _write(_kept(settings.out, spec.name), json.dumps(section.to_json(), indent=1) + "\n")
        computed.append(spec.name)
        told(f"{spec.name}: measured")
    return Outcome(sections=rebuild(settings.out), computed=tuple(computed), left_out=tuple(left_out))


def rebuild(out: Path) -> tuple[Section, ...]:
    """Write page, numbers and figures from the sections kept in `out`; nothing is computed.

    Raises:
        CaseError: no section is kept there.
        OutputError: they cannot be written.
    """
    kept = [kept_section(out, spec.name) for spec in SECTIONS]
    sections = tuple(section for section in kept if section is not None)
    if not sections:
        raise CaseError("no section was measured there", next_step="run `evaluate` without --rebuild", path=out)
    made_writable(out)
    _write(out / PAGE, page(sections))
    numbers = {"schema": SCHEMA, "sections": [section.to_json() for section in sections]}
    _write(out / NUMBERS, json.dumps(numbers, indent=1, ensure_ascii=False) + "\n")
    try:
        (out / FIGURES).mkdir(exist_ok=True)
        for section in sections:
            for chart in section.charts:
                draw_chart(chart, out / FIGURES / f"{chart.name}.png")
    except OSError as error:
        raise _unwritable(out, error) from error
    return sections


def kept_section(out: Path, name: str) -> Section | None:
    """A section measured earlier; None where there is none that can be read."""
    try:
        return Section.from_json(json.loads(_kept(out, name).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def fingerprint_of(registry: ModelRegistry, settings: ProtocolSettings, spec: SectionSpec) -> str:
    """Of everything a section's result depends on."""
    people = None if settings.faces is None else settings.faces / "index.npz"
    parts = [
        str(SCHEMA),
        spec.name,
        registry.find(settings.model).sha256,
        registry.find(settings.embedder).sha256,
        f"{settings.count} {settings.seed}",
        str(people.stat().st_size if people is not None and people.is_file() else 0),
        *(f"{card.name} {card.sha256}" for card in registry.list() if card.kind.value not in ("embedder-dlib",)),
        *spec.depends_on(settings),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def made_writable(out: Path) -> None:
    """Make the folder.

    Raises:
        OutputError: it cannot be made.
    """
    try:
        (out / KEPT).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(out, error) from error


def _kept(out: Path, name: str) -> Path:
    return out / KEPT / f"{name}.json"


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"the results cannot be written ({error.strerror or error})",
        next_step="check free space and permissions, or name another folder",
        path=path,
    )
