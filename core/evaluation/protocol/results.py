"""What a section of the protocol found: tables, curves and pictures, as plain values that JSON can keep."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

NOTHING = "–"
"""Cell of a measure that does not apply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its 95 % interval.

    Attributes:
        value: the number.
        low, high: interval; None where none can be given.
        n: faces, people or comparisons behind it; 0 where that is not counted.
    """

    value: float
    low: float | None = None
    high: float | None = None
    n: int = 0


Cell: TypeAlias = Estimate | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Head of a column: `digits` after the point; shares are shown in per cent when `is_share`."""

    title: str
    digits: int = 3
    is_share: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a table: one cell a column."""

    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; `corner` heads the labels of its rows."""

    caption: str
    corner: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                raise ValueError(f"row {row.label!r} has {len(row.cells)} cells for {len(self.columns)} columns")


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A line of a chart; `low` and `high` bound it where they are given."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y) or any(len(bound) not in (0, len(self.y)) for bound in (self.low, self.high)):
            raise ValueError(f"the series {self.label!r} has coordinates of different lengths")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Lines over one axis; `name` is that of its file in ``figures``."""

    name: str
    caption: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    is_log: bool = False
    y_range: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that the section wrote itself.

    Attributes:
        file: path below the results' folder, with ``/``.
        caption: what it shows.
    """

    file: str
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Everything one section found.

    Attributes:
        name: as ``--section`` takes it.
        title: its heading.
        text: paragraphs: what was done, on whom, what the numbers do not say.
        basis: what it was measured with, in one line.
        fingerprint: of all that the result depends on; a stored section with another one is computed again.
    """

    name: str
    title: str
    text: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    pictures: tuple[Picture, ...] = ()
    basis: str = ""
    fingerprint: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Section:
        """Back from `to_json`.

        Raises:
            KeyError, TypeError, ValueError: it is no such content.
        """
        return cls(
            name=str(content["name"]),
            title=str(content["title"]),
            text=tuple(map(str, content["text"])),
            tables=tuple(_table(table) for table in content["tables"]),
            charts=tuple(_chart(chart) for chart in content["charts"]),
            pictures=tuple(Picture(**picture) for picture in content["pictures"]),
            basis=str(content["basis"]),
            fingerprint=str(content["fingerprint"]),
        )


def _table(content: dict[str, Any]) -> Table:
    rows = tuple(
        Row(label=row["label"], cells=tuple(c if isinstance(c, str) else Estimate(**c) for c in row["cells"]))
        for row in content["rows"]
    )
    columns = tuple(Column(**column) for column in content["columns"])
    return Table(caption=content["caption"], corner=content["corner"], columns=columns, rows=rows)


def _chart(content: dict[str, Any]) -> Chart:
    series = tuple(
        Series(label=one["label"], **{key: tuple(one[key]) for key in ("x", "y", "low", "high")})
        for one in content["series"]
    )
    bounds = content["y_range"]
    return Chart(**content | {"series": series, "y_range": None if bounds is None else (bounds[0], bounds[1])})
