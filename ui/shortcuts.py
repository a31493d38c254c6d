"""The one table of keys: what is bound, what the shortcuts page shows, and whether a person is typing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit, QWidget


class ShortcutGroup(StrEnum):
    """Where a key works."""

    PLAYBACK = "Playback"
    MARKS = "Marks"
    TIMELINE = "Timeline and picture"
    REVIEW = "Review"
    CANDIDATES = "Candidates"
    FACES = "Faces compared"
    EVIDENCE = "Evidence"
    GALLERY = "Gallery"
    WINDOW = "Everywhere"


class Command(StrEnum):
    """What a key does."""

    PLAY = "play"
    REVERSE = "reverse"
    STOP = "stop"
    FORWARD = "forward"
    FRAME_BACK = "frame back"
    FRAME_ON = "frame on"
    SECOND_BACK = "second back"
    SECOND_ON = "second on"
    FIRST = "first"
    LAST = "last"
    MARK_IN = "mark in"
    MARK_OUT = "mark out"
    CLEAR_RANGE = "clear range"
    BOOKMARK = "bookmark"
    ZOOM_IN = "zoom in"
    ZOOM_OUT = "zoom out"
    FIT = "fit"
    PIXELS = "pixels"
    NEXT_TRACK = "next track"
    PEAK = "peak"
    NEXT_UNREVIEWED = "next unreviewed"
    DRAW_FACE = "draw face"
    CUT_TRACK = "cut track"
    CONFIRM = "confirm"
    REJECT = "reject"
    LEAVE_OPEN = "leave open"
    TAKE_BACK = "take back"
    SIDE_BY_SIDE = "side by side"
    SOURCE_SLIDER = "source slider"
    TARGET_SLIDER = "target slider"
    IDENTITY_MAP = "identity map"
    ADD_FILES = "add files"
    ADD_FOLDER = "add folder"
    ANALYSE = "analyse"
    ANALYSE_RANGE = "analyse range"
    PAUSE_RESUME = "pause or resume"
    CANCEL = "cancel"
    MOVE_TO_FRONT = "move to front"
    CHECK_HASH = "check hash"
    OPEN_ITEM = "open item"
    DISMISS = "dismiss"
    FIND_PERSON = "find person"
    RENAME_PERSON = "rename person"
    MERGE_PEOPLE = "merge people"
    ERASE_PERSON = "erase person"
    UNDO = "undo"
    REDO = "redo"
    PAGES = "pages"
    NEW_CASE = "new case"
    OPEN_CASE = "open case"
    CLOSE_CASE = "close case"
    SAVE_WRITING = "save writing"
    REFRESH_PREVIEW = "refresh preview"
    EXPORT = "export"
    PREFERENCES = "preferences"
    SHORTCUTS = "shortcuts"
    QUIT = "quit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """One line of the table.

    Attributes:
        command: what it does.
        keys: alternatives in Qt's portable notation.
        group: where it works.
        text: what it does, for people; English, see `said`.
    """

    command: Command
    keys: tuple[str, ...]
    group: ShortcutGroup
    text: str

    def said(self) -> str:
        """Return `text` in the language of the window."""
        return QCoreApplication.translate("Shortcut", self.text)


def _row(command: Command, keys: str, group: ShortcutGroup, text: object) -> Shortcut:
    return Shortcut(command=command, keys=tuple(keys.split()), group=group, text=str(text))


_G, _C, _T = ShortcutGroup, Command, QT_TRANSLATE_NOOP

SHORTCUTS: tuple[Shortcut, ...] = (
    _row(_C.PLAY, "Space", _G.PLAYBACK, _T("Shortcut", "Play or pause")),
    _row(_C.REVERSE, "J", _G.PLAYBACK, _T("Shortcut", "Play backwards; again: faster")),
    _row(_C.STOP, "K", _G.PLAYBACK, _T("Shortcut", "Stop")),
    _row(_C.FORWARD, "L", _G.PLAYBACK, _T("Shortcut", "Play forwards; again: faster")),
    _row(_C.FRAME_BACK, "Left", _G.PLAYBACK, _T("Shortcut", "One decoded frame back")),
    _row(_C.FRAME_ON, "Right", _G.PLAYBACK, _T("Shortcut", "One decoded frame on")),
    _row(_C.SECOND_BACK, "Shift+Left", _G.PLAYBACK, _T("Shortcut", "One second back")),
    _row(_C.SECOND_ON, "Shift+Right", _G.PLAYBACK, _T("Shortcut", "One second on")),
    _row(_C.FIRST, "Home", _G.PLAYBACK, _T("Shortcut", "First frame")),
    _row(_C.LAST, "End", _G.PLAYBACK, _T("Shortcut", "Last frame")),
    _row(_C.MARK_IN, "I", _G.MARKS, _T("Shortcut", "Start of the range to analyse")),
    _row(_C.MARK_OUT, "O", _G.MARKS, _T("Shortcut", "End of the range to analyse")),
    _row(_C.CLEAR_RANGE, "X", _G.MARKS, _T("Shortcut", "Forget the range")),
    _row(_C.BOOKMARK, "M", _G.MARKS, _T("Shortcut", "Bookmark this frame into the report")),
    _row(_C.ZOOM_IN, "+ =", _G.TIMELINE, _T("Shortcut", "Zoom in")),
    _row(_C.ZOOM_OUT, "-", _G.TIMELINE, _T("Shortcut", "Zoom out")),
    _row(_C.FIT, "F", _G.TIMELINE, _T("Shortcut", "Fit all")),
    _row(_C.PIXELS, "0", _G.TIMELINE, _T("Shortcut", "Show the video pixel by pixel")),
    _row(_C.NEXT_TRACK, "N", _G.REVIEW, _T("Shortcut", "Next track")),
    _row(_C.PEAK, "P", _G.REVIEW, _T("Shortcut", "Highest fake score")),
    _row(_C.NEXT_UNREVIEWED, "T", _G.REVIEW, _T("Shortcut", "Next track without a review")),
    _row(_C.DRAW_FACE, "D", _G.REVIEW, _T("Shortcut", "Draw a face that was missed")),
    _row(_C.CUT_TRACK, "S", _G.REVIEW, _T("Shortcut", "Split: from this frame on the track shows somebody else")),
    _row(_C.CONFIRM, "C", _G.CANDIDATES, _T("Shortcut", "Confirm the chosen candidate")),
    _row(_C.REJECT, "R", _G.CANDIDATES, _T("Shortcut", "Reject")),
    _row(_C.LEAVE_OPEN, "U", _G.CANDIDATES, _T("Shortcut", "Unknown: looked at and left open")),
    _row(_C.TAKE_BACK, "Del Backspace", _G.CANDIDATES, _T("Shortcut", "Take the verdict back")),
    _row(_C.SIDE_BY_SIDE, "1", _G.FACES, _T("Shortcut", "All three faces side by side")),
    _row(_C.SOURCE_SLIDER, "2", _G.FACES, _T("Shortcut", "As filmed and recovered source, with a slider")),
    _row(_C.TARGET_SLIDER, "3", _G.FACES, _T("Shortcut", "As filmed and recovered target, with a slider")),
    _row(_C.IDENTITY_MAP, "4", _G.FACES, _T("Shortcut", "Identity map over the face")),
    _row(_C.ADD_FILES, "Ins", _G.EVIDENCE, _T("Shortcut", "Add files")),
    _row(_C.ADD_FOLDER, "Shift+Ins", _G.EVIDENCE, _T("Shortcut", "Add a folder")),
    _row(_C.ANALYSE, "F5", _G.EVIDENCE, _T("Shortcut", "Analyse, resume, or analyse again")),
    _row(_C.ANALYSE_RANGE, "Shift+F5", _G.EVIDENCE, _T("Shortcut", "Analyse a part of the video")),
    _row(_C.PAUSE_RESUME, "F6", _G.EVIDENCE, _T("Shortcut", "Pause the queue, or go on")),
    _row(_C.CANCEL, "Shift+F6", _G.EVIDENCE, _T("Shortcut", "Stop; what is done stays")),
    _row(_C.MOVE_TO_FRONT, "F7", _G.EVIDENCE, _T("Shortcut", "Move to the front of the queue")),
    _row(_C.CHECK_HASH, "F8", _G.EVIDENCE, _T("Shortcut", "Check the hash of the file")),
    _row(_C.OPEN_ITEM, "Return", _G.EVIDENCE, _T("Shortcut", "Open in the analysis view")),
    _row(_C.DISMISS, "Del", _G.EVIDENCE, _T("Shortcut", "Dismiss a file that was not taken in; remove a note")),
    _row(_C.FIND_PERSON, "Ctrl+F", _G.GALLERY, _T("Shortcut", "Look for a person")),
    _row(_C.RENAME_PERSON, "F2", _G.GALLERY, _T("Shortcut", "Rename the person")),
    _row(_C.MERGE_PEOPLE, "Ctrl+M", _G.GALLERY, _T("Shortcut", "Merge with another record")),
    _row(_C.ERASE_PERSON, "Del", _G.GALLERY, _T("Shortcut", "Erase the person; asks first")),
    _row(_C.UNDO, "Ctrl+Z", _G.WINDOW, _T("Shortcut", "Undo a decision")),
    _row(_C.REDO, "Ctrl+Shift+Z Ctrl+Y", _G.WINDOW, _T("Shortcut", "Redo a decision")),
    _row(_C.PAGES, " ".join(f"Ctrl+{n}" for n in range(1, 7)), _G.WINDOW, _T("Shortcut", "Go to a page")),
    _row(_C.NEW_CASE, "Ctrl+N", _G.WINDOW, _T("Shortcut", "New case")),
    _row(_C.OPEN_CASE, "Ctrl+O", _G.WINDOW, _T("Shortcut", "Open a case")),
    _row(_C.CLOSE_CASE, "Ctrl+W", _G.WINDOW, _T("Shortcut", "Close the case")),
    _row(_C.SAVE_WRITING, "Ctrl+Return", _G.WINDOW, _T("Shortcut", "Save the note or observation being written")),
    _row(_C.REFRESH_PREVIEW, "Ctrl+R", _G.WINDOW, _T("Shortcut", "Make the preview of the report anew")),
    _row(_C.EXPORT, "Ctrl+E", _G.WINDOW, _T("Shortcut", "Export the report")),
    _row(_C.PREFERENCES, "Ctrl+,", _G.WINDOW, _T("Shortcut", "Preferences")),
    _row(_C.SHORTCUTS, "?", _G.WINDOW, _T("Shortcut", "This table")),
    _row(_C.QUIT, "Ctrl+Q", _G.WINDOW, _T("Shortcut", "Quit")),
)


def keys_of(command: Command) -> str:
    """Return its first key as the desktop writes it, for tooltips."""
    row = next(row for row in SHORTCUTS if row.command is command)
    return QKeySequence(row.keys[0]).toString(QKeySequence.SequenceFormat.NativeText)


def command_of(event: QKeyEvent, groups: Collection[ShortcutGroup]) -> Command | None:
    """Return what a pressed key asks for; None while a person is typing, or for a key not in the table.

    Views call it from `keyPressEvent`, so that a focused button or list keeps the keys it lives on.

    Args:
        event: the key.
        groups: those whose keys work where it was pressed; a key means one thing among all that work on a page.
    """
    if is_typing():
        return None
    pressed = QKeySequence(event.keyCombination()).toString(QKeySequence.SequenceFormat.PortableText)
    pressed = pressed.replace("Num+", "")
    for row in (row for row in SHORTCUTS if row.group in groups):
        if pressed in row.keys or (event.text() and not event.text().isalnum() and event.text() in row.keys):
            return row.command
    return None


def is_typing(widget: QWidget | None = None) -> bool:
    """Whether a field that takes text has the focus.

    Args:
        widget: the one to judge; by default the one with the focus.
    """
    focused = widget if widget is not None else QApplication.focusWidget()
    if isinstance(focused, QLineEdit | QPlainTextEdit | QTextEdit):
        return not focused.isReadOnly()
    return isinstance(focused, QAbstractSpinBox) or (isinstance(focused, QComboBox) and focused.isEditable())
