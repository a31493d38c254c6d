from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox, QLineEdit, QPushButton, QTabWidget
from shiboken6 import isValid

from core.domain.installation import DeviceInfo, WeightsInfo, WeightsPurpose, WeightsState
from core.domain.preferences import Preferences
from core.domain.report import ErrorRate
from core.domain.thresholds import ThresholdRow, ThresholdSubject, ThresholdTable
from ui.dialogs.preferences import PreferencesDialog
from ui.widgets.threshold_view import ThresholdView

CPU = DeviceInfo(name="cpu", description="2 cores, 2 threads")
CUDA = DeviceInfo(name="cuda", description="A card, 139 GiB")
STORED = Preferences(
    sample_period_s=Fraction(1, 30),
    examiner="J. Doe",
    gallery=Path("/galleries/a.db"),
    recent_cases=(Path("/cases/1"),),
    checked_version="1",
)


def weights(name: str, state: WeightsState = WeightsState.INTACT, purpose=WeightsPurpose.RECOVERY) -> WeightsInfo:
    return WeightsInfo(name=name, purpose=purpose, state=state, path=Path(f"/{name}"), is_shipped=True)


MODELS = (weights("dfrec-compact"), weights("dfrec-paper"), weights("dlib", purpose=WeightsPurpose.EMBEDDER))


def rate(value: float, threshold: float = 0.9) -> ErrorRate:
    return ErrorRate(
        measure="m", threshold=threshold, rate=value, low=value / 2, high=value * 2, trials=1000, population="people"
    )


def table(search: float | None = 0.11, is_usable: bool = True) -> ThresholdTable:
    return ThresholdTable(
        calibration_id="cal-1",
        model="dfrec-compact",
        population="press photographs",
        n_people=None if search is None else 12_345,
        rows=(
            ThresholdRow(
                subject=ThresholdSubject.FORGERY, false_positive=rate(0.02, 0.94), false_negative=rate(0.03, 0.5)
            ),
            ThresholdRow(
                subject=ThresholdSubject.SOURCE,
                false_positive=rate(0.001),
                false_negative=rate(0.24),
                search_false_positive=search,
                is_search_usable=is_usable,
            ),
        ),
    )


@pytest.fixture
def dialog(qapp) -> PreferencesDialog:
    made = PreferencesDialog(STORED)
    made.show_devices((CPU,))
    made.show_weights(MODELS)
    made.show_thresholds(table())
    made.open()
    yield made
    if isValid(made):
        made.close()


def field(dialog: PreferencesDialog, name: str, kind: type):
    return next(w for w in dialog.findChildren(kind) if w.accessibleName() == name)


def button(dialog: PreferencesDialog, text: str) -> QPushButton:
    return next(b for b in dialog.findChildren(QPushButton) if b.text() == text)


def choose(box: QComboBox, data: str) -> None:
    box.setCurrentIndex(box.findData(data))


def test_what_is_stored_is_shown_and_nothing_changes_by_looking(dialog):
    assert dialog.values() == STORED, "1/30 s is no number of milliseconds, and stays 1/30 s"
    assert not dialog.can_save
    assert dialog.problem() == ""


def test_edits_are_handed_over_whole(dialog, qtbot):
    choose(field(dialog, "Device", QComboBox), "cpu")
    field(dialog, "Time between frames", QAbstractSpinBox).setValue(0.25)
    field(dialog, "Frames a person", QAbstractSpinBox).setValue(4)
    field(dialog, "Candidates", QAbstractSpinBox).setValue(3)
    choose(field(dialog, "Recovery model", QComboBox), "dfrec-paper")
    choose(field(dialog, "Face detector", QComboBox), "")
    field(dialog, "Folder of the pack, or its detector", QLineEdit).setText("/packs/buffalo_l")
    dialog.findChild(QCheckBox).setChecked(False)
    field(dialog, "Organisation", QLineEdit).setText("  Laboratory ")
    field(dialog, "Address of a time-stamp authority", QLineEdit).setText(" https://tsa.example.org/tsr ")
    choose(field(dialog, "Theme", QComboBox), "light")
    with qtbot.waitSignal(dialog.preferences_changed) as saved:
        button(dialog, "Save").click()
    assert saved.args == [
        Preferences(
            device="cpu",
            sample_period_s=Fraction(1, 4),
            frames_per_person=4,
            candidates=3,
            model="dfrec-paper",
            detector="/packs/buffalo_l",
            theme="light",
            observations_first=False,
            gallery=STORED.gallery,
            examiner="J. Doe",
            organisation="Laboratory",
            timestamp_url="https://tsa.example.org/tsr",
            recent_cases=STORED.recent_cases,
            checked_version="1",
        )
    ]


def test_a_theme_is_tried_at_once_and_taken_back_on_cancel(dialog):
    tried = []
    dialog.theme_tried.connect(tried.append)
    choose(field(dialog, "Theme", QComboBox), "light")
    dialog.reject()
    assert tried == ["light", "system"]


def test_a_saved_theme_is_not_taken_back(dialog):
    tried = []
    dialog.theme_tried.connect(tried.append)
    choose(field(dialog, "Theme", QComboBox), "light")
    button(dialog, "Save").click()
    assert tried == ["light"]


