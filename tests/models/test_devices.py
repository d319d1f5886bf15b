"""Which device computes, and that a GPU's vectors are the processor's or are not used. There is no
GPU here: its encoder runs on the processor through torch, and what can go wrong is made to."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cercafoto.base.installation import install_command
from cercafoto.errors import DeviceError, ModelError, UsageError
from cercafoto.models.encode import devices
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.folder import ModelFolder
from cercafoto.settings import Settings
from tests.support.tiny_model import SIZE


@pytest.fixture
def folder(tiny: Path) -> ModelFolder:
    return ModelFolder.open(tiny)


@pytest.fixture
def lines() -> list[str]:
    return []


# -- the choice ---------------------------------------------------------------------------------


def test_a_device_that_does_not_exist(folder: ModelFolder) -> None:
    with pytest.raises(UsageError, match="auto, cpu, cuda, non «gpu»"):
        devices.open_encoder(folder, "gpu")


def test_the_environment_says_it_and_the_command_line_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.resolve().device == devices.AUTO
    monkeypatch.setenv("CERCAFOTO_DISPOSITIVO", "cpu")
    assert Settings.resolve().device == devices.CPU
    assert Settings.resolve(device="cuda").device == devices.CUDA


def absent(*names: str) -> Callable[[str], object]:
    return lambda name: None if name in names else object()


@pytest.mark.parametrize("package", ["torch", "onnx"])
def test_asked_for_without_a_package(
    package: str, folder: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "find_spec", absent(package))
    with pytest.raises(DeviceError, match=f"manca {package}") as caught:
        devices.open_encoder(folder, devices.CUDA)
    assert install_command("torch") in caught.value.hint
    assert "--dispositivo cpu" in caught.value.hint


@pytest.mark.parametrize(
    ("cuda", "driver", "message", "hint"),
    [
        (None, True, "per il solo processore", "pytorch.org"),
        ("12.8", False, "non si trova una GPU NVIDIA", "driver"),
        ("12.8", True, "non riesce a usare la GPU", "CUDA_VISIBLE_DEVICES"),
    ],
)
def test_asked_for_and_impossible(
    cuda: str | None,
    driver: bool,
    message: str,
    hint: str,
    folder: ModelFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    torch = pytest.importorskip("torch", reason="asking torch takes cercafoto[torch]")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", cuda)
    monkeypatch.setattr(devices, "_has_driver", lambda: driver)
    with pytest.raises(DeviceError, match=message) as caught:
        devices.open_encoder(folder, devices.CUDA)
    assert hint in caught.value.hint
    assert "--dispositivo cpu" in caught.value.hint
    # Left to choose, it takes the processor and says nothing of it.
    said: list[str] = []
    assert type(devices.open_encoder(folder, say=said.append)) is Encoder
    assert said == []


def test_a_torch_that_does_not_import(folder: ModelFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "find_spec", absent())
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(DeviceError, match="torch non si avvia"):
        devices.open_encoder(folder, devices.CUDA)


@pytest.mark.parametrize(
    ("wanted", "photos", "driver"),
    [
        (devices.CPU, 10**6, True),
        (devices.AUTO, devices.WORTH_STARTING - 1, True),
        (devices.AUTO, 10**6, False),
    ],
)
def test_torch_is_not_imported_where_it_would_be_of_no_use(
    wanted: str, photos: int, driver: bool, tiny: Path
) -> None:
    program = f"""
