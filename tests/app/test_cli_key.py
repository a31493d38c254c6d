"""`unswap key`: keys are made, listed, shown, exported."""

import json
import os
import sys
from pathlib import Path

import pytest
from cryptography import x509

from app.signing import PASSPHRASE_VARIABLE
from core.evidence.examiner_key import KeyStore, certificate_fingerprint

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.txt"
    path.write_text("correct horse\nanother line\n", encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def no_passphrase_around(monkeypatch):
    monkeypatch.delenv(PASSPHRASE_VARIABLE, raising=False)


def test_a_key_is_made_shown_and_listed(unswap, folders, secret):
    made = unswap("key", "create", "J. Doe", "--passphrase-file", secret)
    assert made.code == 0, made.err
    key = KeyStore(folders.keys).open("J. Doe", "correct horse")
    assert f"fingerprint: {key.fingerprint}" in made.out
    assert unswap("key", "show", "J. Doe").out == made.out
    assert "J. Doe  passphrase" in unswap("key", "list").out
    (listed,) = json.loads(unswap("key", "list", "--json").out)["keys"]
    assert (listed["name"], listed["fingerprint"]) == ("J. Doe", key.fingerprint)


def test_the_mark_that_windows_editors_write_is_no_part_of_a_passphrase(unswap, folders, tmp_path):
    (tmp_path / "secret.txt").write_bytes(b"\xef\xbb\xbfcorrect horse\r\n")
    assert unswap("key", "create", "J. Doe", "--passphrase-file", tmp_path / "secret.txt").code == 0
    assert KeyStore(folders.keys).open("J. Doe", "correct horse").name == "J. Doe"


def test_the_environment_may_hold_the_passphrase(unswap, folders, monkeypatch):
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "from outside")
    assert unswap("key", "create", "J. Doe").code == 0
    assert KeyStore(folders.keys).open("J. Doe", "from outside").name == "J. Doe"


def test_a_key_is_not_replaced(unswap, secret):
    unswap("key", "create", "J. Doe", "--passphrase-file", secret)
    again = unswap("key", "create", "J. Doe", "--passphrase-file", secret)
    assert again.code == 43 and "there is a key of that name already" in again.err


def test_the_exported_certificate_is_that_of_the_key(unswap, folders, secret, tmp_path):
    unswap("key", "create", "J. Doe", "--passphrase-file", secret)
    pem = tmp_path / "doe.pem"
    assert unswap("key", "export", "J. Doe", pem).code == 0
    exported = certificate_fingerprint(x509.load_pem_x509_certificate(pem.read_bytes()))
    assert exported == KeyStore(folders.keys).open("J. Doe", "correct horse").fingerprint
    assert unswap("key", "export", "J. Doe", pem).code == 43


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe\n", b"x" * 5000])
def test_a_file_without_a_passphrase_is_said(unswap, tmp_path, content):
    (tmp_path / "secret.txt").write_bytes(content)
    outcome = unswap("key", "create", "J. Doe", "--passphrase-file", tmp_path / "secret.txt")
    assert outcome.code == 43 and "passphrase" in outcome.err and str(tmp_path / "secret.txt") in outcome.err


def test_where_nobody_can_be_asked_the_ways_out_are_named(unswap):
    outcome = unswap("key", "create", "J. Doe")
    assert outcome.code == 43 and PASSPHRASE_VARIABLE in outcome.err and "--passphrase-file" in outcome.err


def test_no_key_is_no_error(unswap):
    assert unswap("key", "list").out.endswith("(no key)\n")
    missing = unswap("key", "show", "J. Doe")
    assert missing.code == 43 and "there is no key of 'J. Doe'" in missing.err


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
def test_on_a_terminal_the_passphrase_is_asked_for_twice_and_not_shown(folders):
    import pty

    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        os.environ["UNSWAP_HOME"] = str(folders.data)
        os.execv(sys.executable, [sys.executable, "main.py", "key", "create", "J. Doe"])
    seen = b""
    for question in (b"New passphrase", b"The same again"):
        while question not in seen:
            seen += os.read(terminal, 1024)
        while not seen.endswith(b": "):
            seen += os.read(terminal, 1024)
        os.write(terminal, b"typed unseen\n")
    try:
        while chunk := os.read(terminal, 1024):
            seen += chunk
    except OSError:  # Linux says so when the other side is closed
        pass
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, seen
    assert b"typed unseen" not in seen
    assert KeyStore(folders.keys).open("J. Doe", "typed unseen").name == "J. Doe"
