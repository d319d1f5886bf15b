"""Describe a tensor in a file (its place, number type and order), and read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cercafoto.base.arrays import Floats
from cercafoto.base.paths import printable
from cercafoto.errors import ModelError

# numpy has no bfloat16, which is the upper half of a float32.
FLOATING = {"float64": "<f8", "float32": "<f4", "float16": "<f2", "bfloat16": "<u2"}
# Whole numbers: graphs do not take them from a file, but files contain them.
COUNTED = {"int64": 8, "int32": 4, "int16": 2, "int8": 1, "uint8": 1, "bool": 1}
SIZES = COUNTED | {kind: int(code[-1]) for kind, code in FLOATING.items()}  # bytes of a number
# Largest table of tensors, in bytes: enough for 10,000 tensors; parsed, at most some 300 MB.
TABLE = 2_000_000
MAX_AXES, MAX_SIDE = 8, 2**40
PART = 16_000_000  # bytes that `parts` yields at most, if rows are contiguous


def numbers_in(shape: Sequence[Any]) -> int:
    """Return how many numbers a tensor has. Raises ValueError if no tensor can have `shape`."""
    whole = all(type(side) is int and 0 <= side < MAX_SIDE for side in shape)
    if not whole or len(shape) > MAX_AXES:
        raise ValueError("un tensore di una forma impossibile")
    return prod(shape)


@dataclass(frozen=True)
class StoredTensor:
    """A tensor in a file, not yet read.

    kind: number type, a key of FLOATING or COUNTED.
    strides: step along each axis, in numbers.
    pieces: (first byte in the file, count of numbers) of each piece of the file that holds the
        tensor; the strides step over the joined pieces.
    """

    file: Path
    kind: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    pieces: tuple[tuple[int, int], ...]

    @classmethod
    def in_order(
        cls, file: Path, kind: str, shape: Sequence[int], pieces: tuple[tuple[int, int], ...]
    ) -> StoredTensor:
        """Return the description of a tensor whose numbers lie in the file in C order."""
        steps = tuple(prod(shape[axis + 1 :]) for axis in range(len(shape)))
        return cls(file, kind, tuple(shape), steps, pieces)

    def permuted(self, *axes: int) -> StoredTensor:
        """Return the same tensor with its axes in another order."""
        return replace(
            self,
            shape=tuple(self.shape[axis] for axis in axes),
            strides=tuple(self.strides[axis] for axis in axes),
        )

    @property
    def transposed(self) -> StoredTensor:
        return self.permuted(*reversed(range(len(self.shape))))

    def between(self, first: int, last: int) -> StoredTensor:
        """Return the tensor's rows from `first` to `last`, `last` not included."""
        skipped, pieces = first * self.strides[0], []
        for begin, count in self.pieces:
            gone = min(skipped, count)
            pieces.append((begin + gone * SIZES[self.kind], count - gone))
            skipped -= gone
        return replace(self, shape=(last - first, *self.shape[1:]), pieces=tuple(pieces))

    @property
    def span(self) -> int:
        """How many numbers lie from the tensor's first to its last, both included."""
        if 0 in self.shape:
            return 0
        return 1 + sum((n - 1) * step for n, step in zip(self.shape, self.strides, strict=True))

    @property
    def fits(self) -> bool:
        """Whether the pieces hold all numbers that the shape and the strides reach, and at least
        as many numbers as the shape has.

        The second test refuses strides of 0, by which a few stored numbers would fill a shape of
        any size.
        """
        there = sum(count for _, count in self.pieces)
        return max(self.span, numbers_in(self.shape)) <= there

    def read(self) -> Floats:
        """Return the whole tensor, float32 in C order. Raises ModelError if the file is short."""
        return np.concatenate([part.ravel() for part in self.parts()] or [_NONE]).reshape(
            self.shape
        )

    def parts(self) -> Iterator[Floats]:
        """Yield the tensor in parts along its first axis, float32 in C order.

        If the first axis has the largest stride, a part has at most PART bytes (or one row, if a
        row is larger), so that a large table is never completely in memory; otherwise the only
        part is the whole tensor. Raises ModelError if the file is short.
        """
        if not self.shape or self.strides[0] < max(self.strides):
            yield self._read(0, self.shape)
            return
        each = max(1, PART // max(1, 4 * prod(self.shape[1:])))
        for row in range(0, self.shape[0], each):
            rows = min(each, self.shape[0] - row)
            yield self._read(row * self.strides[0], (rows, *self.shape[1:]))

    def _read(self, start: int, shape: tuple[int, ...]) -> Floats:
        wanted = replace(self, shape=shape)
        flat = self._numbers(start, wanted.span)
        steps = [step * flat.itemsize for step in self.strides]
        found = np.ascontiguousarray(np.lib.stride_tricks.as_strided(flat, shape, steps))
        if self.kind == "bfloat16":
            found = (found.astype(np.uint32) << 16).view(np.float32)
        result: Floats = found.astype(np.float32, copy=False).reshape(shape)
        return result

    def _numbers(self, start: int, count: int) -> NDArray[Any]:
        """Return `count` numbers of the joined pieces, from number `start` on."""
        found = np.empty(count, FLOATING[self.kind])
        done = 0
        with self.file.open("rb") as stream:
            for offset, length in self.pieces:
                here = min(length - start, count - done)
                if here > 0:
                    stream.seek(offset + start * found.itemsize)
                    target = found[done : done + here].view(np.uint8).data
                    if stream.readinto(target) != target.nbytes:
                        raise damaged(self.file, "il file finisce prima dei suoi pesi")
                    done += here
                start = max(0, start - length)
        return found


_NONE: Floats = np.empty(0, np.float32)


def damaged(file: Path, why: str) -> ModelError:
    """Return the error for weights that cannot be read. why: the reason, for the message."""
    return ModelError(
        f"I pesi in {file} sono danneggiati ({printable(why[:200])}).",
        "Scarica o copia di nuovo il modello.",
    )
