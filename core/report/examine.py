"""What a PDF that calls itself a report holds, found out in a confined process: the file may be anybody's."""

from __future__ import annotations

import hashlib
import io
import json
import re
from asyncio import AbstractEventLoop
from dataclasses import dataclass, field, fields
from pathlib import Path

import pikepdf

from core.errors import ReportError
from core.isolation.call import isolated_call
from core.isolation.ending import ChildEndedError
from core.isolation.limits import GIB, Limits
from core.report.active_content import active_content
from core.report.archive import ATTACHMENT, IDENTIFIER, MIME
from core.report.signature_check import SignatureFacts, signature_facts

MOST_BYTES = GIB // 2
_MOST_RESULT_BYTES = GIB // 2
_LIMITS = Limits(memory_bytes=4 * GIB, cpu_s=120, wall_s=180, answer_bytes=GIB)


# qpdf answers for most; pikepdf's accessors fail on objects of other kinds than they should be.
_UNREADABLE = (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFacts:
    """What a file holds.

    Attributes:
        sha256, size_bytes: of the file.
        signature: what is to be said of its signature.
        pdfa: level that it declares, for example ``"PDF/A-3U"``; '' when none.
        active: kinds of active content.
        n_attachments: how many files are attached.
        has_result: one of them is `core.report.archive.ATTACHMENT`.
        result_problem: what is wrong with the way it is attached, as a clause; '' when nothing is.
        stated_sha256: the hash of the result that the document's metadata state.
        result_sha256: hash of the result that is attached.
    """

    sha256: str
    size_bytes: int
    signature: SignatureFacts = field(default_factory=SignatureFacts)
    pdfa: str = ""
    active: tuple[str, ...] = ()
    n_attachments: int = 0
    has_result: bool = False
    result_problem: str = ""
    stated_sha256: str = ""
    result_sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A file's facts, and the attached result as bytes; b'' when there is none."""

    facts: DocumentFacts
    result: bytes


def examine(path: Path, limits: Limits | None = None) -> Examined:
    """Examine a file in a child process.

    Args:
        path: the file.
        limits: of the child.

    Raises:
        ReportError: there is no such file, it is none that can be read as a PDF, or reading it was too much.
    """
    path = path.absolute()
    _check_size(path)
    try:
        answer = isolated_call("core.report.examine_child:answer", path, limits=limits or _LIMITS)
    except ChildEndedError as error:
        raise ReportError(
            f"the file cannot be examined: the process that read it ended without an answer ({error})",
            next_step="treat the file as damaged or malicious; obtain the report again",
            path=path,
        ) from error
    head, _, result = answer.partition(b"\n")
    return Examined(facts=facts_from_json(head.decode("utf-8")), result=result)


def facts_from_json(text: str) -> DocumentFacts:
    """Back from the first line of what `core.report.examine_child` answers."""
    values = json.loads(text)
    return DocumentFacts(
        **{
            **{name: values[name] for name in (f.name for f in fields(DocumentFacts))},
            "signature": SignatureFacts(**values["signature"]),
            "active": tuple(values["active"]),
        }
    )


def examine_bytes(data: bytes, loop: AbstractEventLoop | None = None) -> Examined:
    """Examine a file in this process.

    Args:
        data: the whole file.
        loop: for the validation of signatures; a new one by default.

    Raises:
        ReportError: it cannot be read as a PDF.
    """
    signature = signature_facts(data, loop)
    base = DocumentFacts(sha256=hashlib.sha256(data).hexdigest(), size_bytes=len(data), signature=signature)
    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
            return _examined(pdf, base)
    except _UNREADABLE as error:
        raise ReportError(
            f"the file cannot be read as a PDF ({_words(error)})",
            next_step="treat the file as damaged; obtain the report again",
        ) from error


def _words(error: Exception) -> str:
    """What went wrong, without what qpdf calls the bytes in memory."""
    return re.sub(r"^stream <[^>]*>:? ?", "", str(error))[:200] or type(error).__name__


def _examined(pdf: pikepdf.Pdf, base: DocumentFacts) -> Examined:
    meta = pdf.open_metadata()
    identifier = str(meta.get("dc:identifier", ""))
    result, problem = _result(pdf)
    facts = DocumentFacts(
        sha256=base.sha256,
        size_bytes=base.size_bytes,
        signature=base.signature,
        pdfa=meta.pdfa_status and f"PDF/A-{meta.pdfa_status}",
        active=active_content(pdf),
        n_attachments=len(pdf.attachments),
        has_result=result is not None,
        result_problem=problem,
        stated_sha256=identifier.removeprefix(IDENTIFIER) if identifier.startswith(IDENTIFIER) else "",
        result_sha256=hashlib.sha256(result).hexdigest() if result is not None else "",
    )
    return Examined(facts=facts, result=result or b"")


def _result(pdf: pikepdf.Pdf) -> tuple[bytes | None, str]:
    if ATTACHMENT not in pdf.attachments:
        return None, f"no file called {ATTACHMENT} is attached"
    spec = pdf.attachments[ATTACHMENT]
    attached = spec.get_file()
    size = attached.size
    if not isinstance(size, int) or size > _MOST_RESULT_BYTES:
        return None, "the attached result is larger than any report's"
    data = attached.read_bytes()
    problem = ""
    if attached.md5 != hashlib.md5(data, usedforsecurity=False).digest() or size != len(data):
        problem = "its size or check sum is another one than stated beside it"
    elif attached.mime_type != MIME or str(spec.obj.get("/AFRelationship")) != "/Data":
        problem = "it is not attached as data"
    elif not any(part == spec.obj for part in pdf.Root.get("/AF", pikepdf.Array())):
        problem = "it is not associated with the document"
    return data, problem


def _check_size(path: Path) -> None:
    try:
        size = path.stat().st_size
        if path.is_file() and size <= MOST_BYTES:
            with path.open("rb"):
                return
        what = "the file is larger than any report" if path.is_file() else "that is no file"
    except OSError as error:
        what = f"the report cannot be read ({error.strerror or error})"
    raise ReportError(what, next_step="name the PDF of a report", path=path)
