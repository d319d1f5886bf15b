"""Which device computes: its vectors equal the processor's, or are not used. The processor plays a
GPU here, and faults are simulated.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cercafoto.errors import DeviceError, UsageError
from cercafoto.models.encode import device_encoder, devices
from cercafoto.models.encode.device_encoder import DeviceEncoder, open_encoder
from cercafoto.models.encode.encoder import DEVICE_BATCH, Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.onnx_runtime import ort
from cercafoto.settings import Settings
from tests.support.tiny_model import SIZE
from tests.support.waiting import PATIENCE

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tiny: Path) -> ModelFolder:
    return ModelFolder.open(tiny)


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that the processor is an NVIDIA GPU."""
    monkeypatch.setitem(devices.PROVIDERS, devices.CUDA, devices.PROVIDERS[devices.CPU])
    monkeypatch.setattr(devices, "_has_driver", lambda: True)


# -- the choice ---------------------------------------------------------------------------------


def test_a_device_that_does_not_exist(folder: ModelFolder) -> None:
    with pytest.raises(UsageError, match=r"auto, cpu, cuda, .*rocm, non «gpu»"):
        open_encoder(folder, "gpu")


def test_the_environment_says_it_and_the_command_line_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.resolve().device == devices.AUTO
    monkeypatch.setenv("CERCAFOTO_DISPOSITIVO", "cpu")
    assert Settings.resolve().device == devices.CPU
    assert Settings.resolve(device="cuda").device == devices.CUDA


@pytest.mark.parametrize("build", sorted(devices.PROVIDERS))
def test_what_each_build_of_onnx_runtime_offers(
    build: str, folder: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = ["AzureExecutionProvider", *{devices.PROVIDERS[build], "CPUExecutionProvider"}]
    monkeypatch.setattr(ort, "get_available_providers", lambda: there)
    assert set(devices.offered()) == {"cpu", build}
    devices.check(build)
    for other in set(devices.PROVIDERS) - {"cpu", build}:
        with pytest.raises(UsageError, match=f"non offre {other}: qui ci sono cpu") as caught:
            open_encoder(folder, other)
        assert devices.PACKAGES.get(other, "macOS") in caught.value.hint
        assert "--dispositivo cpu" in caught.value.hint


@pytest.mark.parametrize(
    ("device", "photos", "driver", "wanted"),
    [
        ("auto", devices.WORTH_STARTING, True, "cuda"),
        ("auto", devices.WORTH_STARTING - 1, True, "cpu"),
        ("auto", devices.WORTH_STARTING, False, "cpu"),
        ("cuda", 1, False, "cuda"),
        ("cuda", 0, True, "cpu"),
        ("cpu", 10**6, True, "cpu"),
        ("openvino", 1, False, "openvino"),
    ],
)
def test_a_device_is_chosen_by_its_driver_and_the_number_of_photos(
    device: str, photos: int, driver: bool, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = list(devices.PROVIDERS.values())
    monkeypatch.setattr(ort, "get_available_providers", lambda: everything)
    monkeypatch.setattr(devices, "_has_driver", lambda: driver)
    assert devices.chosen(device, photos) == wanted


def test_auto_takes_no_other_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_has_driver", lambda: True)
    there = [provider for name, provider in devices.PROVIDERS.items() if name != devices.CUDA]
    monkeypatch.setattr(ort, "get_available_providers", lambda: there)
    assert devices.chosen(devices.AUTO) == devices.CPU


@pytest.mark.parametrize(
    ("platform", "library"), [("linux", "libcuda.so.1"), ("win32", "nvcuda.dll")]
)
def test_the_driver_is_looked_for(
    platform: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(devices.sys, "platform", platform)
    monkeypatch.setattr(devices.ctypes, "CDLL", asked.append)
    assert devices._has_driver() and asked == [library]

    def missing(name: str) -> None:
        raise OSError

    monkeypatch.setattr(devices.ctypes, "CDLL", missing)
    assert not devices._has_driver()


def test_no_run_imports_torch(tiny: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from cercafoto.models.encode import devices
from cercafoto.models.encode.device_encoder import open_encoder
from cercafoto.models.model_folder import ModelFolder
devices._has_driver = lambda: True
assert open_encoder(ModelFolder.open(Path({str(tiny)!r})), "auto", 10**6).card == ""
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE)


# -- the encoder --------------------------------------------------------------------------------


@pytest.fixture
def gpu(pretend: None, folder: ModelFolder, lines: list[str]) -> DeviceEncoder:
    """Return the encoder for a GPU, running on the processor."""
    return DeviceEncoder(folder, devices.CUDA, lines.append)


@pytest.fixture
def pictures() -> list[bytes]:
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 256, (2 * DEVICE_BATCH + 5, 1, 3), dtype=np.uint8)
    return [np.broadcast_to(c, (SIZE * SIZE, 3)).tobytes() for c in colours]


def alike(found: np.ndarray, expected: np.ndarray) -> bool:
    return found.shape == expected.shape and float((found * expected).sum(1).min()) >= 0.99999


class Tower:
    """A session with changed outputs; `sizes` records its batches."""

    def __init__(self, true: Any, change: Callable[[Any, Any], Any] = lambda _, v: v) -> None:
        self.true, self.change, self.sizes = true, change, list[int]()

    def run(self, names: list[str], feed: dict[str, Any]) -> list[Any]:
        pixels = feed["pixel_values"]
        self.sizes.append(len(pixels))
        return [self.change(len(self.sizes), self.true.run(names, feed)[0])]


def test_pictures_and_pixels_get_the_vectors_of_the_processor(
    gpu: DeviceEncoder, folder: ModelFolder, pictures: list[bytes], lines: list[str]
) -> None:
    expected = Encoder(folder).embed_pictures(pictures)
    gpu._tower = tower = Tower(gpu._tower)  # type: ignore[assignment]
    assert alike(gpu.embed_pictures(pictures), expected)
    assert tower.sizes == [DEVICE_BATCH, DEVICE_BATCH, 5]
    assert "_image" not in gpu.__dict__  # the processor's tower is let go
    assert alike(gpu.embed_pixels(gpu.preprocessing.normalised(pictures)), expected)
    assert gpu.embed_pictures([]).shape == (0, folder.dimension)
    assert (gpu.card, gpu.batch, gpu.fingerprint) == ("cuda", DEVICE_BATCH, folder.fingerprint)
    assert lines == []


def failing(call: int, vectors: Any) -> Any:
    raise RuntimeError("CUDA out of memory\nand more")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda call, v: np.roll(v, 1, axis=1), "non dà gli stessi risultati del processore"),
        (lambda call, v: v * np.nan, "dà numeri senza senso"),
        (lambda call, v: v if call == 1 else v * np.nan, "dà numeri senza senso"),
        (failing, "ha smesso di rispondere (CUDA out of memory)"),
        (lambda call, v: v if call == 1 else failing(call, v), "ha smesso di rispondere"),
    ],
)
def test_the_processor_takes_over_from_a_wrong_device(
    gpu: DeviceEncoder,
    folder: ModelFolder,
    pictures: list[bytes],
    lines: list[str],
    change: Callable[[int, Any], Any],
    said: str,
) -> None:
    expected = Encoder(folder).embed_pictures(pictures)
    gpu._tower = Tower(gpu._tower, change)  # type: ignore[assignment]
    for _ in range(2):
        assert alike(gpu.embed_pictures(pictures), expected)
    (line,) = lines
    assert line.startswith(f"cuda {said}") and "processore" in line
    assert (gpu.card, gpu.batch) == ("", Encoder(folder).batch)


