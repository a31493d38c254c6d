"""What the calibration part of the report says of the rule behind the scores."""

import numpy as np

from core.domain.comparison import PLAIN, Comparison, cohort_text
from core.report.calibration_part import rule_words


def test_the_rule_of_scores_is_told_as_far_as_it_goes() -> None:
    vectors = np.eye(16, dtype=np.float32)
    centred = Comparison(centre=(0.0,) * 16)
    measured = Comparison(centre=(0.0,) * 16, cohort=cohort_text(vectors), nearest=7)

    assert rule_words(PLAIN) == ()
    (mean,) = rule_words(centred)
    assert "mean of the photographs" in mean
    _, by_cohort = rule_words(measured)
    assert "1 – (1 – s) / (1 – c)" in by_cohort and "with the 7 of the cohort" in by_cohort
