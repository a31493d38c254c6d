"""What the commands' parsers share: their look, and types of arguments that reject what is no such thing."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Subparsers = _SubParsersAction[ArgumentParser]

_CLOCK = re.compile(r"(?:(?:(?P<hours>\d+):)?(?P<minutes>\d+):)?(?P<seconds>\d+(?:\.\d+)?)", re.ASCII)
_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_MINUTE = 60


def clock_time(text: str) -> Fraction:
    """A time in a video, exactly: ``12.5`` (seconds), ``mm:ss`` or ``h:mm:ss.mmm``."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise ArgumentTypeError(f"{text!r} is no time; write seconds (12.5), mm:ss or h:mm:ss.mmm")
    hours, minutes, seconds = match["hours"], match["minutes"], Fraction(match["seconds"])
    if (minutes is not None and seconds >= _MINUTE) or (hours is not None and int(minutes) >= _MINUTE):
        raise ArgumentTypeError(f"{text!r} is no time; minutes and seconds go up to 59")
    return (int(hours or 0) * _MINUTE + int(minutes or 0)) * _MINUTE + seconds


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


def cosine(text: str) -> float:
    """A similarity, from -1 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not -1 <= value <= 1:
        raise ArgumentTypeError(f"{text!r} is no similarity from -1 to 1")
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
