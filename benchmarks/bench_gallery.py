"""Exact top-10 search: the gallery beside plain numpy and faiss-cpu's flat index, on the same vectors in one run.

    python benchmarks/bench_gallery.py [--templates 1000000] [--dimension 128] [--queries 30]

The gallery is a real file, filled with random unit vectors, two templates a person. On a shared machine compare the
rows of one run with each other, not with another run. Without faiss (``pip install -e .[bench]``) its row is left out.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.gallery.search import GallerySearch
from core.gallery.store import Gallery

EMBEDDER = "benchmark@0"
TEMPLATES_A_PERSON = 2
K = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--templates", type=int, default=1_000_000)
    parser.add_argument("--dimension", type=int, default=128)
    parser.add_argument("--queries", type=int, default=30)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "gallery.db")
        filled_s = fill(path, options.templates, options.dimension, rng)
        size_mib = path.stat().st_size / 2**20
        with Gallery.open(path, create=False, embedder_id=EMBEDDER) as gallery:
            run(gallery, options.queries, rng, filled_s, size_mib)


def run(gallery: Gallery, n_queries: int, rng: np.random.Generator, filled_s: float, size_mib: float) -> None:
    search = GallerySearch(gallery, actor="benchmark")
    start = time.perf_counter()
    matrix = search.load()
    loaded_s = time.perf_counter() - start
    queries = noisy_rows(matrix.embeddings, n_queries, rng)
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{len(matrix.person_ids):,} templates x {matrix.embeddings.shape[1]}, {matrix.n_people:,} people, "
          f"{size_mib:.0f} MiB, filled in {filled_s:.1f} s, loaded in {loaded_s:.2f} s\n")  # fmt: skip
    rows: dict[str, Callable[[], object]] = {
        "numpy: product only": over(queries, lambda q: matrix.embeddings @ q),
        "numpy: product + argpartition": over(queries, lambda q: naive(matrix.embeddings, q)),
        "ours: best people, in memory": over(queries, lambda q: matrix.best_people(q[None], K)),
        "ours: search with names, photos, audit": over(queries, lambda q: search.search(q, k=K, threshold=0.5)),
    }
    batches: dict[str, Callable[[], object]] = {
        "ours: 16 queries at once, each": lambda: matrix.best_people(queries[:16], K),
    }
    try:
        import faiss
    except ImportError:
        print("faiss is not installed; its rows are left out")
    else:
        index = faiss.IndexFlatIP(matrix.embeddings.shape[1])
        index.add(matrix.embeddings)
        rows["faiss-cpu IndexFlatIP"] = over(queries, lambda q: index.search(q[None], K))
        batches["faiss-cpu IndexFlatIP: 16 at once, each"] = lambda: index.search(queries[:16], K)
        check_same_best(matrix.template_ids, search, index, queries)
    times: dict[str, list[float]] = {name: [] for name in (*rows, *batches)}
    for turn in range(n_queries):  # in turns, so that what else runs on the machine slows all alike
        for name, ask in rows.items():
            times[name].append(clock(ask))
        if turn % 4 == 0:
            for name, ask in batches.items():
                times[name].append(clock(ask) / 16)
    print(f"{'exact top 10':42} {'median ms':>10} {'least ms':>10}")
    for name, seconds in times.items():
        print(f"{name:42} {1e3 * statistics.median(seconds):10.1f} {1e3 * min(seconds):10.1f}")


def over(queries: NDArray[np.float32], ask: Callable[[NDArray[np.float32]], object]) -> Callable[[], object]:
    """Ask the next query at each call, so that no cache answers twice."""
    turn: Iterator[int] = iter(range(10**9))
    return lambda: ask(queries[next(turn) % len(queries)])


def clock(ask: Callable[[], object]) -> float:
    start = time.perf_counter()
    ask()
    return time.perf_counter() - start


def naive(embeddings: NDArray[np.float32], query: NDArray[np.float32]) -> NDArray[np.intp]:
    scores = embeddings @ query
    best = np.argpartition(scores, -K)[-K:]
    return best[np.argsort(-scores[best])]


def check_same_best(
    template_ids: NDArray[np.int64], search: GallerySearch, index: object, queries: NDArray[np.float32]
) -> None:
    """Both must name the same best template, or the comparison is void."""
    _, rows = index.search(queries, 1)  # type: ignore[attr-defined]
    ours = [ranked[0].template_id for ranked in search.matrix.best_people(queries, K)]
    if ours != [int(template_ids[row]) for row in rows[:, 0]]:
        raise SystemExit("the gallery and faiss disagree about the best template")


def noisy_rows(embeddings: NDArray[np.float32], n_queries: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Queries at a cosine of about 0.7 to some template, as a recovered face may be."""
    dim = embeddings.shape[1]
    picked = embeddings[rng.integers(len(embeddings), size=n_queries)]
    noisy = picked + rng.standard_normal(picked.shape).astype(np.float32) / np.sqrt(dim)
    return (noisy / np.linalg.norm(noisy, axis=1, keepdims=True)).astype(np.float32)


def fill(path: Path, n_templates: int, dim: int, rng: np.random.Generator) -> float:
    """Write straight into the tables: enrolling a million photos one by one would take hours of audit."""
    Gallery.open(path, create=True, embedder_id=EMBEDDER, actor="benchmark").close()
    start = time.perf_counter()
    with closing(sqlite3.connect(path)) as conn:
        people = ((f"Person {i}",) for i in range(n_templates // TEMPLATES_A_PERSON + 1))
        conn.executemany("INSERT INTO people (name, added_at) VALUES (?, '2026-01-01')", people)
        conn.execute("UPDATE embedders SET dimension = ?", [dim])
        for first in range(0, n_templates, 50_000):
            block = rng.standard_normal((min(50_000, n_templates - first), dim), dtype=np.float32)
            block /= np.linalg.norm(block, axis=1, keepdims=True)
            conn.executemany(
                "INSERT INTO templates (person_id, embedder, embedding, photo_sha256, photo_name, quality, "
                "added_at) VALUES (?, 1, ?, ?, 'photo.jpg', 0.5, '2026-01-01T00:00:00.000000+00:00')",
                (
                    ((first + i) // TEMPLATES_A_PERSON + 1, row.tobytes(), (first + i).to_bytes(32))
                    for i, row in enumerate(block)
                ),
            )
        conn.execute("UPDATE gallery SET revision = revision + 1")
        conn.commit()
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
