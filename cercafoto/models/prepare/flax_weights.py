"""The weights of a Flax checkpoint, `flax_model.msgpack`, under PyTorch's names; without Flax.

The file is MessagePack: nested maps whose leaves are extensions of type 1, each itself
MessagePack of (shape, name of the number type, bytes in C order); an array of more than 2^30
bytes is a map of flat chunks instead (flax.serialization, format unchanged since 2020).
transformers' Flax modules are built like their PyTorch ones; what differs is the last word of a
name, and the order of the axes of a kernel. Needs msgpack.
"""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cercafoto.base.installation import install_command
from cercafoto.errors import ModelError

Array = NDArray[Any]

ARRAY, SCALAR = 1, 3  # types of extension
CHUNKED = "__msgpack_chunked_array__"
LAST_WORDS = {"kernel": "weight", "embedding": "weight", "scale": "weight"}


def read(path: Path) -> dict[str, NDArray[np.float32]]:
    """Read every tensor, float32, by its name in PyTorch: "text_model.pooler.dense.weight".

    Raises ModelError for a damaged file, or where msgpack is not installed.
    """
    return {
        ".".join((*where, LAST_WORDS.get(last, last))): _as_pytorch(last, array)
        for (*where, last), array in _leaves(restore(path), ())
    }


def restore(path: Path) -> Any:
    """Read the nested maps of the file, numpy arrays for leaves. Raises ModelError."""
    try:
        import msgpack  # type: ignore[import-untyped]
    except ImportError as error:
        raise ModelError(
            "Per leggere i pesi di Flax serve msgpack, che qui manca.",
            f"Per installarlo: {install_command('torch')}",
        ) from error
    try:
        with (
            path.open("rb") as stream,
            # Mapped and not read: the bytes of a large file would be in memory twice.
            mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data,
        ):
            tree = msgpack.unpackb(data, ext_hook=_extension, raw=False, strict_map_key=False)
        return _whole(tree)
    except Exception as error:  # msgpack and numpy raise nearly anything on damaged bytes
        raise ModelError(
            f"I pesi in {path} sono danneggiati ({type(error).__name__}: {str(error)[:160]}).",
            "Scarica o copia di nuovo il modello.",
        ) from error


def _extension(code: int, data: bytes) -> Any:
    import msgpack

    if code not in {ARRAY, SCALAR}:
        raise ValueError(f"extension of type {code}")
    shape, kind, content = msgpack.unpackb(data, raw=True)
    if kind == b"bfloat16":  # the upper half of a float32, of which numpy knows nothing
        halves = np.frombuffer(content, np.uint16).astype(np.uint32)
        return (halves << 16).view(np.float32).reshape(shape)
    # A copy that may be written to, as torch wants its memory.
    return np.frombuffer(bytearray(content), np.dtype(kind.decode("ascii"))).reshape(shape)


def _whole(tree: Any) -> Any:
    """Put the chunked arrays of a tree together."""
    if not isinstance(tree, dict):
        return tree
    if CHUNKED not in tree:
        return {str(key): _whole(value) for key, value in tree.items()}
    shape = [tree["shape"][str(axis)] for axis in range(len(tree["shape"]))]
    chunks = [tree["chunks"][str(place)] for place in range(len(tree["chunks"]))]
    return np.concatenate(chunks).reshape(shape)


def _leaves(tree: Any, where: tuple[str, ...]) -> list[tuple[tuple[str, ...], Array]]:
    if isinstance(tree, dict):
        # A state that was saved whole has the weights under "params".
        if not where and set(tree) == {"params"}:
            return _leaves(tree["params"], where)
        return [leaf for key, value in tree.items() for leaf in _leaves(value, (*where, key))]
    return [(where or ("",), np.asarray(tree))]


def _as_pytorch(last: str, array: Array) -> NDArray[np.float32]:
    if last == "kernel" and array.ndim == 4:
        array = array.transpose(3, 2, 0, 1)  # height, width, in, out -> out, in, height, width
    elif last == "kernel":
        array = array.T  # in, out -> out, in
    elif last == "logit_scale":
        array = array.reshape(())  # the training script of 2021 kept it as a vector of one
    return np.ascontiguousarray(array, dtype=np.float32).reshape(array.shape)
