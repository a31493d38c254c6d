"""What is encrypted under a passphrase, wherever a file keeps it: Argon2id (RFC 9106), then AES-256-GCM."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

# The second recommended choice of RFC 9106, section 4.
_PASSES, _LANES, _MEMORY_KIB = 3, 4, 64 * 1024
_MOST = (64, 64, 1024 * 1024)
"""What a file may ask for: a planted one must not exhaust the machine before its seal is checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassphraseSeal:
    """How one secret is sealed; each seal has a salt and a nonce of its own.

    Attributes:
        passes, lanes, memory_kib, salt: of Argon2id.
        nonce: of AES-GCM, 12 bytes.
    """

    passes: int = _PASSES
    lanes: int = _LANES
    memory_kib: int = _MEMORY_KIB
    salt: bytes
    nonce: bytes

    def __post_init__(self) -> None:
        """Raise ValueError for what no file of ours asks for."""
        numbers = (self.passes, self.lanes, self.memory_kib)
        if not all(type(n) is int and 0 < n <= most for n, most in zip(numbers, _MOST, strict=True)):
            raise ValueError("the parameters of Argon2id are out of bounds")
        if self.memory_kib < 8 * self.lanes or len(self.salt) < 8 or len(self.nonce) != 12:
            raise ValueError("salt, nonce or memory have no such size")

    @classmethod
    def new(cls) -> Self:
        """With random salt and nonce."""
        return cls(salt=os.urandom(16), nonce=os.urandom(12))

    def closed(self, content: bytes, passphrase: str, authenticated: bytes) -> bytes:
        """Encrypt.

        Args:
            content: what is sealed.
            passphrase: that opens it.
            authenticated: what stands beside it in the open and must not be exchanged.

        Returns:
            The ciphertext with its tag.
        """
        return self._cipher(passphrase).encrypt(self.nonce, content, authenticated)

    def opened(self, sealed: bytes, passphrase: str, authenticated: bytes) -> bytes | None:
        """Inverse of `closed`; None when the passphrase is wrong or anything was altered."""
        try:
            return self._cipher(passphrase).decrypt(self.nonce, sealed, authenticated)
        except InvalidTag:
            return None

    def derivation(self) -> dict[str, str | int]:
        """The parameters of Argon2id, for a file."""
        return {
            "passes": self.passes,
            "lanes": self.lanes,
            "memory_kib": self.memory_kib,
            "salt": as_base64(self.salt),
        }

    def _cipher(self, passphrase: str) -> AESGCM:
        derive = Argon2id(
            salt=self.salt, length=32, iterations=self.passes, lanes=self.lanes, memory_cost=self.memory_kib
        )
        return AESGCM(derive.derive(passphrase.encode("utf-8", "surrogatepass")))


def as_base64(data: bytes) -> str:
    """Bytes as key files hold them."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str) -> bytes:
    """Inverse of `as_base64`.

    Raises:
        ValueError: that is no base64.
    """
    return base64.b64decode(text, validate=True)
