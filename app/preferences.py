"""Keeps a person's preferences in a file of theirs. Nothing in that file can keep the window from opening."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from app.settings import Folders
from core.config import AnalysisSettings
from core.domain.events import ErrorReport
from core.domain.preferences import Preferences
from core.errors import OutputError
from core.evidence.writing import write_whole

_LOG = logging.getLogger("unswap.preferences")
T = TypeVar("T")
_NAMES = tuple(field.name for field in fields(Preferences))


def analysis_settings(preferences: Preferences) -> AnalysisSettings:
    """The settings of an analysis that a person asked for in the preferences."""
    return AnalysisSettings(
        sample_period_s=preferences.sample_period_s,
        frames_per_person=preferences.frames_per_person,
        candidates=preferences.candidates,
        model=preferences.model,
        detector=preferences.detector,
        device=preferences.device,
    )


def _to_log(report: ErrorReport) -> None:
    _LOG.warning("%s: %s", report.path, report.what)


def load_preferences(folders: Folders, tell: Callable[[ErrorReport], None] = _to_log) -> Preferences:
    """The stored preferences; whatever of them is damaged or not known is replaced by its default.

    Args:
        folders: where the file is.
        tell: is told when something could not be read; a damaged file was then set aside under another name.
    """
    path = folders.preferences
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Preferences()
    except UnicodeDecodeError:
        text = ""
    except OSError as error:
        tell(
            ErrorReport(
                what=f"your preferences cannot be read ({error.strerror}), so the defaults are used",
                next_step="check the permissions of the file, then start again",
                path=path,
            )
        )
        return Preferences()
    preferences, refused = _read(text)
    if refused:
        kept = _set_aside(path)
        what = "your preferences are damaged, so the defaults are used"
        if refused != _NAMES:
            what = f"some of your preferences cannot be used ({', '.join(refused)}), so their defaults are used"
        step = f"set them again; the old file is kept as {kept.name}" if kept else "set them again"
        tell(ErrorReport(what=what, next_step=step, path=path))
    return preferences


def save_preferences(folders: Folders, preferences: Preferences) -> None:
    """Write the preferences, all of them or nothing. Entries of a newer version of the program are kept.

    Raises:
        OutputError: the file cannot be written.
    """
    path = folders.preferences
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        content = _unknown_entries(path) | {name: _to_json(getattr(preferences, name)) for name in _NAMES}
        write_whole(path, (json.dumps(content, indent=1) + "\n").encode(), mode=0o600)
    except OSError as error:
        raise OutputError(
            f"your preferences could not be saved ({error.strerror})",
            next_step="check free space and permissions of the folder; they hold until the window is closed",
            path=path,
        ) from error


def _read(text: str) -> tuple[Preferences, tuple[str, ...]]:
    """The preferences in `text`, and the names of those that could not be used."""
    content = _entries(text)
    if content is None:
        return Preferences(), _NAMES
    preferences, refused = Preferences(), []
    for name in _NAMES:
        if name in content:
            try:
                preferences = replace(preferences, **{name: _from_json(name, content[name])})
            except (ValueError, TypeError, ZeroDivisionError):
                refused.append(name)
    return preferences, tuple(refused)


def _entries(text: str) -> dict[str, object] | None:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _unknown_entries(path: Path) -> dict[str, object]:
    try:
        content = _entries(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError):
        return {}
    return {name: value for name, value in content.items() if name not in _NAMES}


def _to_json(value: object) -> object:
    match value:
        case Fraction() | Path():
            return str(value)
        case tuple():
            return [_to_json(each) for each in value]
    return value


def _from_json(name: str, value: object) -> Any:
    """The value of the field `name`.

    Raises:
        ValueError, TypeError, ZeroDivisionError: it is of another form.
    """
    default = getattr(Preferences(), name)
    match name:
        case "sample_period_s":
            numerator, _, denominator = _typed(value, str).partition("/")
            return Fraction(int(numerator), int(denominator or 1))
        case "gallery":
            return None if value is None else _path(value)
        case "recent_cases":
            return tuple(_path(each) for each in _typed(value, list))
    return _typed(value, type(default))


def _typed(value: object, kind: type[T]) -> T:
    if type(value) is not kind:  # True is no number here
        raise TypeError(f"expected {kind.__name__}, got {type(value).__name__}")
    return value


def _path(value: object) -> Path:
    text = _typed(value, str)
    if "\0" in text or not Path(text).is_absolute():
        raise ValueError("no absolute path")
    return Path(text)


def _set_aside(path: Path) -> Path | None:
    """Rename a damaged file to a name that is free; None where that does not work."""
    for number in range(1, 1000):
        kept = path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")
        if kept.exists():
            continue
        try:
            return path.rename(kept)
        except OSError:
            return None
    return None
