"""What a report says of itself: who signed it, and which result it carries."""

from __future__ import annotations

from dataclasses import dataclass

REPORT_NAME = "report.pdf"
"""What a report is called in commands that it prints; it does not know its own name."""
EXPORTED = "report exported"
"""What the custody log calls it."""
NOT_SIGNED = (
    "This report is NOT SIGNED. Whoever changes it leaves no trace: rely on a signed copy, or compare its SHA-256 with "
    "the one in the custody log of the case."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Printed on the first page and in the section on reproduction.

    Attributes:
        signer: name of the key that signs; '' when nobody does.
        key_sha256: fingerprint of that key, hex SHA-256 of the raw Ed25519 public key.
        has_timestamp: a time-stamp authority confirms the time.
        result_sha256: hex SHA-256 of the attached JSON; '' in a preview, which carries none.
    """

    signer: str = ""
    key_sha256: str = ""
    has_timestamp: bool = False
    result_sha256: str = ""

    def sentences(self) -> tuple[str, ...]:
        """For the first page."""
        if not self.signer:
            return (NOT_SIGNED,)
        stamp = "with the time stamp of an authority" if self.has_timestamp else "with the time of the signer's clock"
        return (
            f"Signed electronically by {self.signer} (PAdES, Ed25519), {stamp}.",
            f"Key fingerprint (SHA-256): {self.key_sha256}. The certificate is self-signed: compare the fingerprint "
            "with one that the examiner gave you another way.",
            f"Check with: unswap verify {REPORT_NAME}",
        )
