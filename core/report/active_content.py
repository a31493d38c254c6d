"""Whatever in a PDF acts by itself, reaches outside of it, or hides: a report holds none of it."""

from __future__ import annotations

from collections.abc import Iterator

import pikepdf

_KEYS = {
    "/JS": "a script",
    "/JavaScript": "a script",
    "/AA": "an action that starts by itself",
    "/OpenAction": "an action that starts when the document is opened",
    "/URI": "a link to an address outside",
    "/XFA": "a form of the XFA kind, which holds scripts",
    "/RichMediaContent": "embedded media",
    "/Launch": "the start of a program",
}
_ACTIONS = {
    "/Launch": "the start of a program",
    "/URI": "a link to an address outside",
    "/JavaScript": "a script",
    "/GoToR": "a link to another file",
    "/GoToE": "a link into an embedded file",
    "/SubmitForm": "the sending of a form",
    "/ImportData": "the import of data",
    "/Rendition": "embedded media",
    "/Movie": "embedded media",
    "/Sound": "embedded media",
    "/RichMediaExecute": "embedded media",
    "/SetOCGState": "content that can be hidden",
}
_ANNOTATIONS_ALLOWED = {"/Widget"}  # the field of the signature


def active_content(pdf: pikepdf.Pdf) -> tuple[str, ...]:
    """Named kinds of it, each once, sorted; empty for a report of ours."""
    found: set[str] = set()
    for thing in pdf.objects:
        found.update(_in(thing))
    if "/OCProperties" in pdf.Root:
        found.add("content that can be hidden (layers)")
    if "/EmbeddedFiles" in pdf.Root.get("/Names", pikepdf.Dictionary()) and len(pdf.attachments) > 1:
        found.add(f"{len(pdf.attachments)} attached files, where a report has one")
    return tuple(sorted(found))


def _in(thing: object, depth: int = 0) -> Iterator[str]:
    """What one object holds directly; objects of their own are met by the caller."""
    if depth > 40:
        yield "objects nested too deeply"
        return
    if isinstance(thing, pikepdf.Stream) and "/F" in thing:
        yield "a stream whose data lie in another file"
    if isinstance(thing, pikepdf.Array):
        for part in thing:
            if _is_direct(part):
                yield from _in(part, depth + 1)
        return
    if not isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        return
    for key, value in thing.items():
        if key in _KEYS:
            yield _KEYS[key]
        if key == "/S" and isinstance(value, pikepdf.Name) and str(value) in _ACTIONS:
            yield _ACTIONS[str(value)]
        if _is_direct(value):
            yield from _in(value, depth + 1)
    kind = thing.get("/Subtype")
    if thing.get("/Type") == "/Annot" and str(kind) not in _ANNOTATIONS_ALLOWED:
        yield f"an annotation ({str(kind).lstrip('/')})"


def _is_direct(thing: object) -> bool:
    return isinstance(thing, pikepdf.Dictionary | pikepdf.Array) and not thing.is_indirect
