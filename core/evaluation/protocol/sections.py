"""All sections of the protocol, in the order of the page. Nothing heavy is loaded before one runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from core.evaluation.protocol.settings import NamedPath, ProtocolSettings

if TYPE_CHECKING:
    from core.evaluation.protocol.bench import Bench
    from core.evaluation.protocol.results import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionSpec:
    """A section before it runs.

    Attributes:
        name: as ``--section`` takes it.
        module: of this package, whose `run` measures it.
        needs_faces: whether it looks at the packed faces.
        wants: what beside packed faces is missing to run it, '' when nothing is.
        depends_on: what its result depends on beside weights, people, count and seed.
    """

    name: str
    module: str
    needs_faces: bool = True
    wants: Callable[[ProtocolSettings], str] = lambda _: ""
    depends_on: Callable[[ProtocolSettings], Iterable[str]] = lambda _: ()

    def missing(self, settings: ProtocolSettings) -> str:
        """What the user has to name before it can run, '' when nothing."""
        if self.needs_faces and settings.faces is None:
            return "name packed faces with --faces PACKED"
        return self.wants(settings)

    def run(self, bench: Bench) -> Section:
        """Measure it."""
        section: Section = import_module(f"{__package__}.{self.module}").run(bench)
        return section


def contents_of(path: Path) -> list[str]:
    """Names, sizes and times of a file, or of every file below a folder."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return [f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files if file.is_file()]


def _named(given: Iterable[NamedPath]) -> list[str]:
    return [line for one in given for line in (one.name, *contents_of(one.path))]


def _forging(settings: ProtocolSettings) -> list[str]:
    """What the test faces depend on."""
    return [] if settings.identity_model is None else contents_of(settings.identity_model)


def _rule(settings: ProtocolSettings) -> list[str]:
    """What the comparison depends on."""
    return [] if settings.calibration is None else contents_of(settings.calibration)


def _compared(settings: ProtocolSettings) -> list[str]:
    return _forging(settings) + _rule(settings)


def _published(settings: ProtocolSettings) -> list[str]:
    return _rule(settings) + ([] if settings.swaps is None else contents_of(settings.swaps))


def _rffr(settings: ProtocolSettings) -> list[str]:
    """What the rows of RFFR depend on."""
    return [] if settings.rffr is None else contents_of(settings.rffr)


def _pairs(settings: ProtocolSettings) -> list[str]:
    return [line for folder in settings.pairs for line in contents_of(folder)] + _rffr(settings)


def _ablated(settings: ProtocolSettings) -> list[str]:
    return _named(settings.ablations) + _forging(settings)


def _by_family(settings: ProtocolSettings) -> list[str]:
    return _ablated(settings) + ([] if settings.swapper is None else contents_of(settings.swapper))


def _recovery(settings: ProtocolSettings) -> list[str]:
    completed = [
        NamedPath(name=one.name, path=one.path / "completed" if one.path.is_dir() else one.path)
        for one in settings.baselines
    ]
    return (
        _forging(settings)
        + _named(completed)
        + ([] if settings.attributes is None else contents_of(settings.attributes))
    )


SECTIONS = (
    SectionSpec(name="recovery", module="recovery", depends_on=_recovery),
    SectionSpec(name="enrolled", module="enrolled", depends_on=_compared),
    SectionSpec(name="detection", module="detection", depends_on=lambda settings: _forging(settings) + _rffr(settings)),
    SectionSpec(name="robustness", module="robustness", depends_on=_forging),
    SectionSpec(name="ablation", module="ablation", depends_on=_ablated),
    SectionSpec(name="families", module="families", depends_on=_by_family),
    SectionSpec(
        name="published",
        module="published_swaps",
        wants=lambda settings: "" if settings.swaps is not None else "name published swaps with --swaps FOLDER",
        depends_on=_published,
    ),
    SectionSpec(
        name="pairs",
        module="published_pairs",
        needs_faces=False,
        wants=lambda settings: "" if settings.pairs else "name packed published forgeries with --pairs PAIRS",
        depends_on=_pairs,
    ),
    SectionSpec(
        name="clips",
        module="clips",
        needs_faces=False,
        wants=lambda settings: "" if settings.clips is not None else "name real videos with --clips FOLDER",
        depends_on=lambda settings: [] if settings.clips is None else contents_of(settings.clips),
    ),
    SectionSpec(name="pictures", module="pictures", depends_on=_forging),
)
NAMES = tuple(spec.name for spec in SECTIONS)
