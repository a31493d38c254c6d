"""Reading JSON that may be anybody's: every value is asked for by kind, and what is not there has a named place."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction

from core.domain.foreign_text import exact_fraction, parsed_json
from core.errors import ReportError

_LONGEST_TEXT = 1 << 24
_SURROGATE = re.compile("[\ud800-\udfff]")


class Fields:
    """An object of JSON.

    Args:
        value: what stands there.
        where: its place, for people: ``"report.results[0]"``.

    Raises:
        ReportError: it is no object. Every method raises it for a value that is missing or of another kind.
    """

    def __init__(self, value: object, where: str = "the result") -> None:
        if not isinstance(value, dict):
            raise _unfit(where, "an object")
        self._values: dict[str, object] = value
        self.where = where

    @classmethod
    def parsed(cls, data: bytes) -> Fields:
        """The one object of a file."""
        try:
            return cls(parsed_json(data))
        except ValueError as error:
            raise ReportError(
                f"the attached result is no JSON ({str(error)[:120]})", next_step="obtain the report again"
            ) from error

    def has(self, name: str) -> bool:
        """Whether something other than null stands there."""
        return self._values.get(name) is not None

    def states(self, name: str) -> bool:
        """Whether anything stands there, be it null."""
        return name in self._values

    def raw(self, name: str) -> object:
        """Whatever stands there, to be compared."""
        return self._values.get(name)

    def text(self, name: str) -> str:
        """A string that has a UTF-8 form."""
        value = self.named(name)
        if not value.isascii() and _SURROGATE.search(value):
            raise _unfit(f"{self.where}.{name}", "a text")
        return value

    def named(self, name: str) -> str:
        """A string that may name files, lone surrogates for bytes that no encoding explains included."""
        value = self._values.get(name)
        if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
            raise _unfit(f"{self.where}.{name}", "a text")
        return value

    def whole(self, name: str) -> int:
        """An integer."""
        return _whole(self._values.get(name), f"{self.where}.{name}")

    def number(self, name: str) -> float:
        """A finite number."""
        return _number(self._values.get(name), f"{self.where}.{name}")

    def number_or_none(self, name: str) -> float | None:
        """A finite number, or null."""
        return self.number(name) if self.has(name) else None

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self._values.get(name)
        if not isinstance(value, bool):
            raise _unfit(f"{self.where}.{name}", "true or false")
        return value

    def fraction_or_none(self, name: str) -> Fraction | None:
        """An exact number, or null."""
        if not self.has(name):
            return None
        try:
            return exact_fraction(self.text(name))
        except ValueError as error:
            raise _unfit(f"{self.where}.{name}", "a fraction") from error

    def moment(self, name: str) -> datetime:
        """A date and time with its zone."""
        try:
            at = datetime.fromisoformat(self.text(name))
        except ValueError as error:
            raise _unfit(f"{self.where}.{name}", "a date and time") from error
        if at.utcoffset() is None:
            raise _unfit(f"{self.where}.{name}", "a date and time with its zone")
        return at

    def child(self, name: str) -> Fields:
        """An object."""
        return Fields(self._values.get(name), f"{self.where}.{name}")

    def child_or_none(self, name: str) -> Fields | None:
        """An object, or null."""
        return self.child(name) if self.has(name) else None

    def rows(self, name: str) -> Iterator[Fields]:
        """A list of objects."""
        for i, value in enumerate(self._list(name)):
            yield Fields(value, f"{self.where}.{name}[{i}]")

    def rows_or_none(self, name: str) -> Iterator[Fields]:
        """A list of objects; earlier reports lack it."""
        if self.has(name):
            yield from self.rows(name)

    def wholes(self, name: str) -> tuple[int, ...]:
        """A list of integers."""
        return tuple(_whole(value, f"{self.where}.{name}[{i}]") for i, value in enumerate(self._list(name)))

    def table(self, name: str) -> tuple[tuple[float, ...], ...]:
        """A list of lists of numbers."""
        rows = []
        for i, row in enumerate(self._list(name)):
            if not isinstance(row, list):
                raise _unfit(f"{self.where}.{name}[{i}]", "a list")
            rows.append(tuple(_number(value, f"{self.where}.{name}[{i}]") for value in row))
        return tuple(rows)

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        """A list of pairs of texts."""
        rows = []
        for i, row in enumerate(self._list(name)):
            if not isinstance(row, list) or len(row) != 2 or not all(isinstance(part, str) for part in row):
                raise _unfit(f"{self.where}.{name}[{i}]", "a pair of texts")
            rows.append((str(row[0]), str(row[1])))
        return tuple(rows)

    def _list(self, name: str) -> list[object]:
        value = self._values.get(name)
        if not isinstance(value, list):
            raise _unfit(f"{self.where}.{name}", "a list")
        return value


def _whole(value: object, where: str) -> int:
    if type(value) is not int:
        raise _unfit(where, "a whole number")
    return value


def _number(value: object, where: str) -> float:
    if type(value) not in (int, float) or not math.isfinite(number := float(str(value))):
        raise _unfit(where, "a number")
    return number


def _unfit(where: str, wanted: str) -> ReportError:
    return ReportError(
        f"{where} is not {wanted}, as it is in every report", next_step="treat the result as altered; obtain it again"
    )
