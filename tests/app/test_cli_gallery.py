import io
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from app.gallery_access import open_existing
from core.domain.calibration import Calibration
from core.domain.comparison import PLAIN, Comparison
from core.errors import GalleryError, PhotoRefusedError
from core.evidence.examiner_key import KeyStore
from core.gallery.signed_log import TRIGGERS

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


def _mention_grace(folders):
    """Two people whose notes name her, the latter under a legal hold."""
    from core.gallery.store import Gallery

    with Gallery.open(folders.gallery, create=False, embedder_id=None) as gallery:
        bob = gallery.add_person("Bob", note="pupil of GRACE HOPPER", actor="ann")
        cy = gallery.add_person("Cy", note="Grace Hopper's counsel", actor="ann")
        gallery.set_legal_hold(cy, actor="judge", reason="order 9")
    return bob, cy


def _notes(enrolled):
    return {person["id"]: person["note"] for person in json.loads(enrolled("gallery", "list", "--json").out)["people"]}


def test_erasing_tells_who_else_is_described_by_the_name_before_it_asks(enrolled, folders, monkeypatch):
    bob, cy = _mention_grace(folders)
    monkeypatch.setattr("sys.stdin", io.StringIO("no\n"))
    kept = enrolled("gallery", "erase", "--person", 2, "--reason", "request")
    told, question = kept.err.split("This removes for good")
    assert f"the note of person {bob} mentions person 2: pupil of GRACE HOPPER (the name is replaced" in told
    assert f"the note of person {cy} mentions person 2: Grace Hopper's counsel (the name stays, as" in told
    assert question
    assert _notes(enrolled)[bob] == "pupil of GRACE HOPPER"


@pytest.mark.parametrize("mentions", ["redact", "keep"])
def test_what_becomes_of_the_name_in_records_of_others_is_chosen_and_told(enrolled, folders, mentions):
    bob, cy = _mention_grace(folders)
    choice = () if mentions == "redact" else ("--mentions", "keep")
    done = enrolled("gallery", "erase", "--person", 2, "--reason", "request", "--yes", "--json", *choice)
    is_kept = mentions == "keep"
    record, notes = json.loads(done.out), _notes(enrolled)
    places = [f"note of person {bob}", f"note of person {cy}"]
    assert record["redacted_mentions"] == ([] if is_kept else places[:1])
    assert record["kept_mentions"] == (places if is_kept else places[1:])
    assert notes[bob] == ("pupil of GRACE HOPPER" if is_kept else "pupil of [erased person]")
    assert notes[cy] == "Grace Hopper's counsel"
    assert "the name is still in" in done.err


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
        {
            "names": ["a"],
            "source": np.eye(128)[:1],
            "target": np.eye(128)[:1],
            "surroundings": np.ones((1, 128)),
            "surroundings_id": "surroundings:0123456789abcdef",
        },
    ],
)
def test_what_is_no_file_of_embeddings_is_refused(enrolled, tmp_path, arrays):
    np.savez(tmp_path / "e.npz", **arrays)
    assert enrolled("gallery", "search", "--embedding", tmp_path / "e.npz").code == PhotoRefusedError.exit_code


@pytest.mark.parametrize(
    "names", [np.zeros(1, dtype=[("a", "f4")]), np.array("a"), np.array([["a"], ["b"]])], ids=["records", "0-d", "2-d"]
)
def test_names_of_another_form_end_in_an_answer(enrolled, tmp_path, names):
    np.savez(tmp_path / "e.npz", names=names, source=np.ones((3, 128)), target=np.ones((3, 128)))
    assert enrolled("gallery", "search", "--embedding", tmp_path / "e.npz").code == PhotoRefusedError.exit_code


def test_a_single_array_and_a_broken_archive_are_no_files_of_embeddings(enrolled, tmp_path):
    np.save(tmp_path / "one.npy", np.eye(128))
    np.savez_compressed(tmp_path / "e.npz", names=np.array(["a"] * 999), source=np.ones((999, 128)))
    data = bytearray((tmp_path / "e.npz").read_bytes())
    data[60:120] = bytes(60)
    (tmp_path / "broken.npz").write_bytes(data)
    for name in ("one.npy", "broken.npz"):
        done = enrolled("gallery", "search", "--embedding", tmp_path / name)
        assert done.code == PhotoRefusedError.exit_code, name


def test_pickled_arrays_are_not_unpacked(enrolled, tmp_path):
    np.savez(tmp_path / "e.npz", names=np.array([{"a": 1}], dtype=object))
    assert enrolled("gallery", "search", "--embedding", tmp_path / "e.npz").code == PhotoRefusedError.exit_code


def test_embeddings_of_another_embedder_are_not_compared(enrolled, tmp_path):
    one = np.eye(128, dtype=np.float32)[:1]
    np.savez(tmp_path / "e.npz", names=["a"], source=one, target=one, embedder_id="facenet:0123456789abcdef")
    done = enrolled("gallery", "search", "--embedding", tmp_path / "e.npz", "--role", "source")
    assert done.code == 22
    assert "facenet" in done.err


