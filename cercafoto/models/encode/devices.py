"""Choose the device of an indexing run: the processor, or what the installed ONNX Runtime offers.

Each build of ONNX Runtime offers other devices.
"""

from __future__ import annotations

import ctypes
import sys

from cercafoto.errors import UsageError

AUTO, CPU, CUDA, TENSORRT = "auto", "cpu", "cuda", "tensorrt"
# What ONNX Runtime calls each device.
PROVIDERS = {
    CPU: "CPUExecutionProvider",
    CUDA: "CUDAExecutionProvider",
    TENSORRT: "TensorrtExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "migraphx": "MIGraphXExecutionProvider",
    "rocm": "ROCMExecutionProvider",
}
CHOICES = (AUTO, *PROVIDERS)
# The PyPI package whose build of ONNX Runtime offers a device. The build for macOS always offers
# coreml.
PACKAGES = {
    CUDA: "onnxruntime-gpu[cuda,cudnn]",
    TENSORRT: "onnxruntime-gpu[cuda,cudnn]",
    "directml": "onnxruntime-directml",
    "openvino": "onnxruntime-openvino",
    "migraphx": "onnxruntime-migraphx",
    "rocm": "onnxruntime-rocm",
}

# AUTO starts a GPU from so many photos on. Starting it and comparing it with the processor takes
# seconds, in which two cores embed 330 photos with `mini`.
WORTH_STARTING = 500


def offered() -> tuple[str, ...]:
    """Return the devices that the installed ONNX Runtime offers, "cpu" first."""
    from cercafoto.models.onnx_runtime import ort

    there = ort.get_available_providers()
    return tuple(name for name, provider in PROVIDERS.items() if provider in there)


def check(device: str) -> None:
    """Raise UsageError for an unknown device, or one that this ONNX Runtime does not offer."""
    check_name(device)
    if device in (AUTO, CPU) or device in (here := offered()):
        return
    package = PACKAGES.get(device)
    raise UsageError(
        f"L'ONNX Runtime installato non offre {device}: qui ci sono {', '.join(here)}.",
        (
            f"Lo offre {package}, al posto di onnxruntime: docs/dispositivi.md dice come."
            if package
            else "Lo offre onnxruntime su macOS."
        )
        + "\nOppure usa il processore: --dispositivo cpu",
    )


def check_name(device: str) -> None:
    """Raise UsageError if `device` is not one of CHOICES."""
    if device not in CHOICES:
        raise UsageError(
            f"--dispositivo vuole {', '.join(CHOICES)}, non «{device}».",
            "Se non l'hai scritto tu, viene dalla variabile CERCAFOTO_DISPOSITIVO.",
        )


def chosen(device: str, photos: int = WORTH_STARTING) -> str:
    """Return the device to use for a run over `photos` photos; CPU if there are no photos.

    AUTO means CUDA (an NVIDIA GPU) if ONNX Runtime offers it, the driver is installed and there
    are at least WORTH_STARTING photos; otherwise CPU. Other devices must be asked for by name:
    whether they are faster depends on the model.
    """
    if photos == 0:
        return CPU
    if device != AUTO:
        return device
    pays = photos >= WORTH_STARTING and _has_driver() and CUDA in offered()
    return CUDA if pays else CPU


def _has_driver() -> bool:
    """Return True if the library of NVIDIA's driver can be loaded."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True
