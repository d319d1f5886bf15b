"""Checkpoints from strangers that declare more than they hold, or grow when read: each is refused
in Italian, soon, and before memory is allocated.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from cercafoto.errors import ModelError
from cercafoto.models.model_folder import ModelFolder, file_digest
from cercafoto.models.prepare.convert import copy_model
from tests.support.bounded import refusal, refusals
from tests.support.tiny_model import make_tiny_model

MANY = 450_000_000  # bytes that must not be taken


# -- files of torch -----------------------------------------------------------------------------


def state_dict(shape: tuple[int, ...], strides: tuple[int, ...], start: int = 0) -> bytes:
    """Return a pickle of one tensor, "a", in the float32 storage "0"."""

    class Storage:
        pass

    class Rebuild:
        def __reduce__(self) -> Any:
            return _rebuild, (Storage(), start, shape, strides, False, {})

    def _rebuild(*_: Any) -> None:
        return None

    class Pickler(pickle._Pickler):  # type: ignore[name-defined, misc]
        def persistent_id(self, obj: Any) -> Any:
            return ("storage", _kind, "0", "cpu", 4) if isinstance(obj, Storage) else None

        def save_global(self, obj: Any, name: str | None = None) -> None:
            known = {_rebuild: "torch._utils\n_rebuild_tensor_v2", _kind: "torch\nFloatStorage"}
            self.write(b"c" + known[obj].encode() + b"\n")
            self.memoize(obj)

        dispatch = pickle._Pickler.dispatch | {  # type: ignore[attr-defined]
            type(_rebuild): save_global,
        }

    def _kind() -> None:
        return None

    stream = io.BytesIO()
    Pickler(stream, 2).dump({"a": Rebuild()})
    return stream.getvalue()


def weights_file(folder: Path, pickled: bytes, zipped: bool) -> Path:
    """Write a checkpoint as torch does: zipped, or in the older format."""
    path = folder / "pytorch_model.bin"
    if zipped:
        torch_file(path, pickled)
    else:
        path.write_bytes(pickled)
    return path


def torch_file(path: Path, pickled: bytes, numbers: bytes = bytes(16), **packed: int) -> Path:
    """Write what torch.save would. packed: name of a member -> how it is compressed."""
    with zipfile.ZipFile(path, "w", compresslevel=1) as archive:
        members = {"data.pkl": pickled, "byteorder": b"little", "data/0": numbers}
        for name, data in members.items():
            archive.writestr(f"archive/{name}", data, packed.get(name.split(".")[0], 0))
    return path


def test_the_file_that_the_others_are_made_of_is_read(tmp_path: Path) -> None:
    from cercafoto.models.prepare.weights import open_weights

    path = torch_file(tmp_path / "pytorch_model.bin", state_dict((2, 2), (2, 1)))
    np.testing.assert_array_equal(open_weights(path)["a"].read(), np.zeros((2, 2)))


def test_a_pickle_that_grows_a_thousandfold(tmp_path: Path) -> None:
    grown = b"\x80\x02X" + struct.pack("<I", MANY) + bytes(MANY) + b"."
    path = torch_file(tmp_path / "pytorch_model.bin", grown, data=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < MANY / 200
    assert "compresso" in refusal("weights", path)


def test_another_member_that_grows(tmp_path: Path) -> None:
    path = tmp_path / "pytorch_model.bin"
    with zipfile.ZipFile(path, "w", compresslevel=1) as archive:
        archive.writestr("archive/data.pkl", state_dict((2, 2), (2, 1)))
        with archive.open(_deflated("archive/byteorder"), "w", force_zip64=True) as member:
            for _ in range(MANY // 10_000_000):
                member.write(bytes(10_000_000))
    assert "compresso" in refusal("weights", path)


def _deflated(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


@pytest.mark.parametrize(
    ("zipped", "pickled"),
    [
        # An index of the memo; a name of doubled tuples, and of nested ones.
        (True, b"\x80\x02K\x01r" + struct.pack("<I", 250_000_000) + b"."),
        (False, b"\x80\x02K\x01r" + struct.pack("<I", 250_000_000) + b"."),
        (True, b"\x80\x02}" + b")" + b"2\x86" * 60 + b"K\x01s."),
        (False, b"\x80\x02}" + b")" + b"\x85" * 1_900_000 + b"K\x01s."),
        # A storage of doubled tuples, and millions of dictionaries.
        (True, b"\x80\x02" + b")" + b"2\x86" * 40 + b"Q."),
        (False, b"\x80\x02(" + b"}" * 20_000_000 + b"l."),
    ],
)
def test_a_pickle_that_takes_memory_time_or_the_process(
    zipped: bool, pickled: bytes, tmp_path: Path
) -> None:
    assert "danneggiati" in refusal("weights", weights_file(tmp_path, pickled, zipped))


@pytest.mark.parametrize(
    ("shape", "strides", "start"),
    [
        ((40_000, 40_000), (0, 0), 0),  # one number, as often as one likes
        ((40_000, 40_000), (1, 0), 0),
        ((2**40, 2), (2, 1), 0),
        ((2**31, 2**31, 2**31), (1, 1, 1), 0),
        ((-2, -2), (2, 1), 0),
        ((2, 2), (-2, 1), 0),
        ((2, 2), (2, 1), -8),
        ((1,) * 100_000, (1,) * 100_000, 0),
    ],
)
def test_a_tensor_larger_than_its_numbers(
    shape: tuple[int, ...], strides: tuple[int, ...], start: int, tmp_path: Path
) -> None:
    path = torch_file(tmp_path / "pytorch_model.bin", state_dict(shape, strides, start))
    assert "danneggiati" in refusal("weights", path)


def test_storages_that_lie_over_each_other(tmp_path: Path) -> None:
    """Many entries of the table of contents point to one copy of the bytes, as in a zip bomb."""
    path = torch_file(tmp_path / "pytorch_model.bin", state_dict((2, 2), (2, 1)), bytes(100_000))
    with zipfile.ZipFile(path, "a") as archive:
        one = archive.getinfo("archive/data/0")
        for number in range(1, 50):
            other = zipfile.ZipInfo(f"archive/data/{number}")
            other.file_size = other.compress_size = one.file_size
            other.header_offset, other.CRC = one.header_offset, one.CRC
            archive.filelist.append(other)
        archive._didModify = True  # type: ignore[attr-defined]
    assert "sovrappongono" in refusal("weights", path)


def test_a_table_of_contents_of_millions(tmp_path: Path) -> None:
    path = torch_file(tmp_path / "pytorch_model.bin", state_dict((2, 2), (2, 1)))
    data = path.read_bytes()
    at = data.index(b"PK\1\2")
    end = data.index(b"PK\5\6")
    entry = bytearray(data[at:end][:46])
    entry[28:34] = bytes(6)  # no name, no extra, no comment
    table = bytes(entry) * 1_500_000
    closing = bytearray(data[end:])
    closing[8:16] = struct.pack("<HHI", 0xFFFE, 0xFFFE, len(table))
    path.write_bytes(data[:at] + table + closing)
    assert "troppo lungo" in refusal("weights", path)


# -- safetensors and Flax -----------------------------------------------------------------------


def safetensors(path: Path, table: bytes, numbers: int = 16) -> Path:
    path.write_bytes(len(table).to_bytes(8, "little") + table + bytes(numbers))
    return path


def entry(shape: Any, begin: int = 0, end: int = 16, kind: str = "F32") -> dict[str, Any]:
    return {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}


@pytest.mark.parametrize(
    "table",
    [
        json.dumps({"a": entry([-2, -2])}).encode(),
        json.dumps({"a": entry([2, 2], -4, 12)}).encode(),
        json.dumps({"a": entry([0, 2**62], 0, 0)}).encode(),
        json.dumps({"a": entry([1] * 500_000, 0, 4)}).encode(),
        json.dumps({"a": entry([10**4000] * 100, 0, 4)}).encode(),
        json.dumps({f"{n}": entry([2, 2]) for n in range(100)}).encode(),  # all over each other
        b'{"a":' + b"[" * 900_000,
        b'{"a": [' + b"{}," * 10_000_000 + b"{}]}",
    ],
)
def test_a_table_of_safetensors(table: bytes, tmp_path: Path) -> None:
    path = safetensors(tmp_path / "model.safetensors", table)
    assert "danneggiati" in refusal("weights", path)


def array(shape: bytes, kind: bytes = b"\xa7float32", numbers: bytes = bytes(16)) -> bytes:
    """Return an array as Flax stores it."""
    content = b"\x93" + shape + kind + b"\xc4" + bytes([len(numbers)]) + numbers
    return b"\xc7" + bytes([len(content)]) + b"\x01" + content


NAME = b"\xdb" + struct.pack(">I", 900)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("millions of maps", b"\x81\xa1a\xdd" + struct.pack(">I", 10**7) + b"\x80" * 10_000_000),
        ("a list longer than the file", b"\x81\xa1a\xdd" + b"\xff" * 4 + b"\x00" * 1000),
        ("a name longer than the file", b"\x81\xdb" + b"\xff" * 4 + b"a" * 1000),
        ("a name of megabytes", b"\x81\xdb" + struct.pack(">I", 9 * 10**6) + b"a" * 9_000_000),
        ("an array longer than the file", b"\x81\xa1a\xc9" + b"\xff" * 4 + b"\x01" + bytes(99)),
        ("a shape beyond its bytes", b"\x81\xa1a" + array(b"\x92\xce\0\1\0\0\xce\0\1\0\0")),
        ("a negative shape", b"\x81\xa1a" + array(b"\x92\xfe\xfe")),
        ("nested without end", b"\x81\xa1a" * 200_000 + b"\x80"),
        ("long names in long names", (b"\xde\0\x01" + NAME + b"b" * 900) * 900 + b"\x80"),
        (
            "chunks of other numbers",
            b"\x81\xa1a\x83\xb9__msgpack_chunked_array__\xc3"
            b"\xa5shape\x81\xa10\x08\xa6chunks\x82"
            + b"\xa10" + array(b"\x91\x02", b"\xa7float64")
            + b"\xa11" + array(b"\x91\x06", b"\xa4int8", bytes(6)),
        ),
    ],
)  # fmt: skip
def test_a_checkpoint_of_flax(name: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "flax_model.msgpack"
    path.write_bytes(data)
    assert "danneggiati" in refusal("weights", path)


# -- the small files of a checkpoint ------------------------------------------------------------


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that copies a small random checkpoint. The copy may be changed."""
    pytest.importorskip("torch", reason="preparing a checkpoint takes cercafoto[torch]")
    from tests.support.hub_checkpoints import MAKERS

    base = tmp_path_factory.mktemp("checkpoints")

    def make(kind: str) -> Path:
        if not (base / kind).exists():
            MAKERS[kind](base / kind)
        return base / kind

    return make


