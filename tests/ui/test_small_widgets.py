import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton

from ui.icons import Icon
from ui.theme import LIGHT, ThemeMode, apply_theme
from ui.widgets.buttons import push_button, tool_button
from ui.widgets.elided_label import ElidedLabel
from ui.widgets.empty_state import EmptyState
from ui.widgets.hash_label import HashLabel
from ui.widgets.job_bar import JobBar, clock_words
from ui.widgets.reconstruction_badge import ReconstructionBadge
from ui.widgets.score_bar import ScoreBar

DIGEST = "0123456789abcdef" * 4


def buttons(widget) -> dict[str, QToolButton]:
    return {b.accessibleName(): b for b in widget.findChildren(QToolButton)}


def test_an_empty_state_says_what_to_do(qtbot) -> None:
    empty = EmptyState(Icon.VIDEO, "No evidence", "Drop videos here.", "Add videos")
    qtbot.addWidget(empty)
    with qtbot.waitSignal(empty.action_asked):
        empty.findChild(QPushButton).click()
    assert [label.text() for label in empty.findChildren(QLabel) if label.text()] == [
        "No evidence",
        "Drop videos here.",
    ]


def test_an_empty_state_without_action_has_no_button(qtbot) -> None:
    empty = EmptyState(Icon.VIDEO, "Nothing", "Wait.")
    qtbot.addWidget(empty)
    empty.show()
    assert not empty.findChild(QPushButton).isVisible()


def test_an_empty_state_shows_all_of_a_long_text(qtbot) -> None:
    empty = EmptyState(Icon.VIDEO, "Nothing", "A sentence that goes on and on. " * 12)
    qtbot.addWidget(empty)
    empty.resize(700, 600)
    empty.show()
    label = empty.findChildren(QLabel)[2]
    assert label.height() >= label.heightForWidth(label.width())


def test_an_empty_state_follows_the_theme(qtbot, qapp: QApplication) -> None:
    empty = EmptyState(Icon.STOP, "Nothing", "Wait.")
    qtbot.addWidget(empty)
    picture = empty.findChildren(QLabel)[0]
    apply_theme(qapp, ThemeMode.LIGHT)
    qapp.processEvents()
    assert picture.pixmap().toImage().pixelColor(24, 24).name() == LIGHT.muted


def test_a_hash_is_shortened_told_whole_and_copied(qtbot) -> None:
    label = HashLabel(DIGEST)
    qtbot.addWidget(label)
    assert label.findChild(QLabel).text() == "0123456789ab…"
    assert DIGEST in label.toolTip()
    assert DIGEST in label.accessibleName()
    buttons(label)["Copy the whole SHA-256"].click()
    assert QGuiApplication.clipboard().text() == DIGEST


def test_no_hash_yet_is_said_and_cannot_be_copied(qtbot) -> None:
    label = HashLabel()
    qtbot.addWidget(label)
    assert label.findChild(QLabel).text() == "–"
    assert not buttons(label)["Copy the whole SHA-256"].isEnabled()
    label.set_hash(DIGEST)
    assert buttons(label)["Copy the whole SHA-256"].isEnabled()


def test_a_long_path_keeps_both_ends(qtbot) -> None:
    path = "/cases/" + "folder/" * 40 + "clip.mp4"
    label = ElidedLabel(path)
    qtbot.addWidget(label)
    label.resize(240, 20)
    shown = label.shown_text()
    assert shown.startswith("/ca")
    assert shown.endswith(".mp4")
    assert "…" in shown
    assert label.toolTip() == path
    assert label.minimumSizeHint().width() < 100


def test_a_short_text_is_shown_whole(qtbot) -> None:
    label = ElidedLabel("clip.mp4")
    qtbot.addWidget(label)
    label.resize(240, 20)
    assert label.shown_text() == "clip.mp4"


def test_the_badge_says_reconstruction(qtbot) -> None:
    badge = ReconstructionBadge()
    qtbot.addWidget(badge)
    assert badge.text() == "reconstruction"
    assert "not a photograph" in badge.toolTip().lower()


def test_tooltips_tell_the_shortcut(qtbot) -> None:
    plain, tool = push_button("&New case", keys="Ctrl+N"), tool_button(Icon.PLAY, "Play", keys="Space")
    qtbot.addWidget(plain)
    qtbot.addWidget(tool)
    assert plain.toolTip() == "New case (Ctrl+N)"
    assert plain.accessibleName() == "New case"
    assert tool.toolTip() == "Play (Space)"
    assert tool.accessibleName() == "Play"