import sys
from pathlib import Path
from cercafoto.models.encode import devices
from cercafoto.models.folder import ModelFolder
devices._has_driver = lambda: {driver}
encoder = devices.open_encoder(ModelFolder.open(Path({str(tiny)!r})), {wanted!r}, {photos})
assert encoder.card == ""
assert "torch" not in sys.modules and "onnx" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(
    ("platform", "library"), [("linux", "libcuda.so.1"), ("win32", "nvcuda.dll")]
)
def test_the_driver_is_known_by_its_library(
    platform: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(devices.sys, "platform", platform)
    monkeypatch.setattr(devices.ctypes, "CDLL", asked.append)
    assert devices._has_driver() and asked == [library]

    def missing(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(devices.ctypes, "CDLL", missing)
    assert not devices._has_driver()


# -- the encoder --------------------------------------------------------------------------------


@pytest.fixture
def gpu(folder: ModelFolder, lines: list[str]) -> Any:
    """The encoder of a GPU, on the processor."""
    pytest.importorskip("torch", reason="the encoder of a GPU takes cercafoto[torch]")
    from cercafoto.models.encode.gpu_encoder import GpuEncoder

    return GpuEncoder(folder, "cpu", lines.append)


@pytest.fixture
def pictures() -> list[bytes]:
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 256, (21, 1, 3), dtype=np.uint8)
    return [np.broadcast_to(c, (SIZE * SIZE, 3)).tobytes() for c in colours]


def alike(found: np.ndarray, expected: np.ndarray) -> bool:
    return found.shape == expected.shape and float((found * expected).sum(1).min()) >= 0.99999


def test_pictures_and_pixels_get_the_vectors_of_the_processor(
    gpu: Any, folder: ModelFolder, pictures: list[bytes], lines: list[str]
) -> None:
    expected = Encoder(folder).embed_pictures(pictures)
    assert alike(gpu.embed_pictures(pictures), expected)
    assert alike(gpu.embed_pixels(gpu.preprocessing.normalised(pictures)), expected)
    gpu.batch = 4
    assert alike(gpu.embed_pictures(pictures), expected)
    assert gpu.embed_pictures([]).shape == (0, folder.dimension)
    assert gpu.batch == 4 and gpu.card and gpu.fingerprint == folder.fingerprint
    assert lines == []


def test_pixels_are_normalised_as_everywhere(gpu: Any) -> None:
    import torch

    rng = np.random.default_rng(1)
    raw = rng.integers(0, 256, (3, SIZE, SIZE, 3), dtype=np.uint8)
    gpu._mean, gpu._scale = gpu._mean + 3.5, gpu._scale * 1.25
    found = gpu._normalised(torch.from_numpy(raw)).numpy()
    mean, scale = (v.numpy() for v in (gpu._mean, gpu._scale))
    np.testing.assert_array_equal(found, (raw.transpose(0, 3, 1, 2) - mean) * scale)


def broken(gpu: Any, change: Callable[[Any, Any], Any]) -> None:
    """Let the card's answer be `change` of its pixels and its true answer."""
    graph = gpu._graph
    true = type(graph).__call__

    class Broken(type(graph)):  # type: ignore[misc]
        def __call__(self, pixels: Any) -> Any:
            return change(pixels, lambda: true(self, pixels))

    graph.__class__ = Broken
    gpu._graph_of = lambda product: graph


def test_other_vectors_are_not_used(
    gpu: Any, folder: ModelFolder, pictures: list[bytes], lines: list[str]
) -> None:
    broken(gpu, lambda pixels, answer: answer().roll(1, dims=1))
    assert alike(gpu.embed_pictures(pictures), Encoder(folder).embed_pictures(pictures))
    (line,) = lines
    assert "non dà gli stessi vettori del processore" in line
    assert "continuo con il processore" in line
    assert gpu.card == "" and gpu.batch == Encoder(folder).batch
    assert alike(gpu.embed_pictures(pictures), Encoder(folder).embed_pictures(pictures))
    assert len(lines) == 1


def test_a_precision_that_does_not_do_gives_way_to_the_next(
    folder: ModelFolder, pictures: list[bytes], lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch", reason="the encoder of a GPU takes cercafoto[torch]")
    from cercafoto.models.encode.gpu_encoder import GpuEncoder
    from cercafoto.models.encode.torch_graph import TorchGraph

    true = TorchGraph.__call__

    def call(self: Any, pixels: Any) -> Any:
        return true(self, pixels) * (float("nan") if self.product == torch.float16 else 1)

    monkeypatch.setattr(TorchGraph, "__call__", call)
    products = [torch.float16, torch.bfloat16, torch.float32]
    gpu = GpuEncoder(folder, "cpu", lines.append, products)
    vectors = gpu.embed_pictures(pictures)
    assert gpu._graph.product == torch.bfloat16
    assert (vectors * Encoder(folder).embed_pictures(pictures)).sum(1).min() >= 0.999
    assert lines == []


def test_half_precision_has_to_keep_well_clear_of_the_limit(
    gpu: Any, folder: ModelFolder, pictures: list[bytes], lines: list[str]
) -> None:
    """Its probes stand for all the photos to come; full precision is as near as it gets."""
    import torch

    def a_little_off(pixels: Any, answer: Callable[[], Any]) -> Any:
        found = answer()
        moved = found + 0.03 * torch.nn.functional.normalize(found.roll(1, dims=1))
        return torch.nn.functional.normalize(moved)

    broken(gpu, a_little_off)
    graph, gpu._products = gpu._graph, [torch.float16, torch.float32]
    asked = []

    def graph_of(product: torch.dtype) -> Any:
        asked.append(product)
        graph.product = product
        return graph

    graph.product, gpu._graph_of = torch.float16, graph_of
    vectors = gpu.embed_pictures(pictures)
    expected = Encoder(folder).embed_pictures(pictures)
    assert 0.999 <= (vectors * expected).sum(1)[:8].min() < 0.9998
    assert asked == [torch.float32] and gpu.card and lines == []


def test_a_memory_that_is_full_halves_the_batch(
    gpu: Any, folder: ModelFolder, pictures: list[bytes], lines: list[str]
) -> None:
    import torch

    sizes = []

    def small(pixels: Any, answer: Callable[[], Any]) -> Any:
        if len(pixels) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        sizes.append(len(pixels))
        return answer()

    broken(gpu, small)
    assert alike(gpu.embed_pictures(pictures), Encoder(folder).embed_pictures(pictures))
    assert gpu.batch == 2 and max(sizes) == 2 and gpu.card and lines == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("CUBLAS_STATUS_ALLOC_FAILED", "nemmeno per una foto alla volta"),
        ("CUDA error: unspecified launch failure\nmore", "unspecified launch failure)"),
    ],
)
def test_a_card_that_fails_leaves_the_rest_to_the_processor(
    error: str, said: str, gpu: Any, folder: ModelFolder, pictures: list[bytes], lines: list[str]
) -> None:
    gpu.batch = 8
    calls = []

    def fails_later(pixels: Any, answer: Callable[[], Any]) -> Any:
        calls.append(len(pixels))
        if len(calls) > 2:
            raise RuntimeError(error)
        return answer()

    broken(gpu, fails_later)
    assert alike(gpu.embed_pictures(pictures), Encoder(folder).embed_pictures(pictures))
    (line,) = lines
    assert said in line and gpu.card == ""


