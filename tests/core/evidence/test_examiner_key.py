"""Keys of examiners: made, kept, opened, never replaced."""

import json
import os
import stat

import keyring
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID
from keyring.backend import KeyringBackend

from core.errors import ExaminerKeyError
from core.evidence.examiner_key import ExaminerKey, KeyStore, certificate_fingerprint
from core.evidence.sealed_key import SealedKey, SecretPlace

PASSPHRASE = "correct horse battery staple"


class MemoryKeyring(KeyringBackend):
    """A keyring that forgets at the end of the test."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.secrets = {}

    def get_password(self, service, username):
        return self.secrets.get((service, username))

    def set_password(self, service, username, password):
        self.secrets[service, username] = password


@pytest.fixture
def system_keyring():
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring())
    yield keyring.get_keyring()
    keyring.set_keyring(before)


@pytest.fixture
def no_keyring():
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def store(tmp_path):
    return KeyStore(tmp_path / "keys")


def test_a_signature_is_checked_with_the_certificate_alone():
    key = ExaminerKey.create("Jürgen Müller")
    signature = key.sign(b"what was found")
    key.certificate.public_key().verify(signature, b"what was found")
    with pytest.raises(InvalidSignature):
        key.certificate.public_key().verify(signature, b"what was f0und")
    assert key.fingerprint == certificate_fingerprint(key.certificate)


def test_the_certificate_is_for_signing_documents_in_the_examiners_name():
    certificate = ExaminerKey.create("J. Doe").certificate
    assert [a.value for a in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)] == ["J. Doe"]
    assert certificate.subject == certificate.issuer
    certificate.verify_directly_issued_by(certificate)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical and usage.value.digital_signature and usage.value.content_commitment
    assert not usage.value.key_cert_sign
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days > 10_000


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "two\nlines", "turned\u202earound", "nul\0"])
def test_a_name_that_no_certificate_should_bear_is_refused(store, name):
    with pytest.raises(ExaminerKeyError, match="cannot bear that name"):
        store.create(name, PASSPHRASE)
    assert store.names() == ()


@pytest.mark.parametrize("name", ["J. Doe", "../../etc/passwd", "x" * 64, "Доктор Иванова", "a/b\\c:d*e"])
def test_a_stored_key_opens_with_its_passphrase_and_signs_as_before(store, name):
    made = store.create(name, PASSPHRASE)
    assert store.names() == (name,)
    assert {path.parent for path in store.folder.parent.rglob("*.json")} == {store.folder}
    opened = store.open(name, PASSPHRASE)
    assert (opened.name, opened.fingerprint, opened.certificate) == (name, made.fingerprint, made.certificate)
    assert opened.sign(b"x") == made.sign(b"x")  # Ed25519 is deterministic


def test_a_passphrase_that_is_guessed_at_once_protects_no_key(store):
    for short in ("", "a", "1234567"):
        with pytest.raises(ExaminerKeyError, match="fewer than 8 characters"):
            store.create("J. Doe", short)
    assert store.names() == ()


def test_a_keyring_that_is_switched_off_is_not_trusted_with_a_key(store):
    from keyring.backends.null import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    try:
        with pytest.raises(ExaminerKeyError, match="keeps nothing"):
            store.create("J. Doe", None)
    finally:
        keyring.set_keyring(before)
    assert store.names() == ()


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_only_its_owner_may_read_a_key_and_nothing_else_is_left(store):
    store.create("J. Doe", PASSPHRASE)
    (path,) = store.folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700


def test_the_file_holds_no_private_key_in_the_clear(store):
    key = store.create("J. Doe", PASSPHRASE)
    (path,) = store.folder.iterdir()
    raw = key.private_key.private_bytes_raw()
    sealed = SealedKey.from_json(path.read_bytes())
    assert raw not in sealed.sealed and raw in sealed.unseal(PASSPHRASE)
    assert PASSPHRASE.encode() not in path.read_bytes()


def test_a_wrong_passphrase_is_said(store):
    store.create("J. Doe", PASSPHRASE)
    with pytest.raises(ExaminerKeyError, match="the passphrase is wrong"):
        store.open("J. Doe", PASSPHRASE + " ")
    with pytest.raises(ExaminerKeyError, match="asks for a passphrase"):
        store.open("J. Doe", None)
    with pytest.raises(ExaminerKeyError, match=r"there is no key of 'M. Weber'"):
        store.open("M. Weber", PASSPHRASE)


@pytest.mark.parametrize("name", ["J. Doe", "j. DOE"])
def test_a_key_is_never_replaced(store, name):
    key = store.create("J. Doe", PASSPHRASE)
    with pytest.raises(ExaminerKeyError, match="already"):
        store.create(name, "another")
    assert store.open("J. Doe", PASSPHRASE).fingerprint == key.fingerprint


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "M. Weber"),
        ("secret", "keyring"),
        ("certificate", None),
        ("nonce", "AAAAAAAAAAAAAAAA"),
        ("sealed", "AAAA"),
    ],
)
def test_an_altered_file_does_not_open(store, field, value):
    store.create("J. Doe", PASSPHRASE)
    (path,) = store.folder.iterdir()
    values = json.loads(path.read_bytes())
    if field == "certificate":
        from cryptography.hazmat.primitives.serialization import Encoding

        value = ExaminerKey.create("J. Doe").certificate.public_bytes(Encoding.PEM).decode()
    path.write_text(json.dumps(values | {field: value}), encoding="utf-8")
    with pytest.raises(ExaminerKeyError):
        store.open("J. Doe", PASSPHRASE)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"format": "unswap-examiner-key/9"}'])
def test_a_damaged_file_is_named_and_counts_for_no_key(store, content):
    store.create("J. Doe", PASSPHRASE)
    (path,) = store.folder.iterdir()
    path.write_bytes(content)
    assert store.names() == ()
    with pytest.raises(ExaminerKeyError, match="no whole key file"):
        store.open("J. Doe", PASSPHRASE)


def test_a_planted_file_cannot_ask_for_all_the_memory(store):
    store.create("J. Doe", PASSPHRASE)
    (path,) = store.folder.iterdir()
    values = json.loads(path.read_bytes())
    values["argon2id"]["memory_kib"] = 1 << 40
    path.write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(ExaminerKeyError, match="out of bounds"):
        store.open("J. Doe", PASSPHRASE)


def test_the_keyring_opens_a_key_without_a_question(store, system_keyring):
    key = store.create("J. Doe", None)
    assert store.secret_place("J. Doe") is SecretPlace.KEYRING
    assert store.open("J. Doe", None).fingerprint == key.fingerprint
    (secret,) = system_keyring.secrets.values()
    assert len(secret) >= 43 and secret.encode() not in next(store.folder.iterdir()).read_bytes()
    system_keyring.secrets.clear()
    with pytest.raises(ExaminerKeyError, match="does not hold the secret"):
        store.open("J. Doe", None)


def test_without_a_keyring_a_passphrase_is_asked_for(store, no_keyring):
    with pytest.raises(ExaminerKeyError, match=r"no keyring.*Protect it with a passphrase"):
        store.create("J. Doe", None)
    assert store.names() == ()


def test_an_exported_certificate_holds_no_secret_and_replaces_nothing(store, tmp_path):
    key = store.create("J. Doe", PASSPHRASE)
    out = tmp_path / "doe.pem"
    store.export_certificate("J. Doe", out)
    assert x509.load_pem_x509_certificate(out.read_bytes()) == key.certificate
    assert b"PRIVATE" not in out.read_bytes()
    with pytest.raises(ExaminerKeyError, match="something stands there"):
        store.export_certificate("J. Doe", out)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_takes_no_files_is_said(store):
    store.folder.mkdir(mode=0o500)
    with pytest.raises(ExaminerKeyError, match="cannot be written"):
        store.create("J. Doe", PASSPHRASE)