@pytest.fixture
def job_bar(qtbot) -> JobBar:
    bar = JobBar()
    qtbot.addWidget(bar)
    bar.resize(1000, 40)
    bar.show()
    return bar


def shown(bar: JobBar) -> set[str]:
    return {name.split(";")[0] for name, b in buttons(bar).items() if b.isVisible()}


def test_a_job_tells_count_rate_and_time_left(job_bar: JobBar) -> None:
    job_bar.show_progress("Analysing a.mp4", 1200, 40000, "frames", 23.44, 3675)
    assert job_bar.numbers_text() == "1,200 of 40,000 frames  ·  23.4 frames/s  ·  1:01:15 left in this step"
    assert shown(job_bar) == {"Pause the job", "Cancel the job"}


def test_what_is_not_known_is_not_said(job_bar: JobBar) -> None:
    job_bar.show_progress("Hashing", 5, None, "MB", None, None)
    assert job_bar.numbers_text() == "5 MB"
    assert job_bar.progress_range() == (0, 0)


def test_seconds_of_video_are_told_from_seconds_of_work(job_bar: JobBar) -> None:
    job_bar.show_progress("Analyse clip.mp4: finding faces", 29, 30, "s", 11.5, 0.1)
    assert job_bar.numbers_text() == "29 of 30 s of video  ·  11.5× real time  ·  0:01 left in this step"


def test_an_empty_job_does_not_divide_by_zero(job_bar: JobBar) -> None:
    job_bar.show_progress("Analysing", 0, 0, "frames", None, None)
    assert job_bar.numbers_text() == "0 of 0 frames"


def test_a_paused_job_can_go_on(job_bar: JobBar, qtbot) -> None:
    job_bar.show_progress("Analysing", 1, 2, "frames", None, None)
    job_bar.show_paused()
    assert shown(job_bar) == {"Go on with the job", "Cancel the job"}
    with qtbot.waitSignal(job_bar.resume_asked):
        buttons(job_bar)["Go on with the job"].click()
    job_bar.show_progress("Analysing", 1, 2, "frames", None, None)
    with qtbot.waitSignal(job_bar.pause_asked):
        buttons(job_bar)["Pause the job"].click()


def test_an_unmeasured_job_stands_still_while_paused(job_bar: JobBar) -> None:
    job_bar.show_progress("Hashing", 5, None, "MB", None, None)
    job_bar.show_paused()
    assert job_bar.progress_range()[1] > 0


@pytest.mark.parametrize(("n", "words"), [(0, "Paused"), (1, "Paused, 1 waits"), (3, "Paused, 3 wait")])
def test_a_paused_queue_in_which_nothing_runs_can_go_on(job_bar: JobBar, n: int, words: str) -> None:
    job_bar.show_standing(n)
    assert shown(job_bar) == {"Go on with the job"}
    assert words in [label.text() for label in job_bar.findChildren(QLabel)]


def test_an_idle_bar_offers_nothing(job_bar: JobBar, qtbot) -> None:
    job_bar.show_progress("Analysing", 1, 2, "frames", None, None)
    with qtbot.waitSignal(job_bar.cancel_asked):
        next(b for name, b in buttons(job_bar).items() if name.startswith("Cancel")).click()
    job_bar.show_idle()
    assert shown(job_bar) == set()
    assert job_bar.numbers_text() == ""


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0:00"), (0.2, "0:01"), (59.5, "1:00"), (3600, "1:00:00"), (-3, "0:00")]
)
def test_time_left_is_rounded_up(seconds: float, words: str) -> None:
    assert clock_words(seconds) == words


@pytest.mark.parametrize(("score", "filled"), [(-0.4, 0), (0.0, 0), (0.3, 60), (1.0, 200)])
def test_a_score_bar_is_filled_from_zero_and_marks_a_low_threshold_well_inside(qtbot, score, filled) -> None:
    bar = ScoreBar(score, 0.35, score >= 0.35)
    qtbot.addWidget(bar)
    bar.resize(200, 12)
    picture = bar.grab().toImage()
    empty = ScoreBar(-1.0, 0.35, False)
    qtbot.addWidget(empty)
    empty.resize(200, 12)
    scale = empty.grab().toImage()
    changed = [x for x in range(200) if picture.pixelColor(x, 6) != scale.pixelColor(x, 6)]
    assert abs(max(changed, default=-1) + 1 - filled) <= 2
    stroke = [x for x in range(200) if scale.pixelColor(x, 2) != scale.pixelColor(0, 2)]
    assert stroke and all(abs(x - 70) <= 2 for x in stroke)
