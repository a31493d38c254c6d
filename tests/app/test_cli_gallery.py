import io
import json
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from core.errors import GalleryError, PhotoRefusedError

PEOPLE = Path(__file__).resolve().parents[2] / "resources" / "demo" / "gallery"
HOPPER = PEOPLE / "Grace Hopper" / "photo.jpg"


@pytest.fixture
def enrolled(unswap):
    """The demo's two people in the user's own gallery, Collins 1 and Hopper 2."""
    assert unswap("gallery", "import", PEOPLE, "--basis", "public domain").code == 0
    return unswap


def people(unswap):
    return {p["name"]: p for p in json.loads(unswap("gallery", "list", "--json").out)["people"]}


def test_a_folder_of_people_is_enrolled_and_found_again(enrolled):
    assert {name: p["basis"] for name, p in people(enrolled).items()} == {
        "Eileen Collins": "public domain",
        "Grace Hopper": "public domain",
    }
    again = enrolled("gallery", "import", PEOPLE)
    assert "2 already enrolled" in again.out
    found = json.loads(enrolled("gallery", "search", "--photo", HOPPER, "--json").out)
    assert found["candidates"][0]["name"] == "Grace Hopper"
    assert found["candidates"][0]["score"] == pytest.approx(1, abs=1e-3)
    assert "Grace Hopper" in enrolled("gallery", "search", "--photo", HOPPER, "--k", "1").out


def test_nobody_above_the_threshold_is_said_so(enrolled, tmp_path):
    other = tmp_path / "collins.png"
    Image.fromarray(skimage.data.astronaut()).save(other)
    done = enrolled("gallery", "search", "--photo", other, "--threshold", "0.9999")
    assert done.code == 0
    assert "no candidate above the threshold" in done.out


def test_bad_photos_are_named_and_the_rest_goes_on(unswap, tmp_path):
    blank = tmp_path / "blank.png"
    Image.new("RGB", (200, 200), "grey").save(blank)
    done = unswap("gallery", "add", blank, tmp_path / "gone.jpg", HOPPER, "--name", "Grace Hopper")
    assert done.code == PhotoRefusedError.exit_code
    assert [line.split(": ")[1] for line in done.err.splitlines()] == [str(blank), str(tmp_path / "gone.jpg")]
    assert people(unswap)["Grace Hopper"]["photos"] == 1


def test_a_photo_of_a_person_known_by_number(enrolled, tmp_path):
    copy = tmp_path / "other.png"
    Image.open(HOPPER).save(copy)
    assert enrolled("gallery", "add", copy, "--person", 2).code == 0
    photos = json.loads(enrolled("gallery", "list", "--person", 2, "--json").out)["photos"]
    assert [photo["file"] for photo in photos] == ["photo.jpg", "other.png"]


def test_a_list_with_an_unusable_line_reports_it(unswap, tmp_path):
    shutil.copy(HOPPER, tmp_path / "g.jpg")
    (tmp_path / "list.csv").write_text("path,name\ng.jpg,Grace Hopper\nmissing.jpg,Nobody\n", encoding="utf-8")
    done = unswap("gallery", "import", tmp_path / "list.csv", "--json")
    *photos, summary = (json.loads(line) for line in done.out.splitlines())
    assert [photo["status"] for photo in photos] == ["enrolled", "refused"]
    assert (summary["enrolled"], summary["refused"]) == (1, 1)
    assert done.code == PhotoRefusedError.exit_code


def test_erasing_asks_says_what_goes_and_takes_no_for_an_answer(enrolled, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("no\n"))
    kept = enrolled("gallery", "erase", "--name", "Grace Hopper", "--reason", "request")
    assert kept.code == 1
    assert "person 2 (Grace Hopper), 1 photo template with thumbnails" in kept.err
    assert "Grace Hopper" in people(enrolled)
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    assert enrolled("gallery", "erase", "--name", "Grace Hopper", "--reason", "request").code == 0
    assert "Grace Hopper" not in people(enrolled)


def test_erasing_leaves_no_name_in_the_file(enrolled, folders):
    done = enrolled("gallery", "erase", "--person", 2, "--reason", "request", "--yes", "--actor", "clerk")
    assert done.code == 0
    assert b"Hopper" not in folders.gallery.read_bytes()
    last = json.loads(enrolled("gallery", "audit", "--json").out)["entries"][-1]
    assert (last["action"], last["actor"], last["basis"]) == ("person erased", "clerk", "request")


def test_records_are_merged_and_renamed(enrolled):
    assert enrolled("gallery", "merge", "--keep", 1, "--absorb", 2, "--reason", "test").code == 0
    assert enrolled("gallery", "rename", "--person", 1, "--to", "Two Women").code == 0
    assert people(enrolled)["Two Women"]["photos"] == 2


def test_an_altered_audit_is_noticed(enrolled, folders):
    assert enrolled("gallery", "audit").code == 0
    with sqlite3.connect(folders.gallery) as connection:
        connection.execute("DROP TRIGGER audit_is_fixed")
        connection.execute("UPDATE audit SET actor = 'somebody else' WHERE id = 2")
    connection.close()
    done = enrolled("gallery", "audit")
    assert done.code == GalleryError.exit_code
    assert "2" in done.err


def test_the_wrong_embedder_is_refused_before_anything_is_loaded(enrolled):
    done = enrolled("gallery", "add", HOPPER, "--name", "X", "--embedder", "facenet")
    assert done.code == GalleryError.exit_code
    assert "dlib-resnet-v1" in done.err


def test_unknown_people_are_an_error_of_the_gallery(enrolled):
    for words in (["erase", "--name", "Nobody", "--reason", "x"], ["list", "--person", "99"]):
        assert enrolled("gallery", *words).code == GalleryError.exit_code


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"names": ["a"], "source": np.ones((1, 128)), "target": np.ones((1, 128))},
        {"names": ["a", "b"], "source": np.eye(128)[:1], "target": np.eye(128)[:1]},
        {"names": ["a"], "source": np.eye(128)[0], "target": np.eye(128)[0]},
    ],
)
def test_what_is_no_file_of_embeddings_is_refused(enrolled, tmp_path, arrays):
    np.savez(tmp_path / "e.npz", **arrays)
    assert enrolled("gallery", "search", "--embedding", tmp_path / "e.npz").code == PhotoRefusedError.exit_code


def test_pickled_arrays_are_not_unpacked(enrolled, tmp_path):
    np.savez(tmp_path / "e.npz", names=np.array([{"a": 1}], dtype=object))
    assert enrolled("gallery", "search", "--embedding", tmp_path / "e.npz").code == PhotoRefusedError.exit_code


def test_embeddings_of_another_embedder_are_not_compared(enrolled, tmp_path):
    one = np.eye(128, dtype=np.float32)[:1]
    np.savez(tmp_path / "e.npz", names=["a"], source=one, target=one, embedder_id="facenet:0123456789abcdef")
    done = enrolled("gallery", "search", "--embedding", tmp_path / "e.npz", "--role", "source")
    assert done.code == 22
    assert "facenet" in done.err


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="the system has no device files")
def test_a_device_is_no_list_of_people(unswap):
    done = unswap("gallery", "import", "/dev/zero")
    assert done.code == GalleryError.exit_code
    assert "neither a folder nor a regular file" in done.err
