"""The file beside an encrypted gallery that holds its key, sealed; and the ways to open the seal.

SQLCipher encrypts with 32 random bytes. They are kept in ``NAME.key``: sealed by AES-256-GCM under a key that
Argon2id (RFC 9106) derives from a passphrase, or in the operating system's keyring, or both. Another passphrase seals
the same key anew; the gallery itself stays as it is.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import rfc8785

from core.domain.foreign_text import parsed_json
from core.errors import GalleryError
from core.evidence.passphrase_seal import PassphraseSeal, as_base64, from_base64
from core.evidence.writing import write_whole

_FORMAT = "unswap-gallery-key/1"
_LONGEST = 64 * 1024  # bytes of a key file
KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryKey:
    """The key of an encrypted gallery, 32 bytes; never shown."""

    raw: bytes = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        """A random one."""
        return cls(raw=secrets.token_bytes(KEY_BYTES))

    @property
    def literal(self) -> str:
        """As SQLCipher's ``PRAGMA key`` takes a raw key, without derivation."""
        return f"x'{self.raw.hex()}'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A key under a passphrase: how it is sealed, and the ciphertext with its tag."""

    how: PassphraseSeal
    sealed: bytes = b""

    @classmethod
    def of(cls, key: GalleryKey, passphrase: str, gallery_id: str) -> Self:
        """Seal a key."""
        empty = cls(how=PassphraseSeal.new())
        return replace(empty, sealed=empty.how.closed(key.raw, passphrase, empty._authenticated(gallery_id)))

    def opened(self, passphrase: str, gallery_id: str) -> GalleryKey | None:
        """The key; None when the passphrase is wrong or the seal was altered."""
        raw = self.how.opened(self.sealed, passphrase, self._authenticated(gallery_id))
        return GalleryKey(raw=raw) if raw is not None and len(raw) == KEY_BYTES else None

    def fields(self) -> dict[str, str | int]:
        """For the file, without the ciphertext."""
        return self.how.derivation() | {"nonce": as_base64(self.how.nonce)}

    @classmethod
    def of_fields(cls, values: dict[str, Any]) -> Self:
        """Back from `fields` and ``sealed``; ValueError for what cannot be."""
        how = PassphraseSeal(
            passes=values["passes"],
            lanes=values["lanes"],
            memory_kib=values["memory_kib"],
            salt=from_base64(values["salt"]),
            nonce=from_base64(values["nonce"]),
        )
        return cls(how=how, sealed=from_base64(values["sealed"]))

    def _authenticated(self, gallery_id: str) -> bytes:
        """With the ciphertext, so that neither parameters nor the seal of another gallery can be put in."""
        return rfc8785.dumps({"format": _FORMAT, "gallery": gallery_id, **self.fields()})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """Content of ``NAME.key``.

    Attributes:
        gallery_id: random, names the key in the keyring.
        seal: under a passphrase; None when there is none.
        in_keyring: the operating system's keyring holds the key (of the account that encrypted the gallery).
    """

    gallery_id: str
    seal: Seal | None
    in_keyring: bool

    def write(self, gallery: Path) -> None:
        """Put it beside a gallery, whole or not at all.

        Raises:
            GalleryError: it cannot be written.
        """
        path = key_path(gallery)
        values: dict[str, Any] = {"format": _FORMAT, "gallery": self.gallery_id, "in_keyring": self.in_keyring}
        if self.seal is not None:
            values["argon2id"] = self.seal.fields() | {"sealed": as_base64(self.seal.sealed)}
        try:
            write_whole(path, json.dumps(values, indent=1).encode(), mode=0o600)
        except OSError as error:
            raise GalleryError(
                f"the gallery's key file cannot be written ({error.strerror or error})",
                next_step="check the permissions and the free space of the folder",
                path=path,
            ) from error

    @classmethod
    def read(cls, gallery: Path) -> Self:
        """The file beside a gallery.

        Raises:
            GalleryError: missing, unreadable, or not of this format.
        """
        path = key_path(gallery)
        try:
            with path.open("rb") as stream:
                values = parsed_json(stream.read(_LONGEST))
            if values["format"] != _FORMAT:
                raise ValueError(f"format {values['format']!r}")
            seal = Seal.of_fields(values["argon2id"]) if "argon2id" in values else None
            found = cls(gallery_id=str(values["gallery"]), seal=seal, in_keyring=values["in_keyring"] is True)
            if seal is not None:
                seal._authenticated(found.gallery_id)  # what cannot be authenticated was never sealed
        except OSError as error:
            raise GalleryError(
                f"the key of the encrypted gallery cannot be read ({error.strerror})",
                next_step=f"put its key file {path.name} back beside it; without it nobody can open the gallery",
                path=path,
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise GalleryError(
                f"the gallery's key file is damaged or of another version ({error})",
                next_step="restore it from a copy; without it nobody can open the gallery",
                path=path,
            ) from error
        return found


def key_path(gallery: Path) -> Path:
    """Where the key file of a gallery lies."""
    return gallery.with_name(gallery.name + ".key")
