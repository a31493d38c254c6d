"""A desk: one thread owns one thing; answers come in order, to the thread that asked, never from an earlier thing."""

import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.workers.desk import Desk
from core.domain.events import ErrorReport
from core.errors import CaseFileError


class Thing:
    """Remembers on which threads it was used."""

    def __init__(self, name: str = "thing") -> None:
        self.name = name
        self.threads = {threading.get_ident()}
        self.is_closed = False

    def use(self, value: int) -> int:
        self.threads.add(threading.get_ident())
        return value

    def close(self) -> None:
        self.threads.add(threading.get_ident())
        self.is_closed = True


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk[Thing]]:
    made: Desk[Thing] = Desk("test")
    yield made
    made.stop()


def never(error: ErrorReport) -> None:
    raise AssertionError(error)


def test_work_is_done_in_order_on_one_other_thread_and_answered_on_this_one(desk, qtbot):
    thing, answers, here = Thing(), [], set()
    thing.threads.clear()

    def answered(value):
        answers.append(value)
        here.add(threading.get_ident())

    desk.open(lambda: thing, None, never)
    for i in range(50):
        desk.ask(lambda t, i=i: t.use(i), answered)
    qtbot.waitUntil(lambda: len(answers) == 50)
    desk.stop()
    assert answers == list(range(50))
    assert here == {threading.get_ident()}
    assert len(thing.threads) == 1 and threading.get_ident() not in thing.threads
    assert thing.is_closed


def test_answers_of_what_was_open_before_are_dropped(desk, qtbot):
    answers = []
    first, second = Thing("first"), Thing("second")
    desk.open(lambda: first, None, never)
    desk.ask(lambda t: t.name, answers.append)
    desk.open(lambda: second, None, never)
    desk.ask(lambda t: t.name, answers.append)
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == ["second"]
    assert first.is_closed and not second.is_closed


def test_a_failure_is_told_to_whoever_asked_and_otherwise_to_all(desk, qtbot):
    told, unexpected = [], []
    desk.unexpected.connect(unexpected.append)

    def fail(thing):
        raise CaseFileError("the disk is full", next_step="free some space")

    desk.open(Thing, None, never)
    desk.ask(fail, None, told.append)
    desk.ask(fail)
    qtbot.waitUntil(lambda: bool(unexpected))
    assert [(e.what, e.next_step, e.is_bug) for e in told + unexpected] == [
        ("the disk is full", "free some space", False)
    ] * 2


def fail(thing: Thing) -> None:
    raise CaseFileError("the disk is full", next_step="free some space")


def test_a_write_that_failed_is_told_although_something_else_is_open_and_a_read_is_not(desk, qtbot):
    unexpected, told = [], []
    desk.unexpected.connect(unexpected.append)
    desk.open(Thing, None, never)
    desk.write(fail)
    desk.write(fail, None, told.append)  # whoever waits for this went with what was open
    desk.ask(fail)
    desk.open(Thing, None, never)
    qtbot.waitUntil(lambda: desk.is_open)
    assert [error.what for error in unexpected] == ["the disk is full"] * 2 and told == []


def test_a_write_that_failed_stands_in_the_log_when_nobody_is_left_to_be_told(desk, caplog):
    desk.open(Thing, None, never)
    desk.write(fail)
    desk.ask(fail)
    desk.stop()
    assert [record.getMessage() for record in caplog.records] == ["not written: the disk is full (free some space)"]


def test_a_thing_that_cannot_be_opened_leaves_the_desk_closed_and_usable(desk, qtbot):
    told, answers = [], []

    def refuse():
        raise CaseFileError("no case", next_step="make one")

    desk.open(refuse, None, told.append)
    desk.ask(lambda t: t.name, answers.append)
    qtbot.waitUntil(lambda: bool(told))
    assert not desk.is_open
    desk.open(Thing, None, never)
    desk.ask(lambda t: t.name, answers.append)
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == ["thing"]


def test_work_asked_before_the_end_is_done_before_the_end(desk, qtbot):
    thing, done = Thing(), []
    desk.open(lambda: thing, None, never)
    for i in range(20):
        desk.ask(lambda t, i=i: done.append(i))
    desk.stop()
    assert done == list(range(20)) and thing.is_closed