def test_defaults_come_back_but_for_names_and_gallery_and_only_when_saved(dialog):
    field(dialog, "Candidates", QAbstractSpinBox).setValue(99)
    button(dialog, "Restore defaults").click()
    values = dialog.values()
    assert (values.sample_period_s, values.candidates) == (Fraction(1, 5), 10)
    assert (values.examiner, values.gallery, values.recent_cases) == ("J. Doe", STORED.gallery, STORED.recent_cases)
    assert dialog.can_save


def test_what_a_change_means_for_stored_analyses_is_said(dialog):
    assert "keeps the settings it was made with" in dialog.consequence()
    field(dialog, "Organisation", QLineEdit).setText("Lab")
    assert "keeps the settings it was made with" in dialog.consequence()
    field(dialog, "Frames a person", QAbstractSpinBox).setValue(4)
    assert "starts anew" in dialog.consequence()


def test_a_device_that_is_not_there_cannot_be_saved(dialog):
    box = field(dialog, "Device", QComboBox)
    choose(box, "cuda")
    assert "not on this computer" in box.currentText()
    assert "no such device" in dialog.problem()
    assert not dialog.can_save
    dialog.show_devices((CPU, CUDA))
    assert box.currentText() == "CUDA: A card, 139 GiB"
    assert dialog.can_save


def test_before_anything_is_known_of_this_computer_every_device_can_be_chosen(qapp):
    dialog = PreferencesDialog(Preferences(model="mine"))
    choose(field(dialog, "Device", QComboBox), "mps")
    assert dialog.can_save
    assert dialog.values().model == "mine"
    dialog.close()


@pytest.mark.parametrize("models", [(weights("dfrec-compact", WeightsState.ALTERED),), (), MODELS[1:]])
def test_weights_that_are_altered_or_gone_cannot_be_saved_and_are_not_replaced_unseen(dialog, models):
    dialog.show_weights(models)
    assert dialog.values().model == "dfrec-compact"
    assert "missing or altered" in dialog.problem()


@pytest.mark.parametrize("path", ["", "packs/buffalo_l"])
def test_a_detector_needs_a_whole_path(dialog, path):
    choose(field(dialog, "Face detector", QComboBox), "")
    line = field(dialog, "Folder of the pack, or its detector", QLineEdit)
    line.setText(path)
    assert "insightface pack" in dialog.problem()
    assert line.property("invalid")
    line.setText("/packs/buffalo_l")
    assert dialog.problem() == ""
    assert not line.property("invalid")


def test_a_problem_on_another_page_is_located(dialog):
    choose(field(dialog, "Device", QComboBox), "mps")
    dialog.findChild(QTabWidget).setCurrentIndex(3)
    assert dialog.problem().startswith("Analysis: ")


def test_an_unprintable_name_is_refused(dialog):
    field(dialog, "Examiner", QLineEdit).setText("J.\u200bDoe")
    assert "cannot be printed" in dialog.problem()


@pytest.mark.parametrize("address", ["tsa.example.org", "ftp://tsa.example.org", "http://", "http://[", "https://a b"])
def test_what_is_no_address_of_an_authority_is_refused(dialog, address):
    field(dialog, "Address of a time-stamp authority", QLineEdit).setText(address)
    assert "no address" in dialog.problem()
    with pytest.raises(ValueError, match="timestamp_url"):
        Preferences(timestamp_url=address)


def test_rates_stand_beside_their_thresholds(dialog):
    text = dialog.findChild(ThresholdView).text()
    for part in ("0.940", "0.500", "2.0\u00a0%", "[1.0\u00a0% – 4.0\u00a0%]", "24\u00a0%", "up to 11\u00a0%", "12,345"):
        assert part in text
    assert "press photographs" in text


def test_thresholds_of_the_fewest_and_of_the_most_frames_are_shown(dialog):
    rates = table()
    more = [replace(rates.rows[1], n_frames=n, false_positive=rate(0.001, 0.9 + n / 1000), cllr=0.2) for n in (1, 4, 8)]
    dialog.show_thresholds(replace(rates, rows=(rates.rows[0], *more)))
    text = dialog.findChild(ThresholdView).text()
    for part in ("1 frame", "0.901", "8 frames", "0.908"):
        assert part in text
    assert "0.904" not in text


def test_rates_of_another_model_are_not_shown(dialog):
    choose(field(dialog, "Recovery model", QComboBox), "dfrec-paper")
    text = dialog.findChild(ThresholdView).text()
    assert "No error rates were measured with dfrec-paper" in text
    assert "0.940" not in text


def test_a_gallery_too_large_is_said(dialog):
    dialog.show_thresholds(table(search=0.9999, is_usable=False))
    text = dialog.findChild(ThresholdView).text()
    assert "so large that in most searches a stranger" in text
    assert "too many people" in text
    assert "above 99\u00a0%" in text


def test_no_open_gallery_and_no_table_are_said(dialog):
    dialog.show_thresholds(table(search=None))
    assert "no gallery open" in dialog.findChild(ThresholdView).text()
    dialog.show_thresholds(ThresholdTable())
    assert "every finding stays inconclusive" in dialog.findChild(ThresholdView).text()


def test_every_field_has_a_name_for_screen_readers(dialog):
    for kind in (QComboBox, QAbstractSpinBox, QLineEdit, QCheckBox, QPushButton):
        for widget in dialog.findChildren(kind):
            if widget.objectName() != "qt_spinbox_lineedit":
                assert widget.accessibleName(), f"{kind.__name__} without a name"
