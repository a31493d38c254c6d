"""What a person set in the window: how videos are looked at, how the window looks, and what new cases begin with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

DEVICES = ("auto", "cpu", "cuda", "mps")
THEMES = ("system", "light", "dark")
LONGEST_PERIOD_S = 60
MOST_FRAMES_PER_PERSON = 256
MOST_CANDIDATES = 100
MOST_RECENT_CASES = 12
LONGEST_NAME = 200
LONGEST_ADDRESS = 2000


def is_http_address(text: str) -> bool:
    """Whether a text is one line that begins with http:// or https:// and names a host."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and text.isprintable() and " " not in text
    except ValueError:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """Settings of one person on one computer. Those of the analysis enter every run manifest.

    Attributes:
        device: one of `DEVICES`.
        sample_period_s: time between analysed frames, seconds, within (0, 60].
        frames_per_person: how many of a person's best frames are recovered, 1-256.
        candidates: gallery candidates listed for each role, 1-100.
        model: name of the recovery weights.
        detector: ``"mtcnn"``, or the path of an insightface pack or detector.
        theme: one of `THEMES`.
        observations_first: examiners write down what they see before names of candidates are shown.
        gallery: the gallery that opens with a case; None takes the standard one.
        examiner, organisation: put into new cases; one line each, at most 200 characters.
        timestamp_url: HTTP address of a time-stamp authority (RFC 3161) that confirms when a report was signed; '' asks
            none, and the window then opens no connection at all.
        recent_cases: folders, the latest first, at most 12, each once.
        checked_version: of the program whose self-check ran on this computer; '' before the first.
    """

    device: str = "auto"
    sample_period_s: Fraction = Fraction(1, 5)
    frames_per_person: int = 16
    candidates: int = 10
    model: str = "dfrec-compact"
    detector: str = "mtcnn"
    theme: str = "system"
    observations_first: bool = True
    gallery: Path | None = None
    examiner: str = ""
    organisation: str = ""
    timestamp_url: str = ""
    recent_cases: tuple[Path, ...] = ()
    checked_version: str = ""

    def __post_init__(self) -> None:
        for name, known in (("device", DEVICES), ("theme", THEMES)):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}, got {getattr(self, name)!r}")
        if not 0 < self.sample_period_s <= LONGEST_PERIOD_S:
            raise ValueError(f"sample_period_s must lie within (0, {LONGEST_PERIOD_S}], got {self.sample_period_s}")
        for name, top in (("frames_per_person", MOST_FRAMES_PER_PERSON), ("candidates", MOST_CANDIDATES)):
            if not 1 <= getattr(self, name) <= top:
                raise ValueError(f"{name} must lie within 1-{top}, got {getattr(self, name)}")
        for name in ("model", "detector"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name} is empty")
        for name in ("examiner", "organisation", "checked_version"):
            value = getattr(self, name)
            if len(value) > LONGEST_NAME or (value and not value.isprintable()):
                raise ValueError(f"{name} must be one line of at most {LONGEST_NAME} characters")
        if self.timestamp_url and not (
            len(self.timestamp_url) <= LONGEST_ADDRESS and is_http_address(self.timestamp_url)
        ):
            raise ValueError(
                f"timestamp_url is no address that begins with http:// or https://: {self.timestamp_url!r}"
            )
        if len(self.recent_cases) > MOST_RECENT_CASES or len(set(self.recent_cases)) != len(self.recent_cases):
            raise ValueError(f"recent_cases must be at most {MOST_RECENT_CASES} different folders")

    def with_recent_case(self, folder: Path) -> Self:
        """The same with `folder` as the latest case."""
        others = (case for case in self.recent_cases if case != folder)
        return replace(self, recent_cases=(folder, *others)[:MOST_RECENT_CASES])

    def without_recent_case(self, folder: Path) -> Self:
        """The same without `folder` among the recent cases."""
        return replace(self, recent_cases=tuple(case for case in self.recent_cases if case != folder))
