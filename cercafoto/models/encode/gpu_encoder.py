"""Encoder on a GPU: a model folder -> unit vectors, through torch, the processor's own.

Vectors of both kinds stand side by side in an archive. So before the first ones are handed out
they are compared with ONNX Runtime's, and where they differ the processor takes over.

Needs torch and onnx; imported only to index on a GPU.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cercafoto.base.arrays import Floats
from cercafoto.errors import DeviceError, first_line
from cercafoto.models.encode.devices import GPU_BATCH
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.encode.torch_graph import TorchGraph
from cercafoto.models.folder import ModelFolder

# Cropped pictures, `size` x `size` RGB bytes each, or preprocessed, float32 [N, 3, size, size].
Batch = Sequence[bytes] | Floats

PROBES = 8  # pictures on which a GPU shows that it gives the processor's vectors
ALIKE = 0.999  # cosine
# Asked of half precision on the probes, since they stand for thousands: of 100 photos whose mean
# was 0.9997 (`mini`, bfloat16), one had 0.9961.
ALIKE_ROUNDED = 0.9998


def precisions(device: torch.device) -> list[torch.dtype]:
    """List the types to round the factors of products to, best first.

    float16 before bfloat16: as fast, and its three more bits count. With `mini`, the least cosine
    with ONNX Runtime over 100 photos was 0.99998 with one and 0.9961 with the other, which is for
    activations beyond float16's range.
    """
    if device.type != "cuda":
        return [torch.float32]
    generation, _ = torch.cuda.get_device_capability(device)
    best_first = [torch.float32]
    if generation >= 8:  # Ampere: the first to have it
        best_first.insert(0, torch.bfloat16)
    if generation >= 7:  # Volta: before, half precision was slower than full
        best_first.insert(0, torch.float16)
    return best_first


class GpuEncoder(Encoder):
    """An encoder with pictures embedded on a GPU; sentences and patches as in `Encoder`.

    Calls from several threads take turns.

    card: the GPU's name, "" once the processor has taken over, which `say` reports.
    products: instead of `precisions`.

    Raises DeviceError where the GPU does not start, ModelError for a model with operations that it
    does not know.
    """

    def __init__(
        self,
        folder: ModelFolder,
        device: str = "cuda",
        say: Callable[[str], None] = lambda line: None,
        products: Sequence[torch.dtype] | None = None,
        threads: int | None = None,
    ) -> None:
        super().__init__(folder, threads)
        self.batch = GPU_BATCH
        self._processor = Encoder(folder, threads)
        self._say = say
        self._device = torch.device(device)
        self._lock = threading.Lock()
        self._proved = False
        is_card = self._device.type == "cuda"
        if is_card:  # sums of halves are kept in full, whatever parts they are computed in
            torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False
            torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
        side = self.preprocessing.size
        try:
            self.card = torch.cuda.get_device_name(self._device) if is_card else device
            self._products = list(products or precisions(self._device))
            self._graph = self._graph_of(self._products[0])
            # Page-locked, so that it is copied while the processor goes on; and only bytes are.
            self._host = torch.empty(
                (GPU_BATCH, side, side, 3), dtype=torch.uint8, pin_memory=is_card
            )
            mean = torch.tensor(self.preprocessing.mean) * 255.0
            scale = 1.0 / (torch.tensor(self.preprocessing.std) * 255.0)
            self._mean = mean.reshape(3, 1, 1).to(self._device)
            self._scale = scale.reshape(3, 1, 1).to(self._device)
            self._forward([bytes(side * side * 3)])  # what is amiss shows here, before any work
        except RuntimeError as error:
            raise DeviceError(
                f"La GPU non si avvia ({first_line(error)}).",
                "Chiudi i programmi che la usano, oppure usa il processore: --dispositivo cpu",
            ) from error

    def embed_pictures(self, pictures: Sequence[bytes]) -> Floats:
        """Embed pictures as `Encoder.embed_pictures` does, on the card."""
        return self._embed(pictures)

    def embed_pixels(self, pixels: Floats) -> Floats:
        """Embed preprocessed pictures as `Encoder.embed_pixels` does, on the card."""
        return self._embed(pixels)

    def _embed(self, batch: Batch) -> Floats:
        if len(batch) == 0:
            return np.empty((0, self.dimension), np.float32)
        with self._lock:
            if self.card and not self._proved:
                self._prove(batch[:PROBES])
            vectors = self._on_card(batch)
            if len(vectors) < len(batch):
                others = self._on_processor(batch[len(vectors) :])
                vectors = np.concatenate([vectors, others])
            lost = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
            if len(lost):  # activations beyond the range of half precision, in some rare picture
                vectors[lost] = self._on_processor(_rows_of(batch, lost))
            return vectors

    def _prove(self, probes: Batch) -> None:
        """Find the first precision whose vectors are the processor's, or retire.

        One by one on the processor: activations in eight bits take their range from all that is
        computed together.
        """
        expected = np.concatenate(
            [self._on_processor(probes[at : at + 1]) for at in range(len(probes))]
        )
        self._processor = Encoder(self.folder, self.threads)  # lets go of its weights
        for at, product in enumerate(self._products):
            if at > 0 and not self._graph.stepped:  # which has one precision whatever is asked
                self._graph = self._graph_of(product)
            vectors = self._on_card(probes)
            if not self.card:
                return
            least = float((vectors * expected).sum(axis=1).min())
            rounded = self._graph.product != torch.float32
            if least >= (ALIKE_ROUNDED if rounded else ALIKE):  # not so for NaN
                self._proved = True
                return
        cosine = f"coseno {least:.4f}, ne serve {ALIKE}".replace("0.", "0,")
        self._retire(f"non dà gli stessi vettori del processore ({cosine})")

    def _on_card(self, batch: Batch) -> Floats:
        """Embed as many pictures as the card manages before it retires: commonly all."""
        parts = [np.empty((0, self.dimension), np.float32)]
        done = 0
        while self.card and done < len(batch):
            part = batch[done : done + min(self.batch, GPU_BATCH)]
            try:
                parts.append(self._forward(part))
                done += len(part)
                continue
            except RuntimeError as error:
                full, line = _is_full(error), first_line(error)
            # Out here the error is gone, and with it what it held in the card's memory.
            if not full:
                self._retire(f"ha smesso di rispondere ({line})")
            elif len(part) == 1:
                self._retire("non ha memoria nemmeno per una foto alla volta")
            else:
                self.batch = len(part) // 2
                if self._device.type == "cuda":
                    torch.cuda.empty_cache()
        return np.concatenate(parts)

    def _retire(self, why: str) -> None:
        self._say(f"La GPU ({self.card}) {why}: continuo con il processore.")
        self.card = ""
        self.batch = self._processor.batch
        del self._graph, self._host

    def _forward(self, part: Batch) -> Floats:
        if isinstance(part, np.ndarray):
            pixels = torch.from_numpy(part).to(self._device)
        else:
            host = self._host[: len(part)]
            for row, picture in zip(host.numpy(), part, strict=True):
                row[...] = np.frombuffer(picture, np.uint8).reshape(row.shape)
            pixels = self._normalised(host.to(self._device, non_blocking=True))
        vectors: Floats = self._graph(pixels).cpu().numpy()  # waits for all of the above
        return vectors

    def _normalised(self, pictures: Tensor) -> Tensor:
        """Normalise as `Preprocessing.normalised` does, on the card."""
        return (pictures.permute(0, 3, 1, 2).float() - self._mean) * self._scale

    def _graph_of(self, product: torch.dtype) -> TorchGraph:
        return TorchGraph(self.folder.path / "image.onnx", self._device, product)

    def _on_processor(self, batch: Batch) -> Floats:
        if isinstance(batch, np.ndarray):
            return self._processor.embed_pixels(batch)
        return self._processor.embed_pictures(batch)


def _rows_of(batch: Batch, rows: NDArray[np.intp]) -> Batch:
    return batch[rows] if isinstance(batch, np.ndarray) else [batch[at] for at in rows]


def _is_full(error: RuntimeError) -> bool:
    """Tell whether the card's memory did not suffice: torch's own error, or that of a library."""
    return isinstance(error, torch.OutOfMemoryError) or "ALLOC_FAILED" in str(error)
