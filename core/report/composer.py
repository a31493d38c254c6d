"""Collects the story of a report: headings, paragraphs, tables, captions, with one look for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Paragraph, Spacer, Table, TableStyle
from reportlab.platypus.doctemplate import NotAtTopPageBreak

from core.report import theme
from core.report.fonts import FontSet
from core.report.paragraphs import text_block
from core.report.shaping import drawable
from core.report.text import CODE_PARTLY, printable
from core.report.theme import Styles

_LONGEST_CELL = 700
_AFTER_TABLE = 3 * mm  # as space after, not as a spacer, which could open an empty page
_LINES_OF_A_CELL = 44
_LAST_TOGETHER = 3
_PAGE_ROOM = theme.PAGE_HEIGHT - theme.MARGIN_TOP - theme.MARGIN_BOTTOM
Cell: TypeAlias = str | Flowable | Sequence[Flowable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """A heading's place in the contents: level 0 or 1, its key and its words."""

    key: str
    level: int
    title: str


class Heading(Paragraph):  # type: ignore[misc]
    """A heading that the document template enters into the outline and the contents."""

    def __init__(self, bookmark: Bookmark, style: ParagraphStyle) -> None:
        super().__init__(bookmark.title, style)
        self.bookmark = bookmark


class FillLine(Flowable):  # type: ignore[misc]
    """An empty field: lines to write on by hand.

    Args:
        lines: how many.
        in_table: leave out the lowest line, which the table's own rule draws.
    """

    def __init__(self, lines: int = 1, *, in_table: bool = True) -> None:
        super().__init__()
        self._lines = lines
        self._lowest = 1 if in_table else 0

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """As wide as there is room."""
        self.width, self.height = width, self._lines * 16.0
        return self.width, self.height

    def draw(self) -> None:
        """The lines."""
        self.canv.setStrokeColor(theme.MUTED)
        self.canv.setLineWidth(0.4)
        self.canv.setDash(1, 1.5)
        for i in range(self._lowest, self._lines):
            self.canv.line(0, i * 16 + 1, self.width, i * 16 + 1)


class Grid(Table):  # type: ignore[misc]
    """A table that leaves no last row alone on a page where one more can go with it."""

    splitInRow: int  # noqa: N815 - reportlab's name

    def split(self, width: float, height: float) -> list[Flowable]:
        """As a table splits, one row earlier where a single one would be left; a row that fits no page goes on."""
        parts: list[Flowable] = super().split(width, height)
        if not parts and not self.splitInRow and sum(self._rowHeights[: self.repeatRows + 1]) > _PAGE_ROOM:
            self.splitInRow = 1
            parts = super().split(width, height)
            for part in (self, *parts):
                part.splitInRow = 0
            return parts
        if len(parts) != 2 or self.splitInRow or parts[1]._nrows - self.repeatRows > 1:
            return parts
        if parts[0]._nrows - self.repeatRows <= 2:
            return parts
        return super().split(width, sum(parts[0]._rowHeights[:-1]) + 0.1) or parts


