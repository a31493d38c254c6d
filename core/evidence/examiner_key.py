"""The examiner's key: signs heads of custody logs and reports, and is kept encrypted in a folder of the examiner's.

The secret that opens a stored key is a passphrase, or random and in the operating system's keyring; see
`core.evidence.sealed_key` for the file.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from cryptography.x509.oid import NameOID

from core.domain.passphrases import SHORTEST_PASSPHRASE
from core.errors import ExaminerKeyError
from core.evidence.key_places import KEYRING, from_keyring, write_new
from core.evidence.sealed_key import SealedKey, SecretPlace

_VALID_FOR = timedelta(days=30 * 365)  # reports are kept for decades, and nobody renews a self-signed certificate
_LONGEST_NAME = 64  # ub-common-name of RFC 5280


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExaminerKey:
    """A key that is open in memory.

    Attributes:
        name: of the examiner.
        private_key: Ed25519 (RFC 8032).
        certificate: self-signed, for signing documents only; its subject is the name.
    """

    name: str
    private_key: Ed25519PrivateKey = field(repr=False)
    certificate: x509.Certificate = field(repr=False)

    @classmethod
    def create(cls, name: str) -> Self:
        """Make a new key with its certificate; nothing is stored.

        Raises:
            ExaminerKeyError: the name cannot be that of a certificate.
        """
        checked_name(name)
        private = Ed25519PrivateKey.generate()
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC).replace(microsecond=0)
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=True,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=False,
            crl_sign=False,
            encipher_only=False,
            decipher_only=False,
        )
        public = private.public_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))  # a verifier's clock may be a little behind
            .not_valid_after(now + _VALID_FOR)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        )
        return cls(name=name, private_key=private, certificate=builder.sign(private, algorithm=None))

    @property
    def fingerprint(self) -> str:
        """Names the key: hex SHA-256 of the raw public key, 32 bytes."""
        return fingerprint(self.private_key.public_key())

    def sign(self, data: bytes) -> bytes:
        """Ed25519 signature over `data`, 64 bytes."""
        return self.private_key.sign(data)


def fingerprint(public: Ed25519PublicKey) -> str:
    """Hex SHA-256 of the raw public key, 32 bytes."""
    return hashlib.sha256(raw_public_key(public)).hexdigest()


def raw_public_key(public: Ed25519PublicKey) -> bytes:
    """The 32 bytes of a public key (RFC 8032)."""
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def certificate_fingerprint(certificate: x509.Certificate) -> str:
    """Fingerprint of the key that a certificate is about.

    Raises:
        ExaminerKeyError: it is about a key of another kind.
    """
    public = certificate.public_key()
    if not isinstance(public, Ed25519PublicKey):
        raise ExaminerKeyError(
            "the certificate is not about an Ed25519 key", next_step="use the certificate of a key made by Unswap"
        )
    return fingerprint(public)


def checked_name(name: str) -> str:
    """The name itself, when a certificate can bear it.

    Raises:
        ExaminerKeyError: it is empty, too long, or holds what cannot be printed.
    """
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise ExaminerKeyError(
            "a key cannot bear that name",
            next_step=f"give a name of 1 to {_LONGEST_NAME} printable characters",
        )
    return name


class KeyStore:
    """The keys in a folder, one file each; a stored key is never replaced.

    Args:
        folder: made when the first key is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> tuple[str, ...]:
        """Names of the stored keys, sorted; a file that is no key counts for nothing."""
        found: list[str] = []
        for path in self.folder.glob("*.key.json"):
            try:
                found.append(SealedKey.from_json(path.read_bytes()).name)
            except (OSError, ValueError):
                continue
        return tuple(sorted(found))

    def create(self, name: str, passphrase: str | None) -> ExaminerKey:
        """Make a key and store it.

        Args:
            name: of the examiner; one key a name, whatever its capitals.
            passphrase: opens it; None keeps a random secret in the operating system's keyring.

        Raises:
            ExaminerKeyError: the name is taken or impossible, the passphrase is too short to resist guessing at all,
                there is no keyring, or the folder cannot be written to.
        """
        key = ExaminerKey.create(name)
        path = self._path(name)
        if path.exists():
            raise _name_is_taken(path)
        if passphrase is not None and len(passphrase) < SHORTEST_PASSPHRASE:
            raise ExaminerKeyError(
                f"the passphrase has fewer than {SHORTEST_PASSPHRASE} characters",
                next_step="give a longer one, or leave the secret to the system's keyring",
            )
        place = SecretPlace.KEYRING if passphrase is None else SecretPlace.PASSPHRASE
        secret = secrets.token_urlsafe(32) if passphrase is None else passphrase
        sealed = SealedKey.of(
            name=name,
            certificate_pem=key.certificate.public_bytes(Encoding.PEM).decode("ascii"),
            pkcs8=key.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
            secret=secret,
            place=place,
        )
        if place is SecretPlace.KEYRING:
            KEYRING.keep(key.fingerprint, secret)
        try:
            write_new(path, sealed.to_json(), mode=0o600)
        except FileExistsError as error:  # another process was faster
            raise _name_is_taken(path) from error
        return key

    def open(self, name: str, passphrase: str | None) -> ExaminerKey:
        """Open a stored key.

        Args:
            name: of the examiner.
            passphrase: ignored where the keyring holds the secret.

        Raises:
            ExaminerKeyError: there is no such key, the passphrase is missing or wrong, the keyring does not give the
                secret, or the file is damaged.
        """
        sealed, certificate = self._read(name)
        path = self._path(name)
        if sealed.place is SecretPlace.KEYRING:
            secret = from_keyring(certificate_fingerprint(certificate), path)
        elif passphrase is None:
            raise ExaminerKeyError("the key asks for a passphrase", next_step="give the passphrase", path=path)
        else:
            secret = passphrase
        pkcs8 = sealed.unseal(secret)
        if pkcs8 is None:
            raise ExaminerKeyError(
                "the key does not open: the passphrase is wrong, or the file was altered",
                next_step="try again, or restore the file from a copy",
                path=path,
            )
        private = load_der_private_key(pkcs8, None)
        if not isinstance(private, Ed25519PrivateKey) or fingerprint(private.public_key()) != certificate_fingerprint(
            certificate
        ):
            raise _damaged(path, "key and certificate do not belong together")
        return ExaminerKey(name=sealed.name, private_key=private, certificate=certificate)

    def secret_place(self, name: str) -> SecretPlace:
        """Where the secret is that opens a key: whether a passphrase must be asked for.

        Raises:
            ExaminerKeyError: there is no such key, or its file is damaged.
        """
        return self._read(name)[0].place

    def certificate(self, name: str) -> x509.Certificate:
        """The certificate of a key, without opening it.

        Raises:
            ExaminerKeyError: there is no such key, or its file is damaged.
        """
        return self._read(name)[1]

    def export_certificate(self, name: str, path: Path) -> None:
        """Write the certificate as PEM to a new file, for who verifies signatures elsewhere.

        Raises:
            ExaminerKeyError: there is no such key, something stands at `path`, or it cannot be written.
        """
        pem = self.certificate(name).public_bytes(Encoding.PEM)
        try:
            write_new(path, pem, mode=0o644)
        except FileExistsError as error:
            raise ExaminerKeyError(
                "something stands there already", next_step="name a file that does not exist yet", path=path
            ) from error

    def _read(self, name: str) -> tuple[SealedKey, x509.Certificate]:
        path = self._path(name)
        try:
            sealed = SealedKey.from_json(path.read_bytes())
            certificate = x509.load_pem_x509_certificate(sealed.certificate_pem.encode())
        except FileNotFoundError as error:
            raise ExaminerKeyError(
                f"there is no key of {name!r}",
                next_step="`unswap key list` names the keys, `unswap key create` makes one",
                path=self.folder,
            ) from error
        except OSError as error:
            raise ExaminerKeyError(
                f"the key cannot be read ({error.strerror or error})",
                next_step="check the permissions of the file and its folder",
                path=path,
            ) from error
        except ValueError as error:
            raise _damaged(path, str(error)) from error
        if sealed.name != name and _folded(sealed.name) != _folded(name):
            raise _damaged(path, f"it is the key of {sealed.name!r}")
        return sealed, certificate

    def _path(self, name: str) -> Path:
        """By the hash of the name: names hold what file systems do not bear, and some of those ignore capitals."""
        digest = hashlib.sha256(_folded(name).encode("utf-8", "surrogatepass")).hexdigest()
        return self.folder / f"{digest[:32]}.key.json"


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _damaged(path: Path, why: str) -> ExaminerKeyError:
    return ExaminerKeyError(f"that is no whole key file: {why}", next_step="restore it from a copy", path=path)


def _name_is_taken(path: Path) -> ExaminerKeyError:
    return ExaminerKeyError(
        "there is a key of that name already", next_step="use it, or make one under another name", path=path
    )
