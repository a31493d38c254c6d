"""docs/validation.md and the records behind it: one JSON file a campaign, from which the page is made anew."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from core.errors import CaseError
from core.evidence.hashing import file_sha256
from core.validation.campaign import Campaign, Check

PAGE = "validation.md"
FOLDER = "validation"
_HEAD = """\
# Validation record

Written by `unswap validate --record`; by hand nothing is changed here. Each part names the command that gives its
figures, when and on what it ran, with which source and models, and every check with what was measured. **kept**: the
figure keeps the promise. **NOT KEPT**: it does not. **not measured**: could not be checked where the command ran; the
figure says why. What the parts protect against stands in [SECURITY.md](../SECURITY.md); how well faces are recovered,
in [results.md](results.md).
"""
_SOURCE = Path(__file__).resolve().parents[2]
_GIT_S = 30
_LIST_OF_MODELS = "models/allowed.sha256"
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What a campaign ran on.

    Attributes:
        system: operating system and architecture.
        cores: logical processors.
        python: version.
        libraries: (name, version) of the application's direct dependencies.
    """

    system: str
    cores: int
    python: str
    libraries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One campaign as it ran.

    Attributes:
        campaign: its name.
        title, about: of the campaign.
        command: that runs it so again.
        application: version.
        started_at: UTC.
        seconds: that it took.
        machine: on which.
        checks: in the order in which they were made.
        commit: of the source it ran on, as `commit_of` says it; '' where that is not known.
        models_sha256: SHA-256 of the list of shipped models, which names that of each; '' without such a list.
    """

    campaign: str
    title: str
    about: str
    command: str
    application: str
    started_at: datetime
    seconds: float
    machine: Machine
    checks: tuple[Check, ...]
    commit: str = ""
    models_sha256: str = ""

    def to_json(self) -> str:
        """Indented JSON, one line a value, so that two records can be compared line by line."""
        content = {**asdict(self), "started_at": self.started_at.isoformat(timespec="seconds")}
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, path: Path) -> Record:
        """Inverse of `to_json`.

        Raises:
            CaseError: the file is no record.
        """
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            machine = raw.pop("machine")
            libraries = tuple((str(name), str(version)) for name, version in machine.pop("libraries"))
            checks = tuple(Check(**check) for check in raw.pop("checks"))
            started_at = datetime.fromisoformat(raw.pop("started_at"))
            return cls(machine=Machine(**machine, libraries=libraries), checks=checks, started_at=started_at, **raw)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise CaseError(
                f"this is no record of a validation ({type(error).__name__})",
                next_step="remove it and run its campaign again",
                path=path,
            ) from error


def this_machine(application: str) -> Machine:
    """Facts of this machine that figures may depend on.

    Args:
        application: name of the installed distribution whose dependencies count.
    """
    try:
        requirements = importlib.metadata.requires(application) or []
    except importlib.metadata.PackageNotFoundError:
        requirements = []
    release = re.match(r"[\d.]+", platform.release())  # what a vendor adds says nothing to others
    found = (_REQUIREMENT.match(text) for text in requirements if "extra ==" not in text)
    names = sorted({match.group() for match in found if match}, key=str.lower)
    return Machine(
        system=f"{platform.system()} {release.group() if release else '?'}, {platform.machine()}",
        cores=os.cpu_count() or 1,
        python=platform.python_version(),
        libraries=tuple((name, _version(name)) for name in names),
    )


def commit_of(source: Path = _SOURCE) -> str:
    """Short hash of the commit that a source tree is at, " with changes" behind it where files differ from it.

    What lies under docs does not count: records of validation are written there. '' where the tree is not kept by Git,
    such as that of an installed package, or Git is not there.
    """
    try:
        # A tree that is merely somewhere inside another repository is not of that one's commit.
        is_kept = _git(source, "ls-files", "--", "core")
        commit = _git(source, "rev-parse", "--short", "HEAD") if is_kept else ""
        changes = _git(source, "status", "--porcelain", "--", ".", ":(exclude)docs") if commit else ""
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return f"{commit} with changes" if changes else commit


def _git(source: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(source), *words], capture_output=True, encoding="utf-8", timeout=_GIT_S, check=True
    )
    return done.stdout.strip()


def models_of(resources: Path) -> str:
    """SHA-256 of the list of the models that a folder of resources ships; '' without such a list."""
    path = resources / _LIST_OF_MODELS
    return file_sha256(path) if path.is_file() else ""


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def page(records: Sequence[Record], campaigns: Sequence[Campaign]) -> str:
    """The whole page: a table of all campaigns, then each with its checks.

    Args:
        records: what has run.
        campaigns: all there are, in the page's order; one without a record is listed as not run.
    """
    by_name = {record.campaign: record for record in records}
    lines = [_HEAD, "| campaign | checks | kept | not kept | not measured |", "|---|---:|---:|---:|---:|"]
    for one in campaigns:
        record = by_name.get(one.name)
        if record is None:
            lines.append(f"| {_cell(one.title)} (`{one.name}`) | not run | | | |")
            continue
        states = [check.passed for check in record.checks]
        counts = " | ".join(str(states.count(state)) for state in (True, False, None))
        lines.append(f"| {_cell(one.title)} (`{one.name}`) | {len(states)} | {counts} |")
    ordered = [by_name[one.name] for one in campaigns if one.name in by_name]
    return "\n".join([*lines, "", *(_part(record) for record in ordered), _libraries(ordered)])


def _part(record: Record) -> str:
    day, machine = record.started_at.strftime("%Y-%m-%d %H:%M UTC"), record.machine
    measured = [f"Source: commit {record.commit}"] if record.commit else []
    if record.models_sha256:
        measured.append(f"SHA-256 of `resources/{_LIST_OF_MODELS}`: `{record.models_sha256}`")
    lines = [
        f"## {record.title}",
        "",
        record.about,
        "",
        f"`{record.command}`, {day}, {record.seconds:,.0f} s, Unswap {record.application}, {machine.system}, "
        f"{machine.cores} processors, Python {machine.python}",
        "",
        *([f"{'; '.join(measured)}.", ""] if measured else []),
        "| promise | figure | |",
        "|---|---|---|",
    ]
    words = {True: "kept", False: "**NOT KEPT**", None: "not measured"}
    lines += [f"| {_cell(c.promise)} | {_cell(c.figure)} | {words[c.passed]} |" for c in record.checks]
    return "\n".join([*lines, ""])


def _libraries(records: Sequence[Record]) -> str:
    if not records:
        return ""
    newest = max(records, key=lambda record: record.started_at)
    listed = ", ".join(f"{name} {version}" for name, version in newest.machine.libraries)
    return f"## Libraries\n\nOf the latest run: {listed}.\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
