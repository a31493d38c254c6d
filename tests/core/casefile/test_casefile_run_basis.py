from pathlib import Path

from core.casefile.records import RunBasis
from core.casefile.store import CaseFile
from core.domain.report import ErrorRate
from tests.builders_report import MANIFEST

RATE = ErrorRate(
    measure="false match rate", threshold=0.9, rate=0.01, low=0.005, high=0.02, trials=1000, population="validation"
)
BASIS = RunBasis(
    manifest=MANIFEST, error_rates=(RATE,), model_limits=("Blurred faces fail.", "Ωmega."), gallery_name="known.db"
)


def test_what_a_run_was_made_with_comes_back_as_it_was(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "case", create=True) as case:
        assert case.run_basis() is None
        case.set_run_basis(BASIS)
    with CaseFile.open(tmp_path / "case", create=False) as case:
        assert case.run_basis() == BASIS
