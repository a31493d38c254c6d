"""Campaign ``determinism``: the same machine gives the same bits, another one nearly the same."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from subprocess import DEVNULL, PIPE

import numpy as np

from core.config import AnalysisSettings
from core.detection.quality import QualityGate
from core.domain.tolerance import TOLERANCE, Tolerance
from core.gallery.enrol import import_folder
from core.gallery.store import Gallery
from core.isolation.child import start_child
from core.models.registry import ModelRegistry
from core.photo_templater import PhotoTemplater
from core.recovery.loading import load_detector, load_embedder, load_surroundings
from core.validation.campaign import Campaign, Check, Setting
from core.validation.determinism.measure import DETECTOR, EMBEDDER, Outcome
from core.validation.determinism.one_run import Order

RUNS = 10
BUILT_PEOPLE = 60


def run(setting: Setting) -> Iterator[Check]:
    """See `CAMPAIGN`."""
    gallery = build_gallery(setting)
    runs = RUNS if setting.full else 2
    part = Order(
        resources=str(setting.resources),
        gallery=str(gallery),
        folder="",
        until_s=6.0 if setting.full else 1.5,
        frames=8 if setting.full else 1,
    )
    devices = accelerators()
    total = runs + 2 + len(devices)
    outcomes = []
    for number in range(runs):
        outcomes.append(carried_out(part, setting.workspace / f"run{number}"))
        setting.progress(number + 1, total)
    first = outcomes[0]
    digests = {outcome.digest for outcome in outcomes}
    yield Check(
        promise="the same machine gives the same bits each time, in processes of their own",
        figure=f"{len(digests)} SHA-256 of the whole result in {runs} runs ({first.n_faces} faces recovered, "
        f"{len(first.decisions)} decisions, {len(first.rankings)} rankings of {BUILT_PEOPLE + 2} people)",
        passed=len(digests) == 1 and first.n_faces > 0,
    )
    if setting.full and (os.cpu_count() or 1) > 1:
        two = carried_out(replace(part, threads=2), setting.workspace / "threads")
        yield compared("two threads instead of one", first, two)
    setting.progress(runs + 1, total)
    if setting.full:
        plain = carried_out(replace(part, is_plain=True), setting.workspace / "plain")
        yield compared("kernels for a processor without AVX", first, plain)
    setting.progress(runs + 2, total)
    for device in devices:
        other = carried_out(replace(part, device=device), setting.workspace / device)
        yield compared(f"{device} instead of the processor", first, other)
    if not devices:
        yield Check(
            promise="an accelerator agrees with the processor within the stated tolerance and on the ranking",
            figure="no accelerator on this machine",
            passed=None,
        )


def compared(what: str, before: Outcome, after: Outcome, tolerance: Tolerance = TOLERANCE) -> Check:
    """How far two outcomes lie apart, held against the stated tolerance."""
    promise = f"{what}: the result agrees within the stated tolerance and on the ranking"
    shapes = [{name: array.shape for name, array in outcome.arrays.items()} for outcome in (before, after)]
    if shapes[0] != shapes[1]:
        return Check(promise=promise, figure="another number of faces was found", passed=False)

    def furthest(name: str) -> float:
        return float(np.abs(before.arrays[name].astype(np.float64) - after.arrays[name]).max())

    def mean(name: str) -> float:
        difference = np.abs(before.arrays[name].astype(np.float64) - after.arrays[name])
        return float(difference.reshape(len(difference), -1).mean(1).max())

    def cosine(name: str) -> float:
        first, second = (outcome.arrays[name].astype(np.float64) for outcome in (before, after))
        norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
        return float(((first * second).sum(1) / norms).min())

    apart = np.abs(before.arrays["pictures"].astype(np.float64) - after.arrays["pictures"]).mean((2, 3, 4))
    pictures = float(apart.max())
    gallery = max(abs(a[p] - b[p]) for a, b in zip(before.rankings, after.rankings, strict=True) for p in a)
    orders = [[sorted(r, key=lambda p, r=r: -r[p]) for r in o.rankings] for o in (before, after)]  # type: ignore[misc]
    same = sum(a == b for a, b in zip(*orders, strict=True))
    keeps = all(tolerance.keeps_ranking(a, b) for a, b in zip(before.rankings, after.rankings, strict=True))
    vectors = min(cosine("vectors"), cosine("templates"))
    return Check(
        promise=promise,
        figure=f"boxes {furthest('boxes'):.2g} px, landmarks {furthest('landmarks'):.2g} px, least cosine of vectors "
        f"1 - {1 - vectors:.2g}, fake scores {furthest('fake_scores'):.2g}, cosines with people {gallery:.2g}, "
        f"pictures {pictures:.2g} levels and maps {mean('maps'):.2g} in the mean; {same} of "
        f"{len(before.rankings)} rankings the same throughout; decisions "
        f"{'the same' if before.decisions == after.decisions else 'differ'}",
        passed=keeps
        and before.decisions == after.decisions
        and furthest("boxes") <= tolerance.box_px
        and furthest("landmarks") <= tolerance.landmarks_px
        and vectors >= tolerance.template_cosine
        and furthest("fake_scores") <= tolerance.score
        and gallery <= tolerance.candidate
        and pictures <= tolerance.picture_levels
        and mean("maps") <= tolerance.map_share,
    )


def accelerators() -> tuple[str, ...]:
    """Torch devices of this machine beside the processor."""
    import torch

    has = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return tuple(name for name, is_there in has.items() if is_there)


def carried_out(order: Order, folder: Path) -> Outcome:
    """One run in a fresh process.

    Raises:
        RuntimeError: it failed.
    """
    folder.mkdir(parents=True)
    text = replace(order, folder=str(folder)).to_json()
    module = "core.validation.determinism.one_run"
    with start_child(module, text, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE) as child:
        said = child.communicate()[1].decode(errors="replace")
    if child.returncode:
        raise RuntimeError(f"the run ended with status {child.returncode}: {said[-500:]}")
    return Outcome.read(folder)


def build_gallery(setting: Setting) -> Path:
    """A gallery of the two people of the demo and of many built ones, which lie between them and chance.

    Built people are no faces: their vectors mix a real one with a random direction, so that their scores with a
    recovered face lie densely over the whole range, where a ranking is quickest to change.
    """
    registry = ModelRegistry(setting.resources / "models", setting.workspace / "none")
    embedder = load_embedder(registry, EMBEDDER, "cpu")
    around = load_surroundings(registry, AnalysisSettings().model, "cpu")
    templater = PhotoTemplater(load_detector(registry, DETECTOR, "cpu"), embedder, QualityGate(), around)
    path = setting.workspace / "people.sqlite"
    random = np.random.default_rng(setting.seed)
    with Gallery.open(path, create=True, embedder_id=embedder.embedder_id) as gallery:
        photos = setting.resources / "demo" / "gallery"
        list(import_folder(gallery, templater, photos, basis="public domain", actor="validation"))
        real = [templater.template(read_rgb(photo)).embedding for photo in sorted(photos.rglob("photo.jpg"))]
        for number in range(BUILT_PEOPLE):
            share, chance = 0.2 + 0.75 * number / BUILT_PEOPLE, random.standard_normal(embedder.dim)
            vector = share * real[number % len(real)] + np.sqrt(1 - share**2) * chance / np.linalg.norm(chance)
            vector = (vector / np.linalg.norm(vector)).astype(np.float32)
            person = gallery.add_person(f"Built {number:02}", basis="no person", actor="validation")
            gallery.add_template(person, vector, embedder_id=embedder.embedder_id, quality=0.5, actor="validation")
    return path


def read_rgb(photo: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Pixels of a photograph."""
    from core.gallery.photos import read_photo

    return read_photo(photo).rgb


CAMPAIGN = Campaign(
    name="determinism",
    title="The same result again",
    about=f"Five seconds of the demo clip, with its cut, are analysed from decoding to decision {RUNS} times, each "
    "time in a fresh process, with the "
    f"shipped networks and a gallery of 2 photographed and {BUILT_PEOPLE} built people; one SHA-256 is taken over all "
    "pixel hashes, boxes, landmarks, vectors, pictures, maps, scores, rankings and decisions. Then the analysis runs "
    "with two threads, with kernels for a processor without AVX, and on an accelerator where there is one, and the "
    f"differences are held against the tolerance that reports state ({TOLERANCE.in_words()}) "
    "The short slice is two runs on half a second of the clip.",
    run=run,
)