def copied(sound: Callable[[str], Path], kind: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound(kind), tmp_path / kind))


def test_damaged_or_huge_small_files_are_refused(
    sound: Callable[[str], Path], tmp_path: Path
) -> None:
    cases = (
        ("config.json", b'{"model_type": "clip", "a": [' + b"{}," * 10_000_000 + b"{}]}"),
        ("config.json", b'{"model_type": "clip", "a": ' + b"[" * 900_000 + b"]" * 900_000 + b"}"),
        ("config.json", b'{"model_type": "clip", "text_config": [1]}'),
        ("tokenizer_config.json", b'{"a": "' + b"a" * 20_000_000 + b'"}'),
        ("tokenizer.json", b'{"a": "' + b"a" * 110_000_000 + b'"}'),
        ("vocab.txt", b"ab\n" * 20_000_000),
        ("README.md", b"---\n" + b"license\n" * 5_000_000),
        ("preprocessor_config.json", b'{"size": 1000000000, "crop_size": 224}'),
        ("preprocessor_config.json", b'{"size": "abc", "crop_size": "abc"}'),
        ("preprocessor_config.json", b'{"size": 224, "crop_size": 1e999}'),
        ("preprocessor_config.json", b'{"size": 224, "crop_size": -224}'),
        ("preprocessor_config.json", b'{"size": 224, "image_mean": 7}'),
    )
    folders = []
    for number, (file, content) in enumerate(cases):
        kind = "dual" if file == "vocab.txt" else "clip"
        folders.append(copied(sound, kind, tmp_path / str(number)))
        (folders[-1] / file).write_bytes(content)
    messages = refusals("checkpoint", folders)
    assert all(str(folder) in message for folder, message in zip(folders, messages, strict=True))


