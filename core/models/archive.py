"""Zip archives of ``torch.save``, looked through by their table of contents before PyTorch reads them."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

from core.errors import ModelError

ZIP_MAGIC = b"PK\x03\x04"
_TAR_MAGIC, _TAR_MAGIC_AT = b"ustar", 257
_MAX_RECORDS = 50_000
_MAX_PICKLE_BYTES = 64 << 20
_ANOTHER = "ask its publisher for a file of plain tensors, best as .safetensors"


def is_archive(path: Path) -> bool:
    """Whether PyTorch will read the file as a zip archive: it looks at the first four bytes.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as stream:
        return stream.read(len(ZIP_MAGIC)) == ZIP_MAGIC


def is_tar_file(path: Path) -> bool:
    """Whether the file is a tar archive, as PyTorch wrote before its version 0.1.10.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as stream:
        return stream.read(_TAR_MAGIC_AT + len(_TAR_MAGIC))[_TAR_MAGIC_AT:] == _TAR_MAGIC


def check_archive(path: Path) -> None:
    """Refuse an archive that is anything but what ``torch.save`` writes.

    Raises:
        ModelError: damaged; compressed, overlapping or too many records; a name that leads out of the archive or
            occurs twice; program code of TorchScript; not one pickle, or one too large.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            records = archive.infolist()
            _check_records(records, path)
            for record in records[:_MAX_RECORDS]:
                archive.open(record).close()  # compares the name in the table with the name at the place itself
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, RuntimeError, OverflowError) as error:
        raise _refused(f"the archive is damaged ({str(error)[:100]})", path) from error


def _check_records(records: list[zipfile.ZipInfo], path: Path) -> None:
    names = [record.filename for record in records]
    if len(records) > _MAX_RECORDS:
        raise _refused(f"the archive has {len(records):,} records, more than any checkpoint", path)
    if any(record.compress_type != zipfile.ZIP_STORED for record in records):
        raise _refused("records of the archive are compressed, as no checkpoint's are; it could fill the memory", path)
    if any(record.flag_bits & 1 for record in records):
        raise _refused("records of the archive are encrypted", path)
    if sum(record.file_size for record in records) > path.stat().st_size:
        raise _refused("records of the archive overlap: together they are larger than the file", path)
    for name in names:
        parts = PurePosixPath(name).parts
        if name.startswith("/") or "\\" in name or ":" in name or "\0" in name or ".." in parts:
            raise _refused(f"the archive names a place outside itself ({name[:80]!r})", path)
    if len(set(names)) != len(names):
        raise _refused("the archive holds two records of one name", path)
    within = {name.partition("/")[2] for name in names}
    if "constants.pkl" in within or any(name.startswith("code/") for name in within):
        raise _refused("this is a TorchScript archive, which holds program code; it is never run here", path)
    pickles = [record for record in records if record.filename.rpartition("/")[2] == "data.pkl"]
    if len(pickles) != 1:
        raise _refused(f"the archive holds {len(pickles)} tables of tensors (data.pkl) instead of one", path)
    if pickles[0].file_size > _MAX_PICKLE_BYTES:
        raise _refused("the archive's table of tensors is larger than any checkpoint's", path)


def _refused(what: str, path: Path) -> ModelError:
    return ModelError(what, next_step=_ANOTHER, path=path)