def test_a_device_that_does_not_start(
    folder: ModelFolder, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CUDA build on a machine without CUDA: ONNX Runtime falls back to the processor."""
    offered = tuple(devices.PROVIDERS)
    monkeypatch.setattr(devices, "offered", lambda: offered)
    monkeypatch.setattr(devices, "_has_driver", lambda: True)
    with pytest.warns(UserWarning), pytest.raises(DeviceError, match="cuda non si avvia") as error:
        open_encoder(folder, devices.CUDA)
    assert "--dispositivo cpu" in error.value.hint
    with pytest.warns(UserWarning):
        assert type(open_encoder(folder, say=lines.append)) is Encoder
    assert lines == [f"{error.value.message} Uso il processore."]


def test_missing_libraries_are_not_printed_to_stdout(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ort, "preload_dlls", lambda directory: print("Failed to load x"))
    device_encoder._load_libraries()
    assert capfd.readouterr().out == ""


# -- commands -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("pretend")
def test_index_on_a_gpu(cli: Cli, photos: Path) -> None:
    code, _, err = cli("index", photos, "--dispositivo", "cuda")
    assert code == 0
    assert "foto al secondo con cuda" in err
    assert "rosso.png" in cli("cerca", "rosso", "--percorsi")[1].splitlines()[0]


@pytest.mark.usefixtures("pretend")
def test_index_chooses_by_the_number_of_photos(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = cli("index", photos, "--json")
    assert (code, json.loads(out)["device"]) == (0, "cpu")
    monkeypatch.setattr(devices, "WORTH_STARTING", 1)
    (photos / "verde.png").write_bytes((photos / "blu.png").read_bytes() + b" ")
    code, _, err = cli("index", photos)
    assert code == 0 and "con cuda" in err
    _, _, err = cli("index", photos)
    assert "con cuda" not in err  # nothing to do


def test_an_impossible_device_is_refused_before_anything_is_written(
    cli: Cli, settings: Settings, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = cli("index", photos, "--dispositivo", "directml")
    assert code == 2 and "qui ci sono cpu" in err and "onnxruntime-directml" in err
    assert cli("index", photos, "--dispositivo", "gpu")[0] == 2
    assert not settings.catalog.exists()
    monkeypatch.setenv("CERCAFOTO_DISPOSITIVO", "boh")
    code, _, err = cli("index", photos)
    assert code == 2 and "CERCAFOTO_DISPOSITIVO" in err


def test_stato_says_what_there_is(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch, pretend: None
) -> None:
    cli("index", photos)
    assert "  cuda (ONNX Runtime offre: cpu, cuda)\n" in cli("stato", "--dettagli")[1]
    monkeypatch.setenv("CERCAFOTO_DISPOSITIVO", "cpu")
    assert json.loads(cli("stato", "--json")[1])["device"] == {
        "used": "cpu",
        "offered": ["cpu", "cuda"],
    }
