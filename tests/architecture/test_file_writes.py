"""Every place that writes a file is known: it goes through `core.evidence.writing`, or is listed here with its reason.

A write that is not listed fails this test. Let it go through `replacing`, `write_whole`, `add_whole` or `new_folder`,
try it in `core.validation.durability.file_writes` (or, in `app`, in tests/app/test_writes_in_trouble.py), and nothing
needs to be listed; list it only when a file cut short, or lost, does no harm.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WRITER = "core/evidence/writing.py"
_CALLS = {
    "write_bytes",
    "write_text",
    "mkstemp",
    "NamedTemporaryFile",
    "copyfile",
    "copy2",
    "copytree",
    "save",
    "savez",
    "savez_compressed",
    "savefig",
    "save_file",
    "open_memmap",
    "imwrite",
    "touch",
    "symlink_to",
}
# What a call fills when it is no file of its own: memory, or what `replacing` handed out.
_INTO = ("out", "buffer", "stream", "part")

_SQLITE_COPY = "SQLite writes the passing file, flushes it, and it is renamed and its folder flushed"
_OWN_REPORT_PAIR = "two files that are replaced together or not at all, flushed with their folder"
_TRAINING = "of a training run, which is made anew; nothing reads it but a person"
_COUNTED_LATER = "gigabytes that count only with the index beside them, which is written whole after them"
LISTED = {
    ("app/commands/recover_output.py", "open"): "into the passing file of `replacing`",
    ("app/faults.py", "open"): "a log that is appended to; losing its last entry does no harm",
    ("app/faults.py", "replace"): "the log that has grown too long gets another name",
    ("app/preferences.py", "rename"): "a damaged file is set aside as it is",
    ("core/casefile/opening.py", "rename"): "a case that SQLite has written whole; its folder is flushed",
    ("core/casefile/versions.py", "copyfile"): "a private copy that is only looked at and goes with its folder",
    ("core/casefile/versions.py", "rename"): _SQLITE_COPY,
    ("core/evaluation/protocol/shifting.py", "save"): "IdentityModel.save, which uses `replacing`",
    ("core/evidence/ledger.py", "os.open"): "only appended to; a line that finds no room is taken back",
    ("core/evidence/private_files.py", "os.open"): "makes an empty file, which SQLite fills and flushes",
    ("core/gallery/conversion.py", "os.link"): "the former file keeps a name until the new one is in place",
    ("core/gallery/conversion.py", "replace"): "see above",
    ("core/gallery/conversion_lock.py", "os.open"): "an empty file that is locked, never filled",
    ("core/gallery/copy_erasure.py", "replace"): "a list of people is set aside while it is written anew",
    ("core/gallery/export.py", "open"): "into the passing folder of `new_folder`",
    ("core/gallery/export.py", "write_bytes"): "into the passing folder of `new_folder`",
    ("core/gallery/export.py", "touch"): "tries whether the folder can be written",
    ("core/gallery/export.py", "rename"): _SQLITE_COPY,
    ("core/gallery/passing_files.py", "replace"): "the end of a conversion; see `core.gallery.conversion`",
    ("core/gallery/schema.py", "replace"): _SQLITE_COPY,
    ("core/gallery/wiping.py", "open"): "overwrites what is to be erased",
    ("core/isolation/trial.py", "open"): "tries whether a confined process can write",
    ("core/models/pickle_child.py", "save"): "into memory, in a process that may not write",
    ("core/report/writing.py", "write_bytes"): _OWN_REPORT_PAIR,
    ("core/report/writing.py", "copy2"): _OWN_REPORT_PAIR,
    ("core/report/writing.py", "replace"): _OWN_REPORT_PAIR,
    (
        "core/training/corpus.py",
        "open_memmap",
    ): _COUNTED_LATER,
    ("core/training/engine.py", "open"): _TRAINING,
    ("core/training/engine.py", "save"): "Trainer.save, which uses `replacing`",
    (
        "core/training/pair_packing.py",
        "open",
    ): _COUNTED_LATER,
    ("core/training/samples.py", "savefig"): _TRAINING,
    ("core/training/stages.py", "save"): "IdentityModel.save, which uses `replacing`",
    ("core/video/specimens.py", "open"): "specimens of a campaign, in a folder that is removed",
    ("core/video/specimens.py", "save"): "specimens of a campaign, in a folder that is removed",
}


def is_write(call: ast.Call) -> str:
    """Name of the call when it may make or fill a file, otherwise ''."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    owner_name = owner.id if isinstance(owner, ast.Name) else ""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "open":
        return _opening(call, owner_name)
    if name in ("replace", "rename", "link") and owner_name == "os":
        return f"os.{name}"
    if name in ("replace", "rename") and owner is not None:
        return name if len(call.args) == 1 and not call.keywords else ""
    if name not in _CALLS or owner_name == "painter":
        return ""
    return "" if {ast.unparse(a) for a in call.args} & set(_INTO) else name


def _opening(call: ast.Call, owner: str) -> str:
    if owner == "os":
        return "os.open" if {"O_CREAT", "O_WRONLY", "O_RDWR"} & set(ast.unparse(call).replace(".", " ").split()) else ""
    if owner in _INTO or owner == "archive":
        return ""
    modes = [*call.args[:2], *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    texts = [m.value for m in modes if isinstance(m, ast.Constant) and isinstance(m.value, str)]
    return "open" if any(len(text) <= 3 and set(text) & set("wax+") for text in texts) else ""


def found() -> set[tuple[str, str]]:
    """(file, call) of all writes; campaigns work in folders that are removed, and are left out."""
    places = set()
    for top in ("app", "core", "ui"):
        for path in sorted((ROOT / top).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if name == WRITER or name.startswith("core/validation/"):
                continue
            calls = (n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call))
            places |= {(name, what) for call in calls if (what := is_write(call))}
    return places


def test_every_place_that_writes_a_file_is_known() -> None:
    places = found()
    new, gone = places - LISTED.keys(), LISTED.keys() - places
    assert not new, "write through core.evidence.writing, or say in LISTED why a part of a file does no harm"
    assert not gone, "these are listed and write no file any more"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("path.open('w')", "open"),
        ("open(name, 'ab')", "open"),
        ("path.open(mode='x')", "open"),
        ("path.write_text(text)", "write_text"),
        ("np.savez(path, a=1)", "savez"),
        ("os.replace(a, b)", "os.replace"),
        ("part.rename(path)", "rename"),
        ("os.open(path, os.O_WRONLY | os.O_CREAT)", "os.open"),
        ("Image.fromarray(rgb).save(path)", "save"),
        ("path.open('rb')", ""),
        ("path.open(encoding='utf-8')", ""),
        ("text.replace('a', 'b')", ""),
        ("picture.save(buffer, 'PNG')", ""),
        ("painter.save()", ""),
    ],
)
def test_writes_are_recognised(line: str, what: str) -> None:
    (statement,) = ast.parse(line).body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Call)
    assert is_write(statement.value) == what
