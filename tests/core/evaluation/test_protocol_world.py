"""Published swaps, real media and pictures, on the portraits of the demo case."""

import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image

from core.errors import CaseError, EvidenceNotFoundError
from core.evaluation.protocol import clips, pictures, published_swaps
from core.evaluation.protocol.bench import Bench
from core.evaluation.protocol.markdown import page
from core.evaluation.protocol.settings import Silent
from tests.builders_protocol import packed_faces, settings, untrained_models

DEMO = Path(__file__).resolve().parents[3] / "resources" / "demo"
GRACE, EILEEN = (DEMO / "gallery" / name / "photo.jpg" for name in ("Grace Hopper", "Eileen Collins"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.set_num_threads(1)
    made = tmp_path_factory.mktemp("world")
    packed_faces(made / "packed", 64)
    case = made / "swaps" / "demo" / "one"
    case.mkdir(parents=True)
    shutil.copy(EILEEN, case / "source.jpg")
    shutil.copy(GRACE, case / "target.jpg")
    shutil.copy(EILEEN, case / "swap.jpg")
    Image.new("RGB", (64, 64)).save(case / "swap_blank.png")
    (made / "clips").mkdir()
    shutil.copy(GRACE, made / "clips" / "a.jpg")
    (made / "clips" / "notes.txt").write_text("no video")
    Image.new("RGB", (64, 64)).save(made / "clips" / "b.png")
    return made


@pytest.fixture(scope="module")
def bench(folder):
    wanted = settings(folder, swaps=folder / "swaps", clips=folder / "clips", demo=DEMO)
    return Bench(untrained_models(folder / "models"), wanted, Silent())


def test_a_published_swap_is_ranked_by_set_and_overall(bench):
    found = published_swaps.run(bench)
    source, _by_face, _, scores = found.tables
    assert [row.label for row in source.rows] == ["all (1)", "demo (1)"]
    # The "swap" is the source's own photograph: as seen it is the source, exactly.
    assert source.rows[0].cells[1].value == pytest.approx(1, abs=1e-3)
    assert source.rows[0].cells[3].value == 1
    assert source.rows[0].cells[7].value == 1
    # Its fake score is that of the same photograph, which is one of the two pristine files.
    assert "2 files" in scores.caption
    assert scores.rows[0].cells[0].value in (0.25, 0.75)
    assert "one/swap_blank.png (no face found)" in found.text[0]


def test_real_media_are_scored_and_what_cannot_be_read_is_named(bench):
    found = clips.run(bench)
    rows = {row.label: row.cells for row in found.tables[0].rows}
    assert rows["a.jpg"][0] == "1"
    assert rows["b.png"][0] == "0"
    assert "1 of 3 files show a face" in found.text[0]
    assert "notes.txt (" in found.text[0]


def test_cases_stand_on_the_page_by_number_and_in_pictures_apart(bench, folder):
    found = pictures.run(bench)
    (table,) = found.tables
    forged = int(bench.faces.is_fake.sum())
    assert [row.label.partition(",")[0] for row in table.rows] == [
        name for name in ("best", "median", "worst") for _ in range(min(pictures.CASES, forged))
    ]
    for row in table.rows:
        gain, stated, none, rank, none_rank, score, family = row.cells
        face = int(row.label.rpartition(" ")[2])
        assert gain.value == pytest.approx(stated.value - none.value, abs=1e-6)
        assert bench.faces.is_fake[face] and family == bench.faces.family[face]
        assert score.value == bench.result.dfrec[face]
        truth = bench.gallery.photograph(bench.faces.target_row[[face]])
        assert none.value == pytest.approx(float((bench.result.seen[face] * truth[0]).sum()), abs=1e-5)
        assert 1 <= min(rank.value, none_rank.value) <= max(rank.value, none_rank.value) <= len(bench.gallery)
    gains = [row.cells[0].value for row in table.rows]
    assert gains == sorted(gains, reverse=True) or forged < 3 * pictures.CASES
    for name, lines in (("people/cases.jpg", len(table.rows)), ("figures/demo.jpg", 3)):
        with Image.open(folder / "out" / name) as sheet:
            assert sheet.height >= lines * 224


def test_people_of_the_data_stay_out_of_the_page(bench, folder):
    found = pictures.run(bench)
    shown = page((found,))
    assert "| best, face " in shown
    assert [picture.file for picture in found.pictures] == ["figures/demo.jpg"]
    assert "(people" not in shown
    assert [file.name for file in (folder / "out" / "figures").glob("*.jpg")] == ["demo.jpg"]


def test_folders_without_what_is_wanted_are_refused(bench, folder, tmp_path):
    registry = bench.registry
    for section, changes, error in (
        (published_swaps, {"swaps": tmp_path}, CaseError),
        (published_swaps, {"swaps": tmp_path / "no"}, EvidenceNotFoundError),
        (clips, {"clips": tmp_path / "no"}, EvidenceNotFoundError),
    ):
        with pytest.raises(error):
            section.run(Bench(registry, settings(folder, **changes), Silent()))
