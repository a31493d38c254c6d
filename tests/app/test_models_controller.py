"""Self-check, imports and preferences behind the window: everything is real but the views."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock, create_autospec

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.controllers.models import ModelsController
from app.controllers.preferences import PreferencesController
from app.installation import Installation
from app.preferences import load_preferences
from app.self_check import all_checks
from app.session import Session
from app.settings import DEFAULT_EMBEDDER, DEFAULT_MODEL, Folders, application_version
from core.aggregation.calibration import load_calibration
from core.domain.installation import (
    CheckState,
    ImportKind,
    ImportRequest,
    WeightsPurpose,
    WeightsState,
)
from core.domain.preferences import Preferences
from core.domain.thresholds import ThresholdSubject
from core.gallery.store import Gallery
from tests.builders_models import own_embedder, scrfd_network
from ui.dialogs.preferences import PreferencesDialog
from ui.theme import current_palette
from ui.views.models import ModelsView

PATIENCE_MS = 120_000


class Signals(QObject):
    opened = Signal()
    check_asked = Signal()
    import_asked = Signal(object)
    import_cancelled = Signal()
    preferences_changed = Signal(object)
    theme_tried = Signal(str)
    finished = Signal(int)


def stand_in(kind: type) -> Mock:
    """A view of which only the signals are real."""
    view = create_autospec(kind, instance=True)
    view.signals = Signals()
    for name in vars(Signals):
        if hasattr(kind, name) and isinstance(vars(Signals)[name], Signal):
            setattr(view, name, getattr(view.signals, name))
    return view


@pytest.fixture
def session(folders: Folders, qtbot: QtBot) -> Iterator[Session]:
    made = Session(folders, Preferences())
    made.failures = []
    made.failed.connect(made.failures.append)
    yield made
    made.shut_down()


@pytest.fixture
def installation(session: Session) -> Installation:
    return Installation(session, session)


@pytest.fixture
def view(session: Session, installation: Installation) -> Mock:
    made = stand_in(ModelsView)
    made.controller = ModelsController(session, installation, made)
    return made


def checked(installation: Installation, qtbot: QtBot) -> Installation:
    with qtbot.waitSignal(installation.check_ended, timeout=PATIENCE_MS):
        installation.check()
    return installation


def imported(view: Mock, installation: Installation, qtbot: QtBot, request: ImportRequest) -> None:
    with qtbot.waitSignal(installation.check_ended, timeout=PATIENCE_MS):
        view.import_asked.emit(request)


def own_model(folder: Path) -> Path:
    return folder / own_embedder(folder).file


def write_onnx(path: Path, side: int) -> None:
    """A network that maps (1, 3, side, side) to (1, 4)."""
    weight = numpy_helper.from_array(np.ones((3 * side * side, 4), dtype=np.float32), "w")
    nodes = [helper.make_node("Flatten", ["x"], ["f"]), helper.make_node("MatMul", ["f", "w"], ["y"])]
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, side, side])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 4])],
        [weight],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), str(path))


def test_the_window_checks_what_doctor_checks(session, installation, qtbot, folders):
    checked(installation, qtbot)
    by_doctor = {check.name: check for check in all_checks(folders)}
    moving = {"disk, data folder", "disk, current folder", "compute device", "display"}
    assert {c.name for c in installation.checks} == set(by_doctor)
    for check in installation.checks:
        if check.name not in moving:
            assert check == by_doctor[check.name]
    assert session.failures == []
    assert not folders.user_models.exists(), "looking must not make folders of models"


def test_weights_devices_and_thresholds_become_known(installation, qtbot, folders):
    checked(installation, qtbot)
    states = {info.name: (info.purpose, info.state) for info in installation.weights}
    assert states[DEFAULT_MODEL] == (WeightsPurpose.RECOVERY, WeightsState.INTACT)
    assert states[DEFAULT_EMBEDDER] == (WeightsPurpose.EMBEDDER, WeightsState.INTACT)
    assert states["mtcnn"] == (WeightsPurpose.DETECTOR, WeightsState.INTACT)
    assert "cpu" in [device.name for device in installation.devices]
    calibration = load_calibration(folders.calibration)
    table = installation.thresholds
    assert (table.calibration_id, table.model) == (calibration.calibration_id, DEFAULT_MODEL)
    assert list(dict.fromkeys(row.subject for row in table.rows)) == list(ThresholdSubject)
    sources = [row for row in table.rows if row.subject is ThresholdSubject.SOURCE]
    assert [row.n_frames for row in sources] == [measured.n_frames for measured in calibration.source.tables]
    for row, measured in zip(sources, calibration.source.tables, strict=True):
        assert row.false_positive.threshold == measured.point.threshold
        assert row.false_positive.high == measured.point.false_match.high
        assert row.false_negative.rate == measured.point.false_non_match.rate


def test_checks_reach_the_view_one_by_one(view, installation, qtbot):
    with qtbot.waitSignal(installation.check_ended, timeout=PATIENCE_MS):
        view.opened.emit()
    assert view.show_check_started.call_count == 1
    assert [call.args[0] for call in view.add_check.call_args_list] == list(installation.checks)
    view.show_check_ended.assert_called_once_with()
    view.show_weights.assert_called_once_with(installation.weights)
    view.opened.emit()
    assert not installation.is_checking, "coming back to the page checks nothing again"
    with qtbot.waitSignal(installation.check_ended, timeout=PATIENCE_MS):
        view.check_asked.emit()


def test_the_first_start_of_a_version_checks_and_the_next_does_not(session, installation, qtbot, folders):
    with qtbot.waitSignal(installation.check_ended, timeout=PATIENCE_MS):
        installation.check_at_first_start()
    assert load_preferences(folders).checked_version == application_version()
    installation.check_at_first_start()
    assert not installation.is_checking
    session.set_preferences(replace(session.preferences, checked_version="0.0.1"))
    with qtbot.waitSignal(installation.check_ended, timeout=PATIENCE_MS):
        installation.check_at_first_start()


def test_altered_weights_are_trouble_that_is_told(qtbot, tmp_path, folders):
    resources = tmp_path / "resources"
    shutil.copytree(folders.resources / "models", resources / "models")
    (resources / "fonts").symlink_to(folders.fonts, target_is_directory=True)
    with (resources / "models" / f"{DEFAULT_EMBEDDER}.safetensors").open("ab") as file:
        file.write(b"x")
    session = Session(replace(folders, resources=resources), Preferences())
    try:
        installation = Installation(session, session)
        view = stand_in(ModelsView)
        controller = ModelsController(session, installation, view)
        with qtbot.waitSignal(controller.trouble_found, timeout=PATIENCE_MS) as trouble:
            installation.check()
        assert trouble.args == [1]
        (failed,) = installation.failed_checks
        assert failed.name == f"weights {DEFAULT_EMBEDDER}" and failed.next_step
    finally:
        session.shut_down()


def test_a_library_that_crashes_the_check_does_not_crash_the_window(installation, qtbot, tmp_path, monkeypatch):
    broken = tmp_path / "torchvision"
    broken.mkdir()
    (broken / "__init__.py").write_text("import os; os.abort()")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    checked(installation, qtbot)
    last = installation.checks[-1]
    assert last.state is CheckState.FAILED
    assert "crashed after the check of torch" in last.value


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="asks Linux for child processes")
def test_closing_the_window_ends_a_check_that_runs(folders, qtbot):
    session = Session(folders, Preferences())
    installation = Installation(session, session)
    with qtbot.waitSignal(installation.check_found, timeout=PATIENCE_MS):
        installation.check()
    session.shut_down()
    children = " ".join(path.read_text() for path in Path("/proc/self/task").glob("*/children"))
    commands = [Path(f"/proc/{child}/cmdline").read_text() for child in children.split()]
    assert not [command for command in commands if "self_check" in command]


def test_a_model_is_imported_listed_and_said(view, installation, session, qtbot, tmp_path, folders):
    file = own_model(tmp_path / "brought")
    imported(view, installation, qtbot, ImportRequest(kind=ImportKind.DFREC, path=file))
    view.show_import_running.assert_any_call(file, is_waiting=False)
    assert view.show_imported.call_args.args[0] == "mine"
    view.show_import_ended.assert_called_once_with()
    view.show_import_refused.assert_not_called()
    assert (folders.user_models / "mine.safetensors").is_file()
    assert "mine" in [info.name for info in installation.weights]
    assert session.failures == []


def test_a_file_that_is_no_network_is_refused_on_the_page_with_its_reason(view, session, qtbot, tmp_path, folders):
    file = tmp_path / "holiday.pth"
    file.write_bytes(b"no weights")
    with qtbot.waitSignal(session.jobs.finished, timeout=PATIENCE_MS):
        view.import_asked.emit(ImportRequest(kind=ImportKind.DFREC, path=file))
    (refusal,) = (call.args[0] for call in view.show_import_refused.call_args_list)
    assert refusal.path == file and refusal.what and refusal.next_step and not refusal.is_bug
    view.show_imported.assert_not_called()
    view.show_import_ended.assert_called_once_with()
    assert session.failures == [], "it is told once"
    assert not folders.user_models.exists()


@pytest.mark.parametrize("name", ["absent.onnx", "folder"])
def test_what_is_not_there_or_holds_nothing_is_refused(view, session, qtbot, tmp_path, name):
    (tmp_path / "folder").mkdir()
    with qtbot.waitSignal(session.jobs.finished, timeout=PATIENCE_MS):
        view.import_asked.emit(ImportRequest(kind=ImportKind.ARCFACE, path=tmp_path / name))
    assert view.show_import_refused.call_args.args[0].next_step
    assert session.failures == []


def test_a_pack_gives_its_recognition_model_and_offers_its_detector(view, installation, qtbot, tmp_path, folders):
    pack = tmp_path / "buffalo_s"
    pack.mkdir()
    write_onnx(pack / "1k3d68.onnx", side=192)
    scrfd_network(pack / "det_500m.onnx")
    write_onnx(pack / "w600k_mbf.onnx", side=112)
    imported(view, installation, qtbot, ImportRequest(kind=ImportKind.ARCFACE, path=pack, name="mbf"))
    assert (folders.user_models / "mbf.onnx").read_bytes() == (pack / "w600k_mbf.onnx").read_bytes()
    assert "det_500m" in [info.name for info in installation.weights]
    name, hint = view.show_imported.call_args.args
    assert name == "mbf"
    assert str(pack) in hint


def test_an_import_waits_for_the_work_before_it_and_can_be_cancelled(view, session, qtbot, tmp_path):
    session.jobs.pause()
    file = own_model(tmp_path / "brought")
    view.import_asked.emit(ImportRequest(kind=ImportKind.DFREC, path=file))
    view.import_asked.emit(ImportRequest(kind=ImportKind.DFREC, path=file))
    assert len(session.jobs.waiting_ids()) == 1, "one at a time"
    view.import_cancelled.emit()
    view.show_import_ended.assert_called_once_with()
    view.show_imported.assert_not_called()
    session.jobs.resume()
    assert not session.jobs.is_busy


# --- preferences


@pytest.fixture
def dialogs(session: Session, installation: Installation, qapp: QApplication) -> list[Mock]:
    made: list[Mock] = []

    def make(values: Preferences) -> Mock:
        dialog = stand_in(PreferencesDialog)
        dialog.shown = values
        made.append(dialog)
        return dialog

    made_by = PreferencesController(session, installation, qapp, make)
    session.preferences_controller = made_by
    return made


def test_the_dialog_gets_what_this_computer_has_and_the_size_of_the_gallery(
    session, installation, dialogs, qtbot, tmp_path
):
    with Gallery.open(tmp_path / "g.db", create=True, embedder_id="dlib:1") as gallery:
        for name in ("Ada", "Grace", "Katherine"):
            person = gallery.add_person(name, actor="test")
            vector = np.eye(4, dtype=np.float32)[0]
            gallery.add_template(person, vector, embedder_id="dlib:1", quality=0.5, actor="test")
        gallery.add_person("Nobody with a photo", actor="test")
    with qtbot.waitSignal(session.gallery_changed, timeout=PATIENCE_MS):
        session.open_gallery(tmp_path / "g.db")
    with qtbot.waitSignal(installation.check_ended, timeout=PATIENCE_MS):
        session.preferences_controller.open()
    (dialog,) = dialogs
    qtbot.waitUntil(lambda: dialog.show_thresholds.call_args.args[0].n_people == 3)
    assert dialog.shown == Preferences()
    dialog.show_devices.assert_called_with(installation.devices)
    dialog.show_weights.assert_called_with(installation.weights)
    rows = dialog.show_thresholds.call_args.args[0].rows
    assert rows[0].search_false_positive is None
    assert rows[1].search_false_positive == pytest.approx(1 - (1 - rows[1].false_positive.high) ** 3)
    assert rows[1].is_search_usable


def test_saved_preferences_are_kept_and_applied_and_the_programs_own_entries_stay(
    session, dialogs, folders, qapp, tmp_path
):
    session.preferences_controller.open()
    session.set_preferences(session.preferences.with_recent_case(tmp_path / "case"))
    dialogs[0].preferences_changed.emit(Preferences(theme="light", candidates=3))
    kept = load_preferences(folders)
    assert kept == session.preferences
    assert (kept.theme, kept.candidates, kept.recent_cases) == ("light", 3, (tmp_path / "case",))
    assert not current_palette().is_dark
    dialogs[0].theme_tried.emit("dark")
    assert current_palette().is_dark
    assert session.preferences.theme == "light", "tried is not saved"


def test_another_gallery_is_opened_at_once(session, dialogs, qtbot, tmp_path):
    Gallery.open(tmp_path / "other.db", create=True, embedder_id="dlib:1").close()
    session.preferences_controller.open()
    with qtbot.waitSignal(session.gallery_changed, timeout=PATIENCE_MS):
        dialogs[0].preferences_changed.emit(Preferences(gallery=tmp_path / "other.db"))
    assert session.gallery_path == tmp_path / "other.db"


def test_there_is_one_dialog_at_a_time(session, dialogs):
    controller = session.preferences_controller
    controller.open()
    controller.open()
    assert len(dialogs) == 1
    dialogs[0].finished.emit(0)
    controller.open()
    assert len(dialogs) == 2
