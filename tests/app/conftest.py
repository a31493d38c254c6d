import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pytest
import torch

from app.assembly import MTCNN
from app.cli import run
from app.settings import DEFAULT_EMBEDDER, DEFAULT_MODEL, Folders
from core.models.card import ModelCard, ModelKind, read_card
from core.models.compact import CompactConfig, CompactDfrec
from core.models.embedding import embedder_id
from core.models.weights import save_weights

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """The real resources, and a user who has nothing yet."""
    return Folders(resources=ROOT / "resources", data=tmp_path / "user", logs=tmp_path / "logs")


@pytest.fixture(scope="session")
def untrained_resources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real resources, but a recovery network that has learnt nothing: small, and the same whatever is shipped."""
    resources = tmp_path_factory.mktemp("resources")
    (resources / "fonts").symlink_to(ROOT / "resources" / "fonts", target_is_directory=True)
    models = resources / "models"
    models.mkdir()
    for name in (DEFAULT_EMBEDDER, MTCNN):
        shutil.copy(ROOT / "resources" / "models" / f"{name}.safetensors", models)
        read_card(ROOT / "resources" / "models" / f"{name}.json").write(models)
    torch.manual_seed(0)
    config = CompactConfig(depth=1, decoder_depth=1)
    file = f"{DEFAULT_MODEL}.safetensors"
    digest = save_weights(models / file, CompactDfrec(config).state_dict(), {}, torch.float16)
    ModelCard(
        name=DEFAULT_MODEL,
        kind=ModelKind.DFREC_COMPACT,
        file=file,
        sha256=digest,
        terms="none: random numbers",
        config=tuple(asdict(config).items()),
        embedder_id=embedder_id(DEFAULT_EMBEDDER, read_card(models / f"{DEFAULT_EMBEDDER}.json").sha256),
        known_failures=("It has learnt nothing.",),
    ).write(models)
    return resources


@pytest.fixture
def untrained(untrained_resources: Path, folders: Folders) -> Folders:
    """Like `folders`, with `untrained_resources`."""
    return replace(folders, resources=untrained_resources)


@pytest.fixture
def unswap(folders: Folders, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Runs a command line in this process: every word is an argument."""

    def call(*words: object, folders: Folders = folders) -> Outcome:
        code = run([str(word) for word in words], folders)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture
def desk(untrained: Folders, qtbot) -> Iterator:
    """A session with the controller of the case page, and a stand-in of the page."""
    from case_desk import Desk

    made = Desk(untrained)
    yield made
    made.session.shut_down()


@pytest.fixture
def case(desk, qtbot, tmp_path: Path) -> Path:
    """The folder of an empty case that is open at the desk."""
    from case_desk import PATIENCE_MS

    from core.domain.report import CaseInfo

    folder = tmp_path / "case"
    with qtbot.waitSignal(desk.session.case_opened, timeout=PATIENCE_MS):
        desk.session.open_case(folder, create=True, info=CaseInfo(case_number="7", examiner="E. Xaminer"))
    return folder


@pytest.fixture(scope="session")
def analysed_part(untrained_resources: Path, tmp_path_factory: pytest.TempPathFactory):
    """A case whose one item was analysed; tests work on copies of it."""
    from report_bench import analyse_part

    return analyse_part(tmp_path_factory.mktemp("report"), untrained_resources)


@pytest.fixture
def bench(untrained: Folders, analysed_part, qtbot, tmp_path: Path) -> Iterator:
    """The report page's controller with a copy of the analysed case open."""
    from report_bench import PATIENCE_MS, Bench

    made = Bench(untrained, Path(shutil.copytree(analysed_part.folder, tmp_path / "case")))
    with qtbot.waitSignal(made.session.case_opened, timeout=PATIENCE_MS):
        made.session.open_case(made.case)
    yield made
    made.controller.close()
    made.session.shut_down()
