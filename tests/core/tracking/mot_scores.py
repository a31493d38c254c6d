"""IDF1, MOTA and identity switches of tracks against a scripted clip, by motmetrics."""

from __future__ import annotations

from collections.abc import Sequence

import motmetrics
import numpy as np
from scripted_faces import ScriptedFrame

from core.domain.faces import FaceTrack

SAME_IOU = 0.5


def mot_scores(clip: Sequence[ScriptedFrame], tracks: Sequence[FaceTrack]) -> dict[str, float]:
    """A person in another shot is another identity, because tracks end at cuts."""
    found: dict[int, list[tuple[int, object]]] = {}
    for track in tracks:
        for detection in track.detections:
            found.setdefault(detection.frame_index, []).append((track.track_id, detection.bbox))
    # motmetrics 1.4 wants numbers for identities.
    identities: dict[tuple[str, int], int] = {}
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for scripted in clip:
        truth = scripted.truth
        hypotheses = [
            (track_id, box)
            for track_id, box in found.get(scripted.frame.index, [])
            if any(t.box.iou(box) >= SAME_IOU for t in truth)
            or all(hidden.iou(box) < 0.2 for hidden in scripted.unjudged)
        ]
        ious = np.array([[t.box.iou(box) for _, box in hypotheses] for t in truth])
        ious = ious.reshape(len(truth), len(hypotheses))
        distances = np.where(ious >= SAME_IOU, 1 - ious, np.nan)
        persons = [identities.setdefault((t.person, t.shot), len(identities) + 1) for t in truth]
        accumulator.update(persons, [i for i, _ in hypotheses], distances)
    names = ["idf1", "mota", "num_switches", "num_misses", "num_false_positives"]
    summary = motmetrics.metrics.create().compute(accumulator, metrics=names, name="clip")
    return {name: float(summary.loc["clip", name]) for name in names}
