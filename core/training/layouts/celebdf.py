"""Celeb-DF (v2; Li et al. 2020) as it is handed out.

``Celeb-real/id0_0000.mp4``, ``YouTube-real/00000.mp4`` and ``Celeb-synthesis/id0_id1_0000.mp4``: the video ``id0_0000``
of the target ``id0`` with the face of ``id1``. ``List_of_testing_videos.txt`` names the test videos, a label and a path
a line (there 1 is real and 0 forged; the folder says it as well).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from core.errors import CaseError
from core.training.layouts.record import VIDEOS, Label, ListedFace, Split, files_in, nothing_found

TEST_LIST = "List_of_testing_videos.txt"
REAL = re.compile(r"(id\d+)_(\d+)")
SWAPPED = re.compile(r"(id\d+)_(id\d+)_(\d+)")


def read(folder: Path) -> Iterator[ListedFace]:
    """Records of Celeb-DF v2. Any video of the source's person shows the source; the first one of its part is taken.

    No forgery of the training part shows a test video as its source or target: it has none where there is no other.

    Raises:
        CaseError: none of its folders is there, or its list of test videos is missing.
    """
    celebrities = {p.stem: p for p in _videos(folder, "Celeb-real")}
    others = _videos(folder, "YouTube-real")
    swapped = _videos(folder, "Celeb-synthesis")
    if not (celebrities or others or swapped):
        raise nothing_found("Celeb-DF", folder, "Celeb-real, YouTube-real and Celeb-synthesis")
    tested = _tested(folder)

    def split(path: Path) -> Split:
        return Split.TEST if (path.parent.name, path.name) in tested else Split.TRAIN

    first_of: dict[tuple[str, Split], Path] = {}
    for name, path in celebrities.items():
        if match := REAL.fullmatch(name):
            first_of.setdefault((match[1], split(path)), path)
    for path in [*celebrities.values(), *others]:
        match = REAL.fullmatch(path.stem)
        person = match[1] if match else f"youtube{path.stem}"
        yield ListedFace(
            path=path,
            clip=path.stem if match else person,
            label=Label.REAL,
            source_identity=person,
            target_identity=person,
            split=split(path),
        )
    for path in swapped:
        if not (match := SWAPPED.fullmatch(path.stem)):
            continue
        target, source, number = match.groups()
        # What is tested may show what trained, as these people do anyway; never the other way round.
        parts = (Split.TEST, Split.TRAIN) if split(path) is Split.TEST else (Split.TRAIN,)
        filmed = celebrities.get(f"{target}_{number}")
        yield ListedFace(
            path=path,
            clip=path.stem,
            label=Label.FORGED,
            method="Celeb-synthesis",
            source=next((first_of[source, part] for part in parts if (source, part) in first_of), None),
            target=filmed if filmed is not None and split(filmed) in parts else None,
            source_identity=source,
            target_identity=target,
            split=split(path),
        )


def _videos(folder: Path, part: str) -> list[Path]:
    """Videos lie in the part's folder; some tools move them into ``videos`` within it."""
    return files_in(folder / part, VIDEOS) or files_in(folder / part / "videos", VIDEOS)


def _tested(folder: Path) -> set[tuple[str, str]]:
    path = folder / TEST_LIST
    if not path.is_file():
        raise CaseError(f"{TEST_LIST} is missing", path=folder, next_step="copy it there: it says what must not train")
    lines = [line.split(maxsplit=1)[-1].strip() for line in path.read_text().splitlines() if line.strip()]
    names = {(Path(line).parent.name, Path(line).name) for line in lines}
    return names | {("videos", name) for _, name in names}
