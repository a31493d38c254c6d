"""Measuring a model: the whole protocol on faces drawn by script."""

from core.domain.comparison import PLAIN
from core.evaluation.calibrate import CalibrationPlan, calibrate
from core.evaluation.fake_rates import FakeScores
from core.evaluation.validation import figures_of, run_trials
from tests.core.evaluation.calibration_corpus import ToldRecoverer, people_corpus


def test_every_figure_stands_beside_its_none_row_and_the_calibration_fits_the_weights() -> None:
    faces, recoverer = people_corpus(), ToldRecoverer(16)
    trials = run_trials(recoverer, faces, count=64, seed=3)
    figures = figures_of(trials, faces, PLAIN)
    by_name = {figure.measure: figure for figure in figures}
    for role in ("source", "target"):
        first, five = (next(f for n, f in by_name.items() if n.startswith(f"{role} in the first {k} ")) for k in (1, 5))
        assert first.none_row is not None and five.none_row is not None
        assert 0 <= first.value <= five.value <= 1
    assert all(figure.n > 0 and figure.population for figure in figures)
    fake = FakeScores.of(trials, faces)
    table = calibrate(recoverer, faces, fake, CalibrationPlan(pairs=3, group_pairs=2))
    assert table.for_run(recoverer.weights_sha256, recoverer.embedder_id) is table
    assert table.real_below <= table.fake_from
    for kind in ("source", "target", "photo"):
        measured = table.of(kind)
        assert measured is not None
        for frames in measured.tables:
            match = frames.point.false_match
            assert match.low <= match.rate <= match.high
            assert match.rate <= 0.001
            assert [p.threshold for p in frames.curve] == sorted(p.threshold for p in frames.curve)


def test_no_forgery_puts_a_person_onto_himself() -> None:
    faces = people_corpus(n_people=6, photos=3)
    trials = run_trials(ToldRecoverer(16), faces, count=96, seed=3)
    forged = trials.is_fake
    assert forged.sum() > 20
    assert (faces.identity[trials.source_row[forged]] != faces.identity[trials.target_row[forged]]).all()
