"""People whose every byte can be recognised, and the search for those bytes in all files of a folder."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.gallery.key_file import GalleryKey
from core.gallery.pages import decrypted_database, decrypted_wal
from core.gallery.passing_files import PLAIN_HEADER
from core.gallery.store import Gallery

EMBEDDER = "noise@0000000000000000"
DIMENSION = 128
_PNG_START = bytes.fromhex("89504e470d0a1a0a0000000d494844520000006000000060")
_SYLLABLES = [
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ha",
    "je",
    "ki",
    "lo",
    "mu",
    "na",
    "pe",
    "ri",
    "so",
    "tu",
    "va",
    "we",
    "xi",
    "yo",
    "zu",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedPerson:
    """Somebody who is enrolled with bytes that occur nowhere else.

    Attributes:
        id: in the gallery.
        name: at the end; `former` before that.
        markers: what -> the bytes to be searched for.
    """

    id: int
    name: str
    former: str
    markers: dict[str, bytes]


def enrol_marked(gallery: Gallery, rng: random.Random) -> MarkedPerson:
    """Enrol a person with a photo, rename them, and let the log mention them."""
    name, former = _name(rng), _name(rng)
    noise = rng.randbytes(2 * 4096 + 500)  # more than two pages of the file
    vector = np.frombuffer(rng.randbytes(DIMENSION), dtype=np.int8).astype(np.float64) + 0.5
    template = (vector / np.linalg.norm(vector)).astype(np.float32)
    photo = rng.randbytes(32)
    note, photo_name = f"note {rng.randbytes(8).hex()}", f"{rng.randbytes(8).hex()}.jpg"
    person_id = gallery.add_person(former, note=note, basis=f"consent of {former}", actor="campaign")
    gallery.add_template(
        person_id,
        template,
        embedder_id=EMBEDDER,
        photo_sha256=photo.hex(),
        photo_name=photo_name,
        thumbnail_png=_PNG_START + noise,
        quality=0.5,
        actor="campaign",
    )
    gallery.rename(person_id, name, actor="campaign")
    gallery.record_lookup(actor="campaign", purpose=f"is it {name}?", detail=f"1 search for {name}")
    stored = template.astype("<f4")
    markers = {
        "name": name.encode(),
        "name in UTF-16": name.encode("utf-16-le"),
        "former name": former.encode(),
        "note": note.encode(),
        "photo's name": photo_name.encode(),
        "photo's hash": photo,
        "photo's hash in hex": photo.hex().encode(),
        "template": stored[:16].tobytes(),
        "end of the template": stored[-16:].tobytes(),
        "template in half precision": stored.astype("<f2")[:16].tobytes(),
        "picture": noise[100:164],
        "middle of the picture": noise[4300:4364],
        "end of the picture": noise[-64:],
    }
    return MarkedPerson(id=person_id, name=name, former=former, markers=markers)


def content_of(folder: Path, key: GalleryKey | None) -> dict[str, bytes]:
    """Content of every file below a folder, that of an encrypted gallery's files as it lies there and in the clear."""
    found: dict[str, bytes] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        data = path.read_bytes()
        found[str(path.relative_to(folder))] = data
        if key is not None and path.name.endswith("-wal"):
            found[f"{path.relative_to(folder)} (decrypted)"] = decrypted_wal(data, key)
        elif key is not None and path.suffix in (".db", ".bak") and not data.startswith(PLAIN_HEADER):
            found[f"{path.relative_to(folder)} (decrypted)"] = decrypted_database(data, key)
    return found


def traces(person: MarkedPerson, content: dict[str, bytes]) -> list[str]:
    """Which of a person's bytes stand in which file."""
    return [f"{what} in {name}" for name, data in content.items() for what, m in person.markers.items() if m in data]


def _name(rng: random.Random) -> str:
    """A name of two words no two people share; not ASCII, so that encodings differ."""
    first, last = ("".join(rng.choice(_SYLLABLES) for _ in range(n)) for n in (4, 8))
    return f"Ž{first} Ö{last}"
