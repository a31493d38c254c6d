"""`gallery search`: whom a photo, or a recovered face, resembles."""

from __future__ import annotations

import errno
import math
import zipfile
import zlib
from argparse import Namespace
from pathlib import Path

import numpy as np

from app.assembly import build_templater
from app.commands.gallery_access import actor, gallery_key, gallery_path
from app.gallery_access import FaceQuery, RecoveredBy, embedder_of, measured_rule, open_existing, photo_query
from app.result_words import search_record
from app.score_words import in_brackets
from app.settings import Folders
from app.terminal import Terminal, table
from core.domain.comparison import Surroundings
from core.domain.identity import Role, SearchResult
from core.errors import PhotoRefusedError

_UNIT_TOLERANCE = 1e-3
_MOST_BYTES = 256 << 20  # of tens of thousands of faces
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_NO_EMBEDDINGS = (
    OSError,
    ValueError,
    TypeError,  # a single array, or one of records
    KeyError,
    EOFError,
    RuntimeError,  # encrypted, or compressed in another way; RecursionError: brackets within brackets
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What a file that is none may raise while it is read."""
_NO_CANDIDATE = "no candidate above the threshold"


def search(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`gallery search`; finding nobody is a result, not an error."""
    from core.gallery.search import GallerySearch

    path = gallery_path(args, folders)
    key = gallery_key(args, path)
    if args.photo is not None:
        embedder = embedder_of(path, key)
        queries = [photo_query(args.photo, lambda: build_templater(folders, embedder, args.device, None))]
    else:
        queries = embedding_queries(args.embedding, args.role or ["source", "target"])
    with open_existing(path, key) as gallery:
        finder = GallerySearch(gallery, actor=actor(args), purpose=args.purpose)
        for query in queries:
            rule = measured_rule(folders, query, gallery.embedder_id)
            result = finder.search(
                query.embedding,
                k=args.k,
                threshold=rule.threshold_among if args.threshold is None else args.threshold,
                embedder_id=query.embedder_id,
                comparison=rule.comparison,
                surroundings=query.surroundings,
            )
            _tell(query, result, rule.lacking, terminal)
    return 0


def embedding_queries(path: Path, roles: list[str]) -> list[FaceQuery]:
    """Every vector of the arrays `roles` of an ``embeddings.npz``, targets with their surroundings where it holds any.

    Raises:
        PhotoRefusedError: no such file, or not of that form.
    """
    try:
        _check_sizes(path)
        with np.load(path, allow_pickle=False) as arrays:
            names = [str(name) for name in np.atleast_1d(arrays["names"])]
            embedder = str(arrays["embedder_id"]) if "embedder_id" in arrays else None
            vectors = {role: np.asarray(arrays[role], dtype=np.float32) for role in roles}
            around = np.asarray(arrays["surroundings"], np.float32) if "surroundings" in arrays else np.zeros((0, 0))
            reader = str(arrays["surroundings_id"]) if "surroundings_id" in arrays else ""
            made_with = None  # earlier versions did not write it
            if "model_sha256" in arrays and "detector_sha256" in arrays:
                made_with = RecoveredBy(
                    model_sha256=str(arrays["model_sha256"]), detector_sha256=str(arrays["detector_sha256"])
                )
    except _NO_EMBEDDINGS as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise PhotoRefusedError(
            f"the file cannot be read ({reason})" if reason else "this is no file of embeddings",
            next_step="give an embeddings.npz as `recover` writes it",
            path=path,
        ) from error
    has_surroundings = bool(reader) and around.size > 0 and Role.TARGET in roles
    for role, array in (*vectors.items(), *([("surroundings", around)] if has_surroundings else [])):
        lengths = np.linalg.norm(array, axis=1) if array.ndim == 2 else np.zeros(1)
        if array.shape[:1] != (len(names),) or not np.all(np.abs(lengths - 1) <= _UNIT_TOLERANCE):
            raise PhotoRefusedError(
                f"the array {role!r} does not hold one unit vector for each name",
                next_step="give an embeddings.npz as `recover` writes it",
                path=path,
            )
    return [
        FaceQuery(
            label=f"{name}, {role}",
            kind=role,
            embedding=vectors[role][i],
            embedder_id=embedder,
            surroundings=Surroundings(embedding=around[i], model_id=reader)
            if has_surroundings and role == Role.TARGET
            else None,
            made_with=made_with,
        )
        for i, name in enumerate(names)
        for role in vectors
    ]


def _check_sizes(path: Path) -> None:
    """Refuse what would take more memory than it may, before any of it is taken.

    Raises:
        One of `_NO_EMBEDDINGS`.
    """
    if not path.is_file() and path.exists():
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    with zipfile.ZipFile(path) as pack:
        if sum(part.file_size for part in pack.infolist()) > _MOST_BYTES:
            raise ValueError("larger than any file of embeddings")
        for part in pack.infolist():
            with pack.open(part) as stream:
                read_header = _HEADERS[np.lib.format.read_magic(stream)]
                shape, _, dtype = read_header(stream)
                if math.prod(shape) * dtype.itemsize > part.file_size:
                    raise ValueError("an array is shorter than it says")


def _tell(query: FaceQuery, result: SearchResult, lacking: str, terminal: Terminal) -> None:
    is_measured = result.has_threshold
    above = result.n_above_threshold
    headline = _NO_CANDIDATE if not above else f"{above} at or above the threshold"
    if not is_measured:
        headline = f"{lacking}; candidates are only ranked"
    elif not above:
        headline += f" ({result.threshold:.3f})"
    terminal.say_foreign(f"{query.label}: {headline}; {result.n_people} people searched")
    rows = [("RANK", "SCORE", "ID", "NAME", "")]
    rows += [
        (
            str(c.rank),
            f"{c.score:.3f}",
            str(c.person_id),
            c.name,
            ("" if not is_measured else "above" if c.score >= result.threshold else "below") + in_brackets(c),
        )
        for c in result.candidates
    ]
    for line in table(rows, right=(0, 1, 2)) if result.candidates else []:
        terminal.say(f"  {line}")
    terminal.record({"event": "search", "query": query.label, "kind": query.kind, **search_record(result)})
