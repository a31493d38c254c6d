"""The examiner's signature on a report: PAdES baseline B-B, and B-T where a time-stamp authority is named.

A certifying signature (ISO 32000-1, 12.8.2.2) over the whole file that permits no change: whatever is appended later
breaks it. Ed25519 over SHA-512, as ISO/TS 32002 and RFC 8419 have it, with the certificate's hash among the signed
attributes (signing-certificate-v2, RFC 5035). Nothing is fetched but a time stamp, and that only from the address
given.
"""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass, field
from typing import Any

from asn1crypto import keys  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper, TimestampRequestError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from core.errors import ReportError
from core.evidence.examiner_key import ExaminerKey

FIELD = "Signature"
REASON = "I made this examination report"
_TIMEOUT_S = 30
_LONGEST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs, and how.

    Attributes:
        key: the examiner's, open.
        timestamp_url: HTTP address of a time-stamp authority (RFC 3161); '' signs without one, and without network.
        stamper: stands in for the authority at `timestamp_url`.
    """

    key: ExaminerKey
    timestamp_url: str = ""
    stamper: TimeStamper | None = field(default=None, repr=False)

    @property
    def has_timestamp(self) -> bool:
        """Whether the signature will bear a time stamp."""
        return bool(self.timestamp_url or self.stamper)


class _Writer(IncrementalPdfFileWriter):
    """Appends the signature and nothing else: no new date, no random identifier of the file."""

    @classmethod
    def _handle_id(cls, prev: Any) -> generic.ArrayObject:
        first, second = prev.trailer["/ID"]
        as_bytes = [getattr(part, "original_bytes", part) for part in (first, second)]
        return generic.ArrayObject([generic.ByteStringObject(part) for part in as_bytes])

    def _update_meta(self) -> None:
        """Leave title, dates and producer as they are; the signature has its own time."""


def signed(document: bytes, signer: Signer, *, organisation: str = "", contact: str = "") -> bytes:
    """The document with the signature appended.

    Args:
        document: PDF/A that nobody signed yet.
        signer: who signs.
        organisation: of the examiner, printed as the place of signing.
        contact: what the report is about, for whoever asks back.

    Raises:
        ReportError: the time-stamp authority does not answer as it should; nothing was signed.
    """
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha512",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        reason=REASON,
        name=signer.key.name,
        location=_line(organisation) or None,
        contact_info=_line(contact) or None,
    )
    stamper = signer.stamper
    if stamper is None and signer.timestamp_url:
        stamper = HTTPTimeStamper(signer.timestamp_url, timeout=_TIMEOUT_S)
    pdf_signer = signers.PdfSigner(
        metadata,
        signer=cms_signer(signer.key),
        timestamper=stamper,
        new_field_spec=fields.SigFieldSpec(FIELD, readable_field_name="Signature of the examiner"),
    )
    out = io.BytesIO()
    try:
        pdf_signer.sign_pdf(_Writer(io.BytesIO(document)), output=out)
    except (TimestampRequestError, SigningError, OSError, ValueError) as error:
        if stamper is None:
            raise
        raise ReportError(
            f"the time-stamp authority at {signer.timestamp_url} gave no usable time stamp ({error})",
            next_step="check the address and the network, or name no time-stamp authority and sign without one",
        ) from error
    return out.getvalue()


def cms_signer(key: ExaminerKey) -> signers.SimpleSigner:
    """The key in the form that pyHanko signs with."""
    private = key.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(key.certificate.public_bytes(Encoding.DER)),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
    )


def _line(text: str) -> str:
    """One line of characters that can be shown."""
    return "".join(c if c.isprintable() else " " for c in text)[:_LONGEST].strip()


logging.getLogger("pyhanko").setLevel(logging.CRITICAL)  # what it has to say comes back as values and exceptions
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