class Composer:
    """The story under construction, with running numbers of sections, figures and tables."""

    def __init__(self, fonts: FontSet, styles: Styles) -> None:
        self.fonts = fonts
        self.styles = styles
        self.story: list[Flowable] = []
        self.bookmarks: list[Bookmark] = []
        self._figures = self._tables = self._sections = self._subsections = 0

    def add(self, *flowables: Flowable) -> None:
        """Append flowables as they are."""
        self.story.extend(flowables)

    def gap(self, height: float = theme.GAP) -> None:
        """Vertical space, points."""
        self.story.append(Spacer(1, height))

    def new_page(self) -> None:
        """Go to the next page unless this one is still empty."""
        self.story.append(NotAtTopPageBreak())

    def section(self, title: str, *, number: str = "", room: float = 60 * mm) -> None:
        """A numbered first-level heading with at least `room` below it, or on the next page."""
        if not number:
            self._sections += 1
            number = str(self._sections)
        self._subsections = 0
        self._heading(f"{number}  {title}", 0, self.styles.h1, room)

    def subsection(self, title: str, *, room: float = 50 * mm) -> None:
        """A second-level heading, in the contents as well."""
        self._subsections += 1
        self._heading(f"{self._sections}.{self._subsections}  {title}", 1, self.styles.h2, room)

    def _heading(self, title: str, level: int, style: ParagraphStyle, room: float) -> None:
        mark = Bookmark(key=f"section-{len(self.bookmarks)}", level=level, title=title)
        self.bookmarks.append(mark)
        if level == 0 and self.story and not isinstance(self.story[-1], NotAtTopPageBreak):
            self.gap(4 * mm)
        self.story.extend([CondPageBreak(room), Heading(mark, style)])

    def minor(self, title: str, *, room: float = 34 * mm) -> None:
        """A third-level heading, not in the contents."""
        self.story.extend([CondPageBreak(room), Paragraph(title, self.styles.h3)])

    def text(self, words: str, style: ParagraphStyle | None = None, *, keep_lines: bool = False) -> None:
        """A paragraph of plain text."""
        self.story.append(self.block(words, style or self.styles.body, keep_lines=keep_lines))

    def block(self, words: str, style: ParagraphStyle, *, keep_lines: bool = False) -> Flowable:
        """A flowable of plain text, to be put somewhere."""
        return text_block(words, style, self.fonts, keep_lines=keep_lines)

    def clip(self, text: str, longest: int, style: ParagraphStyle, *, keep_lines: bool = False) -> str:
        """`text` as it is drawn, cut after `longest` characters with a word on where the rest is.

        Characters that are written out as their code count as what is written.
        """
        shown = drawable(printable(text[:longest], keep_lines=keep_lines), style.fontName, self.fonts)
        if len(text) <= longest and len(shown) <= longest:
            return shown
        head = CODE_PARTLY.sub("", shown[:longest])
        return f"{head} … (cut; {len(text):,} characters, in full in the JSON file)"

    def bullets(self, sentences: Sequence[str]) -> None:
        """A list; each entry plain text. Its last entries stay together: none stands alone on a page."""
        made = [text_block(words, self.styles.bullet, self.fonts, bullet="–") for words in sentences]
        self.story += made[:-_LAST_TOGETHER]
        self.story.append(KeepTogether(made[-_LAST_TOGETHER:]))

    def figure_caption(self, words: str) -> None:
        """A numbered caption below a figure."""
        self._figures += 1
        self.text(f"Figure {self._figures}. {words}", self.styles.caption)

    def figure_words(self, words: str) -> str:
        """The next figure's caption, for use inside a block that stays together."""
        self._figures += 1
        return f"Figure {self._figures}. {words}"

    def table_caption(self, words: str, *, room: float = 30 * mm) -> None:
        """A numbered caption above a table, on the same page as its first rows."""
        self._tables += 1
        self.story.append(CondPageBreak(room))
        self.text(f"Table {self._tables}. {words}", self.styles.caption)

    def cell(
        self, content: Cell, style: ParagraphStyle | None = None, width: float = theme.TEXT_WIDTH
    ) -> Flowable | list[Flowable]:
        """What goes into a table cell of that width; text that could outgrow a page is cut and says so."""
        style = style or self.styles.cell
        if isinstance(content, Flowable):
            return content
        if not isinstance(content, str):
            return list(content)
        longest = min(_LONGEST_CELL, int(width / style.fontSize) * _LINES_OF_A_CELL)
        return self.block(self.clip(content, longest, style), style)

    def grid(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[Cell]],
        shares: Sequence[float],
        *,
        mono: Sequence[int] = (),
        width: float = theme.TEXT_WIDTH,
        split_rows: bool = False,
    ) -> None:
        """A ruled table that repeats its header on every page and leaves no row alone on one.

        Args:
            header: column heads.
            rows: cells; strings are plain text.
            shares: relative column widths.
            mono: columns set in the monospaced font.
            width: of the table, points.
            split_rows: a row may go on on the next page, for cells of running text.
        """
        cells: list[list[Flowable | list[Flowable]]] = [[self.cell(h, self.styles.cell_head) for h in header]]
        total = sum(shares)
        widths = [width * share / total for share in shares]
        for row in rows:
            styles = [self.styles.cell_mono if i in mono else self.styles.cell for i in range(len(row))]
            cells.append([self.cell(text, style, room) for text, style, room in zip(row, styles, widths, strict=True)])
        table = Grid(
            cells,
            colWidths=widths,
            repeatRows=1,
            hAlign="LEFT",
            spaceAfter=_AFTER_TABLE,
            splitInRow=int(split_rows),
        )
        table.setStyle(
            TableStyle(
                [
                    ("VALIGN", (0, 0), (-1, -1), "TOP"),
                    ("LINEBELOW", (0, 0), (-1, 0), 0.9, theme.ACCENT),
                    ("LINEBELOW", (0, 1), (-1, -1), 0.35, theme.RULE),
                    ("LEFTPADDING", (0, 0), (-1, -1), 3),
                    ("RIGHTPADDING", (0, 0), (-1, -1), 4),
                    ("TOPPADDING", (0, 0), (-1, -1), 2.6),
                    ("BOTTOMPADDING", (0, 0), (-1, -1), 3.4),
                    ("FONTNAME", (0, 0), (-1, -1), self.styles.cell.fontName),
                ]
            )
        )
        self.story.append(table)

    def pairs(self, rows: Sequence[tuple[str, Cell]], *, label_share: float = 0.27, mono: Sequence[str] = ()) -> None:
        """A two-column list of names and values; labels in `mono` get the monospaced font."""
        table = self.pair_table(rows, label_share=label_share, mono=mono)
        table.spaceAfter = _AFTER_TABLE
        self.story.append(table)

    def pair_table(
        self,
        rows: Sequence[tuple[str, Cell]],
        *,
        label_share: float = 0.27,
        mono: Sequence[str] = (),
        width: float = theme.TEXT_WIDTH,
    ) -> Table:
        """The flowable of `pairs`."""
        cells = []
        for label, value in rows:
            style = self.styles.cell_mono if label in mono else self.styles.cell
            cells.append([self.cell(label, self.styles.cell_muted), self.cell(value, style)])
        table = Table(cells, colWidths=[width * label_share, width * (1 - label_share)], splitInRow=1, hAlign="LEFT")
        table.setStyle(
            TableStyle(
                [
                    ("VALIGN", (0, 0), (-1, -1), "TOP"),
                    ("LINEBELOW", (0, 0), (-1, -1), 0.35, theme.RULE),
                    ("LEFTPADDING", (0, 0), (0, -1), 0),
                    ("RIGHTPADDING", (0, 0), (-1, -1), 4),
                    ("TOPPADDING", (0, 0), (-1, -1), 2.4),
                    ("BOTTOMPADDING", (0, 0), (-1, -1), 3.2),
                    ("FONTNAME", (0, 0), (-1, -1), self.styles.cell.fontName),
                ]
            )
        )
        return table
