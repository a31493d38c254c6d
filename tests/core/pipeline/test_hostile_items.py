"""A file that ends its decoder is one failed item of the case; the others are analysed."""

from pathlib import Path
from subprocess import DEVNULL, PIPE

import pytest

from core.casefile.store import CaseFile
from core.domain.cancel import CancelToken
from core.domain.events import AnalysisDone
from core.domain.evidence import EvidenceState
from core.domain.time import TimeRange
from core.errors import DecoderCrashedError, DecoderHungError, DecoderMemoryError
from core.isolation.child import start_child
from core.isolation.limits import Limits
from core.pipeline import Engines, analyse
from core.video import decode_child, isolated_reader
from core.video.probe import probe
from tests.builders_analysis import SETTINGS
from tests.builders_media import ClipSpec, write_clip


def crash(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        decode_child,
        "ready_child",
        lambda *imports, inherit=(): start_child("tests.crashing_child", stdin=PIPE, stdout=PIPE, stderr=DEVNULL),
    )


def starve(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(isolated_reader, "limits_for", lambda item: Limits(memory_bytes=24 << 20))


def hang(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        decode_child,
        "ready_child",
        lambda *imports, inherit=(): start_child("tests.sleeping_child", stdin=PIPE, stdout=PIPE, stderr=DEVNULL),
    )
    patch.setattr(isolated_reader, "LONGEST_SILENCE_S", 0.5)


@pytest.mark.parametrize(
    ("happens", "error"), [(crash, DecoderCrashedError), (starve, DecoderMemoryError), (hang, DecoderHungError)]
)
def test_the_item_has_a_named_state_and_the_rest_goes_on(happens, error, engines: Engines, tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "case", create=True) as case:

        def analysed(path: Path) -> object:
            *_, last = analyse(
                probe(path),
                case=case,
                settings=SETTINGS,
                engines=engines,
                gallery=None,
                time_range=TimeRange(),
                cancel=CancelToken(),
            )
            return last

        with pytest.MonkeyPatch.context() as patch:
            happens(patch)
            with pytest.raises(error) as caught:
                analysed(write_clip(tmp_path / "hostile.mp4", ClipSpec(n_pictures=10)))
        assert isinstance(analysed(write_clip(tmp_path / "other.mp4", ClipSpec(n_pictures=8))), AnalysisDone)
        hostile, other = case.evidence()
    assert (hostile.state, other.state) == (EvidenceState.FAILED, EvidenceState.DONE)
    assert caught.value.what in hostile.failure