def test_a_picture_beyond_half_precision_is_computed_by_the_processor(
    gpu: Any, folder: ModelFolder, pictures: list[bytes], lines: list[str]
) -> None:
    assert gpu.embed_pictures(pictures[:2]) is not None  # proved

    def overflows(pixels: Any, answer: Callable[[], Any]) -> Any:
        found = answer().clone()
        found[1] = float("inf")
        return found

    broken(gpu, overflows)
    assert alike(gpu.embed_pictures(pictures), Encoder(folder).embed_pictures(pictures))
    assert gpu.card and lines == []


# -- an indexing run ----------------------------------------------------------------------------


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a GPU, which is its processor."""
    pytest.importorskip("torch", reason="the encoder of a GPU takes cercafoto[torch]")
    from cercafoto.models.encode import gpu_encoder

    real = gpu_encoder.GpuEncoder
    monkeypatch.setattr(devices, "_why_no_cuda", lambda: None)
    monkeypatch.setattr(devices, "_has_driver", lambda: True)
    monkeypatch.setattr(gpu_encoder, "GpuEncoder", lambda folder, say: real(folder, "cpu", say))


Cli = Callable[..., tuple[int, str, str]]


@pytest.mark.usefixtures("pretend")
def test_index_on_a_gpu(cli: Cli, photos: Path) -> None:
    code, _, err = cli("index", photos, "--dispositivo", "cuda")
    assert code == 0
    assert "foto al secondo con la GPU cpu" in err
    assert "rosso.png" in cli("cerca", "rosso", "--percorsi")[1].splitlines()[0]


@pytest.mark.usefixtures("pretend")
def test_index_chooses_by_the_number_of_photos(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = cli("index", photos, "--json")
    assert (code, json.loads(out)["device"]) == (0, "cpu")
    monkeypatch.setattr(devices, "WORTH_STARTING", 1)
    (photos / "rosso.png").rename(photos / "altro.png")
    (photos / "verde.png").write_bytes((photos / "blu.png").read_bytes() + b" ")
    code, _, err = cli("index", photos)
    assert code == 0 and "con la GPU" in err
    _, _, err = cli("index", photos)
    assert "con la GPU" not in err  # nothing to do


@pytest.mark.usefixtures("pretend")
def test_a_model_that_a_gpu_cannot_run(
    folder: ModelFolder, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from cercafoto.models.encode import torch_graph

    monkeypatch.delitem(torch_graph.OPS, "Flatten")
    encoder = devices.open_encoder(folder, say=lines.append)
    assert type(encoder) is Encoder
    assert "Flatten" in lines[0] and "Uso il processore" in lines[0]
    with pytest.raises(ModelError, match="Flatten"):
        devices.open_encoder(folder, devices.CUDA)


def test_what_cannot_be_is_said_before_anything_is_written(
    cli: Cli, settings: Settings, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "find_spec", absent("torch"))
    code, _, err = cli("index", photos, "--dispositivo", "cuda")
    assert code == 1 and "manca torch" in err and "pip install" in err
    assert cli("index", photos, "--dispositivo", "gpu")[0] == 2
    assert not settings.catalog.exists()
    monkeypatch.setenv("CERCAFOTO_DISPOSITIVO", "boh")
    code, _, err = cli("index", photos)
    assert code == 2 and "CERCAFOTO_DISPOSITIVO" in err
