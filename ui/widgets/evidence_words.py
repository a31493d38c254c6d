"""Words of the evidence table: sizes, formats, times, and where an input stands."""

from __future__ import annotations

from fractions import Fraction

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from core.domain.events import Progress
from core.domain.evidence import EvidenceItem
from core.domain.time import TimePoint
from ui.icons import Icon, Tint
from ui.plain import spelled
from ui.widgets.evidence_row import EvidenceRow, HashCheck, ResultSummary, RowState
from ui.widgets.job_bar import clock_words, rate_words

_CODECS = {
    "h264": "H.264",
    "hevc": "H.265",
    "av1": "AV1",
    "libdav1d": "AV1",
    "vp8": "VP8",
    "vp9": "VP9",
    "mpeg4": "MPEG-4",
    "mpeg2video": "MPEG-2",
    "mpeg1video": "MPEG-1",
    "prores": "ProRes",
    "mjpeg": "Motion JPEG",
    "jpeg": "JPEG",
    "png": "PNG",
}
_KILO = 1000.0


def said(text: str, n: int = -1) -> str:
    """Return `text` in the language of the window; `n` chooses the form of ``%n``."""
    return QCoreApplication.translate("Evidence", text, None, n)


def size_words(size_bytes: int) -> str:
    """Return for example ``"12.4 MB"`` (powers of 1000, as file managers count)."""
    size, unit = float(size_bytes), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < _KILO or unit == "TB":
            break
        size /= _KILO
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"


def format_words(item: EvidenceItem) -> str:
    """Return codec and container, for example ``"H.264 in mp4"``; a picture has but one of them."""
    codec = _CODECS.get(item.codec, item.codec)
    names = item.container.split(",")
    suffix = item.path.suffix.lower().lstrip(".")
    container = suffix if suffix in names or (suffix == "mkv" and "matroska" in names) else names[0]
    if container == item.codec:
        return codec
    return said("{codec} in {container}").format(codec=codec, container=container)


def resolution_words(item: EvidenceItem) -> str:
    """Return width by height of the upright picture."""
    return f"{item.width_px} × {item.height_px}"


def frame_rate_words(item: EvidenceItem) -> str:
    """Return frames a second as claimed, marked where they are not even; a dash when nothing is claimed."""
    if item.nominal_fps is None:
        return "–"
    rate = f"{float(item.nominal_fps):.3f}".rstrip("0").rstrip(".")
    return said("{rate} fps, uneven").format(rate=rate) if item.is_vfr else said("{rate} fps").format(rate=rate)


def length_words(item: EvidenceItem) -> str:
    """Return the claimed length as ``H:MM:SS.mmm``; a dash when nothing is claimed, as for pictures."""
    if item.duration_s is None:
        return "–"
    return TimePoint(pts=round(item.duration_s * 1000), time_base=Fraction(1, 1000)).clock()


def taken_in_words(item: EvidenceItem) -> str:
    """Return when it was hashed, in local time, as the desktop writes dates."""
    local = QDateTime.fromSecsSinceEpoch(int(item.ingested_at.timestamp()))
    return QLocale().toString(local, QLocale.FormatType.ShortFormat)


def stage_words(stage: str) -> str:
    """Return what goes on in a stage of the work."""
    known = {
        "take in": said("Taking in"),
        "load": said("Loading the networks"),
        "hash": said("Checking the hash"),
        "scan": said("Finding faces"),
        "recover": said("Recovering faces"),
        "identify": said("Searching the gallery"),
    }
    return known.get(stage, stage[:1].upper() + stage[1:])


def pace_words(progress: Progress, rate: float | None, stage_left: float | None, item_left: float | None = None) -> str:
    """Return share done, time left and rate, as far as they are known; of the item's time, else of this step's."""
    parts = []
    if progress.total:
        parts.append(f"{100 * min(1.0, progress.done / progress.total):.0f} %")
    elif progress.done:
        parts.append(f"{progress.done:,.0f} {progress.unit}")
    if item_left is not None:
        parts.append(said("about {time} left").format(time=clock_words(item_left)))
    elif stage_left is not None:
        parts.append(said("{time} left in this step").format(time=clock_words(stage_left)))
    if rate is not None:
        parts.append(rate_words(rate, progress.unit))
    return " · ".join(parts)


