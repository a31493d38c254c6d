from itertools import combinations

import numpy as np
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from skimage.color import deltaE_ciede2000, rgb2lab

from ui.icons import Icon, Tint, application_icon, icon, icon_pixmap
from ui.theme import DARK, LIGHT, ButtonKind, Palette, ThemeMode, apply_theme, current_palette, palette_of, set_kind

BOTH = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB
VISION = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def linear(token: str) -> np.ndarray:
    coded = np.array([int(token[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def contrast(a: str, b: str) -> float:
    """WCAG 2.2 contrast ratio."""
    low, high = sorted(float(linear(token) @ [0.2126, 0.7152, 0.0722]) for token in (a, b))
    return (high + 0.05) / (low + 0.05)


def as_seen(token: str, vision: np.ndarray) -> np.ndarray:
    seen = np.clip(vision @ linear(token), 0, 1)
    return rgb2lab(np.where(seen <= 0.0031308, seen * 12.92, 1.055 * seen ** (1 / 2.4) - 0.055))


@BOTH
@pytest.mark.parametrize("word", ["text", "muted", "accent", "success", "warning", "danger", "source", "target"])
def test_words_are_readable_wherever_they_stand(palette: Palette, word: str) -> None:
    for ground in ("window", "surface", "raised", "hover", "accent_soft"):
        assert contrast(getattr(palette, word), getattr(palette, ground)) >= 4.5, ground


@BOTH
@pytest.mark.parametrize(
    ("word", "ground"),
    [("accent_text", "accent"), ("danger_text", "danger_fill"), ("canvas_text", "canvas"), ("text", "pressed")],
)
def test_words_are_readable_on_their_own_ground(palette: Palette, word: str, ground: str) -> None:
    assert contrast(getattr(palette, word), getattr(palette, ground)) >= 4.5


@BOTH
def test_outlines_and_curves_are_seen(palette: Palette) -> None:
    """3:1 is what WCAG asks of the outline of a control, and of the parts of a chart."""
    for ground in ("window", "surface", "raised"):
        assert contrast(palette.border_strong, getattr(palette, ground)) >= 3
    for token in palette.tracks:
        assert contrast(token, palette.surface) >= 3


@BOTH
@pytest.mark.parametrize("vision", VISION)
def test_tracks_are_told_apart_with_any_colour_vision(palette: Palette, vision: str) -> None:
    assert len(palette.tracks) >= 8
    for a, b in combinations(palette.tracks, 2):
        assert deltaE_ciede2000(as_seen(a, VISION[vision]), as_seen(b, VISION[vision])) >= 12, (a, b)


@BOTH
@pytest.mark.parametrize("vision", VISION)
def test_the_two_roles_are_told_apart_with_any_colour_vision(palette: Palette, vision: str) -> None:
    a, b = (as_seen(token, VISION[vision]) for token in (palette.source, palette.target))
    assert deltaE_ciede2000(a, b) >= 25


def test_tracks_start_over_after_the_last_colour() -> None:
    assert DARK.track(1) == DARK.tracks[0]
    assert DARK.track(len(DARK.tracks) + 1) == DARK.tracks[0]


def test_applying_a_theme_dresses_everything(qapp: QApplication) -> None:
    for mode, palette in ((ThemeMode.LIGHT, LIGHT), (ThemeMode.DARK, DARK)):
        apply_theme(qapp, mode)
        assert current_palette() == palette == palette_of(mode)
        assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(palette.window)
        assert palette.accent in qapp.styleSheet()


def test_style_sheet_has_no_hole_and_no_missing_glyph(qapp: QApplication) -> None:
    from pathlib import Path

    for mode in (ThemeMode.LIGHT, ThemeMode.DARK):
        apply_theme(qapp, mode)
        sheet = qapp.styleSheet()
        assert "$" not in sheet
        glyphs = [part.split('")')[0] for part in sheet.split('url("')[1:]]
        assert glyphs
        assert [glyph for glyph in glyphs if not Path(glyph).is_file()] == []


def test_system_theme_follows_the_desktop_live(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test platforms have no say in colours, so what the desktop says is put in its mouth."""
    desktop = [LIGHT]
    monkeypatch.setattr("ui.theme.palette_of", lambda mode: desktop[0] if mode is ThemeMode.SYSTEM else DARK)
    apply_theme(qapp, ThemeMode.SYSTEM)
    assert current_palette() == LIGHT
    desktop[0] = DARK
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert current_palette() == DARK
    apply_theme(qapp, ThemeMode.DARK)
    desktop[0] = LIGHT
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert current_palette() == DARK, "a chosen theme does not follow the desktop"


def test_a_kind_can_change_after_the_button_was_shown(qtbot) -> None:
    button = QPushButton("Erase")
    qtbot.addWidget(button)
    button.resize(120, 40)
    seen = []
    for kind in (ButtonKind.PRIMARY, ButtonKind.DANGER):
        set_kind(button, kind)
        seen.append(button.grab().toImage().pixelColor(60, 6).name())
    assert seen == [DARK.accent, DARK.danger_fill]


@pytest.mark.parametrize("name", list(Icon), ids=[each.value for each in Icon])
def test_every_icon_has_a_drawing(qapp: QApplication, name: Icon) -> None:
    image = icon_pixmap(name, 24).toImage()
    inked = sum(image.pixelColor(x, y).alpha() > 128 for x in range(24) for y in range(24))
    assert 6 < inked < 24 * 24 / 2


def test_icons_follow_the_theme_without_being_made_again(qapp: QApplication) -> None:
    made = icon(Icon.STOP, Tint.ACCENT)
    seen = []
    for mode in (ThemeMode.DARK, ThemeMode.LIGHT):
        apply_theme(qapp, mode)
        seen.append(made.pixmap(24, 24).toImage().pixelColor(12, 12).name())
    assert seen == [DARK.accent, LIGHT.accent]


def test_icons_are_sharp_on_dense_screens(qapp: QApplication) -> None:
    assert icon_pixmap(Icon.STOP, 24, ratio=2.0).size().toTuple() == (48, 48)
    for_a_button = icon(Icon.STOP).pixmap(QSize(24, 24), 2.0)
    assert (for_a_button.size().toTuple(), for_a_button.devicePixelRatio()) == ((48, 48), 2.0)
    label = QLabel()
    label.setPixmap(icon_pixmap(Icon.STOP, 24, ratio=2.0))
    assert label.sizeHint().width() == 24


def test_disabled_icons_are_grey(qapp: QApplication) -> None:
    from PySide6.QtGui import QIcon

    made = icon(Icon.STOP, Tint.ACCENT)
    assert made.pixmap(24, 24, QIcon.Mode.Disabled).toImage().pixelColor(12, 12).name() == DARK.disabled


def test_copied_icons_outlive_their_originals(qapp: QApplication) -> None:
    """Qt then clones the engine, and the binding must not free the clone under it."""
    import gc

    from PySide6.QtGui import QIcon

    copies = []
    for _ in range(50):
        first = icon(Icon.PLAY)
        copy = QIcon(first)
        copy.addPixmap(first.pixmap(16, 16))
        copies.append(copy)
        del first
    gc.collect()
    assert all(not copy.pixmap(20, 20).isNull() for copy in copies)


def test_the_application_has_an_icon(qapp: QApplication) -> None:
    assert application_icon().pixmap(64, 64).size().toTuple() == (64, 64)
