"""What a linter of imports cannot see: which libraries are really loaded."""

import subprocess
import sys

import pytest


def loaded_after(statement: str) -> set[str]:
    """Top-level modules in memory after `statement` ran in a fresh interpreter."""
    code = f"{statement}\nimport sys\nprint(' '.join({{name.partition('.')[0] for name in sys.modules}}))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import ui",
        "import core.domain.report, core.domain.events, core.domain.cancel, core.errors",
        "import app.cli",
    ],
)
def test_nothing_heavy_is_loaded_at_import(statement: str) -> None:
    heavy = {"torch", "torchvision", "av", "cv2", "sqlite3", "sqlite_utils", "reportlab", "PySide6", "matplotlib"}
    assert loaded_after(statement) & heavy == set()


def test_the_window_opens_before_anything_heavy_is_loaded() -> None:
    heavy = {"torch", "torchvision", "av", "cv2", "sqlite3", "sqlite_utils", "reportlab", "scipy", "matplotlib", "timm"}
    assert loaded_after("import app.desktop") & heavy == set()


def test_the_contracts_of_the_layers_hold() -> None:
    from importlinter.cli import lint_imports

    assert lint_imports(config_filename="pyproject.toml", no_cache=True) == 0
