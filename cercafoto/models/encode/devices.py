"""Devices that compute the vectors of an indexing run: the processor, and those that the installed
ONNX Runtime offers beside it. Which ones these are depends on how it was built."""

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
# The package with the build of ONNX Runtime that offers a device, as PyPI has it. That for macOS
# always offers coreml.
PACKAGES = {
    CUDA: "onnxruntime-gpu[cuda,cudnn]",
    TENSORRT: "onnxruntime-gpu[cuda,cudnn]",
    "directml": "onnxruntime-directml",
    "openvino": "onnxruntime-openvino",
    "migraphx": "onnxruntime-migraphx",
    "rocm": "onnxruntime-rocm",
}

# Starting a GPU and comparing it with the processor takes seconds, in which two cores embed 330
# photos with `mini`. With fewer than this little can be gained.
WORTH_STARTING = 500


def offered() -> tuple[str, ...]:
    """Name the devices of the installed ONNX Runtime, "cpu" first."""
    from cercafoto.models.onnx_runtime import ort

    there = ort.get_available_providers()
    return tuple(name for name, provider in PROVIDERS.items() if provider in there)


def check(device: str) -> None:
    """Raise UsageError for a device that has no such name, or that is not offered here."""
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
    """Raise UsageError for a device that has no such name."""
    if device not in CHOICES:
        raise UsageError(
            f"--dispositivo vuole {', '.join(CHOICES)}, non «{device}».",
            "Se non l'hai scritto tu, viene dalla variabile CERCAFOTO_DISPOSITIVO.",
        )


def chosen(device: str, photos: int = WORTH_STARTING) -> str:
    """Return the device for a run over so many photos.

    AUTO is an NVIDIA GPU where ONNX Runtime offers it, its driver is here and the photos are enough
    for it to pay; else the processor. The other devices are taken only by name: whether they are
    any faster depends on the model.
    """
    if photos == 0:
        return CPU
    if device != AUTO:
        return device
    pays = photos >= WORTH_STARTING and _has_driver() and CUDA in offered()
    return CUDA if pays else CPU


def _has_driver() -> bool:
    """Tell whether NVIDIA's driver is here: its library, through which all that uses CUDA goes."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True
