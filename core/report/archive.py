"""From a set document to PDF/A-3u (ISO 19005-3): colour profile, metadata, character maps, the result attached."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import pikepdf
from PIL import ImageCms

ATTACHMENT = "report.json"
"""Name of the attached result, whatever the file beside the PDF is called."""
MIME = "application/json"
IDENTIFIER = "urn:sha256:"
"""Begins the document's ``dc:identifier``; the hex SHA-256 of the attached result follows."""

_TO_UNICODE_HEAD = """\
/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<00> <FF>
endcodespacerange
"""
_TO_UNICODE_TAIL = "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
_MAPPED = re.compile(r"<([0-9A-F]{2})> <([0-9A-F]+)>")
_MOST_OF_A_BLOCK = 100  # PDF reference, CMap operators


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The machine-readable result that a document carries.

    Attributes:
        data: the JSON, byte for byte as it lies beside the PDF.
        made_at: UTC.
    """

    data: bytes
    made_at: datetime

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of `data`."""
        return hashlib.sha256(self.data).hexdigest()


def as_archive(document: bytes, result: Result) -> bytes:
    """The document as PDF/A-3u with the result attached; the same input gives the same bytes.

    reportlab embeds and subsets fonts and sets neither transparency nor actions; what the standard asks for beyond
    that is added here. Characters outside the Basic Multilingual Plane get the UTF-16 form that reportlab leaves out
    of its character maps.

    Args:
        document: as reportlab wrote it.
        result: what is attached.
    """
    with pikepdf.open(io.BytesIO(document)) as pdf:
        _output_intent(pdf)
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/Font" and "/ToUnicode" in thing:
                thing.ToUnicode = pdf.make_stream(_repaired_map(thing.ToUnicode.read_bytes()))
        for page in pdf.pages:
            if "/Trans" in page and not len(page.Trans):
                del page["/Trans"]
        _attach(pdf, result)
        _metadata(pdf, result)
        out = io.BytesIO()
        pdf.save(
            out,
            min_version="1.7",
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            compress_streams=True,
        )
        return out.getvalue()


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """An ICC profile of sRGB (IEC 61966-2-1) whose header says nothing of when it was made."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[8:12] = b"\x04\x20\x00\x00"  # PDF 1.7 knows ICC up to version 4.2, which this profile keeps to
    profile[24:36] = bytes.fromhex("07E8 0001 0001 0000 0000 0000")  # creation date: 2024-01-01
    profile[84:100] = bytes(16)  # profile id: not computed
    return bytes(profile)


def _output_intent(pdf: pikepdf.Pdf) -> None:
    profile = pdf.make_stream(srgb_profile(), {"/N": 3, "/Alternate": pikepdf.Name.DeviceRGB})
    intent = pikepdf.Dictionary(
        Type=pikepdf.Name.OutputIntent,
        S=pikepdf.Name.GTS_PDFA1,
        OutputConditionIdentifier=pikepdf.String("sRGB IEC61966-2.1"),
        Info=pikepdf.String("sRGB IEC61966-2.1"),
        DestOutputProfile=profile,
    )
    pdf.Root.OutputIntents = pikepdf.Array([pdf.make_indirect(intent)])


def _repaired_map(data: bytes) -> bytes:
    rows = []
    for code, value in _MAPPED.findall(data.decode("ascii")):
        char = int(value, 16)
        if char:  # 0 is what reportlab writes for the code that is never drawn
            rows.append(f"<{code}> <{chr(char).encode('utf-16-be').hex().upper()}>")
    blocks = [rows[i : i + _MOST_OF_A_BLOCK] for i in range(0, len(rows), _MOST_OF_A_BLOCK)]
    body = "".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n" for block in blocks)
    return (_TO_UNICODE_HEAD + body + _TO_UNICODE_TAIL).encode("ascii")


def _attach(pdf: pikepdf.Pdf, result: Result) -> None:
    at = result.made_at.astimezone(UTC).strftime("D:%Y%m%d%H%M%S+00'00'")
    spec = pikepdf.AttachedFileSpec(
        pdf,
        result.data,
        filename=ATTACHMENT,
        description=f"Everything that this report says, for machines. SHA-256 {result.sha256}",
        mime_type=MIME,
        creation_date=at,
        mod_date=at,
        relationship=pikepdf.Name.Data,
    )
    pdf.attachments[ATTACHMENT] = spec
    # ISO 19005-3, 6.8: what is embedded is associated with the document, which /AF says.
    pdf.Root.AF = pikepdf.Array([pdf.attachments[ATTACHMENT].obj])


def _metadata(pdf: pikepdf.Pdf, result: Result) -> None:
    if "/Trapped" in pdf.docinfo:
        del pdf.docinfo["/Trapped"]  # has no place in the metadata, and says nothing
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as meta:
        meta.load_from_docinfo(pdf.docinfo)
        meta["pdfaid:part"] = "3"
        meta["pdfaid:conformance"] = "U"
        meta["dc:identifier"] = f"{IDENTIFIER}{result.sha256}"
        meta["dc:format"] = "application/pdf"
