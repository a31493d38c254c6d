"""Content credentials: their state is told, nothing is fetched, and a hostile file ends in a named state."""

import socket
import threading
from random import Random

import pytest
from builders_c2pa import plain_jpeg, signed_jpeg

from core.domain.evidence import ContentCredentials, CredentialState
from core.isolation.ending import ChildEndedError, Ending
from core.video import credentials
from core.video.credentials import read_credentials


def state(path):
    return read_credentials(path, path.stat().st_size)


@pytest.fixture(scope="module")
def signed(tmp_path_factory):
    return signed_jpeg(tmp_path_factory.mktemp("c2pa") / "signed.jpg")


def changed(source, path, at):
    data = bytearray(source.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    return path


def test_absent_is_not_fake(tmp_path):
    found = state(plain_jpeg(tmp_path / "plain.jpg"))
    assert found == ContentCredentials(state=CredentialState.ABSENT)
    assert found.words == "Absent. That does not mean that the file is forged."


def test_valid_is_integrity_not_truth(signed):
    found = state(signed)
    assert found == ContentCredentials(state=CredentialState.VALID)
    assert "integrity, not truth" in found.words


def test_a_changed_picture_is_present_and_invalid_with_the_code(signed, tmp_path):
    found = state(changed(signed, tmp_path / "changed.jpg", -200))
    assert (found.state, found.codes) == (CredentialState.INVALID, ("assertion.dataHash.mismatch",))
    assert found.words.startswith("Present and invalid (assertion.dataHash.mismatch)")


def test_damaged_credentials_could_not_be_read(signed, tmp_path):
    at = signed.read_bytes().index(b"jumd")  # the type of the first box within
    found = state(changed(signed, tmp_path / "damaged.jpg", at))
    assert found.state is CredentialState.UNREADABLE and found.detail
    assert found.words.startswith("Could not be read (")


def test_what_is_no_media_file_could_not_be_read(tmp_path):
    (tmp_path / "notes.txt").write_text("no picture", encoding="utf-8")
    found = state(tmp_path / "notes.txt")
    assert (found.state, found.detail) == (
        CredentialState.UNREADABLE,
        "credentials of this kind of file are not known",
    )


def test_credentials_that_lie_elsewhere_are_not_fetched(tmp_path):
    asked = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            try:
                connection, _ = server.accept()
                asked.set()
                connection.close()
            except OSError:
                pass

        listener = threading.Thread(target=serve, daemon=True)
        listener.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/manifest.c2pa"
        found = state(signed_jpeg(tmp_path / "remote.jpg", remote_url=url))
        assert found.state is CredentialState.UNREADABLE and "nothing is fetched" in found.detail
        assert not asked.is_set()
        # The listener would have noticed.
        socket.create_connection(server.getsockname()).close()
        assert asked.wait(10)


def test_a_child_that_dies_is_a_named_state(signed, monkeypatch):
    def died(*_, **__):
        raise ChildEndedError(Ending.CRASHED, "signal SIGSEGV")

    monkeypatch.setattr(credentials, "isolated_call", died)
    assert state(signed) == ContentCredentials(
        state=CredentialState.UNREADABLE, detail="reading them ended: crashed (signal SIGSEGV)"
    )


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b"[" * 5000,
        b'{"state": "valid"}',
        b'{"state": "not examined", "codes": [], "detail": ""}',
        b'{"state": "fine", "codes": [], "detail": ""}',
        b'{"state": "invalid", "codes": [7], "detail": ""}',
    ],
)
def test_nonsense_of_a_child_is_not_believed(signed, monkeypatch, answer):
    monkeypatch.setattr(credentials, "isolated_call", lambda *_, **__: answer)
    assert state(signed).detail == "reading them gave nonsense"


def test_what_a_file_says_cannot_turn_a_line_around(signed, monkeypatch):
    hostile = b'{"state": "unreadable", "codes": [], "detail": "a\\u202eb\\n' + b"x" * 900 + b'"}'
    monkeypatch.setattr(credentials, "isolated_call", lambda *_, **__: hostile)
    found = state(signed)
    assert found.detail.startswith("a?b?x") and len(found.detail) == 201


def test_mutated_credentials_end_in_a_named_state(signed, tmp_path):
    random, whole = Random(7), signed.read_bytes()
    start = whole.index(b"jumb")
    for number in range(25):
        data = bytearray(whole)
        for _ in range(random.randint(1, 40)):
            data[random.randrange(start, start + 4000)] = random.randrange(256)
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(data)
        assert state(path).state in (CredentialState.UNREADABLE, CredentialState.INVALID, CredentialState.ABSENT)
