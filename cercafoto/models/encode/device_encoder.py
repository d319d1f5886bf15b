"""Embed images on a GPU or another device that ONNX Runtime offers.

An archive mixes vectors from devices with vectors from the processor. The first vectors of a device
are therefore compared with the processor's; if they differ, the processor takes over.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import TypeVar

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.errors import DeviceError, first_line
from cercafoto.models.encode.devices import (
    AUTO,
    CPU,
    CUDA,
    PROVIDERS,
    TENSORRT,
    WORTH_STARTING,
    check,
    chosen,
)
from cercafoto.models.encode.encoder import DEVICE_BATCH, Encoder
from cercafoto.models.model_folder import ModelFolder

T = TypeVar("T")

PROBES = 8  # images whose vectors are compared with the processor's
MIN_COSINE = 0.999  # between a device's vector and the processor's


def open_encoder(
    folder: ModelFolder,
    device: str = AUTO,
    photos: int = WORTH_STARTING,
    say: Callable[[str], None] = lambda line: None,
) -> Encoder:
    """Return the encoder for an indexing run.

    device: one of `devices.CHOICES`.
    photos: how many photos the run will embed; see `devices.chosen`.
    say: called with the reason, in Italian, whenever the processor takes over from a device.

    Raises UsageError for a device that is unknown or that ONNX Runtime does not offer; DeviceError
    if a device asked for by name does not start; ModelError as `Encoder` does.
    """
    check(device)
    name = chosen(device, photos)
    if name == CPU:
        return Encoder(folder)
    try:
        return DeviceEncoder(folder, name, say)
    except DeviceError as error:
        if device != AUTO:
            raise
        say(f"{error.message} Uso il processore.")
        return Encoder(folder)


class DeviceEncoder(Encoder):
    """An encoder that embeds images on a device, but sentences and patches on the processor.

    While it uses the device, calls from several threads take turns.

    card: the device's name; "" after the processor has taken over.
    say: called with the reason, in Italian, when the processor takes over.

    Raises DeviceError if the device does not start; ModelError as `Encoder` does.
    """

    def __init__(
        self,
        folder: ModelFolder,
        device: str,
        say: Callable[[str], None] = lambda line: None,
        threads: int | None = None,
    ) -> None:
        super().__init__(folder, threads)
        self._usual_batch = self.batch
        self.card, self.batch = device, DEVICE_BATCH
        self._say = say
        self._lock = threading.Lock()
        self._proved = False
        if device in (CUDA, TENSORRT):
            _load_libraries()
        provider = PROVIDERS[device]
        try:
            self._tower = self._session(
                "image.onnx", prepack=True, providers=(provider, PROVIDERS[CPU])
            )
        except Exception as error:
            raise _does_not_start(device, first_line(error)) from error
        # ONNX Runtime goes on without a provider whose libraries do not load.
        if provider not in self._tower.get_providers():
            raise _does_not_start(device, "mancano il suo driver o le sue librerie")

    def _embed_in_pieces(self, embed: Callable[[T], Floats], pictures: T) -> Floats:
        with self._lock:
            if self.card:
                number = len(pictures)  # type: ignore[arg-type]
                parts = [
                    embed(pictures[at : at + DEVICE_BATCH])  # type: ignore[index]
                    for at in range(0, number, DEVICE_BATCH)
                ]
                return np.concatenate([np.empty((0, self.dimension), np.float32), *parts])
        return super()._embed_in_pieces(embed, pictures)

    def _run_image_tower(self, pixels: Floats) -> Floats:
        if self.card:
            try:
                (vectors,) = self._tower.run(["image_embeds"], {"pixel_values": pixels})
            except Exception as error:  # ONNX Runtime raises classes of its own, all Exceptions
                self._fall_back(f"ha smesso di rispondere ({first_line(error)})")
            else:
                result: Floats = vectors.astype(np.float32, copy=False)
                if not np.isfinite(result).all():
                    self._fall_back("dà numeri senza senso")
                elif self._proved or self._matches_processor(pixels, result):
                    return result
        return np.concatenate(
            [super(DeviceEncoder, self)._run_image_tower(one[None]) for one in pixels]
        )

    def _matches_processor(self, pixels: Floats, vectors: Floats) -> bool:
        """Return True if the device's first vectors agree with the processor's; else fall back.

        The processor embeds the images one by one, because the range of eight-bit activations
        depends on all images of a run.
        """
        pairs = zip(pixels[:PROBES], vectors, strict=False)
        whole = super()._run_image_tower
        least = min(float((whole(one[None])[0] * vector).sum()) for one, vector in pairs)
        self.__dict__.pop("_image")  # frees the processor's weights
        self._proved = least >= MIN_COSINE
        if not self._proved:
            cosine = f"coseno {least:.4f}, ne serve {MIN_COSINE}".replace("0.", "0,")
            self._fall_back(f"non dà gli stessi risultati del processore ({cosine})")
        return self._proved

    def _fall_back(self, why: str) -> None:
        self._say(f"{self.card} {why}: continuo con il processore.")
        self.card, self.batch = "", self._usual_batch
        del self._tower


def _load_libraries() -> None:
    """Load CUDA and cuDNN if they were installed as Python packages.

    ONNX Runtime prints which libraries it does not find. This is hidden, because cercafoto has its
    own message for a device that does not start.
    """
    from cercafoto.models.onnx_runtime import ort

    if hasattr(ort, "preload_dlls"):  # from 1.21 on
        with redirect_stdout(io.StringIO()):
            ort.preload_dlls(directory="")


def _does_not_start(device: str, why: str) -> DeviceError:
    return DeviceError(
        f"{device} non si avvia ({why}).",
        "docs/dispositivi.md dice che cosa serve. Oppure usa il processore: --dispositivo cpu",
    )