def test_models_larger_than_their_weights(sound: Callable[[str], Path], tmp_path: Path) -> None:
    folders = []
    for part, name, number in (
        ("", "num_labels", 10**9),
        ("vision_config", "num_hidden_layers", 10**9),
        ("vision_config", "num_hidden_layers", 150),
        ("vision_config", "hidden_size", 2**20),
        ("vision_config", "image_size", 2**20),
        ("text_config", "vocab_size", 10**12),
        ("text_config", "vocab_size", 2**20),
        ("text_config", "max_position_embeddings", 10**9),
        ("text_config", "intermediate_size", 2**20),
    ):
        folder = copied(sound, "clip", tmp_path / f"{part}.{name}.{number}")
        config = json.loads((folder / "config.json").read_bytes())
        (config[part] if part else config)[name] = number
        (folder / "config.json").write_text(json.dumps(config), "utf-8")
        folders.append(folder)
    # Also weights that grow, for an architecture without a packaged graph: torch would read these.
    grown = copied(sound, "clip", tmp_path / "grown")
    for weights in grown.glob("*.safetensors"):
        weights.unlink()
    torch_file(grown / "pytorch_model.bin", b"\x80\x02" + bytes(MANY), data=zipfile.ZIP_DEFLATED)
    *messages, last = refusals("prepared", [*folders, grown])
    assert all("config.json" in message for message in messages)
    assert "compresso" in last


@pytest.mark.parametrize(
    "shards",
    [
        {"a": "model.safetensors.index.json"},
        {"a": "../fuori.safetensors"},
        {"a": ".."},
        {"a": 7},
        ["a"],
        {},
    ],
)
def test_an_index_of_shards(shards: object, sound: Callable[[str], Path], tmp_path: Path) -> None:
    folder = copied(sound, "clip", tmp_path)
    for weights in (*folder.glob("*.safetensors"), *folder.glob("*.bin")):
        weights.unlink()
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": shards}), "utf-8")
    assert "danneggiato" in refusal("checkpoint", folder)


def test_a_licence_does_not_write_on_the_terminal(
    sound: Callable[[str], Path], tmp_path: Path
) -> None:
    from cercafoto.models.prepare.transformers_checkpoint import Checkpoint

    folder = copied(sound, "clip", tmp_path)
    (folder / "README.md").write_text(f"---\nlicense: \x1b[2J{'a' * 5000}\n---\n", "utf-8")
    licence = Checkpoint.open(folder).licence
    assert licence.isprintable() and len(licence) <= 80


# -- finished models ----------------------------------------------------------------------------


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return make_tiny_model(tmp_path / "modello", "modello")


def redescribe(folder: Path, change: Callable[[dict[str, Any]], object] = lambda _: None) -> None:
    """Rewrite the digests to match the files, as an attacker would."""
    description = json.loads((folder / "model.json").read_bytes())
    names = {path.name for path in folder.iterdir()} - {"model.json"}
    description["files"] = {name: file_digest(folder / name) for name in sorted(names)}
    change(description)
    (folder / "model.json").write_text(json.dumps(description), "utf-8")


def test_a_model_writes_nothing_outside_of_its_folder(tmp_path: Path) -> None:
    folder = make_tiny_model(tmp_path / "a" / "b" / "modello", "modello")
    (tmp_path / "a" / "profilo").write_text("rm -rf ~", "utf-8")
    redescribe(
        folder,
        lambda d: d["files"].update({"../../profilo": file_digest(tmp_path / "a" / "profilo")}),
    )
    with pytest.raises(ModelError, match="danneggiato"):
        copy_model(ModelFolder.open(folder), tmp_path / "home" / "x" / "modelli" / "modello")
    assert not list((tmp_path / "home").rglob("profilo"))


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        (None, "dimension", 10**12),
        (None, "dimension", -1),
        (None, "files", {"/etc/passwd": "0"}),
        (None, "files", {"C:passwd": "0"}),
        (None, "files", {"..\\fuori": "0"}),
        (None, "files", ["a"]),
        (None, "name", {"a": 1}),
        ("image", "size", 10**9),
        ("image", "resize_to", 10**9),
        ("text", "max_tokens", 10**9),
        ("text", "max_tokens", "1"),
    ],
)
def test_a_description_that_asks_for_too_much(
    part: str | None, name: str, value: object, model: Path
) -> None:
    redescribe(model, lambda d: (d[part] if part else d).update({name: value}))
    assert "danneggiato" in refusal("model", model)


def test_a_description_of_hundreds_of_megabytes(model: Path) -> None:
    (model / "model.json").write_bytes(b'{"a": [' + b"{}," * 10_000_000 + b"{}]}")
    assert "model.json" in refusal("model", model)
    (model / "model.json").write_bytes(b"[" * 900_000)
    assert "model.json" in refusal("model", model)


def _one_tensor(path: Path, **tensor: Any) -> None:
    """Change fields of the first weights of a graph."""
    graph = onnx.load(path)
    first = graph.graph.initializer[0]
    for name, value in tensor.items():
        if isinstance(value, list):
            first.ClearField(name)
            getattr(first, name).extend(value)
        else:
            setattr(first, name, value)
    path.write_bytes(graph.SerializeToString())


def _beside(path: Path, **entries: str) -> None:
    """Move the first weights of a graph to an external file described by `entries`."""
    external = [onnx.StringStringEntryProto(key=key, value=text) for key, text in entries.items()]
    graph = onnx.load(path)
    first = graph.graph.initializer[0]
    content = numpy_helper.to_array(first).tobytes()
    first.ClearField("raw_data")
    first.ClearField("float_data")
    first.data_location = onnx.TensorProto.EXTERNAL
    first.external_data.extend(external)
    path.write_bytes(graph.SerializeToString())
    path.with_name("image.onnx.data").write_bytes(content)


@pytest.mark.parametrize(
    "change",
    [
        lambda path: _one_tensor(path, dims=[2**31, 2**31]),
        lambda path: _one_tensor(path, dims=[-1, 4]),
        lambda path: _one_tensor(path, dims=[2**62] * 300_000),
        lambda path: _one_tensor(path, data_type=999, raw_data=bytes(64)),
        lambda path: _one_tensor(path, dims=[], raw_data=b"", data_type=onnx.TensorProto.INT8),
        lambda path: _beside(path, location="../modello/image.onnx.data"),
        lambda path: _beside(path, location="/etc/passwd"),
        lambda path: _beside(path, location="image.onnx.data", offset="9" * 30),
        lambda path: _beside(path, location="image.onnx.data", offset="-1"),
        lambda path: _beside(path, location="image.onnx.data", offset="1"),
        lambda path: _beside(path, location="image.onnx.data", length="99999999999"),
        lambda path: path.write_bytes(b"\xff" * 1000),
    ],
)
def test_a_graph_without_the_weights_that_it_declares(
    change: Callable[[Path], None], model: Path
) -> None:
    change(model / "image.onnx")
    redescribe(model)
    assert "image.onnx" in refusal("model", model)


def test_a_graph_with_weights_beside_it_is_taken(model: Path) -> None:
    _beside(model / "image.onnx", location="image.onnx.data", offset="0")
    redescribe(model)
    ModelFolder.open(model).verify()


def test_weights_within_a_node(model: Path) -> None:
    graph = onnx.load(model / "image.onnx")
    tensor = helper.make_tensor("grande", onnx.TensorProto.FLOAT, [1], [1.0])
    tensor.dims[0] = 2**40
    graph.graph.node.append(helper.make_node("Constant", [], ["grande"], value=tensor))
    (model / "image.onnx").write_bytes(graph.SerializeToString())
    redescribe(model)
    assert "«grande»" in refusal("model", model)


@pytest.mark.parametrize("name", ["classifiers.npz", "label_classifiers.npz"])
def test_arrays_that_grow(model: Path, name: str) -> None:
    np.savez_compressed(
        model / name,
        names=np.array(["a"]),
        weights=np.zeros((1, MANY // 4), np.float32),
        intercepts=np.zeros(1, np.float32),
    )
    redescribe(model)
    assert f": {name} non si legge" in refusal("arrays", model)


@pytest.mark.parametrize("shape", [(2**50, 4), (4,), (2**18, 2**10)])
def test_an_array_longer_than_its_file(shape: tuple[int, ...], model: Path) -> None:
    with (model / "background.npy").open("wb") as stream:
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(stream, header)
        stream.write(bytes(16))
    redescribe(model)
    assert "background.npy" in refusal("arrays", model)


# -- what is read again and again, or without end ----------------------------------------------


def _repeated(call: bytes, element: bytes, times: int = 100_000) -> bytes:
    """Return a pickle with one long list, from which the same call builds objects again and again.

    call: memo 0 is `collections.OrderedDict`, 1 a tuple of the list, 2 the list."""
    function = b"\x80\x02ccollections\nOrderedDict\nq\x00"
    listed = b"](" + element + b"eq\x02\x85q\x01"
    return function + listed + call * times + b"K\x01."


PAIRS = b"".join(b"X\x04\x00\x00\x00%04xN\x86" % number for number in range(60_000))


@pytest.mark.parametrize(
    ("zipped", "pickled"),
    [
        # Dictionaries of one list; a call with a list for arguments; a storage of a long list.
        (True, _repeated(b"h\x00h\x01R", PAIRS)),
        (
            False,
            _repeated(b"ctorch._utils\n_rebuild_parameter\nh\x02R", b"N" * 1_000_000, 25_000),
        ),
        (True, _repeated(b"h\x02Q", b"N" * 900_000, 300_000)),
    ],
)
def test_a_list_that_is_read_again_and_again(zipped: bool, pickled: bytes, tmp_path: Path) -> None:
    assert "danneggiati" in refusal("weights", weights_file(tmp_path, pickled, zipped))


@pytest.mark.parametrize("place", [b"1e999", b"-1e999", b"NaN", b"1" * 5000])
def test_an_offset_that_is_no_number(place: bytes, tmp_path: Path) -> None:
    table = b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, ' + place + b"]}}"
    path = tmp_path / "model.safetensors"
    path.write_bytes(struct.pack("<Q", len(table)) + table + bytes(4))
    assert "danneggiati" in refusal("weights", path)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="devices of POSIX")
def test_small_files_without_end(sound: Callable[[str], Path], tmp_path: Path) -> None:
    names = ("config.json", "preprocessor_config.json", "README.md", "tokenizer.json")
    folders = []
    for name in (*names, "tokenizer_config.json", "special_tokens_map.json"):
        folders.append(copied(sound, "clip", tmp_path / name.partition(".")[0]))
        (folders[-1] / name).unlink(missing_ok=True)
        (folders[-1] / name).symlink_to("/dev/zero")
    assert all("non è un file" in message for message in refusals("checkpoint", folders))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes of POSIX")
def test_a_description_without_end_and_a_shard_that_is_a_pipe(model: Path, tmp_path: Path) -> None:
    (model / "model.json").unlink()
    (model / "model.json").symlink_to("/dev/zero")
    refusal("model", model)
    index = tmp_path / "model.safetensors.index.json"
    index.write_text('{"weight_map": {"a": "model-1-of-1.safetensors"}}', "utf-8")
    os.mkfifo(tmp_path / "model-1-of-1.safetensors")
    refusal("weights", index)


def test_a_graph_of_gigabytes_is_refused_by_its_size(model: Path) -> None:
    """The graph is a sparse file: it takes no space on the disk or in an archive."""
    with (model / "image.onnx").open("r+b") as graph:
        graph.truncate(1_000_000_000)
    redescribe(model)
    assert "image.onnx è di 1000 MB" in refusal("model", model)
