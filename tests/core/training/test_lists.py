"""Trees of published data sets: who is source and who is target, what belongs to which part."""

import json
from pathlib import Path

import pytest

from core.errors import CaseError
from core.training.layouts.record import Label, ListedFace, Split
from core.training.listed_media import spread, thinned
from core.training.lists import LAYOUTS, read_list


def tree(root: Path, *files: str) -> Path:
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def named(records: list[ListedFace], method: str) -> dict[str, ListedFace]:
    return {record.clip: record for record in records if record.method == method}


def faceforensics(root: Path, kind: str = "videos") -> Path:
    ending = ".mp4" if kind == "videos" else "/0000.png"
    youtube = [f"original_sequences/youtube/c23/{kind}/{n}{ending}" for n in ("000", "003", "071")]
    swaps = [f"manipulated_sequences/{m}/c23/{kind}/000_003{ending}" for m in ("Deepfakes", "FaceShifter", "Face2Face")]
    return tree(root, *youtube, *swaps)


def test_faceforensics_names_the_target_first(tmp_path: Path) -> None:
    root = faceforensics(tmp_path)
    swap = named(read_list("faceforensics", root), "FaceShifter")["000_003"]
    videos = root / "original_sequences/youtube/c23/videos"
    assert (swap.target, swap.source) == (videos / "000.mp4", videos / "003.mp4")
    assert (swap.target_identity, swap.source_identity) == ("000", "003")
    assert swap.label is Label.FORGED and swap.is_pair and swap.split is Split.NONE


def test_reenactments_of_faceforensics_put_in_no_face(tmp_path: Path) -> None:
    reenacted = named(read_list("faceforensics", faceforensics(tmp_path)), "Face2Face")["000_003"]
    assert reenacted.source is None and not reenacted.is_pair
    assert reenacted.source_identity == reenacted.target_identity == "000"


def test_extracted_pictures_of_faceforensics_go_by_their_number(tmp_path: Path) -> None:
    root = faceforensics(tmp_path, "images")
    originals = root / "original_sequences/youtube/c23/images"
    tree(root, "manipulated_sequences/Deepfakes/c23/images/000_003/0007.png")
    tree(originals, "000/0007.png", "003/0002.png")
    records = [r for r in read_list("faceforensics", root) if r.method == "Deepfakes"]
    assert [(r.frame, r.target, r.source) for r in records] == [
        (0, originals / "000/0000.png", originals / "003/0000.png"),
        (7, originals / "000/0007.png", originals / "003/0000.png"),
    ]


def test_actors_of_deepfakedetection_are_found_in_their_scenes(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        "original_sequences/actors/c23/videos/01__exit_phone_room.mp4",
        "original_sequences/actors/c23/videos/02__hugging.mp4",
        "manipulated_sequences/DeepFakeDetection/c23/videos/01_02__exit_phone_room__YVGY8LOK.mp4",
    )
    (swap,) = named(read_list("faceforensics", root), "DeepFakeDetection").values()
    assert swap.target is not None and swap.target.stem == "01__exit_phone_room"
    assert swap.source is not None and swap.source.stem == "02__hugging"
    assert (swap.target_identity, swap.source_identity) == ("01", "02")


def test_faceforensics_parts_come_from_its_split_files(tmp_path: Path) -> None:
    root = faceforensics(tmp_path)
    (root / "splits").mkdir()
    for name, pairs in (("train", [["071", "054"]]), ("val", [["000", "003"]]), ("test", [["953", "974"]])):
        (root / "splits" / f"{name}.json").write_text(json.dumps(pairs))
    records = read_list("faceforensics", root)
    parts = {(record.method, record.clip): record.split for record in records}
    assert parts["", "071"] is Split.TRAIN
    assert parts["", "003"] is parts["Deepfakes", "000_003"] is Split.VALIDATION
    (root / "splits" / "val.json").write_text("{")
    with pytest.raises(CaseError, match="no list of pairs"):
        read_list("faceforensics", root)


def celebdf(root: Path) -> Path:
    tree(
        root,
        "Celeb-real/id0_0000.mp4",
        "Celeb-real/id0_0001.mp4",
        "Celeb-real/id16_0003.mp4",
        "YouTube-real/00170.mp4",
        "Celeb-synthesis/id0_id16_0001.mp4",
        "Celeb-synthesis/id16_id0_0003.mp4",
    )
    tests = ["1 YouTube-real/00170.mp4", "0 Celeb-synthesis/id0_id16_0001.mp4", "1 Celeb-real/id0_0001.mp4"]
    (root / "List_of_testing_videos.txt").write_text("\n".join(tests) + "\n")
    return root


def test_celebdf_puts_the_second_face_into_the_firsts_video(tmp_path: Path) -> None:
    swap = named(read_list("celeb-df", celebdf(tmp_path)), "Celeb-synthesis")["id0_id16_0001"]
    assert swap.target == tmp_path / "Celeb-real/id0_0001.mp4"
    assert swap.source == tmp_path / "Celeb-real/id16_0003.mp4"
    assert (swap.target_identity, swap.source_identity) == ("id0", "id16")


def test_celebdf_tests_what_its_list_names(tmp_path: Path) -> None:
    records = {r.path.name: r for r in read_list("celeb-df", celebdf(tmp_path))}
    tested = {name for name, record in records.items() if record.split is Split.TEST}
    assert tested == {"00170.mp4", "id0_id16_0001.mp4", "id0_0001.mp4"}
    assert {r.label for r in records.values() if r.path.parent.name == "YouTube-real"} == {Label.REAL}
    (tmp_path / "List_of_testing_videos.txt").unlink()
    with pytest.raises(CaseError, match="List_of_testing_videos"):
        read_list("celeb-df", tmp_path)


