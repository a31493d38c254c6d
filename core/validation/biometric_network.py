"""Campaign: the application opens no network connection by itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.validation.campaign import Campaign, Check, Setting

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_S = 590
_COMMAND = (
    "import sys; from pathlib import Path; from app.cli import run; from app.settings import Folders; "
    "r, d, *words = sys.argv[1:]; sys.exit(run(words, Folders(resources=Path(r), data=Path(d), logs=Path(d))))"
)
_WINDOW = "import sys; from app.window_trial import main; sys.exit(main(*sys.argv[1:3], with_analysis={}))"
_CALLS = (
    "import socket\n"
    "for call in (lambda: socket.socket().connect(('192.0.2.1', 80)), lambda: socket.getaddrinfo('example.org', 80),\n"
    "             lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))):\n"
    "    try: call()\n"
    "    except OSError: pass\n"
)
_BEHIND_THE_HOOK = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]], check=False)"
# Packets that left, and those that found no way out: in a namespace without any interface, any attempt counts here.
_COUNTERS = {"Ip": ("OutRequests", "OutNoRoutes"), "Tcp": ("ActiveOpens",), "Udp": ("OutDatagrams",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watched:
    """One program and what it tried.

    Attributes:
        code: its exit code.
        said: end of what it wrote.
        attempts: lines of `core.validation.network_guard`.
        n_kernel: attempts that the kernel counted, those of child processes and compiled libraries included; None
            where that cannot be had.
    """

    code: int
    said: str
    attempts: tuple[str, ...]
    n_kernel: int | None

    @property
    def n(self) -> int:
        """All that was noted."""
        return len(self.attempts) + (self.n_kernel or 0)


def run(setting: Setting) -> Iterator[Check]:
    """The checks."""
    can_count = _can_count(setting.workspace)
    yield _watch_works(setting, can_count)
    data = setting.workspace / "user"
    data.mkdir()
    demo = setting.resources / "demo"
    photo = next((demo / "gallery").rglob("*.jpg"))
    case = setting.workspace / "case"
    analyse = ["analyze", str(demo / "swap.mp4"), "--case", str(case), "--sample-period", "1", "--frames", "1"]
    commands: list[tuple[str, list[str]]] = [
        ("enrolling a folder of people", ["gallery", "import", str(demo / "gallery"), "--basis", "demo"]),
    ]
    if setting.full:
        commands += [
            ("a search with a photo", ["gallery", "search", "--photo", str(photo)]),
            ("an analysis with its report", analyse),
            ("a report", ["report", "--case", str(case)]),
            ("the self-check", ["doctor"]),
        ]
    for number, (what, words) in enumerate(commands):
        watched = _watched(setting, f"cli-{number}", _COMMAND, [str(setting.resources), str(data), *words], can_count)
        yield _check(f"{what} (`unswap {words[0]}`)", watched)
        setting.progress(number + 1, len(commands) + 1)
    what = "the window, with the demo case enrolled, taken in and analysed" if setting.full else "the window"
    window = [str(setting.resources), str(setting.workspace / "window")]
    yield _check(what, _watched(setting, "window", _WINDOW.format(setting.full), window, can_count))


def _check(what: str, watched: _Watched) -> Check:
    counted = (
        "" if watched.n_kernel is None else f"; {watched.n_kernel} counted by the kernel, where there was no network"
    )
    figure = f"exit code {watched.code}, {len(watched.attempts)} attempts of Python code{counted}"
    if watched.attempts:
        figure += f", such as {watched.attempts[0]}"
    if watched.code:
        figure += f"; it ended with: {watched.said[-200:]}"
    return Check(
        promise=f"{what[0].upper()}{what[1:]} works without a network and does not try to reach one",
        figure=figure,
        passed=watched.code == 0 and watched.n == 0,
    )


def _watch_works(setting: Setting, can_count: bool) -> Check:
    """Known attempts must be seen, else seeing none would say nothing."""
    direct = _watched(setting, "direct", _CALLS, [], can_count)
    behind = _watched(setting, "behind", _BEHIND_THE_HOOK, [_CALLS], can_count)
    kernel = (
        "the kernel's counters cannot be had on this system"
        if behind.n_kernel is None
        else f"{behind.n_kernel} of a child process by the kernel"
    )
    return Check(
        promise="The watch itself sees a program that connects, asks for a name, or sends a packet",
        figure=f"{len(direct.attempts)} of 3 seen in Python; {kernel}",
        passed=len(direct.attempts) == 3 and (behind.n_kernel is None or behind.n_kernel >= 2),
    )


def _watched(setting: Setting, name: str, code: str, arguments: list[str], can_count: bool) -> _Watched:
    log, counts = setting.workspace / f"{name}.attempts", setting.workspace / f"{name}.counts"
    command = [sys.executable, "-m", "core.validation.network_guard", str(log), code, *arguments]
    if can_count:
        command = [
            *_without_network(),
            "sh",
            "-c",
            '"$@"; e=$?; cat /proc/self/net/snmp > "$0"; exit $e',
            str(counts),
            *command,
        ]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "UNSWAP_HOME": str(setting.workspace / "home")}
    environment.pop("UNSWAP_GALLERY_PASSPHRASE", None)
    done = subprocess.run(
        command, cwd=_ROOT, env=environment, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
    )
    return _Watched(
        code=done.returncode,
        said=(done.stdout + done.stderr).strip(),
        attempts=tuple(log.read_text(encoding="utf-8").splitlines()) if log.exists() else (),
        n_kernel=_counted(counts) if can_count else None,
    )


def _without_network() -> list[str]:
    return ["unshare", "--map-root-user", "--net", "--"]


def _can_count(workspace: Path) -> bool:
    """Whether this system gives a process a network of its own that has no way out (Linux, where it is permitted)."""
    if shutil.which("unshare") is None or not Path("/proc/self/net/snmp").exists():
        return False
    trial = [*_without_network(), "sh", "-c", "cat /proc/self/net/snmp"]
    return subprocess.run(trial, capture_output=True, check=False, cwd=workspace).returncode == 0


def _counted(file: Path) -> int:
    lines = [line.split() for line in file.read_text(encoding="ascii").splitlines()]
    total = 0
    for names, values in zip(lines[::2], lines[1::2], strict=True):
        wanted = _COUNTERS.get(names[0].rstrip(":"), ())
        total += sum(int(value) for name, value in zip(names, values, strict=True) if name in wanted)
    return total


CAMPAIGN = Campaign(
    name="no-network",
    title="No network connection",
    about="Commands and the window run in child processes in which every attempt of Python code to look a name up, to "
    "connect or to send is refused and noted (audit events, PEP 578). Where Linux permits it they also run in a "
    "network namespace of their own without any interface, whose counters show what compiled libraries and child "
    "processes try over IPv4. Not covered is what a person asks for: a time-stamp authority configured for reports.",
    run=run,
)
