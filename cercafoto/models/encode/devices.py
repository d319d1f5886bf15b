"""Choice of the device that computes the vectors of an indexing run: processor or GPU.

torch is not imported where a glance shows that it would be of no use: where there is no NVIDIA
driver, where the photos are too few.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from cercafoto.base.installation import install_command
from cercafoto.errors import DeviceError, ModelError, UsageError, first_line
from cercafoto.models.folder import ModelFolder

if TYPE_CHECKING:
    from cercafoto.models.encode.encoder import Encoder

AUTO, CPU, CUDA = "auto", "cpu", "cuda"
CHOICES = (AUTO, CPU, CUDA)

# Importing torch takes 2 to 3 s, a CUDA context, the first kernels and the comparison with the
# processor about as much again; in those 5 s two cores embed 330 photos with `mini`, 66 a second
# as measured beside the decode taken out (tests/bench/gpu.py). Below this little can be gained.
WORTH_STARTING = 500
# Pictures at a time: enough to keep a large card busy; with `mini` that takes 2 to 4 GB by the size
# of its largest layers, and is halved where it is too much.
GPU_BATCH = 128

_BACK = "Oppure usa il processore: --dispositivo cpu"


def check(device: str) -> None:
    """Check a choice before a run writes anything.

    Raises UsageError for none of CHOICES, DeviceError where CUDA is asked for and cannot be had.
    """
    if device not in CHOICES:
        raise UsageError(
            f"--dispositivo vuole {', '.join(CHOICES)}, non «{device}».",
            "Se non l'hai scritto tu, viene dalla variabile CERCAFOTO_DISPOSITIVO.",
        )
    if device == CUDA and (reason := _why_no_cuda()) is not None:
        raise reason


def open_encoder(
    folder: ModelFolder,
    device: str = AUTO,
    photos: int = WORTH_STARTING,
    say: Callable[[str], None] = lambda line: None,
) -> Encoder:
    """Open the encoder for a run over so many photos.

    AUTO takes a GPU where one works and the photos are enough for it to pay, and says so where
    one that should have worked did not.

    Raises what `check` raises; and, where CUDA is asked for, ModelError for a model that cannot
    run there.
    """
    from cercafoto.models.encode.encoder import Encoder

    check(device)
    if photos == 0 or device == CPU or (device == AUTO and not _pays(photos)):
        return Encoder(folder)
    from cercafoto.models.encode.gpu_encoder import GpuEncoder

    try:
        return GpuEncoder(folder, say=say)
    except (DeviceError, ModelError) as error:
        if device == CUDA:
            raise
        say(f"{error.message} Uso il processore.")
        return Encoder(folder)


def _pays(photos: int) -> bool:
    return photos >= WORTH_STARTING and _has_driver() and _why_no_cuda() is None


def _has_driver() -> bool:
    """Tell whether NVIDIA's driver is here: its library, through which all that uses CUDA goes.

    Looking for it takes a millisecond; torch takes seconds to import.
    """
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True


def _how_to_install() -> str:
    return f"Per installarlo: {install_command('torch')}\n{_BACK}"


def _why_no_cuda() -> DeviceError | None:
    """Return what stands in the way of torch on a GPU; None where nothing does."""
    for package in ("torch", "onnx"):
        if find_spec(package) is None:
            return DeviceError(f"Per usare la GPU manca {package}.", _how_to_install())
    try:
        import torch

        usable = torch.cuda.is_available()
    except Exception as error:  # a broken installation, or a driver that it cannot talk to
        return DeviceError(f"torch non si avvia ({first_line(error)}).", _how_to_install())
    if usable:
        return None
    if torch.version.cuda is None:
        return DeviceError(
            f"Questa copia di torch ({torch.__version__}) è fatta per il solo processore.",
            "Installa quella con CUDA come dice https://pytorch.org/get-started/locally\n" + _BACK,
        )
    if not _has_driver():
        return DeviceError(
            "Su questo computer non si trova una GPU NVIDIA con il suo driver.",
            f"Se la GPU c'è, installa il driver NVIDIA.\n{_BACK}",
        )
    return DeviceError(
        f"torch (CUDA {torch.version.cuda}) non riesce a usare la GPU.",
        "Aggiorna il driver NVIDIA, e guarda che CUDA_VISIBLE_DEVICES non la nasconda; "
        f"«nvidia-smi» dice se il driver la vede.\n{_BACK}",
    )
