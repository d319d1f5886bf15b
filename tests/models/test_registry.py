"""The models on a machine, by name and fingerprint, damaged ones included."""

from __future__ import annotations

from pathlib import Path

import pytest

from cercafoto.errors import ModelError, UsageError
from cercafoto.models import registry
from cercafoto.models.registry import (
    CLIP_ITALIAN,
    KNOWN,
    OFFERED,
    Registry,
    check_name,
    list_models,
    name_from,
    verify_model,
)
from cercafoto.settings import Settings
from tests.support.tiny_model import make_tiny_model


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return settings of a machine with the embedded model and two others, one of them damaged."""
    monkeypatch.setattr(
        registry, "EMBEDDED_PATH", make_tiny_model(tmp_path / "package" / "mini", "mini")
    )
    models = tmp_path / "models"
    make_tiny_model(models / "buono", "buono", turn=1)
    make_tiny_model(models / "rotto", "rotto")
    (models / "rotto" / "text.onnx").unlink()
    make_tiny_model(models / ".mezzo.preparo-x", "mezzo")
    (models / "appunti").mkdir()
    return Settings(archive=tmp_path / "archive", models=models)


def test_finds_by_name(here: Settings) -> None:
    found = Registry(here).find("buono")
    assert found is not None
    assert found.path == here.models / "buono"
    assert Registry(here).find("mini") == Registry(here).embedded()
    assert Registry(here).find("clip-italian") is None
    assert Registry(here).find("mezzo") is None  # still being prepared


def test_finds_by_fingerprint(here: Settings) -> None:
    one = Registry(here)
    added = one.find("buono")
    assert added is not None
    assert one.find_by_fingerprint(added.fingerprint) == added
    assert one.find_by_fingerprint(one.embedded().fingerprint) == one.embedded()
    assert one.find_by_fingerprint("0" * 64) is None


def test_a_damaged_model_is_told_and_stops_nothing(here: Settings) -> None:
    assert [folder.name for folder in Registry(here).prepared()] == ["buono"]
    ((path, error),) = Registry(here).damaged()
    assert path == here.models / "rotto"
    assert "text.onnx" in error.message
    with pytest.raises(ModelError, match=r"text\.onnx"):
        Registry(here).find("rotto")


def test_a_description_that_is_not_json_is_damage(here: Settings) -> None:
    (here.models / "buono" / "model.json").write_text("{", encoding="utf-8")
    assert Registry(here).prepared() == []
    assert len(Registry(here).damaged()) == 2


def test_no_folder_of_models_is_no_error(tmp_path: Path) -> None:
    settings = Settings(archive=tmp_path, models=tmp_path / "never")
    assert Registry(settings).prepared() == []
    assert Registry(settings).damaged() == []


def test_list_says_where_each_model_stands(here: Settings) -> None:
    lines = {line.name: line for line in list_models(here, in_use="buono")}
    assert list(lines) == ["mini", "buono", "rotto", *OFFERED]
    assert {name: line.state for name, line in lines.items()} == {
        "mini": "pronto",
        "buono": "pronto",
        "rotto": "danneggiato",
        **dict.fromkeys(OFFERED, "da scaricare"),
    }
    assert "siglip" not in OFFERED and "siglip" in KNOWN  # for who has it
    assert [name for name, line in lines.items() if line.in_use] == ["buono"]
    assert lines["buono"].dimension == 4
    assert lines["buono"].size == sum(f.stat().st_size for f in (here.models / "buono").iterdir())
    assert "text.onnx" in lines["rotto"].problem
    assert (lines["clip-italian"].size, lines["clip-italian"].path) == (CLIP_ITALIAN.size, None)


def test_verify_finds_a_flipped_byte(here: Settings) -> None:
    good = verify_model(here, "buono")
    assert good.files == len(list((here.models / "buono").iterdir()))
    path = here.models / "buono" / "image.onnx"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match=r"image\.onnx"):
        verify_model(here, "buono")
    with pytest.raises(ModelError, match="nessun modello"):
        verify_model(here, "altro")
    with pytest.raises(ModelError, match="non è ancora"):
        verify_model(here, "clip-italian")


@pytest.mark.parametrize("name", ["clip-italian", "siglip2-base.v1", "a", "x_1"])
def test_good_names(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "mini", "auto", "Mini", "../fuori", ".nascosto", "perché", "a/b", "nul", "a" * 65]
)
def test_bad_names(name: str) -> None:
    with pytest.raises(UsageError):
        check_name(name)


def test_names_out_of_ids_and_folders() -> None:
    assert name_from("google/SigLIP base") == "siglip-base"
    assert name_from("C:\\modelli\\Mio CLIP\\") == "mio-clip"
    with pytest.raises(UsageError):
        name_from("qualcuno/mini")