def test_scores_are_those_of_the_rule_that_was_measured(enrolled, folders, tmp_path, monkeypatch):
    with open_existing(folders.gallery) as gallery:
        embedder = gallery.embedder_id
    one = np.eye(128, dtype=np.float32)[:1]
    np.savez(tmp_path / "e.npz", names=["a"], source=one, target=one, embedder_id=embedder)

    def scores(rule):
        calibration = replace(Calibration.none(), embedder_id=embedder, comparison=rule)
        monkeypatch.setattr("app.gallery_access.build_calibration", lambda folders: calibration)
        done = enrolled("gallery", "search", "--embedding", tmp_path / "e.npz", "--role", "source", "--json")
        return {c["name"]: c["score"] for c in json.loads(done.out)["candidates"]}

    apart = scores(Comparison(centre=(0.5,) + (0.0,) * 127))
    assert all(apart[name] < score for name, score in scores(PLAIN).items())


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="the system has no device files")
def test_a_device_is_no_list_of_people(unswap):
    done = unswap("gallery", "import", "/dev/zero")
    assert done.code == GalleryError.exit_code
    assert "neither a folder nor a regular file" in done.err


SECRET = "a passphrase of the tests"


def run_log(unswap, *words):
    return json.loads(unswap("gallery", "log", *words, "--json").out)["entries"]


def test_a_hold_blocks_erasure_until_it_is_released(enrolled):
    assert enrolled("gallery", "hold", "--person", 2, "--reason", "order 3/26", "--actor", "judge").code == 0
    assert people(enrolled)["Grace Hopper"]["held_by"] == "judge"
    refused = enrolled("gallery", "erase", "--person", 2, "--reason", "request", "--yes", "--actor", "clerk")
    assert refused.code == GalleryError.exit_code
    assert "order 3/26" in refused.err
    assert enrolled("gallery", "merge", "--keep", 1, "--absorb", 2).code == GalleryError.exit_code
    assert enrolled("gallery", "release", "--person", 2, "--reason", "lifted").code == 0
    assert enrolled("gallery", "release", "--person", 2, "--reason", "again").code == GalleryError.exit_code
    assert enrolled("gallery", "erase", "--person", 2, "--reason", "request", "--yes").code == 0
    actions = [(e["action"], e["actor"]) for e in run_log(enrolled, "--person", 2)]
    assert ("erasure refused", "clerk") in actions
    assert [a for a, _ in actions if "hold" in a or "refused" in a] == [
        "legal hold set",
        "erasure refused",
        "merge refused",
        "legal hold released",
    ]


def test_who_is_due_is_listed_and_stays(enrolled):
    retain = ("gallery", "retain", "--person", 2, "--basis", "consent of one year")
    assert enrolled(*retain, "--until", "2026-05-03").code == 0
    due = json.loads(enrolled("gallery", "due", "--on", "2026-05-04", "--json").out)["due"]
    assert [(p["name"], p["retain_until"], p["legal_hold"]) for p in due] == [("Grace Hopper", "2026-05-03", "")]
    assert "nobody is due on 2026-05-03" in enrolled("gallery", "due", "--on", "2026-05-03").out
    assert enrolled(*retain).code == 2
    assert enrolled(*retain, "--until", "tomorrow").code == 2
    assert len(people(enrolled)) == 2
    assert enrolled(*retain, "--no-date").code == 0
    assert json.loads(enrolled("gallery", "due", "--on", "2099-01-01", "--json").out)["due"] == []


def test_the_rule_of_retention_is_for_those_who_come_later(enrolled, tmp_path):
    assert enrolled("gallery", "retain", "--rule-days", 30, "--basis", "policy").code == 0
    Image.open(HOPPER).save(tmp_path / "new.png")
    assert enrolled("gallery", "add", tmp_path / "new.png", "--name", "New Person").code == 0
    found = people(enrolled)
    assert found["New Person"]["retain_until"] is not None
    assert found["Grace Hopper"]["retain_until"] is None
    assert enrolled("gallery", "retain", "--no-rule", "--basis", "policy").code == 0


def test_looking_is_logged_with_its_ground(enrolled):
    enrolled("gallery", "list", "--person", 2, "--actor", "bob", "--purpose", "case 9")
    enrolled("gallery", "list", "--actor", "bob", "--purpose", "case 9")
    enrolled("gallery", "search", "--photo", HOPPER, "--actor", "bob", "--purpose", "case 9")
    assert [(e["action"], e["person_id"], e["basis"]) for e in run_log(enrolled, "--by", "bob")] == [
        ("person viewed", 2, "case 9"),
        ("people listed", None, "case 9"),
        ("lookup", None, "case 9"),
    ]
    assert run_log(enrolled, "--since", "2999-01-01") == []


