"""`gallery search`: whom a photo, or a recovered face, resembles."""

from __future__ import annotations

import zipfile
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.assembly import build_calibration, build_templater
from app.commands.gallery_access import actor, embedder_of, gallery_path, open_existing
from app.result_words import search_record
from app.settings import Folders
from app.terminal import Terminal, table
from core.domain.arrays import FloatArray
from core.domain.identity import NO_THRESHOLD, Role, SearchResult
from core.errors import PhotoRefusedError

if TYPE_CHECKING:
    from core.aggregation.calibration import OperatingPoint

_UNIT_TOLERANCE = 1e-3
_NO_CANDIDATE = "no candidate above the threshold"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Query:
    """One face to search for.

    Attributes:
        label: how the answer is headed.
        kind: ``"photo"``, or the array of an embeddings file that it comes from.
        embedding: (D,) float32, unit norm.
        embedder_id: which embedder made it; None when the file does not say.
    """

    label: str
    kind: str
    embedding: FloatArray
    embedder_id: str | None


def search(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`gallery search`; finding nobody is a result, not an error."""
    from core.gallery.search import GallerySearch

    path = gallery_path(args, folders)
    if args.photo is not None:
        queries = [_photo_query(args.photo, folders, embedder_of(path), args.device)]
    else:
        queries = embedding_queries(args.embedding, args.role or ["source", "target"])
    with open_existing(path) as gallery:
        finder = GallerySearch(gallery, actor=actor(args), purpose=args.purpose)
        for query in queries:
            threshold = args.threshold
            if threshold is None:
                threshold = _measured_threshold(folders, query.kind, gallery.embedder_id)
            result = finder.search(query.embedding, k=args.k, threshold=threshold, embedder_id=query.embedder_id)
            _tell(query, result, terminal)
    return 0


def embedding_queries(path: Path, roles: list[str]) -> list[Query]:
    """Every vector of the arrays `roles` of an ``embeddings.npz``.

    Raises:
        PhotoRefusedError: no such file, or not of that form.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            names = [str(name) for name in arrays["names"]]
            embedder = str(arrays["embedder_id"]) if "embedder_id" in arrays else None
            vectors = {role: np.asarray(arrays[role], dtype=np.float32) for role in roles}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise PhotoRefusedError(
            f"the file cannot be read ({reason})" if reason else "this is no file of embeddings",
            next_step="give an embeddings.npz as `recover` writes it",
            path=path,
        ) from error
    for role, array in vectors.items():
        lengths = np.linalg.norm(array, axis=1) if array.ndim == 2 else np.zeros(1)
        if array.shape[:1] != (len(names),) or not np.all(np.abs(lengths - 1) <= _UNIT_TOLERANCE):
            raise PhotoRefusedError(
                f"the array {role!r} does not hold one unit vector for each name",
                next_step="give an embeddings.npz as `recover` writes it",
                path=path,
            )
    return [
        Query(label=f"{name}, {role}", kind=role, embedding=vectors[role][i], embedder_id=embedder)
        for i, name in enumerate(names)
        for role in vectors
    ]


def _photo_query(path: Path, folders: Folders, embedder_name: str, device: str) -> Query:
    from core.gallery.photos import read_photo

    photo = read_photo(path)
    templater = build_templater(folders, embedder_name, device)
    try:
        template = templater.template(photo.rgb)
    except PhotoRefusedError as error:
        raise PhotoRefusedError(error.what, next_step=error.next_step, path=path) from error
    return Query(label=path.name, kind="photo", embedding=template.embedding, embedder_id=templater.embedder_id)


def _measured_threshold(folders: Folders, kind: str, embedder_id: str) -> float:
    """Similarity from which a candidate counts; NO_THRESHOLD when none was measured for this kind and embedder."""
    calibration = build_calibration(folders)
    point: OperatingPoint | None = calibration.photo
    if kind in tuple(Role):
        point = calibration.point(Role(kind))
    return point.threshold if point is not None and calibration.embedder_id == embedder_id else NO_THRESHOLD


def _tell(query: Query, result: SearchResult, terminal: Terminal) -> None:
    is_measured = result.has_threshold
    above = len(result.above_threshold)
    headline = _NO_CANDIDATE if not above else f"{above} at or above the threshold"
    if not is_measured:
        headline = "no threshold was measured for this embedder, so candidates are only ranked"
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
            "" if not is_measured else "above" if c.score >= result.threshold else "below",
        )
        for c in result.candidates
    ]
    for line in table(rows, right=(0, 1, 2)) if result.candidates else []:
        terminal.say(f"  {line}")
    terminal.record({"event": "search", "query": query.label, "kind": query.kind, **search_record(result)})
