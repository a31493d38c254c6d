"""Numbers, page and sheets: what is kept comes back, what is shown is right."""

import json

import numpy as np
import pytest
from PIL import Image

from core.evaluation.protocol.charts import draw_chart
from core.evaluation.protocol.markdown import cell_text, page
from core.evaluation.protocol.results import Chart, Column, Estimate, Picture, Row, Section, Series, Table
from core.evaluation.protocol.sheet import CELL_PX, HEAD_PX, LABEL_PX, Sheet, SheetRow


def section() -> Section:
    return Section(
        name="x",
        title="Things",
        text=("What was done.", "- a\n- b"),
        tables=(
            Table(
                caption="Numbers",
                corner="method",
                columns=(Column(title="a", digits=2), Column(title="b", digits=1, is_share=True)),
                rows=(Row(label="one | two", cells=(Estimate(value=1.256, low=1, high=2, n=3), "–")),),
            ),
        ),
        charts=(
            Chart(
                name="line",
                caption="A line",
                x_label="x",
                y_label="y",
                series=(Series(label="s", x=(1.0, 2.0), y=(3.0, 4.0), low=(2.0, 3.0), high=(4.0, 5.0)),),
                is_log=True,
                y_range=(0, 10),
            ),
        ),
        pictures=(Picture(file="figures/p.png", caption="A picture"),),
        basis="With this.",
        fingerprint="abc",
    )


def test_a_section_comes_back_from_json():
    assert Section.from_json(json.loads(json.dumps(section().to_json()))) == section()


@pytest.mark.parametrize(
    ("cell", "column", "wanted"),
    [
        (Estimate(value=0.903, low=0.881, high=0.922), Column(title="", digits=1, is_share=True), "90.3 % (88.1–92.2)"),
        (Estimate(value=12.345), Column(title="", digits=2), "12.35"),
        (Estimate(value=-0.0001, low=-0.5, high=0.2), Column(title="", digits=2), "0.00 (-0.50–0.20)"),
        ("not trained", Column(title=""), "not trained"),
    ],
)
def test_cells_as_the_page_shows_them(cell, column, wanted):
    assert cell_text(cell, column) == wanted


def test_the_page_holds_all_of_a_section():
    lines = page((section(),)).splitlines()
    assert "## Things" in lines
    assert "| method | a | b |" in lines
    assert "|---|---:|---:|" in lines
    assert "| one \\| two | 1.26 (1.00–2.00) | – |" in lines
    assert "![A line](figures/line.png)" in lines
    assert "![A picture](figures/p.png)" in lines
    assert "*With this.*" in lines


def test_tables_series_and_sheets_refuse_what_does_not_fit():
    with pytest.raises(ValueError, match="1 cells for 2 columns"):
        Table(
            caption="", corner="", columns=(Column(title="a"), Column(title="b")), rows=(Row(label="r", cells=("–",)),)
        )
    with pytest.raises(ValueError, match="different lengths"):
        Series(label="s", x=(1.0,), y=(1.0, 2.0))
    with pytest.raises(ValueError, match="1 pictures for 2 columns"):
        Sheet(heads=("a", "b"), rows=(SheetRow(label="r", pictures=(np.zeros((224, 224, 3), np.uint8),)),))


def test_a_chart_is_drawn_the_same_every_time(tmp_path):
    (chart,) = section().charts
    for name in ("a.png", "b.png"):
        draw_chart(chart, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert len(np.unique(np.asarray(Image.open(tmp_path / "a.png").convert("L")))) > 10


def test_a_sheet_shows_each_picture_in_its_place(tmp_path):
    red, blue = (np.full((224, 224, 3), colour, np.uint8) for colour in ((255, 0, 0), (0, 0, 255)))
    sheet = Sheet(heads=("red", "blue"), rows=(SheetRow(label="row", pictures=(red, blue)),))
    drawn = sheet.drawn()
    middle = HEAD_PX + CELL_PX // 2
    assert drawn[middle, LABEL_PX + CELL_PX // 2].tolist() == [255, 0, 0]
    assert drawn[middle, LABEL_PX + CELL_PX + CELL_PX // 2].tolist() == [0, 0, 255]
    sheet.write(tmp_path / "sheet.png")
    assert np.array_equal(np.asarray(Image.open(tmp_path / "sheet.png")), drawn)
