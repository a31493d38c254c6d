"""Looks at this installation, for `doctor` and for the window. Each check ends in a verdict, whatever is broken."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from app.assembly import build_calibration
from app.model_facts import threshold_table, weights_table
from app.places import is_there
from app.settings import APPLICATION, Folders
from core.domain.installation import Check, CheckState, DeviceInfo, WeightsInfo
from core.domain.thresholds import ThresholdTable
from core.errors import CaseError

if TYPE_CHECKING:
    from packaging.requirements import Requirement

Fact: TypeAlias = Check | WeightsInfo | DeviceInfo | ThresholdTable

LEAST_FREE_BYTES = 500 * 2**20
GOOD_FREE_BYTES = 5 * 2**30
_REINSTALL = "install the application again: pip install -e ."
# Import names; those that have to be imported to know whether they work: compiled against each other or the system.
_COMPILED = {
    "torch": "torch",
    "torchvision": "torchvision",
    "facenet-pytorch": "facenet_pytorch",
    "opencv-python": "cv2",
    "av": "av",
    "scipy": "scipy",
}
_ADVICE = {"opencv-python": "on Debian: apt install libgl1 libglib2.0-0; otherwise reinstall opencv-python"}
# What a broken compiled library raises on import: no such module, no such shared object, no such operator.
_IMPORT_FAILURES = (ImportError, OSError, RuntimeError, AttributeError)


def all_facts(folders: Folders) -> Iterator[Fact]:
    """Every check with what it found out on the way, one after another as they are made."""
    yield _python()
    yield Check(name="operating system", state=CheckState.OK, value=platform.platform())
    are_there = True
    for check in _libraries():
        are_there = are_there and check.state is not CheckState.FAILED
        yield check
    if are_there:
        yield from _devices()
        yield from _models(folders)
        yield _codecs()
        yield _confinement()
        yield _fonts(folders)
    yield _window()
    yield _display()
    yield _sqlite(folders)
    places = {"data folder": folders.data, "log folder": folders.logs, "temporary folder": Path(tempfile.gettempdir())}
    for name, folder in places.items():
        yield _writable(name, folder)
    yield _disk("disk, data folder", folders.data)
    yield _disk("disk, current folder", Path.cwd())


def all_checks(folders: Folders) -> Iterator[Check]:
    """The checks alone."""
    return (fact for fact in all_facts(folders) if isinstance(fact, Check))


def _python() -> Check:
    value = f"{platform.python_version()} ({sys.executable})"
    return Check(name="Python", state=CheckState.OK, value=value)


def _libraries() -> Iterator[Check]:
    from packaging.requirements import Requirement

    try:
        requirements = [Requirement(line) for line in metadata.requires(APPLICATION) or ()]
    except metadata.PackageNotFoundError:
        yield Check(
            name="installation",
            state=CheckState.WARNING,
            value="runs from a source tree that is not installed, so library versions cannot be compared",
            next_step=_REINSTALL,
        )
        requirements = [Requirement(name) for name in _COMPILED]
    for requirement in requirements:
        if requirement.marker is None or requirement.marker.evaluate():
            yield _library(requirement)


def _library(requirement: Requirement) -> Check:
    name = requirement.name
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Check(name=name, state=CheckState.FAILED, value="not installed", next_step=_REINSTALL)
    if name in _COMPILED:
        try:
            importlib.import_module(_COMPILED[name])
        except _IMPORT_FAILURES as error:
            return Check(
                name=name,
                state=CheckState.FAILED,
                value=f"{version} does not load ({str(error).splitlines()[0] if str(error) else type(error).__name__})",
                next_step=_ADVICE.get(name, _REINSTALL),
            )
    if not requirement.specifier.contains(version, prereleases=True):
        value = f"{version}, but {requirement.specifier} was tested"
        return Check(name=name, state=CheckState.WARNING, value=value, next_step=_REINSTALL)
    return Check(name=name, state=CheckState.OK, value=version)


def _devices() -> Iterator[Check | DeviceInfo]:
    import torch

    from core.recovery.loading import pick_device

    words = {"cpu": f"{os.cpu_count()} cores, {torch.get_num_threads()} threads"}
    if torch.backends.mps.is_available():
        words["mps"] = platform.processor()
    if torch.cuda.is_available():
        properties = torch.cuda.get_device_properties(0)
        words["cuda"] = f"{properties.name}, {properties.total_memory / 2**30:.0f} GiB"
    for name, description in words.items():
        yield DeviceInfo(name=name, description=description)
    device = pick_device("auto")
    yield Check(name="compute device", state=CheckState.OK, value=f"{device} ({words[device]})")


def _models(folders: Folders) -> Iterator[Check | WeightsInfo | ThresholdTable]:
    try:
        weights = list(weights_table(folders))
    except CaseError as error:
        yield Check(name="weights", state=CheckState.FAILED, value=error.what, next_step=error.next_step)
        return
    for info in weights:
        yield info
        if info.detail:
            value, state = info.detail, CheckState.FAILED
        else:
            value, state = f"SHA-256 {info.sha256[:16]}… intact; {info.terms}", CheckState.OK
        yield Check(name=f"weights {info.name}", state=state, value=value, next_step=info.next_step)
    yield from _error_rates(folders, weights)


def _error_rates(folders: Folders, weights: Sequence[WeightsInfo]) -> Iterator[Check | ThresholdTable]:
    name = "error rates"
    try:
        calibration = build_calibration(folders)
    except CaseError as error:
        yield Check(name=name, state=CheckState.FAILED, value=error.what, next_step=error.next_step)
        return
    yield threshold_table(calibration, weights)
    if calibration.calibration_id:
        yield Check(name=name, state=CheckState.OK, value=calibration.calibration_id)
    else:
        step = "findings stay inconclusive; install the application again to get the measured table"
        yield Check(name=name, state=CheckState.WARNING, value="no measured table", next_step=step)


def _codecs() -> Check:
    from core.video.codecs import decodable_codecs, ffmpeg_version

    codecs = decodable_codecs()
    missing = [name for name, is_there in codecs.items() if not is_there]
    there = ", ".join(name for name in codecs if name not in missing)
    if missing:
        step = "install PyAV's own wheel: pip install --force-reinstall --only-binary av av"
        value = f"{there}; cannot decode {', '.join(missing)}"
        return Check(name="video codecs", state=CheckState.FAILED, value=value, next_step=step)
    return Check(name="video codecs", state=CheckState.OK, value=f"{there} ({ffmpeg_version()})")


def _confinement() -> Check:
    """What a process that decodes hostile files is denied here, tried from within one."""
    from core.isolation.ending import ChildEndedError
    from core.isolation.trial import protections_here

    name = "decoder's confinement"
    try:
        protections = protections_here()
    except (ChildEndedError, OSError) as error:
        step = "open no files of doubtful origin here, and report this with what `unswap doctor` says"
        return Check(name=name, state=CheckState.FAILED, value=str(error), next_step=step)
    missing = [promise.replace("_", " ") for promise in protections.missing()]
    if missing:
        step = "open files of doubtful origin in a virtual machine; SECURITY.md says what each system offers"
        return Check(name=name, state=CheckState.WARNING, value=f"without {', '.join(missing)}", next_step=step)
    return Check(name=name, state=CheckState.OK, value="memory, time, network, other files and processes")


def _fonts(folders: Folders) -> Check:
    from core.report.fonts import FontSet

    try:
        FontSet(folders.fonts)
    except CaseError as error:
        return Check(name="fonts", state=CheckState.FAILED, value=error.what, next_step=error.next_step)
    return Check(
        name="fonts", state=CheckState.OK, value=f"{len(list(folders.fonts.glob('*.ttf')))} in {folders.fonts}"
    )


def _window() -> Check:
    # In a process of its own: the command line itself never loads the window's library.
    code = "import PySide6.QtWidgets as w; print(w.__name__)"
    trial = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False)
    if trial.returncode == 0:
        return Check(name="window toolkit", state=CheckState.OK, value="Qt loads")
    last = trial.stderr.strip().splitlines()[-1:] or [f"status {trial.returncode}"]
    step = "the command line works without it; on Debian: apt install libegl1 libgl1 libxkbcommon0"
    return Check(name="window toolkit", state=CheckState.WARNING, value=f"Qt does not load ({last[0]})", next_step=step)


def _display() -> Check:
    # In a process of its own, too: it loads Qt's plugin.
    trial = subprocess.run(
        [sys.executable, "-m", "app.qt_environment"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).resolve().parents[1],
    )
    lines = trial.stdout.strip().splitlines() or trial.stderr.strip().splitlines()[-1:]
    if trial.returncode == 0:
        platform_name = lines[0] if lines else "the system's own"
        return Check(name="display", state=CheckState.OK, value=f"a window can open ({platform_name})")
    what, *steps = lines or [f"status {trial.returncode}"]
    step = steps[0] if steps else "the command line works without it"
    return Check(name="display", state=CheckState.WARNING, value=what, next_step=step)


def _sqlite(folders: Folders) -> Check:
    from core.gallery.sqlite_engine import sqlite_facts

    try:
        facts = sqlite_facts(_nearest_existing(folders.data))
    except (OSError, CaseError) as error:
        step = "put your data folder on a local disk, see UNSWAP_HOME in docs/command-line.md"
        return Check(name="SQLite", state=CheckState.FAILED, value=f"cannot work there ({error})", next_step=step)
    if not facts.has_wal:
        step = "put the gallery on a local disk: the journal that two programs at once need does not work there"
        return Check(name="SQLite", state=CheckState.WARNING, value=f"{facts.version}, no WAL", next_step=step)
    return Check(name="SQLite", state=CheckState.OK, value=f"{facts.version}, WAL works")


def _writable(name: str, folder: Path) -> Check:
    try:
        with tempfile.TemporaryFile(dir=_nearest_existing(folder)):
            pass
    except OSError as error:
        step = "change its permissions, or name another place with UNSWAP_HOME (see docs/command-line.md)"
        value = f"{folder} cannot be written ({error.strerror})"
        return Check(name=name, state=CheckState.FAILED, value=value, next_step=step)
    return Check(name=name, state=CheckState.OK, value=str(folder))


def _disk(name: str, folder: Path) -> Check:
    try:
        free = shutil.disk_usage(_nearest_existing(folder)).free
    except OSError as error:
        value = f"{folder} cannot be looked at ({error.strerror})"
        return Check(name=name, state=CheckState.FAILED, value=value, next_step="check its permissions")
    state = (
        CheckState.OK
        if free >= GOOD_FREE_BYTES
        else CheckState.WARNING
        if free >= LEAST_FREE_BYTES
        else CheckState.FAILED
    )
    step = "" if state is CheckState.OK else "free some space: a case keeps the crops of every face it looks at"
    return Check(name=name, state=state, value=f"{free / 2**30:.1f} GiB free", next_step=step)


def _nearest_existing(folder: Path) -> Path:
    """The folder, or the closest one above it that is there: `doctor` makes no folders."""
    return next(place for place in (folder, *folder.parents) if is_there(place))
