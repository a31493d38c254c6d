"""Pictures with content credentials (C2PA), signed with a certificate that is made for the test and thrown away."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import c2pa
import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

_SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"


def plain_jpeg(path: Path, side: int = 96) -> Path:
    """A picture without credentials."""
    rgb = np.random.default_rng(3).integers(0, 256, (side, side, 3), dtype=np.uint8)
    Image.fromarray(rgb).save(path, "JPEG")
    return path


def signed_jpeg(path: Path, *, remote_url: str = "") -> Path:
    """A picture with credentials; with `remote_url` they are not in the file, which only says where they are."""
    chain, key = _credentials()
    source = io.BytesIO(plain_jpeg(path).read_bytes())
    manifest = {
        "claim_generator_info": [{"name": "unswap-tests", "version": "1"}],
        "title": "a picture",
        "assertions": [
            {"label": "c2pa.actions", "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": _SOURCE}]}}
        ],
    }
    info = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=key, ta_url=None)
    target = io.BytesIO()
    with c2pa.Signer.from_info(info) as signer, c2pa.Builder(json.dumps(manifest)) as builder:
        if remote_url:
            builder.set_no_embed()
            builder.set_remote_url(remote_url)
        builder.sign(signer, "image/jpeg", source, target)
    path.write_bytes(target.getvalue())
    return path


def _credentials() -> tuple[bytes, bytes]:
    """A chain of a root and a signer, PEM, and the signer's key."""
    now = datetime.now(UTC)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _named("Throw-away root")
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )

    def certificate(subject, public, issuer, *, is_root):
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(digital_signature=not is_root, key_cert_sign=is_root, crl_sign=is_root, **usage),
                critical=True,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        )

    top = certificate(root, root_key.public_key(), root, is_root=True).sign(root_key, hashes.SHA256())
    leaf = (
        certificate(_named("Throw-away signer"), key.public_key(), root, is_root=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    chain = leaf.public_bytes(Encoding.PEM) + top.public_bytes(Encoding.PEM)
    return chain, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _named(name: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Unswap tests"), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )
