"""Read the tensors of a file that torch.save wrote, without running anything in it.

A pickle describes the tensors (`state_dict.py`). Since torch 1.6 the file is an uncompressed zip
with the pickle and the numbers; before, the numbers follow the pickle.
"""

from __future__ import annotations

import zipfile
from io import BytesIO, FileIO
from pathlib import Path
from typing import IO, Any

from cercafoto.errors import ModelError
from cercafoto.models.prepare.weights.state_dict import StateDictReader, Tensor
from cercafoto.models.prepare.weights.stored_tensor import SIZES, TABLE, StoredTensor, damaged

MAGIC = 0x1950A86A20F9469CFC6C  # begins a file of torch before 1.6

Places = dict[str, tuple[int, int]]


def read(path: Path) -> dict[str, StoredTensor]:
    """Return every tensor of the state dict in a file, by its name.

    Raises ModelError for a damaged file, and for a pickle that names a forbidden function.
    """
    try:
        with path.open("rb") as stream:
            zipped = stream.read(4) == b"PK\x03\x04"
            stream.seek(0)
            described, places = _zipped(path) if zipped else _in_one_piece(path, stream)
        return {
            str(name): _stored(path, tensor, *places[tensor.storage.key])
            for name, tensor in described.items()
            if isinstance(tensor, Tensor)
        }
    except (ModelError, MemoryError):
        raise
    except (zipfile.BadZipFile, EOFError) as error:
        raise damaged(path, "il file è incompleto") from error
    except Exception as error:  # zipfile raises nearly anything on damaged bytes
        raise damaged(path, f"{type(error).__name__}: {str(error)[:160]}") from error


def _zipped(path: Path) -> tuple[dict[str, Any], Places]:
    """Return the state dict of a zip file, and each storage's place: (first byte, bytes)."""
    with _Bounded(path) as stream, zipfile.ZipFile(stream) as archive:
        size = path.stat().st_size
        entries = {entry.filename: entry for entry in archive.infolist()}
        pickled = next(name for name in entries if name.endswith("/data.pkl"))
        root = pickled.removesuffix("data.pkl")
        places, order = {}, f"{root}byteorder"
        for name, entry in entries.items():
            if name not in {pickled, order} and not name.startswith(f"{root}data/"):
                continue
            if entry.compress_type != zipfile.ZIP_STORED:
                raise damaged(path, f"{name} è compresso")
            stream.seek(entry.header_offset + 26)
            named, extra = (int.from_bytes(stream.read(2), "little") for _ in range(2))
            begin = entry.header_offset + 30 + named + extra
            if begin + entry.file_size > size:
                raise damaged(path, f"{name} non è intero")
            places[name.removeprefix(f"{root}data/")] = (begin, entry.file_size)
        if sum(length for _, length in places.values()) > size:
            raise damaged(path, "i pesi si sovrappongono")
        if order in entries and archive.read(order) != b"little":
            raise damaged(path, "i numeri sono scritti in un altro ordine")
        return StateDictReader(path).read(BytesIO(archive.read(pickled))), places


class _Bounded(FileIO):
    """A file that refuses to read more than TABLE bytes at once.

    zipfile reads the table of contents and each member at once, however long they claim to be.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > TABLE:
            raise ValueError("l'elenco dei pesi è troppo lungo")
        return super().read(size) or b""


def _in_one_piece(path: Path, stream: IO[bytes]) -> tuple[dict[str, Any], Places]:
    """Return the same as `_zipped` for a file of torch before 1.6.

    It has five pickles: a magic number, a version, the machine, the state dict, the storages' keys.
    Then follow the storages, each after its length in eight bytes.
    """
    reader, pickles = StateDictReader(path), BytesIO(stream.read(TABLE))
    if reader.read(pickles) != MAGIC:
        raise damaged(path, "non è un file di PyTorch")
    reader.read(pickles)
    if not reader.read(pickles)["little_endian"]:
        raise damaged(path, "i numeri sono scritti in un altro ordine")
    described, keys = reader.read(pickles), reader.read(pickles)
    places, size = {}, path.stat().st_size
    stream.seek(pickles.tell())
    for key in keys:
        length = int.from_bytes(stream.read(8), "little") * SIZES[reader.kinds[key]]
        places[key] = (stream.tell(), length)
        if stream.seek(length, 1) > size:
            raise damaged(path, "il file finisce prima dei suoi pesi")
    return described, places


def _stored(path: Path, tensor: Tensor, begin: int, length: int) -> StoredTensor:
    each = SIZES[tensor.storage.kind]
    pieces = ((begin + tensor.start * each, length // each - tensor.start),)
    return StoredTensor(path, tensor.storage.kind, tensor.shape, tensor.strides, pieces)
