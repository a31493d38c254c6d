"""What the commands' parsers share: their look, and types of arguments that reject what is no such thing."""

from __future__ import annotations

import math
import re
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from core.domain.time import clock_seconds

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Subparsers = _SubParsersAction[ArgumentParser]

_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,18})?", re.ASCII)


def clock_time(text: str) -> Fraction:
    """A time in a video, exactly: ``12.5`` (seconds), ``mm:ss`` or ``h:mm:ss.mmm``."""
    try:
        return clock_seconds(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def positive_seconds(text: str) -> Fraction:
    """A span of time in seconds, exactly."""
    if not _NUMBER.fullmatch(text.strip()) or not Fraction(text.strip()):
        raise ArgumentTypeError(f"{text!r} is no positive number of seconds")
    return Fraction(text.strip())


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number within bounds, both included."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"\d+", text.strip(), re.ASCII) or not low <= int(text) <= high:
            raise ArgumentTypeError(f"{text!r} is no whole number from {low} to {high}")
        return int(text)

    return parse


def score(text: str) -> float:
    """A similarity, 1 at most."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not -math.inf < value <= 1:
        raise ArgumentTypeError(f"{text!r} is no similarity, which is a number of at most 1")
    return value


def new_command(
    subparsers: Subparsers, common: ArgumentParser, name: str, *, summary: str, description: str, examples: str
) -> ArgumentParser:
    """Parser of a command.

    Args:
        subparsers: of the parser above.
        common: options of every command.
        name: the command's word.
        summary: its line in the list of commands.
        description: what it does, for its own help; line breaks are kept.
        examples: command lines, one a line, indented.
    """
    return subparsers.add_parser(
        name,
        help=summary,
        description=description,
        epilog=f"examples:\n{examples}",
        parents=[common],
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
