"""The page of results."""

from __future__ import annotations

import math

from core.evaluation.protocol.results import Cell, Column, Section, Table

FIGURES = "figures"
HEAD = """\
# Results

Written by `unswap evaluate`; the same numbers for machines are in `results.json` beside this page. In brackets: 95 %
intervals. “{nothing}”: the measure does not apply, or cannot be taken.
"""


def page(sections: tuple[Section, ...]) -> str:
    """The whole page, sections in the order given."""
    from core.evaluation.protocol.results import NOTHING

    return "\n".join([HEAD.format(nothing=NOTHING), *(_section(section) for section in sections)])


def _section(section: Section) -> str:
    parts = [f"## {section.title}", *section.text]
    for table in section.tables:
        parts += [f"**{table.caption}**", _table(table)]
    parts += [f"![{chart.caption}]({FIGURES}/{chart.name}.png)" for chart in section.charts]
    for picture in section.pictures:
        parts += [f"![{picture.caption}]({picture.file})", f"*{picture.caption}*"]
    if section.basis:
        parts.append(f"*{section.basis}*")
    return "\n\n".join(parts) + "\n"


def _table(table: Table) -> str:
    lines = [_line([table.corner, *(column.title for column in table.columns)])]
    lines.append("|---|" + "---:|" * len(table.columns))
    for row in table.rows:
        shown = [cell_text(cell, column) for cell, column in zip(row.cells, table.columns, strict=True)]
        lines.append(_line([row.label, *shown]))
    return "\n".join(lines)


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def cell_text(cell: Cell, column: Column) -> str:
    """A cell as the page shows it, for example ``90.3 % (88.1–92.2)``."""
    if isinstance(cell, str):
        return cell
    factor = 100 if column.is_share else 1
    unit = " %" if column.is_share else ""

    def number(value: float) -> str:
        text = f"{value * factor:.{column.digits}f}"
        return text.lstrip("-") if not math.isnan(value) and float(text) == 0 else text

    if cell.low is None or cell.high is None:
        return number(cell.value) + unit
    return f"{number(cell.value)}{unit} ({number(cell.low)}–{number(cell.high)})"
