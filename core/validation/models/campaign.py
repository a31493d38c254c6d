"""Campaign ``models``: hostile weights run nothing, and nothing that was not allowed is loaded."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from subprocess import DEVNULL, PIPE

from core.errors import ModelError
from core.isolation.child import start_child
from core.models.allowlist import read_list
from core.models.registry import ModelRegistry
from core.validation.campaign import Campaign, Check, Setting
from core.validation.models.hostile_files import FILES, HostileFile
from core.validation.models.pickles import GADGETS, Gadget
from core.validation.models.sources import search
from core.validation.models.tampering import WAYS, Tampering, folders

_SHORT = {"os.system by REDUCE, swapped into a true archive", "os.system in the tar format"}
_SHORT_FILES = {"traversal.pth", "custom.onnx"}
_LATE_S = 1.0
"""Hostile commands that were started may still be at work."""
_CODE = ("could run code", "may run code", "program code")


def run(setting: Setting) -> Iterator[Check]:
    """See `CAMPAIGN`."""
    full = setting.full
    gadgets = GADGETS if full else tuple(g for g in GADGETS if g.name in _SHORT)
    is_short = [f for f in FILES if f.file in _SHORT_FILES or (f.file.endswith(".safetensors") and f.file[0] != "l")]
    files = FILES if full else tuple(is_short)
    total, done = len(gadgets) + len(files) + len(WAYS) + 4, 0
    for part in (
        _control(setting), _reader(setting), _imports(setting, gadgets), _files(setting, files),
        _tampering(setting, WAYS), _runtime(setting), _sources(),
    ):  # fmt: skip
        for check in part:
            yield check
            done = min(total, done + total // 7)
            setting.progress(done, total)


def _specimens(folder: Path, gadgets: Sequence[Gadget]) -> list[tuple[Path, Path]]:
    """(file, canary) of each gadget."""
    folder.mkdir()
    made = [(folder / f"hostile{i}{g.suffix}", folder / f"canary{i}") for i, g in enumerate(gadgets)]
    for gadget, (file, canary) in zip(gadgets, made, strict=True):
        gadget.write(file, canary)
    return made


def _control(setting: Setting) -> Iterator[Check]:
    """That the specimens are hostile: read trustingly, in a process to be thrown away, they do what they try."""
    made = _specimens(setting.workspace / "trusting", GADGETS)
    _thrown_away("trusting", made)
    expected = [gadget.runs_plainly for gadget in GADGETS]
    ran = [canary.exists() for _, canary in made]
    yield Check(
        promise="the hostile pickles are hostile: a process that trusts them runs their code (control)",
        figure=f"{sum(ran)} of {sum(expected)} that only need a trusting reader made their file; {len(made)} in all",
        passed=ran == expected and sum(expected) >= 20,
    )


def _reader(setting: Setting) -> Iterator[Check]:
    made = _specimens(setting.workspace / "careful", GADGETS)
    ends = _thrown_away("careful", made)
    ran, refused = sum(canary.exists() for _, canary in made), sum(end == "ModelError" for end in ends)
    yield Check(
        promise="the reader of checkpoints runs no code of theirs, even without its confinement",
        figure=f"{ran} of {len(made)} ran; {refused} were refused by name",
        passed=ran == 0 and refused == len(made),
    )


def _thrown_away(way: str, made: Sequence[tuple[Path, Path]]) -> list[str]:
    module = "core.validation.models.throwaway"
    with start_child(
        module, way, *(str(file) for file, _ in made), stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL
    ) as child:
        said = child.communicate()[0].decode(errors="replace").splitlines()
    time.sleep(_LATE_S)
    return [str(end) for end in json.loads(said[-1])]


def _imports(setting: Setting, gadgets: Sequence[Gadget]) -> Iterator[Check]:
    made = _specimens(setting.workspace / "imports", gadgets)
    user = setting.workspace / "imports-user"
    registry = ModelRegistry(setting.workspace / "none", user)
    unnamed = []
    with _Watch() as watch:
        for gadget, (file, _) in zip(gadgets, made, strict=True):
            said = _refusal(registry, file)
            if not any(words in said for words in _CODE):
                unnamed.append(f"{gadget.name}: {said or 'imported'}")
    time.sleep(_LATE_S)
    ran = sum(canary.exists() for _, canary in made)
    yield Check(
        promise="importing a hostile pickle runs nothing, is refused with the reason, and stores nothing",
        figure=f"{ran} of {len(made)} ran; {len(made) - len(unnamed)} refused as code; {_count(user)} files stored; "
        f"{watch.n_events} pickled names looked up or commands run by the importing process; "
        f"{_children_left()} child processes left" + (f" ({'; '.join(unnamed)})" if unnamed else ""),
        passed=not (ran or unnamed or _count(user) or watch.n_events or _children_left()),
    )


def _files(setting: Setting, files: Sequence[HostileFile]) -> Iterator[Check]:
    folder, user = setting.workspace / "files", setting.workspace / "files-user"
    folder.mkdir()
    registry = ModelRegistry(setting.workspace / "none", user)
    wrong, slowest = [], 0.0
    for hostile in files:
        path = folder / hostile.file
        hostile.write(path)
        started = time.monotonic()
        said = _refusal(registry, path)
        slowest = max(slowest, time.monotonic() - started)
        if not said or hostile.refusal not in said:
            wrong.append(f"{hostile.name}: {said or 'imported'}")
        path.unlink()
    yield Check(
        promise="bombs, lying headers, names and weights that lead elsewhere and operators of other libraries are "
        "refused by name",
        figure=f"{len(files) - len(wrong)} of {len(files)}; slowest {slowest:.0f} s; {_count(user)} files stored"
        + (f" ({'; '.join(wrong)})" if wrong else ""),
        passed=not wrong and not _count(user),
    )


def _tampering(setting: Setting, ways: Sequence[Tampering]) -> Iterator[Check]:
    taken, control = [], 0
    for number, way in enumerate(ways):
        shipped, user, vouched = folders(setting.workspace / f"tampering{number}", setting.resources)
        registry = ModelRegistry(shipped, user, vouched)
        if number == 0:
            control = sum(bool(registry.load(name)) for name in ("dlib-resnet-v1", "mtcnn", "mine"))
        way.do(shipped, user)
        try:
            way.use(registry)
            taken.append(way.name)
        except ModelError:
            pass
        for folder in (shipped, user, shipped.parent / "brought"):
            for path in folder.iterdir():
                path.unlink()
    yield Check(
        promise="weights, cards, lists and error rates that were changed, exchanged or slipped in are refused",
        figure=f"{len(ways) - len(taken)} of {len(ways)} refused; {control} of 3 untouched models loaded (control)"
        + (f"; taken: {'; '.join(taken)}" if taken else ""),
        passed=not taken and control == 3,
    )


def _runtime(setting: Setting) -> Iterator[Check]:
    module = "core.validation.models.runtime_files"
    arguments = (str(setting.resources), str(setting.workspace / "none"))
    with start_child(module, *arguments, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL) as child:
        said = json.loads(child.communicate()[0].splitlines()[-1])
    code = {".py", ".pyc", ".so", ".pyd", ".dylib", ".dll"}
    opened = [Path(name) for name in said["opened"] if Path(name).suffix not in code]
    pickles = [p for p in opened if p.suffix in {".pt", ".pth", ".pkl", ".pickle", ".bin", ".ckpt", ".tar"}]
    weights = [p for p in opened if p.suffix == ".safetensors"]
    allowed = read_list(setting.resources / "models").sha256
    strangers = [p for p in weights if p.name not in allowed]
    yield Check(
        promise="an analysis reads its weights from safetensors on the list alone, and unpickles nothing",
        figure=f"{len(weights)} safetensors opened, {len(strangers)} of them not on the list; {len(pickles)} pickled "
        f"files opened; {len(said['unpickled'])} pickled names looked up",
        passed=bool(weights) and not (pickles or strangers or said["unpickled"]),
    )


def _sources() -> Iterator[Check]:
    found = search()
    yield Check(
        promise="no part of the program reads a file by a reader that could run code",
        figure=f"{len(found.unsafe)} such calls in {found.n_files} source files; {found.n_careful} calls of torch.load "
        "with weights_only=True" + (f" ({', '.join(found.unsafe)})" if found.unsafe else ""),
        passed=not found.unsafe and found.n_files > 0,
    )


def _refusal(registry: ModelRegistry, file: Path) -> str:
    """What an import says against a file; '' when it was taken."""
    try:
        registry.import_checkpoint(file)
    except ModelError as error:
        return str(error)
    return ""


def _count(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*")) if folder.exists() else 0


def _children_left() -> int:
    """Processes started to read a file that are still there (Linux; 0 elsewhere: the call waits for their end)."""
    if sys.platform != "linux":
        return 0
    own = str(os.getpid())
    lines = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = stat.read_text().rpartition(")")[2].split()[1]
            lines += [stat.with_name("cmdline").read_bytes()] if parent == own else []
        except OSError:
            continue
    return sum(b"core.isolation.host" in line for line in lines)


class _Watch:
    """Counts what this process is asked to look up by a pickle, and shell commands (audit events, PEP 578)."""

    def __init__(self) -> None:
        self.n_events = 0
        self._is_on = False
        sys.addaudithook(self._note)  # stays for good, and does nothing outside the block

    def __enter__(self) -> _Watch:
        self._is_on = True
        return self

    def __exit__(self, *_: object) -> None:
        self._is_on = False

    def _note(self, event: str, _: tuple[object, ...]) -> None:
        if self._is_on and event in {"pickle.find_class", "os.system", "os.exec", "os.posix_spawn"}:
            self.n_events += 1


CAMPAIGN = Campaign(
    name="models",
    title="Weights brought by others",
    about=f"{len(GADGETS)} hostile checkpoints are put together instruction by instruction; each tries to make a file "
    "when it is read. They are read by a process that trusts them, which shows that they are hostile; by the "
    "application's reader without its confinement; and by `models import` as a person would. "
    f"{len(FILES)} files that hold no code (bombs, lying headers, paths that lead elsewhere) are imported as well. "
    f"Then copies of the models are tampered with in {len(WAYS)} ways and loaded. The short slice imports two pickles "
    "and eight files. PyTorch, safetensors and ONNX Runtime themselves are taken as they are.",
    run=run,
)
