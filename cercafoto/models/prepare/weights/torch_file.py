"""The tensors of a file that torch.save wrote; nothing in it is ever run.

A pickle says what the tensors are and may name any function of Python, to be called while it is
read. A state dict needs the few of `_Unpickler`; every other name is refused. The numbers lie
beside the pickle: in a zip file, uncompressed, since torch 1.6; before, after the pickle.
"""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from cercafoto.errors import ModelError
from cercafoto.models.prepare.weights.stored_tensor import SIZES, StoredTensor, damaged

MAGIC = 0x1950A86A20F9469CFC6C  # begins a file of torch before 1.6
STORAGES = {
    "DoubleStorage": "float64", "FloatStorage": "float32", "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16", "LongStorage": "int64", "IntStorage": "int32",
    "ShortStorage": "int16", "CharStorage": "int8", "ByteStorage": "uint8", "BoolStorage": "bool",
}  # fmt: skip


@dataclass(frozen=True)
class _Storage:
    """Numbers that tensors are cut from. key: its name in the file."""

    kind: str
    key: str


@dataclass(frozen=True)
class _Tensor:
    """A tensor as the pickle describes it, in numbers of its storage."""

    storage: _Storage
    start: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read(path: Path) -> dict[str, StoredTensor]:
    """Find every tensor of a state dict by its name.

    Raises ModelError for a damaged file, and for one whose pickle names a function that a state
    dict has no use for.
    """
    try:
        with path.open("rb") as stream:
            zipped = stream.read(4) == b"PK\x03\x04"
            stream.seek(0)
            described, places = _zipped(path) if zipped else _in_one_piece(path, stream)
        return {
            str(name): _stored(path, tensor, *places[tensor.storage.key])
            for name, tensor in described.items()
            if isinstance(tensor, _Tensor)
        }
    except (ModelError, MemoryError):
        raise
    except (zipfile.BadZipFile, EOFError) as error:
        raise damaged(path, "il file è incompleto") from error
    except Exception as error:  # pickle and zipfile raise nearly anything on damaged bytes
        raise damaged(path, f"{type(error).__name__}: {str(error)[:160]}") from error


def _zipped(path: Path) -> tuple[dict[str, Any], dict[str, tuple[int, int]]]:
    """Read the pickle of a zip file, and where each storage lies: (first byte, bytes)."""
    with zipfile.ZipFile(path) as archive, path.open("rb") as stream:
        entries = {entry.filename: entry for entry in archive.infolist()}
        pickled = next(name for name in entries if name.endswith("/data.pkl"))
        root = pickled.removesuffix("data.pkl")
        order = entries.get(f"{root}byteorder")
        if order is not None and archive.read(order) != b"little":
            raise damaged(path, "i numeri sono scritti in un altro ordine")
        places = {}
        for name, entry in entries.items():
            if not name.startswith(f"{root}data/"):
                continue
            if entry.compress_type != zipfile.ZIP_STORED:
                raise damaged(path, f"{name} è compresso")
            stream.seek(entry.header_offset + 26)
            named, extra = (int.from_bytes(stream.read(2), "little") for _ in range(2))
            begin = entry.header_offset + 30 + named + extra
            if begin + entry.file_size > path.stat().st_size:
                raise damaged(path, f"{name} non è intero")
            places[name.removeprefix(f"{root}data/")] = (begin, entry.file_size)
        with archive.open(pickled) as described:
            return _Unpickler(path, described).load(), places


def _in_one_piece(
    path: Path, stream: IO[bytes]
) -> tuple[dict[str, Any], dict[str, tuple[int, int]]]:
    """Read a file of torch before 1.6: pickles of a magic number, a version, the machine, the state
    dict and the storages' names; then each storage, its length in eight bytes before it."""
    if _Unpickler(path, stream).load() != MAGIC:
        raise damaged(path, "non è un file di PyTorch")
    _Unpickler(path, stream).load()
    if not _Unpickler(path, stream).load()["little_endian"]:
        raise damaged(path, "i numeri sono scritti in un altro ordine")
    unpickler = _Unpickler(path, stream)
    described, keys = unpickler.load(), _Unpickler(path, stream).load()
    places, size = {}, path.stat().st_size
    for key in keys:
        length = int.from_bytes(stream.read(8), "little") * SIZES[unpickler.kinds[key]]
        places[key] = (stream.tell(), length)
        if stream.seek(length, 1) > size:
            raise damaged(path, "il file finisce prima dei suoi pesi")
    return described, places


def _stored(path: Path, tensor: _Tensor, begin: int, length: int) -> StoredTensor:
    each = SIZES[tensor.storage.kind]
    pieces = ((begin + tensor.start * each, length // each - tensor.start),)
    return StoredTensor(path, tensor.storage.kind, tensor.shape, tensor.strides, pieces)


class _Unpickler(pickle.Unpickler):
    """Reads a state dict. What it gives the pickle to call has no attributes to be set, and what
    it builds is described, not made."""

    def __init__(self, path: Path, stream: IO[bytes]) -> None:
        super().__init__(stream)
        self._path = path
        self.kinds: dict[str, str] = {}  # of the storages, by their keys

    def find_class(self, module: str, name: str) -> Any:
        known = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor"): _Rebuild(),
            ("torch._utils", "_rebuild_tensor_v2"): _Rebuild(),
            ("torch._utils", "_rebuild_parameter"): _First(),
        }
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        if (module, name) in known:
            return known[module, name]
        raise ModelError(
            f"Il file {self._path} chiede di eseguire «{module}.{name}», che nei pesi di un "
            "modello non ha ragione di esserci: non l'ho eseguito.",
            "Non usare questo modello, oppure cercane uno con i pesi in model.safetensors.",
        )

    def persistent_load(self, pid: Any) -> _Storage:
        _, kind, key, *_ = pid
        self.kinds[str(key)] = str(kind)
        return _Storage(str(kind), str(key))


class _Rebuild:
    """Describes a tensor: storage, first number, shape, strides; the rest is of no use here."""

    __slots__ = ()

    def __call__(self, storage: _Storage, start: int, shape: Any, strides: Any, *_: Any) -> _Tensor:
        return _Tensor(storage, int(start), tuple(map(int, shape)), tuple(map(int, strides)))


class _First:
    """A parameter is its tensor, the first of what it is made of."""

    __slots__ = ()

    def __call__(self, tensor: _Tensor, *_: Any) -> _Tensor:
        return tensor
