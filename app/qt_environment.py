"""Which plugins Qt opens its windows with: its own, whatever other libraries put into the environment.

OpenCV's wheels bring a Qt of their own and point ``QT_QPA_PLATFORM_PLUGIN_PATH`` at it when they are imported. A window
opened after that, here or in a program started from here (a PDF viewer, say), would load OpenCV's plugin and abort.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

from core.errors import CaseError

_OPENCV = "cv2"
_QT_PLACES = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
# LD_LIBRARY_PATH: OpenCV appends an empty entry, which lets programs load libraries from the current folder.
_KEPT = (*_QT_PLACES, "LD_LIBRARY_PATH")
_HEADLESS_STEP = "work on the command line, see `unswap --help`; it needs no window"
# What Qt's plugins for X11 and Wayland need of a Linux system, and Debian's package that has it.
_PACKAGES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
}


def keep_own_qt() -> None:
    """Make Qt use its own plugins and fonts, also when OpenCV was or will be imported; call it before any window."""
    for name in _QT_PLACES:
        if _OPENCV in Path(os.environ.get(name, "")).parts:
            del os.environ[name]
    if not any(isinstance(finder, _OpenCvGuard) for finder in sys.meta_path):
        sys.meta_path.insert(0, _OpenCvGuard())


def usable_platform(environment: Mapping[str, str] = os.environ) -> str:
    """The Qt platform that a window would open with, for example ``"xcb"``; '' where only Qt can tell.

    Qt itself aborts the process where it finds none, without saying what is missing.

    Args:
        environment: the process's own; other variables are for tests.

    Raises:
        CaseError: no window can be opened; says what to install or to do.
    """
    plugins = _plugin_folder()
    if not sys.platform.startswith("linux") or plugins is None:
        return ""
    problems = []
    for name in _wanted_platforms(environment):
        problem = _problem(name, plugins, environment)
        if problem is None:
            return name
        problems.append(problem)
    raise problems[-1]


class _OpenCvGuard(MetaPathFinder):
    """Puts the environment back after OpenCV was imported."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _OPENCV:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None or spec.submodule_search_locations is None:
            return None  # not installed, or the compiled module that the package loads under its own name
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            before = {name: os.environ.get(name) for name in _KEPT}
            try:
                execute(module)
            finally:
                for name, value in before.items():
                    if value is None:
                        os.environ.pop(name, None)
                    else:
                        os.environ[name] = value

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _plugin_folder() -> Path | None:
    """Where PySide6's wheel keeps its platform plugins; None for a Qt of the system."""
    spec = importlib.util.find_spec("PySide6")
    if spec is None or spec.origin is None:
        raise CaseError("the window's library, PySide6, is not installed", next_step="install the application again")
    folder = Path(spec.origin).parent / "Qt" / "plugins" / "platforms"
    return folder if folder.is_dir() else None


def _wanted_platforms(environment: Mapping[str, str]) -> list[str]:
    """In the order in which Qt tries them."""
    asked = environment.get("QT_QPA_PLATFORM", "")
    if asked:
        return [entry.partition(":")[0] for entry in asked.split(";")]
    is_wayland = environment.get("WAYLAND_DISPLAY") or environment.get("XDG_SESSION_TYPE") == "wayland"
    return ["wayland", "xcb"] if is_wayland else ["xcb"]


def _problem(name: str, plugins: Path, environment: Mapping[str, str]) -> CaseError | None:
    """Why a platform cannot be used."""
    plugin = plugins / f"libq{'wayland' if name.startswith('wayland') else name}.so"
    if not plugin.is_file():
        return CaseError(f"Qt has no platform called {name!r}", next_step="unset QT_QPA_PLATFORM and start again")
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        return _missing_libraries(str(error))
    if name.startswith("wayland") and not _wayland_answers(environment):
        return CaseError("the Wayland display does not answer", next_step=_HEADLESS_STEP)
    if name == "xcb" and not environment.get("DISPLAY"):
        step = f"log in to a desktop, or with `ssh -X`; or {_HEADLESS_STEP}"
        return CaseError("there is no display to open a window on", next_step=step)
    if name == "xcb" and not _x11_answers(environment["DISPLAY"]):
        return CaseError(f"the display {environment['DISPLAY']} does not answer", next_step=_HEADLESS_STEP)
    return None


def _missing_libraries(reason: str) -> CaseError:
    packages = [package for library, package in _PACKAGES.items() if not _loads(library)]
    if not packages:
        return CaseError(f"Qt's part for this desktop does not load ({reason})", next_step=_HEADLESS_STEP)
    return CaseError(
        f"libraries of the system that a window needs are missing ({reason.partition(':')[0]})",
        next_step=f"install them, on Debian and Ubuntu: apt install {' '.join(packages)}",
    )


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _wayland_answers(environment: Mapping[str, str]) -> bool:
    socket = Path(environment.get("XDG_RUNTIME_DIR", "")) / environment.get("WAYLAND_DISPLAY", "wayland-0")
    return socket.is_socket()


def _x11_answers(display: str) -> bool:
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = (ctypes.c_void_p,)
    connection = xcb.xcb_connect(display.encode(), None)
    has_error = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not has_error


def _main() -> int:
    """For `doctor`: print the platform, or what is wrong and what to do about it on two lines."""
    keep_own_qt()
    try:
        print(usable_platform())
    except CaseError as error:
        print(error.what, error.next_step, sep="\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main())
