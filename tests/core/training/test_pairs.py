"""Published forgeries, packed: two public-domain portraits, one pasted into the other, found by the real detector."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from builders_media import ClipSpec, write_clip
from PIL import Image

from core.domain.arrays import UInt8Array
from core.errors import CaseError
from core.recovery.align import crop_face_rgb
from core.training.engine import TrainConfig, Trainer
from core.training.layouts.record import Label, ListedFace, Split
from core.training.listed_media import ListedMedia
from core.training.lists import read_list
from core.training.pair_corpus import PairCorpus, load_pairs
from core.training.pairs import PairedFaces, changed_share
from core.training.stages import make_task
from tests.builders_faces import scripted_corpus
from tests.builders_pairs import (
    PORTRAITS,
    SOURCE,
    TARGET,
    Packer,
    forged_portrait,
    held_out_numbers,
    new_packer,
    portrait,
)
from tests.builders_training import CPU, labelled_corpus, seeded, stage_inputs


@pytest.fixture(scope="module")
def packer() -> Packer:
    torch.set_num_threads(1)
    return new_packer()


@pytest.fixture(scope="module")
def target() -> UInt8Array:
    return portrait(TARGET)


@pytest.fixture(scope="module")
def source() -> UInt8Array:
    return portrait(SOURCE)


@pytest.fixture(scope="module")
def forged(target: UInt8Array) -> UInt8Array:
    return forged_portrait(target)


@pytest.fixture(scope="module")
def megafs(
    tmp_path_factory: pytest.TempPathFactory, target: UInt8Array, source: UInt8Array, forged: UInt8Array
) -> Path:
    root = tmp_path_factory.mktemp("megafs")
    for name, picture in (("CelebA-HQ-img/1", target), ("CelebA-HQ-img/2", source), ("FTM/1_2", forged)):
        (root / name).parent.mkdir(exist_ok=True)
        # CelebA-HQ's photographs and the swaps need not have one size.
        Image.fromarray(picture).resize((448, 448) if name == "CelebA-HQ-img/1" else (224, 224)).save(
            root / f"{name}.jpg", quality=97
        )
    return root


@pytest.fixture(scope="module")
def packed(megafs: Path, packer: Packer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("packed")
    report = packer(read_list("megafs", megafs), out)
    assert (report.packed, dict(report.skipped)) == (3, {})
    return out


def everybody_trains(folder: Path) -> PairedFaces:
    corpus = load_pairs(folder)
    return PairedFaces(replace(corpus, held_out=np.zeros_like(corpus.held_out)), CPU)


def test_a_packed_forgery_is_its_target_but_for_what_was_changed(packed: Path) -> None:
    batch = everybody_trains(packed).exact(torch.arange(3))
    assert batch.is_fake.tolist() == [1, 0, 0]
    apart = (batch.image - batch.target).abs().mean((1, 2, 3))
    assert 0.005 < apart[0] < 0.1
    assert apart[1:].max() == 0
    assert batch.mask[1:].max() == 0
    share = (batch.mask[0] > 0.5).float().mean()
    assert 0.03 < share < 0.4
    outside = (batch.image - batch.target).abs().mean(1, keepdim=True)[batch.mask < 0.01]
    assert outside.mean() < 0.02  # the pictures lie pixel on pixel, whatever their sizes
    assert (batch.target_row % 2 == 0).all() and (batch.source_row - batch.target_row == 1).all()


def test_the_crop_is_framed_as_recovery_expects(packed: Path, packer: Packer, target: UInt8Array) -> None:
    pairs = everybody_trains(packed)
    shown = pairs.exact(torch.tensor([1])).image[0]  # the target's own photograph
    with ListedMedia(PORTRAITS / TARGET / "photo.jpg") as media:
        frame = replace(media.frame(0), rgb=np.asarray(Image.fromarray(target).resize((448, 448))))
    (face,) = packer.detector.detect([frame])[0]
    expected = torch.from_numpy(crop_face_rgb(frame.rgb, face.landmarks_px)).permute(2, 0, 1) / 255
    assert (shown - expected).abs().mean() < 0.03


def test_the_true_faces_are_embedded_as_photographs(packed: Path) -> None:
    corpus = load_pairs(packed)
    of_forgery, of_target, of_source = corpus.embedding[:2], corpus.embedding[2:4], corpus.embedding[4:6]
    assert of_forgery[0] @ of_target[0] > 0.999
    assert of_forgery[1] @ of_source[0] > 0.999
    assert of_forgery[0] @ of_forgery[1] < 0.95
    assert corpus.identity.tolist() == ["tried/1", "tried/2", "tried/1", "tried/1", "tried/2", "tried/2"]


def test_the_same_random_state_hands_out_the_same_batch(packed: Path) -> None:
    pairs = everybody_trains(packed)
    rows = pairs.faces.draw(6, seeded(1))
    first, second, other = (pairs.draw(rows, seeded(seed), 4) for seed in (5, 5, 6))
    assert torch.equal(first.image, second.image) and torch.equal(first.mask, second.mask)
    assert not torch.equal(first.image, other.image)
    assert first.image.shape == (6, 3, 224, 224) and first.mask.shape == (6, 1, 224, 224)
    assert first.target_row.tolist() == (rows // 2 * 2).tolist()
    spared = pairs.draw(rows, seeded(5), 4, shows_source=False)
    assert torch.equal(spared.image, first.image) and torch.equal(spared.source, spared.target)


def test_a_mirrored_pair_is_mirrored_as_a_whole(packed: Path) -> None:
    pairs = everybody_trains(packed)
    still = replace(pairs._config, shift=0.0, scale=0.0, turn_deg=0.0)
    pairs._config = still
    rows = torch.zeros(12, dtype=torch.int64)
    batch = pairs.draw(rows, seeded(2))
    assert 0 < batch.is_mirrored.sum() < 12
    straight = pairs.exact(torch.tensor([0]))
    for number, mirrored in enumerate(batch.is_mirrored.tolist()):
        for shown, once in ((batch.image, straight.image), (batch.source, straight.source)):
            torch.testing.assert_close(shown[number].flip(2) if mirrored else shown[number], once[0], atol=1e-3, rtol=0)


def test_recovery_learns_from_packed_pairs(packed: Path, tmp_path: Path) -> None:
    corpus = load_pairs(packed)
    with np.load(packed / "pairs.npz") as archive:
        index = {key: archive[key] for key in archive.files}
    trained = tmp_path / "trained"
    trained.mkdir()
    for name in ("photos.bin", "forged.bin"):
        (trained / name).write_bytes((packed / name).read_bytes())
    np.savez(trained / "pairs.npz", **index | {"split": np.full(len(corpus.is_forged), Split.TRAIN.value)})
    inputs = replace(stage_inputs(tmp_path / "run", labelled_corpus(8)), pairs=trained)
    training = Trainer(make_task("identity", inputs), inputs.run, TrainConfig(steps=2, batch=2), CPU)
    record = training.train_step()
    assert np.isfinite(record["id_target"]) and record["id_target"] > 0


def test_pairs_outside_the_training_part_never_train(packed: Path) -> None:
    corpus = load_pairs(packed)
    one_left = replace(corpus, held_out=np.array([False, False, True, True, True, True]))
    pairs = PairedFaces(one_left, CPU)
    assert set(pairs.faces.draw(20, seeded(0)).tolist()) == {0, 1}
    with pytest.raises(CaseError, match="training part"):
        PairedFaces(replace(corpus, held_out=np.ones_like(corpus.held_out)), CPU)


def test_official_parts_win_and_people_decide_without_them(
    packer: Packer, tmp_path: Path, megafs: Path, packed: Path
) -> None:
    photo = megafs / "CelebA-HQ-img/2.jpg"
    records = [
        ListedFace(
            path=photo, clip=str(n), label=Label.REAL, target_identity=str(n), source_identity=str(n), split=part
        )
        for n, part in enumerate([Split.TRAIN, Split.VALIDATION, Split.TEST])
    ]
    packer(records, tmp_path)
    assert load_pairs(tmp_path).is_validation.tolist() == [False, False, True, True, True, True]
    undivided = load_pairs(packed)
    held = {str(name) for name, out in zip(undivided.identity, undivided.is_validation, strict=True) if out}
    assert held <= {"tried/1", "tried/2"}


def test_a_pair_is_held_out_with_either_person_and_only_that_one_is_unseen(packer: Packer, tmp_path: Path) -> None:
    (away,), (here,) = (held_out_numbers("tried", 1, held_out=out) for out in (True, False))
    for number, name in ((away, TARGET), (here, SOURCE)):
        path = tmp_path / "CelebA-HQ-img" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(portrait(name)).save(path)
    (tmp_path / "FTM").mkdir()
    Image.fromarray(forged_portrait(portrait(TARGET))).save(tmp_path / "FTM" / f"{away}_{here}.png")
    packer(read_list("megafs", tmp_path), tmp_path / "packed")
    corpus = load_pairs(tmp_path / "packed")
    people = [f"tried/{number}" for number in (away, here)]
    assert corpus.identity[:2].tolist() == people
    assert corpus.held_out[:2].tolist() == [True, True]
    assert corpus.unseen[:2].tolist() == [True, False]
    for name, held, unseen in zip(corpus.identity[2:], corpus.held_out[2:], corpus.unseen[2:], strict=True):
        assert held == unseen == (name == people[0])


def test_videos_are_read_in_step(
    packer: Packer, tmp_path: Path, target: UInt8Array, source: UInt8Array, forged: UInt8Array
) -> None:
    def clip(name: str, make: Callable[[int], UInt8Array]) -> None:
        path = tmp_path / f"{name}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        options = {"crf": "12", "preset": "ultrafast"}
        write_clip(path, ClipSpec(width=224, height=224, options=options, pictures=[make(n) for n in range(6)]))

    # The head wanders to the right, in both videos alike.
    clip("original_sequences/youtube/c23/videos/000", lambda n: np.roll(target, 6 * n, 1))
    clip("original_sequences/youtube/c23/videos/003", lambda _: source)
    clip("manipulated_sequences/Deepfakes/c23/videos/000_003", lambda n: np.roll(forged, 6 * n, 1))
    records = [r for r in read_list("faceforensics", tmp_path) if r.label is Label.FORGED]
    report = packer(records, tmp_path / "packed")
    assert (report.packed, dict(report.skipped)) == (2, {})
    batch = everybody_trains(tmp_path / "packed").exact(torch.arange(2))
    unchanged = (batch.image - batch.target).abs().mean(1, keepdim=True)[batch.mask < 0.01]
    assert unchanged.mean() < 0.03


def test_what_cannot_be_packed_is_counted_and_the_rest_goes_on(packer: Packer, tmp_path: Path, megafs: Path) -> None:
    (tmp_path / "damaged.jpg").write_bytes(b"no picture")
    Image.fromarray(np.full((120, 120, 3), 90, np.uint8)).save(tmp_path / "empty.png")
    photos = megafs / "CelebA-HQ-img"
    wrong = ListedFace(
        path=photos / "1.jpg", clip="c", label=Label.FORGED, source=photos / "2.jpg", target=tmp_path / "empty.png"
    )
    records = [
        ListedFace(path=path, clip=path.name, label=Label.REAL)
        for path in (tmp_path / "damaged.jpg", tmp_path / "empty.png", photos / "2.jpg", tmp_path / "gone.jpg")
    ]
    report = packer([*records, wrong], tmp_path / "packed")
    assert report.packed == 1
    assert sum(report.skipped.values()) == 4
    assert report.skipped["no face was found"] == 1
    assert report.skipped["forged picture and target show no face at the same place"] == 1
    assert "1 faces packed" in str(report)
    with pytest.raises(CaseError, match="not one face"):
        packer(records[:2], tmp_path / "none")


def test_forgeries_without_truth_teach_no_recovery(packer: Packer, tmp_path: Path, megafs: Path) -> None:
    unknown = ListedFace(path=megafs / "FTM/1_2.jpg", clip="a", label=Label.FORGED, split=Split.TRAIN)
    packer([unknown], tmp_path)
    corpus = load_pairs(tmp_path)
    with pytest.raises(CaseError, match="both true faces"):
        PairedFaces(corpus, CPU)
    batch = PairedFaces(corpus, CPU, needs_truth=False).exact(torch.tensor([0]))
    assert batch.is_fake.tolist() == [1]
    assert batch.mask.max() == 0  # what was changed is not known


def invented(is_forged: np.ndarray) -> PairCorpus:
    """Pairs without pictures, all of the training part, no truth known."""
    count = len(is_forged)
    faces = scripted_corpus(2)
    return PairCorpus(
        images=np.zeros((2 * count, 1, 1, 3), np.uint8),
        forged=np.zeros((count, 1, 1, 3), np.uint8),
        landmarks68=np.repeat(faces.landmarks68[:1], 2 * count, 0),
        landmarks5=np.repeat(faces.landmarks5[:1], 2 * count, 0),
        embedding=np.repeat(faces.embedding[:1], 2 * count, 0),
        sets=np.full(2 * count, "tried"),
        identity=np.arange(2 * count).astype(str),
        family=np.arange(2 * count).astype(str),
        group=np.full(2 * count, ""),
        age=np.full(2 * count, -1, np.int16),
        gender=np.full(2 * count, ""),
        is_forged=is_forged,
        has_truth=np.zeros(count, bool),
        method=np.full(count, ""),
        held_out=np.zeros(2 * count, bool),
        unseen=np.zeros(2 * count, bool),
        embedder_id="none",
    )


def test_half_of_the_faces_are_real_however_few_were_packed() -> None:
    is_forged = np.arange(2000) % 5 > 0
    told = torch.from_numpy(is_forged)

    def forged_share(real_share: float | None) -> float:
        pairs = PairedFaces(invented(is_forged), CPU, needs_truth=False, real_share=real_share)
        drawn = torch.cat([pairs.faces.draw(40, seeded(seed)) for seed in range(25)])
        return float(told[drawn // 2].float().mean())

    assert forged_share(None) == pytest.approx(0.8, abs=0.05)
    assert forged_share(0.5) == pytest.approx(0.5, abs=0.05)
    with pytest.raises(CaseError, match="all real or all forged"):
        PairedFaces(invented(is_forged[1:5]), CPU, needs_truth=False, real_share=0.5)


def test_a_folder_without_pairs_says_so(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="Pack a list first"):
        load_pairs(tmp_path)


def test_a_change_is_marked_and_coding_noise_is_not() -> None:
    pristine = torch.rand(1, 3, 1, 1, generator=seeded(0)).expand(1, 3, 64, 64).clone()
    noisy = pristine + 0.02 * torch.randn(1, 3, 64, 64, generator=seeded(1))
    assert changed_share(noisy, pristine).max() < 0.05
    noisy[:, :, 20:40, 20:40] += 0.3
    share = changed_share(noisy, pristine)
    assert share[:, :, 24:36, 24:36].min() > 0.95
    assert share[:, :, :10].max() < 0.05
