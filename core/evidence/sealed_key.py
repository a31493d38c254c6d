"""A private key on the disk: JSON, with the key sealed under a secret.

The sealing key comes from the secret by Argon2id (RFC 9106); the seal is AES-256-GCM. All other fields of the file are
authenticated with it, so a file in which a name, a certificate or a parameter was exchanged does not open.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import rfc8785
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

_FORMAT = "unswap-examiner-key/1"
# The second recommended choice of RFC 9106, section 4.
_PASSES, _LANES, _MEMORY_KIB = 3, 4, 64 * 1024
_MOST_PASSES, _MOST_LANES, _MOST_MEMORY_KIB = 64, 64, 1024 * 1024
"""What a file may ask for: a planted one must not exhaust the machine before its seal is checked."""


class SecretPlace(StrEnum):
    """Where the secret is that opens a key."""

    PASSPHRASE = "passphrase"
    KEYRING = "keyring"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKey:
    """What a key file holds.

    Attributes:
        name: of the examiner.
        certificate_pem: public.
        place: where the secret is.
        passes, lanes, memory_kib: of Argon2id.
        salt, nonce: of Argon2id and of AES-GCM.
        sealed: the private key, PKCS#8 DER, encrypted, with the tag.
    """

    name: str
    certificate_pem: str
    place: SecretPlace
    passes: int = _PASSES
    lanes: int = _LANES
    memory_kib: int = _MEMORY_KIB
    salt: bytes
    nonce: bytes
    sealed: bytes = b""

    @classmethod
    def seal(cls, *, name: str, certificate_pem: str, pkcs8: bytes, secret: str, place: SecretPlace) -> Self:
        """Encrypt a private key under a secret."""
        fields = {"name": name, "certificate_pem": certificate_pem, "place": place}
        empty = cls(**fields, salt=os.urandom(16), nonce=os.urandom(12))  # type: ignore[arg-type]
        sealed = empty._cipher(secret).encrypt(empty.nonce, pkcs8, empty._authenticated())
        return cls(**fields, salt=empty.salt, nonce=empty.nonce, sealed=sealed)  # type: ignore[arg-type]

    def unseal(self, secret: str) -> bytes | None:
        """The private key, PKCS#8 DER; None when the secret is wrong or the file was altered."""
        try:
            return self._cipher(secret).decrypt(self.nonce, self.sealed, self._authenticated())
        except InvalidTag:
            return None

    def to_json(self) -> bytes:
        """Content of the file."""
        return json.dumps(self._open_fields() | {"sealed": _base64(self.sealed)}, indent=1).encode()

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """Back from `to_json`.

        Raises:
            ValueError: that is no key file of this format.
        """
        try:
            values = json.loads(content)
            if values["format"] != _FORMAT:
                raise ValueError(f"format {values['format']!r}")
            key = cls(
                name=values["name"],
                certificate_pem=values["certificate"],
                place=SecretPlace(values["secret"]),
                passes=values["argon2id"]["passes"],
                lanes=values["argon2id"]["lanes"],
                memory_kib=values["argon2id"]["memory_kib"],
                salt=base64.b64decode(values["argon2id"]["salt"], validate=True),
                nonce=base64.b64decode(values["nonce"], validate=True),
                sealed=base64.b64decode(values["sealed"], validate=True),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"a field is missing or of another kind ({error})") from error
        key._check()
        return key

    def _check(self) -> None:
        numbers = (self.passes, self.lanes, self.memory_kib)
        limits = (_MOST_PASSES, _MOST_LANES, _MOST_MEMORY_KIB)
        if not all(type(n) is int and 0 < n <= most for n, most in zip(numbers, limits, strict=True)):
            raise ValueError("the parameters of Argon2id are out of bounds")
        if self.memory_kib < 8 * self.lanes or len(self.salt) < 8 or len(self.nonce) != 12:
            raise ValueError("salt, nonce or memory have no such size")
        if not isinstance(self.name, str) or not isinstance(self.certificate_pem, str):
            raise ValueError("name and certificate are text")

    def _cipher(self, secret: str) -> AESGCM:
        derive = Argon2id(
            salt=self.salt, length=32, iterations=self.passes, lanes=self.lanes, memory_cost=self.memory_kib
        )
        return AESGCM(derive.derive(secret.encode("utf-8", "surrogatepass")))

    def _open_fields(self) -> dict[str, str | dict[str, str | int]]:
        return {
            "format": _FORMAT,
            "name": self.name,
            "certificate": self.certificate_pem,
            "secret": self.place.value,
            "argon2id": {
                "passes": self.passes,
                "lanes": self.lanes,
                "memory_kib": self.memory_kib,
                "salt": _base64(self.salt),
            },
            "nonce": _base64(self.nonce),
        }

    def _authenticated(self) -> bytes:
        return rfc8785.dumps(self._open_fields())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
