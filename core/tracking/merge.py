"""The same person in several tracks, across cuts and absences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import FloatArray
from core.domain.comparison import PLAIN, Comparison
from core.domain.faces import FaceTrack
from core.tracking.association import unit_mean

_NEVER = 1e9


def merge_tracks(
    tracks: Sequence[FaceTrack], threshold: float, comparison: Comparison = PLAIN
) -> list[list[FaceTrack]]:
    """Group tracks into persons by the mean embedding of each track.

    Agglomerative clustering with average linkage on 1 - similarity. Two tracks seen together in some frame are
    two people, so they, and groups that contain them, are never joined. A track without embeddings stays
    alone.

    Args:
        tracks: of one video and one embedder.
        threshold: least mean similarity between the tracks of two groups to join them, at most 1.
        comparison: the rule of similarity; measured by a cohort it is the mean of both tracks' scores, else the cosine.

    Returns:
        Groups, each in order of track id, ordered by their first track's id; every track is in exactly one.
    """
    from scipy.cluster.hierarchy import fcluster, linkage

    ordered = sorted(tracks, key=lambda track: track.track_id)
    described = [(track, vector) for track in ordered if (vector := mean_embedding(track)) is not None]
    groups = [[track] for track in ordered if mean_embedding(track) is None]
    if len(described) < 2:
        groups += [[track] for track, _ in described]
    else:
        distance = np.maximum(1.0 - _similarity(np.stack([vector for _, vector in described]), comparison), 0.0)
        frames = [{d.frame_index for d in track.detections} for track, _ in described]
        for i in range(len(described)):
            for j in range(i):
                if not frames[i].isdisjoint(frames[j]):
                    distance[i, j] = distance[j, i] = _NEVER
        condensed = distance[np.triu_indices(len(described), 1)]
        labels = fcluster(linkage(condensed, "average"), 1.0 - threshold, "distance")
        by_label: dict[int, list[FaceTrack]] = {}
        for (track, _), label in zip(described, labels.tolist(), strict=True):
            by_label.setdefault(label, []).append(track)
        groups += by_label.values()
    return sorted(groups, key=lambda group: group[0].track_id)


def _similarity(vectors: FloatArray, comparison: Comparison) -> NDArray[np.float64]:
    """(N, N) of unit vectors (N, D) with each other."""
    centred = comparison.centred(vectors)
    cohort = comparison.cohort_cosines(centred)
    if cohort is None:
        cosines: NDArray[np.float64] = vectors.astype(np.float64) @ vectors.astype(np.float64).T
        return cosines
    scores = comparison.measured(centred.astype(np.float64) @ centred.astype(np.float64).T, cohort[:, None])
    both: NDArray[np.float64] = (scores + scores.T) / 2
    return both


def mean_embedding(track: FaceTrack) -> FloatArray | None:
    """Mean direction of a track's embeddings, (D,) float32 of unit norm; None when it has none."""
    vectors = [d.embedding for d in track.detections if d.embedding is not None]
    if not vectors:
        return None
    return unit_mean(np.sum(np.stack(vectors), axis=0, dtype=np.float64))