def test_celebdf_shows_no_test_video_to_what_trains(tmp_path: Path) -> None:
    tree(
        tmp_path,
        *(f"Celeb-real/{name}.mp4" for name in ("id0_0000", "id0_0001", "id1_0000", "id2_0000", "id3_0000")),
        *(f"Celeb-synthesis/{name}.mp4" for name in ("id0_id2_0000", "id1_id0_0000", "id3_id0_0000", "id2_id1_0000")),
    )
    tested = ["Celeb-real/id0_0000.mp4", "Celeb-real/id2_0000.mp4", "Celeb-synthesis/id3_id0_0000.mp4"]
    (tmp_path / "List_of_testing_videos.txt").write_text("".join(f"1 {name}\n" for name in tested))
    videos = tmp_path / "Celeb-real"
    swaps = named(read_list("celeb-df", tmp_path), "Celeb-synthesis")
    assert {name for name, swap in swaps.items() if swap.split is Split.TEST} == {"id3_id0_0000"}
    assert swaps["id1_id0_0000"].source == videos / "id0_0001.mp4", "the first video of id0 is for tests"
    assert swaps["id3_id0_0000"].source == videos / "id0_0000.mp4"
    assert swaps["id0_id2_0000"].source is None, "of id2 there are test videos alone"
    assert (swaps["id0_id2_0000"].target, swaps["id2_id1_0000"].target) == (None, None)
    assert not any(swap.is_pair for swap in (swaps["id0_id2_0000"], swaps["id2_id1_0000"]))


def test_megafs_names_the_target_first_and_lists_the_photographs_it_needs(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        "CelebAMask-HQ/CelebA-HQ-img/8237.jpg",
        "CelebAMask-HQ/CelebA-HQ-img/9195.jpg",
        "CelebAMask-HQ/CelebA-HQ-img/1.jpg",
        "FTM/8237_9195.jpg",
        "MegaFS-LCR/9195_8237.jpg",
        "IDInjection/notes.txt",
    )
    records = read_list("megafs", root)
    swap = named(records, "FTM")["8237_9195"]
    photos = root / "CelebAMask-HQ/CelebA-HQ-img"
    assert (swap.target, swap.source) == (photos / "8237.jpg", photos / "9195.jpg")
    assert named(records, "LCR")["9195_8237"].source == photos / "8237.jpg"
    assert [r.clip for r in records if r.label is Label.REAL] == ["8237", "9195"]


def test_e4s_names_the_source_first(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        "images1024x1024/00000/00012.png",
        "images1024x1024/01000/01007.png",
        "E4S/swap_00012_to_01007.png",
        "E4S/preview.png",
    )
    swap = named(read_list("ffhq-e4s", root), "E4S")["swap_00012_to_01007"]
    assert swap.source == root / "images1024x1024/00000/00012.png"
    assert swap.target == root / "images1024x1024/01000/01007.png"


def test_lists_of_rffr_say_real_or_forged_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "df_train_label.json").write_text(
        json.dumps([{"path": "a.png", "label": 0}, {"path": "/far/b.png", "label": 1}])
    )
    (tmp_path / "real_val_label.json").write_text(json.dumps([{"path": "c.png", "label": 0}]))
    records = read_list("rffr", tmp_path)
    assert [(r.path, r.label, r.split) for r in records] == [
        (tmp_path / "a.png", Label.REAL, Split.TRAIN),
        (Path("/far/b.png"), Label.FORGED, Split.TRAIN),
        (tmp_path / "c.png", Label.REAL, Split.VALIDATION),
    ]
    assert not any(r.is_pair for r in records)
    assert read_list("rffr", tmp_path / "real_val_label.json") == records[2:]


@pytest.mark.parametrize(
    "content", ["[", "{}", '[{"path": 1, "label": 0}]', '[{"path": "a.png", "label": 2}]', '["a.png"]']
)
def test_a_broken_list_of_rffr_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "list.json").write_text(content)
    with pytest.raises(CaseError, match="label") as caught:
        read_list("rffr", tmp_path)
    assert caught.value.path == tmp_path / "list.json"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_folder_of_something_else_says_what_is_expected(tmp_path: Path, layout: str) -> None:
    with pytest.raises(CaseError, match="does not look like"):
        read_list(layout, tmp_path)
    with pytest.raises(CaseError, match="no such folder"):
        read_list(layout, tmp_path / "none")


def test_an_unknown_layout_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="megafs"):
        read_list("dfdc", tmp_path)


def test_a_real_face_has_no_source() -> None:
    with pytest.raises(ValueError, match="real"):
        ListedFace(path=Path("a.png"), clip="a", label=Label.REAL, source=Path("b.png"))


def test_frames_are_taken_from_all_over_a_clip() -> None:
    assert spread(100, 4) == [12, 37, 62, 87]
    assert spread(2, 8) == [0, 1]
    frames = [
        ListedFace(path=Path(f"{n:04d}.png"), clip="000", frame=n, label=Label.REAL, split=Split.TEST) for n in range(9)
    ]
    video = ListedFace(path=Path("a.mp4"), clip="001", label=Label.REAL)
    assert [r.path.name for r in thinned([*frames, video], 3)] == ["0001.png", "0004.png", "0007.png", "a.mp4"]
