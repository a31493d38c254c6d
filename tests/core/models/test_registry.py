"""The registry: finds models, checks them before use, takes in what the user brings."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from core.domain.installation import MeasuredFigure, WeightsState
from core.errors import ModelError
from core.models.card import ModelCard, ModelKind, read_card
from core.models.registry import ModelRegistry
from core.models.weights import save_weights
from tests.builders_models import own_embedder


def card_for(folder: Path, name: str = "small", kind: ModelKind = ModelKind.DFREC_COMPACT) -> ModelCard:
    """Store a small model in `folder`, card and all."""
    file = f"{name}.safetensors"
    digest = save_weights(folder / file, {"w": torch.arange(6.0)}, {"kind": kind.value})
    figure = MeasuredFigure(measure="IDSim, target", value=0.5, none_row=0.4, population="test people", n=12)
    card = ModelCard(
        name=name,
        kind=kind,
        file=file,
        sha256=digest,
        terms="CC0-1.0",
        data="numbers",
        figures=(figure,),
        config=(("width", 64), ("depth", 2), ("identity_heads", True), ("name", "ünï")),
        embedder_id="dlib:0123456789abcdef",
        known_failures=("all of them",),
    )
    card.write(folder)
    return card


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    return shipped, tmp_path / "user" / "models"


class TestCard:
    def test_comes_back_from_json_as_it_was(self, tmp_path: Path) -> None:
        card = card_for(tmp_path)
        assert read_card(tmp_path / "small.json") == card

    @pytest.mark.parametrize(
        ("field", "value", "message"),
        [
            ("kind", "gan", "gan"),
            ("sha256", "123", "sha256"),
            ("terms", "", "terms"),
            ("file", "../other.safetensors", "plain file name"),
            ("name", "other", "not that of the file"),
            ("description", 7, "description is no text"),
            ("config", {"a": [1]}, "config"),
            ("figures", [{"measure": "x"}], "none_row"),
            ("colour", "red", "unknown field colour"),
        ],
    )
    def test_invalid_field_is_named(self, field: str, value: object, message: str, tmp_path: Path) -> None:
        card_for(tmp_path)
        path = tmp_path / "small.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {field: value}))
        with pytest.raises(ModelError, match=message):
            read_card(path)

    @pytest.mark.parametrize("text", ["", "[]", "{", "null", '"x"'])
    def test_text_that_is_no_card(self, text: str, tmp_path: Path) -> None:
        (tmp_path / "x.json").write_text(text)
        with pytest.raises(ModelError, match="model card is not valid"):
            read_card(tmp_path / "x.json")


class TestFinding:
    def test_shipped_models_come_first(self, folders: tuple[Path, Path]) -> None:
        shipped, user = folders
        card_for(shipped, "zebra")
        card_for(user, "ant")
        assert [card.name for card in ModelRegistry(*folders).list()] == ["zebra", "ant"]

    def test_missing_folders_hold_no_models(self, tmp_path: Path) -> None:
        assert ModelRegistry(tmp_path / "a", tmp_path / "b").list() == ()

    def test_unknown_name_lists_the_known_ones(self, folders: tuple[Path, Path]) -> None:
        card_for(folders[0])
        with pytest.raises(ModelError, match=r"no model called 'large'.*small"):
            ModelRegistry(*folders).find("large")

    def test_name_cannot_leave_the_folder(self, folders: tuple[Path, Path]) -> None:
        card_for(folders[0].parent)
        with pytest.raises(ModelError, match="no model called"):
            ModelRegistry(*folders).find("../small")

    def test_users_model_cannot_replace_a_shipped_one(self, folders: tuple[Path, Path]) -> None:
        shipped = card_for(folders[0])
        card_for(folders[1], kind=ModelKind.RFFR)
        registry = ModelRegistry(*folders)
        assert registry.find("small") == shipped
        assert registry.verified_path("small").parent == folders[0]


class TestChecking:
    def test_intact_model_is_loaded(self, folders: tuple[Path, Path]) -> None:
        card_for(folders[0])
        assert torch.equal(ModelRegistry(*folders).load("small")["w"], torch.arange(6.0))

    def test_altered_file_is_not_loaded(self, folders: tuple[Path, Path]) -> None:
        card = card_for(folders[0])
        save_weights(folders[0] / card.file, {"w": torch.zeros(6)}, {})
        with pytest.raises(ModelError, match="altered"):
            ModelRegistry(*folders).load("small")

    def test_verify_names_the_state_of_every_file(self, folders: tuple[Path, Path]) -> None:
        card_for(folders[0], "good")
        altered, missing = card_for(folders[0], "altered"), card_for(folders[1], "missing")
        save_weights(folders[0] / altered.file, {"w": torch.zeros(6)}, {})
        (folders[1] / missing.file).unlink()
        (folders[1] / "bad.json").write_text("{}")
        states = {status.path.stem: status for status in ModelRegistry(*folders).verify()}
        assert {name: status.state for name, status in states.items()} == {
            "good": WeightsState.INTACT,
            "altered": WeightsState.ALTERED,
            "missing": WeightsState.MISSING,
            "bad": WeightsState.BAD_CARD,
        }
        assert [name for name, status in states.items() if not status.detail] == ["good"]

    def test_bad_card_does_not_hide_the_others(self, folders: tuple[Path, Path]) -> None:
        card_for(folders[0])
        (folders[0] / "bad.json").write_text("{}")
        assert [card.name for card in ModelRegistry(*folders).list()] == ["small"]


class TestImport:
    def test_own_model_comes_with_its_card(self, folders: tuple[Path, Path], tmp_path: Path) -> None:
        brought = own_embedder(tmp_path / "elsewhere")
        registry = ModelRegistry(*folders)
        assert registry.import_checkpoint(tmp_path / "elsewhere" / "mine.safetensors") == brought
        assert registry.verified_path("mine") == folders[1] / "mine.safetensors"

    def test_own_model_without_card(self, folders: tuple[Path, Path], tmp_path: Path) -> None:
        save_weights(tmp_path / "w.safetensors", {"w": torch.zeros(1)}, {})
        with pytest.raises(ModelError, match="no model card"):
            ModelRegistry(*folders).import_checkpoint(tmp_path / "w.safetensors")

    def test_again_changes_nothing(self, folders: tuple[Path, Path], tmp_path: Path) -> None:
        file = recognition_model(tmp_path / "net.onnx")
        registry = ModelRegistry(*folders)
        assert registry.import_checkpoint(file) == registry.import_checkpoint(file)

    def test_again_mends_an_altered_file(self, folders: tuple[Path, Path], tmp_path: Path) -> None:
        file = recognition_model(tmp_path / "net.onnx")
        registry = ModelRegistry(*folders)
        registry.import_checkpoint(file)
        (folders[1] / "net.onnx").write_bytes(b"altered")
        registry.import_checkpoint(file)
        assert registry.verified_path("net").read_bytes() == file.read_bytes()

    def test_taken_name_is_refused(self, folders: tuple[Path, Path], tmp_path: Path) -> None:
        card_for(folders[0], "net")
        registry = ModelRegistry(*folders)
        with pytest.raises(ModelError, match="another model is called net"):
            registry.import_checkpoint(recognition_model(tmp_path / "net.onnx"))

    def test_name_must_be_plain(self, folders: tuple[Path, Path], tmp_path: Path) -> None:
        file = recognition_model(tmp_path / "net.onnx")
        with pytest.raises(ModelError, match="cannot be the name"):
            ModelRegistry(*folders).import_checkpoint(file, name="../net")

    def test_unknown_network_is_refused(self, folders: tuple[Path, Path], tmp_path: Path) -> None:
        torch.save({"conv.weight": torch.zeros(3)}, tmp_path / "x.pt")
        with pytest.raises(ModelError, match="no network that is known"):
            ModelRegistry(*folders).import_checkpoint(tmp_path / "x.pt")
        assert not folders[1].exists()

    @pytest.mark.parametrize("content", [b"", b"garbage" * 50])
    def test_damaged_onnx_is_refused(self, content: bytes, folders: tuple[Path, Path], tmp_path: Path) -> None:
        (tmp_path / "x.onnx").write_bytes(content)
        with pytest.raises(ModelError):
            ModelRegistry(*folders).import_checkpoint(tmp_path / "x.onnx")
        assert ModelRegistry(*folders).list() == ()

    def test_onnx_that_is_no_recognition_model(self, folders: tuple[Path, Path], tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="no face recognition model"):
            ModelRegistry(*folders).import_checkpoint(recognition_model(tmp_path / "x.onnx", side=64))

    def test_foreign_card_says_it_was_not_validated(self, folders: tuple[Path, Path], tmp_path: Path) -> None:
        card = ModelRegistry(*folders).import_checkpoint(recognition_model(tmp_path / "net.onnx"))
        assert card.kind is ModelKind.EMBEDDER_ARCFACE
        assert card.figures == ()
        assert any("Not validated" in line for line in card.known_failures)


def recognition_model(path: Path, side: int = 112) -> Path:
    """A network with the interface of insightface's: mean over the picture, then a linear layer to 16."""
    weight = np.random.default_rng(0).standard_normal((3, 16)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("GlobalAveragePool", ["x"], ["pooled"]),
            helper.make_node("Flatten", ["pooled"], ["flat"]),
            helper.make_node("MatMul", ["flat", "w"], ["y"]),
        ],
        "recognition",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, side, side])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 16])],
        [numpy_helper.from_array(weight, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(path))
    return path


def test_the_table_of_error_rates_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "calibration.json").write_text("{}")
    registry = ModelRegistry(shipped=tmp_path, user=tmp_path / "user")
    assert registry.list() == ()
    assert registry.verify() == ()
