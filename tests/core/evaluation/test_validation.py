"""Measuring a model: the whole protocol on faces drawn by script."""

from pathlib import Path

from core.models.registry import ModelRegistry
from core.recovery.loading import load_embedder, load_recoverer
from tests.builders_faces import scripted_corpus


def test_every_figure_stands_beside_its_none_row_and_the_table_fits_the_weights() -> None:
    from core.evaluation.validation import validate

    registry = ModelRegistry(Path("resources/models"), Path("resources/models"))
    embedder = load_embedder(registry, "dlib-resnet-v1", "cpu")
    recoverer = load_recoverer(registry, "dfrec-compact", "cpu", embedder)
    measured = validate(recoverer, scripted_corpus(), count=64, seed=3)
    by_name = {figure.measure: figure for figure in measured.figures}
    for role in ("source", "target"):
        first, five = (next(f for n, f in by_name.items() if n.startswith(f"{role} in the first {k} ")) for k in (1, 5))
        assert first.none_row is not None and five.none_row is not None
        assert 0 <= first.value <= five.value <= 1
    assert all(figure.n > 0 and figure.population for figure in measured.figures)
    table = measured.calibration
    assert table.for_run(recoverer.weights_sha256, embedder.embedder_id) is table
    assert table.real_below <= table.fake_from
    for point in (table.source, table.target, table.photo):
        assert point is not None
        assert point.false_match.low <= point.false_match.rate <= point.false_match.high
        assert point.false_match.rate < 0.02
