"""Colours, spacing and type sizes of the window: the only place that holds literal ones."""

from __future__ import annotations

from dataclasses import dataclass

SPACE = 8
"""Unit of every margin and gap, device-independent px; use halves and multiples of it."""

RADIUS = 6
"""Corner radius of controls, px; surfaces use `RADIUS_LARGE`."""

RADIUS_LARGE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeScale:
    """Font sizes, device-independent px, where the system's font is of the usual size; see `ui.theme.scaled`."""

    small: int = 11
    body: int = 13
    strong: int = 15
    title: int = 20
    display: int = 30


TYPE = TypeScale()


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colour tokens of one theme, each ``#rrggbb``.

    Attributes:
        is_dark: whether light text stands on dark ground.
        window: ground of the whole window.
        surface: panels, lists, tables, pages.
        raised: cards, menus, inputs, buttons at rest.
        hover, pressed: a control under the pointer, and held down.
        border: hairlines between surfaces.
        border_strong: outline of inputs and buttons, >= 3:1 on `surface`.
        text, muted: first and second rank of words, >= 4.5:1 on window, surface and raised.
        disabled: words and icons of what cannot be used now.
        accent: the one accent: selection, focus, primary action.
        accent_text: words on `accent`.
        accent_soft: ground of the selected row or page.
        success, warning, danger: states, readable as words on window, surface and raised; never the only sign.
        danger_fill: ground of the button that destroys.
        danger_text: words on `danger_fill`.
        source, target: the two roles of a swap, wherever a picture or a curve belongs to one.
        canvas: ground behind pictures, dark in both themes so that pictures look alike.
        canvas_text: words and hairlines on `canvas`.
        tracks: colours of face tracks, told apart with any colour vision, on `surface` and on `canvas`; more tracks
            start over. Over pictures draw them with a casing of `canvas`.
    """

    is_dark: bool
    window: str
    surface: str
    raised: str
    hover: str
    pressed: str
    border: str
    border_strong: str
    text: str
    muted: str
    disabled: str
    accent: str
    accent_text: str
    accent_soft: str
    success: str
    warning: str
    danger: str
    danger_fill: str
    danger_text: str
    source: str
    target: str
    canvas: str
    canvas_text: str
    tracks: tuple[str, ...]

    def track(self, track_id: int) -> str:
        """Colour of the face track with this 1-based id."""
        return self.tracks[(track_id - 1) % len(self.tracks)]


LIGHT = Palette(
    is_dark=False,
    window="#eef0f3",
    surface="#f8f9fb",
    raised="#ffffff",
    hover="#e9edf1",
    pressed="#dce2e8",
    border="#d5dae1",
    border_strong="#7d8796",
    text="#1b222c",
    muted="#55606f",
    disabled="#9aa3af",
    accent="#0a7168",
    accent_text="#ffffff",
    accent_soft="#d3ebe7",
    success="#2a6f2f",
    warning="#845200",
    danger="#b3261e",
    danger_fill="#b3261e",
    danger_text="#ffffff",
    source="#a04a06",
    target="#1d64b0",
    canvas="#15181d",
    canvas_text="#e7eaef",
    tracks=("#a273f0", "#2d654b", "#979112", "#b76592", "#7225e6", "#5e6914", "#952b6e", "#409066"),
)

DARK = Palette(
    is_dark=True,
    window="#14171b",
    surface="#1a1e24",
    raised="#22272f",
    hover="#2a303a",
    pressed="#323a46",
    border="#2d343e",
    border_strong="#6b7686",
    text="#e4e8ee",
    muted="#9ba6b4",
    disabled="#5f6977",
    accent="#43b9a9",
    accent_text="#06211d",
    accent_soft="#1d3f3c",
    success="#86c97a",
    warning="#e3b04b",
    danger="#f2857b",
    danger_fill="#bf3d35",
    danger_text="#ffffff",
    source="#f0a04b",
    target="#6fb4f2",
    canvas="#0d0f12",
    canvas_text="#e7eaef",
    tracks=("#ced737", "#19aba5", "#9a65e9", "#cfa37e", "#c4647c", "#a6d9c6", "#818c1e", "#c0a4f7"),
)

HEAT = ("#0c0826", "#481668", "#932a6e", "#d94c52", "#f7924c", "#fce6a0")
"""Stops of the identity map's colours at even steps from 0 to 1: the same as in the report, in both themes."""
