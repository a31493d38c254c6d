"""Ways to tamper with a signed report, each with what `verify` has to say of it."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pikepdf
from asn1crypto import cms  # type: ignore[import-untyped]
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from core.evidence.examiner_key import ExaminerKey
from core.report.archive import ATTACHMENT, Result, as_archive
from core.report.signing import Signer, signed


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """A tampered file.

    Attributes:
        name: what was done.
        data: the file.
        expected: words that must be among those of `verify`.
    """

    name: str
    data: bytes
    expected: str


def attacks(report: bytes, stamped: bytes, plain: bytes, owner: ExaminerKey, other: ExaminerKey) -> Iterator[Attack]:
    """Tampered copies of a signed report.

    Args:
        report: signed by `owner`.
        stamped: the same with a time stamp.
        plain: the same before it was signed, made to be signed by `owner`.
        owner, other: keys.
    """
    yield Attack(name="a comment appended", data=report + b"\n% seen\n", expected="signature")
    yield Attack(name="an incremental update appended", data=_updated(report), expected="appended to the file")
    yield Attack(name="a page exchanged by an incremental update", data=_page_exchanged(report), expected="signature")
    yield Attack(name="the attached result exchanged", data=_rewritten(report, _other_result), expected="signature")
    yield Attack(name="the signature taken out", data=_rewritten(report, _stripped), expected="no signature, though")
    yield Attack(name="the copy before signing", data=plain, expected="no signature, though the report says")
    yield Attack(name="signed by another key", data=signed(plain, Signer(key=other)), expected=other.fingerprint)
    yield Attack(
        name="the attached result exchanged, then signed by another key",
        data=signed(_rewritten(plain, _other_result), Signer(key=other)),
        expected="the document states",
    )
    yield Attack(
        name="a script put in, then signed by the owner",
        data=signed(_rewritten(plain, _script), Signer(key=owner)),
        expected="a script",
    )
    yield Attack(
        name="a link to an address put in, then signed by the owner",
        data=signed(_rewritten(plain, _link), Signer(key=owner)),
        expected="a link to an address outside",
    )
    yield Attack(name="the time stamp taken out", data=_attributes(stamped, lambda _: []), expected="taken out of the")
    yield Attack(
        name="an attribute put beside the time stamp",
        data=_attributes(stamped, lambda added: [*added, {"type": "content_type", "values": ["data"]}]),
        expected="attributes that nobody signed",
    )


def log_attacks(result: bytes, plain: bytes, owner: ExaminerKey) -> Iterator[Attack]:
    """Reports whose custody log was tampered with before the owner of the key signed them.

    Args:
        result: the JSON of the report.
        plain: its document, unsigned.
        owner: the key.
    """

    def with_log(change: Callable[[list[dict[str, str]]], object]) -> bytes:
        document = json.loads(result)
        change(document["report"]["audit"])
        data = (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "surrogatepass")
        return with_result(plain, data, owner)

    yield Attack(
        name="log: an entry edited",
        data=with_log(lambda log: log[1].update(detail="nothing happened")),
        expected="entry 2 does not follow",
    )
    yield Attack(name="log: an entry deleted", data=with_log(lambda log: log.pop(1)), expected="custody log")
    yield Attack(
        name="log: two entries exchanged",
        data=with_log(lambda log: log.insert(0, log.pop(1))),
        expected="entry 1 does not follow",
    )
    yield Attack(
        name="log: an entry put in",
        data=with_log(lambda log: log.insert(1, dict(log[0]))),
        expected="entry 2 does not follow",
    )
    yield Attack(name="log: the tail cut", data=with_log(lambda log: log.pop()), expected="the last ones are missing")
    yield Attack(name="log: dropped", data=with_log(lambda log: log.clear()), expected="the last ones are missing")


def with_result(plain: bytes, result: bytes, key: ExaminerKey) -> bytes:
    """An unsigned report with another result attached as it should be, signed by a key."""
    return signed(unsigned_with_result(plain, result), Signer(key=key))


def unsigned_with_result(plain: bytes, result: bytes) -> bytes:
    """The same, signed by nobody."""
    made_at = datetime.fromisoformat(json.loads(result)["report"]["created_at"])
    with pikepdf.open(io.BytesIO(plain)) as pdf:
        del pdf.attachments[ATTACHMENT]
        out = io.BytesIO()
        pdf.save(out, static_id=True)
    return as_archive(out.getvalue(), Result(data=result, made_at=made_at))


def hostile_results(result: bytes, plain: bytes, owner: ExaminerKey) -> Iterator[Attack]:
    """Whole and signed reports whose result is meant to hurt whoever reads it; each must be refused by name.

    Args:
        result: the JSON of a report with an item.
        plain: its document, unsigned.
        owner: a key.
    """

    def of(change: Callable[[dict[str, Any]], object]) -> bytes:
        document = json.loads(result)
        change(document["report"])
        return with_result(plain, json.dumps(document).encode(), owner)

    yield Attack(
        name="a time that is never computed to its end",
        data=of(lambda report: report["results"][0]["analysed_range"].update(end="1e9999999999")),
        expected="analysed_range.end is not a fraction",
    )
    yield Attack(
        name="a time before the beginning",
        data=of(lambda report: report["results"][0]["analysed_range"].update(start="-5")),
        expected="analysed_range is no range of time",
    )
    yield Attack(
        name="a hash with half a character",
        data=of(lambda report: report["audit"][0].update(entry_sha256="\ud800")),
        expected="entry_sha256 is not a text",
    )


def hostile_files() -> Iterator[Attack]:
    """Files that are meant to hurt whoever reads them; each must be refused by name."""
    head = b"%PDF-1.7\n"
    nest = b"1 0 obj\n" + b"[" * 60_000 + b"]" * 60_000 + b"\nendobj\n"
    bomb = zlib.compress(b"0" * (256 << 20), 9)
    stream = b"1 0 obj\n<</Length %d/Filter/FlateDecode/Type/XRef/Size 9/W[1 8 8]/Root 1 0 R>>\nstream\n" % len(bomb)
    for name, data in (
        ("an empty file", b""),
        ("random bytes", bytes(range(256)) * 64),
        ("a head and nothing else", head),
        ("no cross references", head + b"1 0 obj\n<<>>\nendobj\n"),
        ("arrays in arrays, 60,000 deep", head + nest + b"trailer<</Root 1 0 R>>\n%%EOF"),
        (
            "cross references in a circle",
            head + b"xref\n0 0\ntrailer<</Prev 9/Root 1 0 R/Size 1>>\nstartxref\n9\n%%EOF",
        ),
        (
            "a page tree in a circle",
            head + b"1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages"
            b"/Count 1/Kids[2 0 R]>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF",
        ),
        ("a stream of 256 MiB in 256 KiB", head + stream + bomb + b"\nendstream\nendobj\nstartxref\n9\n%%EOF"),
        ("an object count of 2^31", head + b"xref\n0 2147483647\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF"),
        (
            "a length of -1",
            head + b"1 0 obj\n<</Length -1>>\nstream\nx\nendstream\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF",
        ),
        ("a picture called report.pdf", b"\x89PNG\r\n\x1a\n" + bytes(500)),
    ):
        yield Attack(name=name, data=data, expected="")


def _attributes(report: bytes, change: Callable[[list[Any]], list[Any]]) -> bytes:
    """With other attributes in the part of the signature that it does not cover itself."""
    start = report.rindex(b"/Contents <") + len(b"/Contents <")
    end = report.index(b">", start)
    message = cms.ContentInfo.load(bytes.fromhex(report[start:end].decode("ascii")))
    signer = message["content"]["signer_infos"][0]
    made = change(list(signer["unsigned_attrs"]))
    signer["unsigned_attrs"] = made or None
    data = bytes(message.dump()).hex().upper().encode("ascii")
    return report[:start] + data.ljust(end - start, b"0") + report[end:]


def _updated(report: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(report))
    writer.root["/PageLayout"] = generic.NameObject("/OneColumn")
    writer.update_root()  # type: ignore[no-untyped-call]
    out = io.BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def _page_exchanged(report: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(report))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"0 0 m"))
    writer.update_container(page)
    out = io.BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def _rewritten(report: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    with pikepdf.open(io.BytesIO(report)) as pdf:
        change(pdf)
        out = io.BytesIO()
        pdf.save(out, static_id=True)
        return out.getvalue()


def _other_result(pdf: pikepdf.Pdf) -> None:
    data = pdf.attachments[ATTACHMENT].get_file().read_bytes().replace(b'"supported"', b'"not supported"', 1)
    old = pdf.attachments[ATTACHMENT]
    spec = pikepdf.AttachedFileSpec(
        pdf,
        data,
        filename=ATTACHMENT,
        description=old.description,
        mime_type="application/json",
        relationship=pikepdf.Name.Data,
    )
    del pdf.attachments[ATTACHMENT]
    pdf.attachments[ATTACHMENT] = spec
    pdf.Root.AF = pikepdf.Array([pdf.attachments[ATTACHMENT].obj])


def _stripped(pdf: pikepdf.Pdf) -> None:
    for name in ("/AcroForm", "/Perms", "/Extensions"):
        if name in pdf.Root:
            del pdf.Root[name]
    for page in pdf.pages:
        if "/Annots" in page:
            del page["/Annots"]


def _script(pdf: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
    pdf.Root.OpenAction = pdf.make_indirect(action)


def _link(pdf: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("http://example.org/"))
    link = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=pikepdf.Array([0, 0, 9, 9]), A=action
    )
    pdf.pages[0].Annots = pikepdf.Array([pdf.make_indirect(link)])
