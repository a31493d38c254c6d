"""Every file that is written for keeps, tried on a full disk, beyond a limit, in a read-only folder, then written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import torch

from core.aggregation.calibration import write_calibration
from core.domain.calibration import Calibration
from core.domain.report import CaseInfo, CaseReport
from core.evidence.examiner_key import ExaminerKey, KeyStore
from core.evidence.heads import sign_head
from core.evidence.ledger import HeadLedger
from core.gallery.export import copy_gallery, export_people
from core.gallery.key_file import GalleryKey
from core.gallery.keys import new_key_file
from core.gallery.store import Gallery
from core.models.card import ModelCard, ModelKind
from core.models.importing import import_file
from core.models.weights import save_weights
from core.report.files import write_report
from core.validation.campaign import Check
from core.validation.durability import records
from core.validation.durability.gallery_work import EMBEDDER, GALLERY
from core.validation.durability.trouble import DONE, full, no_growth, read_only, small_disk, tried

_SHIPPED = "dlib-resnet-v1"  # a small model that comes with the application
_Condition = Callable[[], AbstractContextManager[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileWrite:
    """One way in which a file comes about.

    Attributes:
        name: what is written, for a reader.
        write: into the folder given.
        replaces: writing again replaces what is there; otherwise it is tried in a folder without it.
    """

    name: str
    write: Callable[[Path], object]
    replaces: bool = True


def file_writes(source: Path, resources: Path) -> tuple[FileWrite, ...]:
    """All of them that `core` knows.

    Args:
        source: a folder for a gallery that is read.
        resources: the application's.
    """
    key = ExaminerKey.create("E. Xaminer")
    gallery = source / GALLERY
    with Gallery.open(gallery, create=True, embedder_id=EMBEDDER, actor="a") as opened:
        opened.add_person("Grace", actor="a")
    card = _card("c" * 64)
    report = _report()
    return (
        FileWrite(
            name="report, PDF and JSON",
            write=lambda folder: write_report(report, folder / "report.pdf", fonts_dir=resources / "fonts"),
        ),
        FileWrite(name="gallery as a list", write=lambda folder: _exported(gallery, folder / "list"), replaces=False),
        FileWrite(name="copy of a gallery", write=lambda folder: _copied(gallery, folder / "copy.db"), replaces=False),
        FileWrite(
            name="key file of a gallery",
            write=lambda folder: new_key_file(
                folder / GALLERY, GalleryKey.new(), passphrase="correct horse", in_keyring=False
            ).write(folder / GALLERY),
        ),
        FileWrite(
            name="calibration",
            write=lambda folder: write_calibration(Calibration.none(), folder / "calibration.json"),
        ),
        FileWrite(
            name="weights",
            write=lambda folder: save_weights(folder / "noise.safetensors", {"w": torch.ones(4096)}, {}),
        ),
        FileWrite(name="model card", write=card.write),
        FileWrite(
            name="imported model",
            write=lambda folder: import_file(resources / "models" / f"{_SHIPPED}.safetensors", folder, _SHIPPED),
        ),
        FileWrite(
            name="examiner's key",
            write=lambda folder: KeyStore(folder).create("E. Xaminer", "correct horse"),
            replaces=False,
        ),
        FileWrite(
            name="ledger of signatures",
            write=lambda folder: HeadLedger(folder / "ledger.jsonl").append(
                sign_head(key, case_id="a" * 32, count=1, head_sha256="b" * 64, at=records.DAY)
            ),
            replaces=False,
        ),
    )


def checks(workspace: Path, resources: Path, *, full_set: bool) -> Iterator[Check]:
    """Try all of them.

    Args:
        workspace: an existing folder, on which a small disk is mounted where that is allowed.
        resources: the application's.
        full_set: under each condition; False under the quickest only.
    """
    source = workspace / "read from"
    source.mkdir()
    disk = workspace / "disk of files"
    with small_disk(disk) as is_small:
        conditions: list[tuple[str, _Condition]] = [("where no file may grow", no_growth)]
        if is_small:
            conditions += [("on a full disk", lambda: full(disk)), ("on a read-only disk", lambda: read_only(disk))]
        writes = file_writes(source, resources)
        for title, condition in conditions if full_set else conditions[:1]:
            folder = disk / title
            folder.mkdir()
            broken = [f"{each.name}: {problem}" for each in writes if (problem := _problem(each, folder, condition))]
            figure = f"{len(broken)} of {len(writes)} kinds of file broke it"
            yield Check(
                promise=f"A file that cannot be written {title}: named, with advice, the old one intact, nothing left",
                figure=figure + (f"; first: {broken[0]}" if broken else ""),
                passed=not broken,
            )
        if full_set and not is_small:
            yield Check(
                promise="A file that cannot be written on a full or read-only disk is named, the old one intact",
                figure="mounting a small disk is not allowed here",
                passed=None,
            )


def _problem(each: FileWrite, within: Path, condition: _Condition) -> str:
    folder = within / each.name.replace(",", "")
    folder.mkdir(exist_ok=True)
    if each.replaces:
        each.write(folder)
    before = _content(folder)
    with condition() as is_imposed:
        if not is_imposed:
            return "the condition could not be made"
        problem = _refusal(each, folder)
    after = _content(folder)
    if problem:
        return problem
    if {name: data for name, data in after.items() if name in before} != before:
        return "the old file is not as it was"
    # Locks are kept on purpose; they hold nothing.
    stray = [name for name in after.keys() - before.keys() if after[name] or not name.endswith(".lock")]
    if stray:
        return f"left over: {sorted(stray)}"
    try:
        each.write(folder)
    except Exception as error:  # a campaign reports what breaks, it does not break
        return f"does not work afterwards: {error}"
    return ""


def _refusal(each: FileWrite, folder: Path) -> str:
    problem = tried(lambda: each.write(folder))
    return "it was not refused" if problem == DONE else problem


def _content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def _exported(gallery: Path, folder: Path) -> None:
    with Gallery.open(gallery, create=False, embedder_id=EMBEDDER) as opened:
        for _ in export_people(opened, folder, actor="a"):
            pass


def _copied(gallery: Path, path: Path) -> None:
    with Gallery.open(gallery, create=False, embedder_id=EMBEDDER) as opened:
        copy_gallery(opened, path, actor="a")


def _card(sha256: str) -> ModelCard:
    return ModelCard(
        name="noise", kind=ModelKind.DFREC_COMPACT, file="noise.safetensors", sha256=sha256, terms="none: numbers"
    )


def _report() -> CaseReport:
    basis = records.basis()
    return CaseReport(
        case=CaseInfo(case_number="17/26", title="Noise"),
        created_at=records.DAY,
        results=(records.result(6, (0, 1)),),
        refused=(("/evidence/a.txt", "no video"),),
        manifest=basis.manifest,
        error_rates=(),
        model_limits=basis.model_limits,
        audit=(),
    )