def test_an_encrypted_gallery_asks_for_its_passphrase(enrolled, folders, tmp_path, monkeypatch):
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET + "\n", encoding="utf-8")
    assert enrolled("gallery", "encrypt", "--passphrase-file", secret).code == 0
    assert b"Hopper" not in folders.gallery.read_bytes()
    locked = enrolled("gallery", "list")
    assert locked.code == GalleryError.exit_code
    assert "UNSWAP_GALLERY_PASSPHRASE" in locked.err
    assert enrolled("gallery", "list", "--passphrase-file", tmp_path / "gone.txt").code == GalleryError.exit_code
    monkeypatch.setenv("UNSWAP_GALLERY_PASSPHRASE", "something else")
    wrong = enrolled("gallery", "list")
    assert wrong.code == GalleryError.exit_code
    assert "the passphrase does not open the gallery" in wrong.err
    monkeypatch.setenv("UNSWAP_GALLERY_PASSPHRASE", SECRET)
    found = json.loads(enrolled("gallery", "search", "--photo", HOPPER, "--json").out)
    assert found["candidates"][0]["name"] == "Grace Hopper"
    assert "2 already enrolled" in enrolled("gallery", "import", PEOPLE).out
    assert json.loads(enrolled("gallery", "list", "--json").out)["encrypted"] is True

    other = tmp_path / "other.txt"
    other.write_text("another long passphrase\n", encoding="utf-8")
    assert enrolled("gallery", "passphrase", "--new-passphrase-file", other).code == 0
    assert enrolled("gallery", "list").code == GalleryError.exit_code
    assert enrolled("gallery", "list", "--passphrase-file", other).code == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("no\n"))
    assert enrolled("gallery", "decrypt", "--passphrase-file", other).code == 1
    assert enrolled("gallery", "decrypt", "--passphrase-file", other, "--yes").code == 0
    assert enrolled("gallery", "list").code == 0
    assert b"Hopper" in folders.gallery.read_bytes()


def test_a_gallery_that_is_not_there_yet_is_made_encrypted(unswap, folders, tmp_path):
    secret, path = tmp_path / "secret.txt", tmp_path / "new.db"
    secret.write_text(SECRET + "\n", encoding="utf-8")
    named = ("--gallery", path, "--passphrase-file", secret)
    assert unswap("gallery", "encrypt", *named).code == 0
    assert not path.read_bytes().startswith(b"SQLite format 3")
    listed = json.loads(unswap("gallery", "list", *named, "--json").out)
    assert listed["encrypted"] is True and listed["people"] == []
    assert unswap("gallery", "add", HOPPER, "--name", "Grace Hopper", *named).code == 0


def test_a_typed_passphrase_may_be_wrong_twice(enrolled, folders, monkeypatch):
    monkeypatch.setenv("UNSWAP_GALLERY_PASSPHRASE", SECRET)
    assert enrolled("gallery", "encrypt").code == 0
    monkeypatch.delenv("UNSWAP_GALLERY_PASSPHRASE")

    class Typist(io.StringIO):
        def isatty(self):
            return True

    typed = iter(["oops", "oops again", SECRET])
    monkeypatch.setattr("sys.stdin", Typist())
    monkeypatch.setattr("getpass.getpass", lambda question: next(typed))
    done = enrolled("gallery", "list")
    assert done.code == 0
    assert done.err.count("does not open") == 2


def test_copies_are_listed_and_what_they_owe(enrolled, folders, tmp_path):
    from core.gallery.export import copy_gallery
    from core.gallery.store import Gallery

    with Gallery.open(folders.gallery, create=False, embedder_id=None) as gallery:
        copy_gallery(gallery, tmp_path / "copy.db", actor="ann")
    (tmp_path / "copy.db").unlink()
    done = enrolled("gallery", "erase", "--person", 2, "--reason", "request", "--yes")
    assert "copy.db (nothing stands there any more)" in done.err
    (copy,) = json.loads(enrolled("gallery", "copies", "--json").out)["copies"]
    assert (copy["kind"], copy["is_there"], copy["erasures_owed"]) == ("gallery", False, 1)
    settled = enrolled("gallery", "copies", "--settle", copy["id"])
    assert settled.code == GalleryError.exit_code
    assert "still owes its erasures: nothing stands there any more" in settled.err
    forgotten = enrolled("gallery", "copies", "--forget", copy["id"], "--reason", "destroyed", "--json")
    assert json.loads(forgotten.out)["copies"] == []


def test_a_signed_log_whose_end_was_cut_is_named_and_not_signed(enrolled, folders, tmp_path):
    KeyStore(folders.keys).create("J. Doe", SECRET)
    (tmp_path / "secret.txt").write_text(SECRET, encoding="utf-8")
    sign = ("gallery", "log", "--sign-as", "J. Doe", "--key-passphrase-file", tmp_path / "secret.txt")
    signed = enrolled(*sign)
    assert signed.code == 0 and "signed by J. Doe" in signed.out
    with closing(sqlite3.connect(folders.gallery)) as conn:
        conn.execute("DROP TRIGGER audit_is_kept")
        conn.execute("DELETE FROM audit WHERE id > 2")
        conn.execute(TRIGGERS["audit_is_kept"])
        conn.commit()
    outcome = enrolled(*sign)
    assert outcome.code == GalleryError.exit_code
    assert "tail cut: the last entries are missing" in outcome.err
    assert len(run_log(enrolled)) == 2, "nothing was signed"
