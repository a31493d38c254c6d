"""PDF and JSON are written together, or the earlier ones stay."""

import errno
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from core.domain.cancel import CancelToken
from core.errors import AnalysisCancelledError, ReportError
from core.evidence import writing
from core.report.files import write_report
from core.report.writing import write_together
from tests import builders_report as build

FONTS = Path(__file__).parents[3] / "resources" / "fonts"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_both_files_are_written_with_their_hashes(tmp_path: Path) -> None:
    (tmp_path / "r.pdf").write_bytes(b"old")
    files = write_report(build.empty_case(), tmp_path / "r.pdf", fonts_dir=FONTS)
    assert files.json == tmp_path / "r.json"
    assert hashlib.sha256(files.pdf.read_bytes()).hexdigest() == files.pdf_sha256
    assert hashlib.sha256(files.json.read_bytes()).hexdigest() == files.json_sha256
    assert names(tmp_path) == {"r.pdf", "r.json"}


@pytest.mark.parametrize("had_pdf", [True, False])
def test_when_the_json_cannot_be_replaced_the_old_pdf_stays(tmp_path: Path, had_pdf: bool) -> None:
    pdf = tmp_path / "r.pdf"
    if had_pdf:
        pdf.write_bytes(b"old")
    (tmp_path / "r.json" / "kept").mkdir(parents=True)
    with pytest.raises(ReportError) as caught:
        write_together({pdf: b"new", tmp_path / "r.json": b"new"})
    assert caught.value.path == tmp_path / "r.json"
    assert (pdf.read_bytes() if pdf.exists() else None) == (b"old" if had_pdf else None)
    assert names(tmp_path) == ({"r.pdf", "r.json"} if had_pdf else {"r.json"})


def test_a_full_disk_leaves_the_old_files_and_no_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("r.pdf", "r.json"):
        (tmp_path / name).write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writing.os, "fsync", full)
    with pytest.raises(ReportError, match="No space left on device") as caught:
        write_together({tmp_path / "r.pdf": b"new", tmp_path / "r.json": b"new"})
    assert "free space" in caught.value.next_step
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"r.pdf": b"old", "r.json": b"old"}


def test_a_report_is_made_without_loading_the_networks() -> None:
    asks = "import sys, core.report.stored, core.report.files; sys.exit('torch' in sys.modules or 'cv2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asks], check=False, cwd=Path(__file__).parents[3]).returncode == 0


class StopsAt(CancelToken):
    """Somebody asks to stop at the n-th look."""

    def __init__(self, n: int) -> None:
        super().__init__()
        self._left = n

    def raise_if_cancelled(self) -> None:
        self._left -= 1
        if self._left <= 0:
            self.cancel()
        super().raise_if_cancelled()


@pytest.mark.parametrize("at", [1, 2, 30, 90])
def test_whoever_asks_to_stop_gets_no_files(tmp_path: Path, at: int) -> None:
    with pytest.raises(AnalysisCancelledError):
        write_report(build.empty_case(), tmp_path / "r.pdf", fonts_dir=FONTS, cancel=StopsAt(at))
    assert names(tmp_path) == set()
