"""A private key on the disk: JSON, with the key sealed under a secret.

All other fields of the file are authenticated with the seal (`core.evidence.passphrase_seal`), so a file in which a
name, a certificate or a parameter was exchanged does not open.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

import rfc8785

from core.domain.foreign_text import parsed_json
from core.evidence.passphrase_seal import PassphraseSeal, as_base64, from_base64

_FORMAT = "unswap-examiner-key/1"


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
        seal: under the secret.
        sealed: the private key, PKCS#8 DER, encrypted, with the tag.
    """

    name: str
    certificate_pem: str
    place: SecretPlace
    seal: PassphraseSeal
    sealed: bytes = b""

    @classmethod
    def of(cls, *, name: str, certificate_pem: str, pkcs8: bytes, secret: str, place: SecretPlace) -> Self:
        """Encrypt a private key under a secret."""
        key = cls(name=name, certificate_pem=certificate_pem, place=place, seal=PassphraseSeal.new())
        return replace(key, sealed=key.seal.closed(pkcs8, secret, key._authenticated()))

    def unseal(self, secret: str) -> bytes | None:
        """The private key, PKCS#8 DER; None when the secret is wrong or the file was altered."""
        return self.seal.opened(self.sealed, secret, self._authenticated())

    def to_json(self) -> bytes:
        """Content of the file."""
        return json.dumps(self._open_fields() | {"sealed": as_base64(self.sealed)}, indent=1).encode()

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """Back from `to_json`.

        Raises:
            ValueError: that is no key file of this format.
        """
        try:
            values = parsed_json(content)
            if values["format"] != _FORMAT:
                raise ValueError(f"format {values['format']!r}")
            key = cls(
                name=values["name"],
                certificate_pem=values["certificate"],
                place=SecretPlace(values["secret"]),
                seal=PassphraseSeal(
                    passes=values["argon2id"]["passes"],
                    lanes=values["argon2id"]["lanes"],
                    memory_kib=values["argon2id"]["memory_kib"],
                    salt=from_base64(values["argon2id"]["salt"]),
                    nonce=from_base64(values["nonce"]),
                ),
                sealed=from_base64(values["sealed"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"a field is missing or of another kind ({error})") from error
        if not isinstance(key.name, str) or not isinstance(key.certificate_pem, str):
            raise ValueError("name and certificate are text")
        key._authenticated()  # which no key of ours fails: a number beyond JSON's, or text without a UTF-8 form
        return key

    def _open_fields(self) -> dict[str, str | dict[str, str | int]]:
        return {
            "format": _FORMAT,
            "name": self.name,
            "certificate": self.certificate_pem,
            "secret": self.place.value,
            "argon2id": self.seal.derivation(),
            "nonce": as_base64(self.seal.nonce),
        }

    def _authenticated(self) -> bytes:
        return rfc8785.dumps(self._open_fields())
