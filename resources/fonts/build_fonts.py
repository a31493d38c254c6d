"""Rebuild the report's fonts from Debian packages: `python build_fonts.py FOLDER`.

FOLDER holds the unpacked packages: `apt-get download fonts-noto-core fonts-droid-fallback fonts-symbola`, then
`dpkg -x PACKAGE.deb FOLDER` for each. Needs fonttools. Hinting is dropped (PDF viewers do not use it) and the
repertoire is cut to what the report needs; shaping tables are kept.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset

LATIN = [
    (0x20, 0x17F),
    (0x2C6, 0x2DD),
    (0x2010, 0x205E),
    (0x20A0, 0x20BF),
    (0x2122, 0x2122),
    (0x2190, 0x2193),
    (0x2212, 0x2212),
    (0x2248, 0x2248),
    (0x2260, 0x2265),
]
EUROPEAN = [(0x20, 0x52F), (0x1E00, 0x1FFF), (0x2000, 0x218F), *LATIN, (0xFFFD, 0xFFFD)]
EVERYTHING = [(0x20, 0x10FFFF)]
SYMBOLS = [(0x2190, 0x2BFF), (0x1F000, 0x1FAFF)]
NOTO = "usr/share/fonts/truetype/noto"

SOURCES: dict[str, list[tuple[int, int]]] = {
    f"{NOTO}/NotoSans-Regular.ttf": EUROPEAN,
    f"{NOTO}/NotoSans-Bold.ttf": EUROPEAN,
    f"{NOTO}/NotoSans-Italic.ttf": EUROPEAN,
    f"{NOTO}/NotoSerif-Bold.ttf": EUROPEAN,
    f"{NOTO}/NotoSansMono-Regular.ttf": EUROPEAN,
    **{
        f"{NOTO}/NotoSans{script}-Regular.ttf": EVERYTHING
        for script in (
            "Arabic",
            "Armenian",
            "Bengali",
            "Devanagari",
            "Ethiopic",
            "Georgian",
            "Gujarati",
            "Gurmukhi",
            "Hebrew",
            "Kannada",
            "Khmer",
            "Lao",
            "Malayalam",
            "Myanmar",
            "Sinhala",
            "Tamil",
            "Telugu",
            "Thaana",
            "Thai",
        )
    },
    "usr/share/fonts-droid-fallback/truetype/DroidSansFallback.ttf": EVERYTHING,
    "usr/share/fonts/truetype/ancient-scripts/Symbola_hint.ttf": SYMBOLS,
}


def build(packages: Path, out: Path) -> None:
    """Write every font of `SOURCES`, found under `packages`, into `out`."""
    for relative, ranges in SOURCES.items():
        options = subset.Options()
        options.layout_features = ["*"]
        options.hinting = False
        options.name_IDs = ["*"]
        options.notdef_outline = True
        font = subset.load_font(str(packages / relative), options)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=[code for low, high in ranges for code in range(low, high + 1)])
        subsetter.subset(font)
        target = out / Path(relative).name.replace("_hint", "")
        subset.save_font(font, str(target), options)
        print(f"{target.name}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(__file__).parent)
