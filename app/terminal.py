"""What the command line prints: words for people, JSON for machines, complaints on stderr."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, NoReturn

from core.errors import CaseError
from core.report.text import printable

if TYPE_CHECKING:
    from tqdm import tqdm

JsonValue = str | int | float | bool | None | Sequence["JsonValue"] | Mapping[str, "JsonValue"]


# Whole numbers, and seconds of video without a tail of digits.
_BAR = "{desc}: {percentage:3.0f}% |{bar}| {n:.0f}/{total:.0f}{unit} [{elapsed}<{remaining}, {rate_noinv_fmt}]"


class Terminal:
    """Results on stdout, everything else on stderr.

    Args:
        as_json: print records instead of words on stdout, one JSON object a line.
        verbose: show the details of unexpected errors, and warnings of libraries.
    """

    def __init__(self, *, as_json: bool, verbose: bool) -> None:
        self.as_json = as_json
        self.verbose = verbose
        self._bar: tqdm[NoReturn] | None = None

    def say(self, line: str) -> None:
        """A result line for people; dropped when a machine reads."""
        if not self.as_json:
            with self._bars_hidden():
                print(line, flush=True)

    def say_foreign(self, line: str) -> None:
        """The same for a line that holds names or paths: nothing in it can move the cursor or turn the line around."""
        self.say(printable(line))

    def progress_bar(self, label: str, unit: str, *, total: float | None = None, done: float = 0) -> tqdm[NoReturn]:
        """A bar on stderr with rate and time left; what is printed meanwhile goes above it.

        It is hidden where nobody looks (a machine reads stdout and stderr is no screen) and during the first second. In
        a log it is drawn seldom and its last state stays.

        Args:
            label: what goes on.
            unit: of `total` and `done`.
            total: when all is done; None when unknown.
            done: what was done before, not counted in the rate.
        """
        from tqdm import tqdm

        is_screen = sys.stderr.isatty()
        self._bar = tqdm(
            desc=printable(label),
            unit=f" {unit}",
            total=total,
            initial=done,
            bar_format=_BAR if total else None,
            disable=self.as_json and not is_screen,
            leave=not is_screen,
            delay=1.0,
            dynamic_ncols=True,
            mininterval=0.1 if is_screen else 10.0,
        )
        return self._bar

    def _bars_hidden(self) -> AbstractContextManager[None]:
        """Takes the bar off while something is printed; one that waits to be drawn is not drawn by that."""
        bar = self._bar
        if bar is None or bar.disable or bar.last_print_t < bar.start_t + bar.delay:
            return nullcontext()
        hidden: AbstractContextManager[None] = bar.external_write_mode()
        return hidden

    def record(self, content: Mapping[str, JsonValue]) -> None:
        """A result for machines; dropped when a person reads."""
        if self.as_json:
            with self._bars_hidden():
                print(json.dumps(content), flush=True)

    def note(self, message: str) -> None:
        """One line on stderr, beginning with ``unswap:``."""
        with self._bars_hidden():
            print(f"unswap: {printable(message)}", file=sys.stderr, flush=True)

    def complain(self, error: CaseError) -> None:
        """Say what went wrong: one line on stderr, and a record for machines."""
        self.note(str(error))
        self.record({"event": "error", **error_record(error)})


def error_record(error: CaseError) -> dict[str, JsonValue]:
    """An error for machines."""
    return {
        "error": type(error).__name__,
        "exit_code": error.exit_code,
        "path": None if error.path is None else str(error.path),
        "what": error.what,
        "next_step": error.next_step,
    }


def table(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> list[str]:
    """Lines of a plain table, columns two blanks apart.

    Args:
        rows: cells, foreign text and all; the first row may hold the heads.
        right: columns set flush right.
    """
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))] if cells else []
    return [
        "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]


def tolerate_any_text() -> None:
    """Let stdout and stderr take characters that their encoding lacks, instead of failing on a person's name."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def discard_stdout() -> None:
    """After the reader of a pipe went away: keep Python from complaining about it at exit."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)
