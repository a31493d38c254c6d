"""Whether the signature on a report holds: of the file as it is, all of it, and by which key."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from core.evidence.examiner_key import certificate_fingerprint

_TRACES = (b"/ByteRange", b"/ETSI.CAdES.detached", b"/Type /Sig", b"/Type/Sig")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureFacts:
    """What was found of signatures in a file.

    Attributes:
        n_signatures: how many there are.
        problem: why the one that there should be is not to be relied on, as a clause; '' when it holds.
        has_traces: there are words of a signature in the file, found or not.
        signer: name in the certificate; '' without a readable signature.
        key_sha256: fingerprint of the signer's key.
        certificate_pem: of the signer.
        is_self_signed: nobody but the signer vouches for the name.
        signed_at: by the signer's own clock, ISO 8601; '' when not stated.
        timestamp: what the time stamp says, as a clause; '' when there is none.
        timestamp_problem: why it is not to be relied on; '' when it holds.
        reason: stated reason.
    """

    n_signatures: int = 0
    problem: str = ""
    has_traces: bool = False
    signer: str = ""
    key_sha256: str = ""
    certificate_pem: str = ""
    is_self_signed: bool = False
    signed_at: str = ""
    timestamp: str = ""
    timestamp_problem: str = ""
    reason: str = ""


def signature_facts(data: bytes, loop: asyncio.AbstractEventLoop | None = None) -> SignatureFacts:
    """Check the signature of a file.

    The self-signed certificate itself is taken for trusted: whether it is the examiner's is for people to say, by its
    fingerprint. Nothing is fetched.

    Args:
        data: the whole file.
        loop: to run the validation on; a new one by default.
    """
    has_traces = any(trace in data for trace in _TRACES)
    try:
        found = list(PdfFileReader(io.BytesIO(data), strict=False).embedded_signatures)
    except Exception as error:  # pyHanko's and the ASN.1 parser's errors share no root
        return SignatureFacts(
            problem=f"the signature cannot be read ({type(error).__name__}: {str(error)[:200]})", has_traces=has_traces
        )
    if len(found) != 1:
        problem = "the file bears no signature" if not found else f"the file bears {len(found)} signatures, not one"
        return SignatureFacts(n_signatures=len(found), problem=problem, has_traces=has_traces)
    try:
        return _facts(found[0], data, loop)
    except Exception as error:  # see above
        return SignatureFacts(
            n_signatures=1,
            problem=f"the signature does not hold ({type(error).__name__}: {str(error)[:200]})",
            has_traces=True,
        )


def _facts(signature: EmbeddedPdfSignature, data: bytes, loop: asyncio.AbstractEventLoop | None) -> SignatureFacts:
    encoded = signature.signer_cert.dump()
    certificate = x509.load_der_x509_certificate(encoded)
    context = ValidationContext(trust_roots=[signature.signer_cert], allow_fetching=False)
    checking = async_validate_pdf_signature(
        signature,
        signer_validation_context=context,
        ts_validation_context=ValidationContext(trust_roots=[], allow_fetching=False),
    )
    status = asyncio.run(checking) if loop is None else loop.run_until_complete(checking)
    names = [str(a.value) for a in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    stamp, stamp_problem = _timestamp(status)
    reason = signature.sig_object.get("/Reason", "")
    return SignatureFacts(
        n_signatures=1,
        problem=_problem(signature, status, data),
        has_traces=True,
        signer=", ".join(names),
        key_sha256=certificate_fingerprint(certificate),
        certificate_pem=certificate.public_bytes(Encoding.PEM).decode("ascii"),
        is_self_signed=certificate.issuer == certificate.subject,
        signed_at="" if status.signer_reported_dt is None else status.signer_reported_dt.isoformat(),
        timestamp=stamp,
        timestamp_problem=stamp_problem,
        reason=str(reason)[:300],
    )


def _problem(signature: EmbeddedPdfSignature, status: Any, data: bytes) -> str:
    if not status.intact:
        return "the file was changed after it was signed: its hash is another one than the signed one"
    if not status.valid:
        return "the signature was not made by the key of the certificate that it names"
    if status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        return "something was appended to the file after it was signed"
    if not _fills_gap(signature, data):
        return "the place of the signature holds more than the signature"
    if not _is_bare(signature):
        return "the signature carries attributes that nobody signed, beside one time stamp"
    if not status.trusted:
        return "the certificate does not hold"
    if status.timestamp_validity is not None and not (
        status.timestamp_validity.intact and status.timestamp_validity.valid
    ):
        return "the time stamp does not hold"
    return ""


def _is_bare(signature: EmbeddedPdfSignature) -> bool:
    """Whether at most one time stamp was added to the signature; nothing else belongs where no hash reaches."""
    added = [(a["type"].native, len(a["values"])) for a in signature.signer_info["unsigned_attrs"] or ()]
    return added in ([], [("signature_time_stamp_token", 1)])


def _fills_gap(signature: EmbeddedPdfSignature, data: bytes) -> bool:
    """Whether the one part of the file that no hash covers is the signature as it is written: filled up with zeros."""
    start, length, after, rest = (int(part) for part in signature.byte_range)
    gap = data[start + length : after]
    if start or after + rest != len(data) or gap[:1] + gap[-1:] != b"<>":
        return False
    try:
        held = bytes.fromhex(gap[1:-1].decode("ascii"))
    except ValueError:
        return False
    if (
        held.hex().upper().encode("ascii") != gap[1:-1]
    ):  # blanks or small letters would be a change that leaves no trace
        return False
    n_signature = _der_length(held)
    return 0 < n_signature <= len(held) and not any(held[n_signature:])


def _der_length(data: bytes) -> int:
    """Length of the one DER value that begins here, head and all (X.690, 8.1.3); 0 when none does."""
    if len(data) < 2 or data[0] != 0x30:
        return 0
    if data[1] < 0x80:
        return 2 + data[1]
    n = data[1] & 0x7F
    return 2 + n + int.from_bytes(data[2 : 2 + n], "big") if 0 < n <= 4 else 0


def _timestamp(status: Any) -> tuple[str, str]:
    stamp = status.timestamp_validity
    if stamp is None:
        return "", ""
    names = stamp.signing_cert.subject.human_friendly
    words = f"{stamp.timestamp.isoformat()} by {names}"
    return words, "" if stamp.intact and stamp.valid else "the token does not fit this signature"
