"""Signed heads of custody logs.

Signed is the canonical JSON (RFC 8785) of ``at``, ``case``, ``count``, ``format``, ``head`` and ``signer`` (the
fingerprint of the key), with Ed25519 (RFC 8032). A chain of hashes alone can be made anew by whoever changed an entry,
and does not show a cut tail: only somebody with the key can make a signed head, and it names the number of entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

import rfc8785
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from core.domain.custody import SignedHead
from core.domain.foreign_text import parsed_json
from core.errors import ExaminerKeyError
from core.evidence.examiner_key import ExaminerKey, certificate_fingerprint

_FORMAT = "unswap-custody-head/1"
LOG_SIGNED = "log signed"
"""Action of the entry that announces a signature; its detail is `announcement`."""
HeadRecord = dict[str, str | int]
"""A signed head as the object of JSON that cases, ledgers and reports hold."""


def sign_head(key: ExaminerKey, *, case_id: str, count: int, head_sha256: str, at: datetime) -> SignedHead:
    """Sign where a log ends.

    Args:
        key: the examiner's, open.
        case_id, count, head_sha256, at: see `SignedHead`.
    """
    unsigned = SignedHead(
        case_id=case_id,
        count=count,
        head_sha256=head_sha256,
        at=at,
        signer=key.name,
        fingerprint=key.fingerprint,
        certificate_pem=key.certificate.public_bytes(Encoding.PEM).decode("ascii"),
        signature_hex="",
    )
    return replace(unsigned, signature_hex=key.sign(statement(unsigned)).hex())


def statement(head: SignedHead) -> bytes:
    """The bytes that are signed."""
    return rfc8785.dumps(
        {
            "format": _FORMAT,
            "case": head.case_id,
            "count": head.count,
            "head": head.head_sha256,
            "at": head.at.isoformat(timespec="microseconds"),
            "signer": head.fingerprint,
        }
    )


def signature_problem(head: SignedHead) -> str:
    """Why a signed head is not to be believed, as a clause; '' when its signature and certificate hold."""
    try:
        known = _certificate(head.certificate_pem)
        if known.fingerprint != head.fingerprint:
            return "the certificate is about another key than the one that is named"
        if known.names != (head.signer,):
            return "the certificate bears another name than the one that is given"
        known.public_key.verify(bytes.fromhex(head.signature_hex), statement(head))
    except InvalidSignature:
        return "the signature is not one of that key over these words"
    except (ValueError, TypeError, ExaminerKeyError) as error:
        return f"certificate or signature cannot be read ({error})"
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Certificate:
    """What a self-signed certificate says, its own signature checked."""

    public_key: Ed25519PublicKey
    fingerprint: str
    names: tuple[str | bytes, ...]


@lru_cache(maxsize=64)
def _certificate(pem: str) -> _Certificate:
    """A log holds many signatures with few certificates."""
    certificate = x509.load_pem_x509_certificate(pem.encode())
    named = certificate_fingerprint(certificate)
    certificate.verify_directly_issued_by(certificate)
    public = certificate.public_key()
    assert isinstance(public, Ed25519PublicKey)
    names = tuple(a.value for a in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME))
    return _Certificate(public_key=public, fingerprint=named, names=names)


def announcement(fingerprint: str) -> str:
    """Detail of the entry that a signature by this key is made over."""
    return f"with the key {fingerprint}"


def encoded(head: SignedHead) -> str:
    """Canonical JSON of a signed head."""
    return rfc8785.dumps(head_record(head)).decode("utf-8")


def decoded(blob: bytes) -> SignedHead | None:
    """Back from `encoded`; None when it is not exactly what that would write."""
    try:
        head = head_from_record(parsed_json(blob))
        return head if encoded(head).encode() == blob else None
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def head_record(head: SignedHead) -> HeadRecord:
    """For JSON: what is signed under the names of the statement, then who signed and with what."""
    return {
        "case": head.case_id,
        "count": head.count,
        "head": head.head_sha256,
        "at": head.at.isoformat(timespec="microseconds"),
        "signer": head.fingerprint,
        "name": head.signer,
        "certificate": head.certificate_pem,
        "signature": head.signature_hex,
    }


def head_from_record(values: Mapping[str, object]) -> SignedHead:
    """Back from `head_record`.

    Raises:
        ValueError: a field is missing or of another kind.
    """
    names = ("case", "head", "at", "signer", "name", "certificate", "signature")
    texts = {name: values.get(name) for name in names}
    count = values.get("count")
    if not all(isinstance(text, str) for text in texts.values()) or type(count) is not int or count < 0:
        raise ValueError("that is no signed head: a field is missing or of another kind")
    at = datetime.fromisoformat(str(texts["at"]))
    if at.utcoffset() is None:
        raise ValueError("that is no signed head: its time names no zone")
    return SignedHead(
        case_id=str(texts["case"]),
        count=count,
        head_sha256=str(texts["head"]),
        at=at,
        signer=str(texts["name"]),
        fingerprint=str(texts["signer"]),
        certificate_pem=str(texts["certificate"]),
        signature_hex=str(texts["signature"]),
    )
