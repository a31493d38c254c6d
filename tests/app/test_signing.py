"""Which key signs on the command line, and that nobody is asked or signed for without wanting it."""

from argparse import ArgumentParser

import pytest

from app.signing import PASSPHRASE_VARIABLE, add_key_options, signing_key
from app.terminal import Terminal
from core.errors import ExaminerKeyError
from core.evidence.examiner_key import KeyStore


@pytest.fixture
def chosen(folders, monkeypatch):
    """The name of the key that signs with these words, for a case of this examiner."""
    monkeypatch.delenv(PASSPHRASE_VARIABLE, raising=False)

    def choose(*words, examiner="J. Doe"):
        parser = ArgumentParser()
        add_key_options(parser)
        args = parser.parse_args([str(word) for word in words])
        key = signing_key(args, folders, Terminal(as_json=False, verbose=False), examiner)
        return None if key is None else key.name

    return choose


@pytest.fixture
def secret(tmp_path):
    (tmp_path / "secret.txt").write_text("correct horse\n", encoding="utf-8")
    return tmp_path / "secret.txt"


@pytest.fixture
def keys(folders):
    KeyStore(folders.keys).create("J. Doe", "correct horse")


def test_without_any_key_nothing_is_signed_and_nothing_said(chosen, capsys):
    assert chosen() is None
    assert capsys.readouterr().err == ""


def test_the_examiners_key_signs_where_its_passphrase_is_given(chosen, keys, secret, monkeypatch):
    assert chosen("--passphrase-file", secret) == "J. Doe"
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "correct horse")
    assert chosen() == "J. Doe"
    assert chosen(examiner="") == "J. Doe"
    assert chosen("--unsigned") is None


def test_a_key_that_asks_for_a_passphrase_is_not_asked_for_unless_named(chosen, keys, capsys):
    assert chosen() is None
    assert "unsigned: the key of J. Doe asks for its passphrase" in capsys.readouterr().err
    with pytest.raises(ExaminerKeyError, match="nobody can be asked"):
        chosen("--sign-as", "J. Doe")


def test_nobody_signs_for_another_examiner_unasked(chosen, keys, secret, capsys):
    assert chosen("--passphrase-file", secret, examiner="M. Weber") is None
    assert "no key bears the examiner's name" in capsys.readouterr().err
    assert chosen("--passphrase-file", secret, "--sign-as", "J. Doe", examiner="M. Weber") == "J. Doe"


def test_a_named_key_that_is_not_there_or_does_not_open_is_an_error(chosen, keys, secret):
    with pytest.raises(ExaminerKeyError, match=r"there is no key of 'M\. Weber'"):
        chosen("--sign-as", "M. Weber", "--passphrase-file", secret)
    secret.write_text("wrong", encoding="utf-8")
    with pytest.raises(ExaminerKeyError, match="the passphrase is wrong"):
        chosen("--passphrase-file", secret)