def result_words(summary: ResultSummary) -> str:
    """Return how many people were found and the highest fake score, for example ``"2 persons, fake score 0.931"``."""
    if not summary.n_persons:
        words = said("no face found")
    else:
        persons = said("1 person") if summary.n_persons == 1 else said("%n persons", summary.n_persons)
        if summary.top_score is None:
            score = said("nothing recovered")
        else:
            score = said("highest fake score {score}").format(score=f"{summary.top_score:.3f}")
        words = f"{persons}, {score}"
    n_warnings = len(summary.warnings)
    if n_warnings:
        words += " · " + (said("1 warning") if n_warnings == 1 else said("%n warnings", n_warnings))
    return words


def state_words(row: EvidenceRow) -> str:
    """Return where an input stands, in one line."""
    match row.state:
        case RowState.WAITING:
            return said("Not analysed yet")
        case RowState.QUEUED:
            return said("Queued, next") if row.queue_place == 1 else said("Queued") + _place(row.queue_place)
        case RowState.RUNNING if row.progress is None:
            return said("Starting…")
        case RowState.RUNNING if row.progress is not None:
            pace = pace_words(row.progress, row.rate, row.seconds_left, row.item_seconds_left)
            return " · ".join(part for part in (stage_words(row.progress.stage), pace) if part)
        case RowState.PAUSED if row.progress is not None:
            return said("Paused") + f" · {stage_words(row.progress.stage)} {pace_words(row.progress, None, None)}"
        case RowState.PAUSED:
            return said("Paused")
        case RowState.STOPPING:
            return said("Stopping after the current step…")
        case RowState.INTERRUPTED:
            return said("Interrupted – what was done is kept")
        case RowState.DONE:
            return said("Done") + (f" – {result_words(row.summary)}" if row.summary is not None else "")
        case RowState.FAILED:
            return said("Failed") + (f" – {spelled(row.reason)}" if row.reason else "")
        case _:
            return said("Not taken in") + (f" – {spelled(row.reason)}" if row.reason else "")


def state_sign(row: EvidenceRow) -> tuple[Icon, Tint]:
    """Return the icon of a state and its colour."""
    if row.state is RowState.DONE and row.summary is not None and row.summary.warnings:
        return Icon.WARNING, Tint.WARNING
    return {
        RowState.WAITING: (Icon.CLOCK, Tint.MUTED),
        RowState.QUEUED: (Icon.QUEUE, Tint.MUTED),
        RowState.RUNNING: (Icon.PLAY, Tint.ACCENT),
        RowState.PAUSED: (Icon.PAUSE, Tint.WARNING),
        RowState.STOPPING: (Icon.STOP, Tint.MUTED),
        RowState.INTERRUPTED: (Icon.STOP, Tint.WARNING),
        RowState.DONE: (Icon.SUCCESS, Tint.SUCCESS),
        RowState.FAILED: (Icon.ERROR, Tint.DANGER),
        RowState.REFUSED: (Icon.IGNORE, Tint.DANGER),
    }[row.state]


def credentials_words(item: EvidenceItem) -> str:
    """Return what was found of content credentials, in the words of the report."""
    return said("Content credentials (C2PA): {words}").format(words=item.credentials.words)


def hash_check_words(check: HashCheck) -> str:
    """Return what became of the hash; '' when nobody asked."""
    return {
        HashCheck.NOT_CHECKED: "",
        HashCheck.CHECKING: said("checking…"),
        HashCheck.UNCHANGED: said("checked: unchanged since intake"),
        HashCheck.CHANGED: said("changed since intake"),
        HashCheck.UNREADABLE: said("the file cannot be read now"),
    }[check]


def _place(place: int | None) -> str:
    return "" if place is None else ", " + said("number {place} in line").format(place=place)
