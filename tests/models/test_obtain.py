"""Models from a folder or from the Hub, and errors on the way."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from filelock import FileLock

pytest.importorskip("torch", reason="preparing a checkpoint takes cercafoto[torch]")

from cercafoto.base.reporter import SILENT
from cercafoto.errors import ModelDownloadError, ModelError, UsageError
from cercafoto.models import obtain
from cercafoto.models.model_folder import ModelFolder
from cercafoto.settings import Settings
from tests.support.recorder import Recorder
from tests.support.tiny_model import make_tiny_model


def test_a_finished_model_is_copied(tmp_path: Path) -> None:
    settings = Settings(archive=tmp_path / "a", models=tmp_path / "models", offline=True)
    made = make_tiny_model(tmp_path / "addestrato", "mio")
    added = obtain.add(settings, str(made), reporter=SILENT)
    assert (added.path, added.name) == (settings.models / "mio", "mio")
    with pytest.raises(UsageError):
        obtain.add(settings, str(made), reporter=SILENT, name="altro")
    (made / "image.onnx").write_bytes(b"flipped")
    with pytest.raises(ModelError, match=r"image\.onnx"):
        obtain.add(settings, str(made), reporter=SILENT)
    ModelFolder.open(settings.models / "mio").verify()


def test_a_name_is_not_taken_from_another_model(
    checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    settings = Settings(archive=tmp_path / "a", models=tmp_path / "models", offline=True)
    make_tiny_model(settings.models / "siglip", "siglip")
    with pytest.raises(ModelError) as caught:
        obtain.add(settings, str(checkpoints["siglip"]), reporter=SILENT)
    assert "--nome" in caught.value.hint


def test_a_path_that_is_not_there_is_not_looked_for_on_the_hub(
    tmp_path: Path, no_sockets: None
) -> None:
    settings = Settings(archive=tmp_path / "a", models=tmp_path / "models")
    with pytest.raises(ModelError, match="non esiste"):
        obtain.add(settings, str(tmp_path / "manca"), reporter=SILENT)


def test_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: Settings) -> None:
    with socket.socket() as taken:  # a port that nobody listens to
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(ModelDownloadError) as caught:
            obtain.obtain(machine, "clip-italian", SILENT)
    assert "non risponde" in caught.value.message
    assert "connessione" in caught.value.hint


def test_offline_opens_no_socket(machine: Settings, no_sockets: None) -> None:
    offline = Settings(machine.archive, machine.models, offline=True)
    recorder = Recorder()
    with pytest.raises(ModelDownloadError, match="--offline"):
        obtain.obtain(offline, "clip-italian", recorder)
    assert recorder.lines == []


def test_a_second_download_is_refused(machine: Settings, no_sockets: None) -> None:
    machine.models.mkdir()
    with (
        FileLock(machine.models / obtain.LOCK),
        pytest.raises(ModelError, match="Un altro cercafoto"),
    ):
        obtain.obtain(machine, "clip-italian", SILENT)


def test_a_word_that_is_no_hub_id(machine: Settings, no_sockets: None) -> None:
    with pytest.raises(ModelError, match="nessun modello"):
        obtain.obtain(machine, "clip-itliano", SILENT)
