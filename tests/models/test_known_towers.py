"""Packaged graphs give the same folder as torch, or an error that names the tensor."""

from __future__ import annotations

import errno
import json
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="drawing a tower takes cercafoto[torch]")
import torch
from filelock import FileLock
from safetensors.torch import save_file

from cercafoto.errors import CercafotoError, DiskFullError, ModelError
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.prepare import convert, known_towers
from cercafoto.models.prepare.drawn_tower import DrawnTower, FilledTower
from cercafoto.models.prepare.known_towers import IMAGE, TEXT, KnownTowers
from cercafoto.models.prepare.transformers_checkpoint import Checkpoint
from cercafoto.training.weights import drawn_towers as drawing
from tests.support.hub_checkpoints import SMALL, make_dual
from tests.support.prepared_models import TEXTS, quiet
from tests.support.tiny_model import make_tiny_model

# One layer, wide enough that every weight lies outside the graph.
SIZE = SMALL | {"hidden_size": 320, "intermediate_size": 320}
# Towers that are filled at full size. The large ones would take 4 GB; that of pictures of 224
# pixels differs from its sibling only by the number of places.
COMPARED = sorted(
    name
    for name, (_, _, own) in drawing.architectures().items()
    if own.get("num_hidden_layers", 12) == 12 and name != "siglip-vit-b16-224"
)
PARTS = {"vision_config": SIZE, "text_config": SIZE}


@pytest.fixture(scope="module")
def drawn(shared: Path) -> Path:
    """Export the small checkpoint's graphs with other weights than its own."""
    folder = shared / "drawn"
    with FileLock(shared / "drawn.lock"):
        if not folder.exists():
            model = drawing.random_model(drawing.DUAL, PARTS, seed=7)
            for tower in (IMAGE, TEXT):
                drawing.draw(model, drawing.description(model), tower, folder / tower)
    return folder


@pytest.fixture
def known(drawn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the small graphs ship, without torch."""
    monkeypatch.setattr(known_towers, "DRAWN", drawn)
    monkeypatch.setattr(convert, "find_spec", lambda name: None)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return make_dual(tmp_path / "dual", size=SIZE)


def prepared(checkpoint: Path, tmp_path: Path) -> ModelFolder:
    folder = tmp_path / "models" / "dual"
    return convert.prepare(checkpoint, folder, "dual", {}, None, quiet, precision="fp32")


def refused(checkpoint: Path, tmp_path: Path) -> CercafotoError:
    """Return the error for a refused checkpoint; an existing model must stay unchanged."""
    models = tmp_path / "models"
    old = ModelFolder.open(make_tiny_model(models / "dual", "dual"))
    with pytest.raises(CercafotoError) as caught:
        prepared(checkpoint, tmp_path)
    assert [p.name for p in models.iterdir()] == ["dual"]
    ModelFolder.open(old.path).verify()
    assert ModelFolder.open(old.path).fingerprint == old.fingerprint
    assert caught.value.hint
    return caught.value


# -- the same as torch makes --------------------------------------------------------------------


def test_the_folder_is_the_one_that_torch_makes(
    known: None, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    light = prepared(checkpoint, tmp_path)
    monkeypatch.undo()
    full = prepared(checkpoint, tmp_path / "full")
    light.verify()
    assert light.fingerprint == full.fingerprint
    assert {n: d for n, d in light.files.items() if n != "background.npy"} == {
        n: d for n, d in full.files.items() if n != "background.npy"
    }
    np.testing.assert_allclose(Encoder(light).background, Encoder(full).background, atol=1e-6)
    assert (light.text, light.image, light.licence) == (full.text, full.image, full.licence)
    assert "parity" in full.quality and "parity" not in light.quality


@pytest.mark.parametrize("kind", ["safetensors", "bin before 1.6", "half", "new names", "shards"])
def test_weights_of_any_kind(kind: str, known: None, checkpoint: Path, tmp_path: Path) -> None:
    expected = prepared(checkpoint, tmp_path / "first")
    file = checkpoint / "pytorch_model.bin"
    state = torch.load(file, weights_only=True)
    state = {name: tensor.clone().contiguous() for name, tensor in state.items()}
    if kind == "bin before 1.6":
        torch.save(state, file, _use_new_zipfile_serialization=False)
    elif kind == "new names":
        torch.save(
            {n.replace("vision_model.vision_model.", "vision_model."): t for n, t in state.items()},
            file,
        )
    elif kind == "half":
        torch.save({n: t.half() if t.is_floating_point() else t for n, t in state.items()}, file)
    elif kind == "safetensors":
        save_file(state, checkpoint / "model.safetensors")
    else:
        names = sorted(state)
        shards = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
        for shard, part in shards.items():
            save_file({n: state[n] for n in part}, checkpoint / shard)
        table = {n: shard for shard, part in shards.items() for n in part}
        (checkpoint / "model.safetensors.index.json").write_text(json.dumps({"weight_map": table}))
    found = prepared(checkpoint, tmp_path / "second")
    digests = [
        {n: f.files[n] for n in f.files if n.endswith((".onnx", ".data"))}
        for f in (expected, found)
    ]
    if kind != "half":
        assert digests[0] == digests[1]
        return
    a, b = (Encoder(folder).embed_texts(TEXTS) for folder in (expected, found))
    assert digests[0] != digests[1]
    np.testing.assert_allclose(a, b, atol=2e-3)


def test_more_rows_than_words(known: None, tmp_path: Path) -> None:
    """As in CLIP-Italian, the vocabulary is shorter than the word table."""
    checkpoint = make_dual(tmp_path / "dual", size=SIZE, words=100, rows=104)
    light = prepared(checkpoint, tmp_path)
    full = drawing_free_vectors(checkpoint)
    np.testing.assert_allclose(Encoder(light).embed_texts(TEXTS), full, atol=1e-5)


def drawing_free_vectors(checkpoint: Path) -> Any:
    """Return the vectors of TEXTS computed by transformers, with its tokenizer."""
    import transformers

    model = transformers.VisionTextDualEncoderModel.from_pretrained(checkpoint).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(checkpoint)
    inputs = tokenizer(TEXTS, padding=True, truncation=True, max_length=96, return_tensors="pt")
    with torch.no_grad():
        features = model.get_text_features(
            input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]
        )
    return torch.nn.functional.normalize(features.pooler_output, dim=-1).numpy()


def test_it_says_what_was_checked(known: None, checkpoint: Path, tmp_path: Path) -> None:
    told: list[str] = []
    convert.prepare(checkpoint, tmp_path / "models" / "dual", "dual", {}, None, told.append)
    assert any("tensori" in line for line in told)
    assert not any("originale" in line for line in told)  # there is none to compare with


# -- what ships ---------------------------------------------------------------------------------


def test_every_architecture_ships() -> None:
    """If this fails, run: python -m cercafoto.training towers"""
    tables = {p.stem: json.loads(p.read_text()) for p in known_towers.DRAWN.glob("*.json")}
    assert tables.keys() == drawing.architectures().keys()
    for name in tables:
        assert (known_towers.DRAWN / f"{name}.onnx").stat().st_size < 200_000


@pytest.mark.parametrize("name", sorted(drawing.architectures()))
def test_a_table_takes_every_weight_of_its_tower(name: str) -> None:
    """Without any numbers, so that it is quick for the large towers too."""
    architecture, tower, own = drawing.architectures()[name]
    part = {IMAGE: "vision_config", TEXT: "text_config"}[tower]
    with torch.device("meta"):
        model = drawing.random_model(architecture, {part: own})
    drawn_tower = DrawnTower.open(known_towers.DRAWN / f"{name}.json")
    assert known_towers.signature(drawing.description(model), tower) == drawn_tower.signature
    prefixes = ("vision_model.", "visual_projection.") if tower == IMAGE else ("text_",)
    wanted = {
        parameter.replace("vision_model.vision_model.", "vision_model."): tuple(value.shape)
        for parameter, value in model.named_parameters()
        if parameter.startswith(prefixes)
    }
    taken = {source.name: source.shape for source in drawn_tower.sources.values() if source.name}
    assert taken == {parameter: wanted[parameter] for parameter in taken}
    # A few numbers lie inside the graph itself, or are never read.
    assert sum(map(prod, taken.values())) > 0.99 * sum(map(prod, wanted.values()))


@pytest.mark.slow
@pytest.mark.parametrize("name", COMPARED)
def test_what_ships_gives_the_vectors_of_transformers(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At full size, with other weights than the exported ones."""
    import onnxruntime as ort

    from cercafoto.models.prepare.towers import towers
    from cercafoto.models.prepare.weights import open_weights

    # Initial weights would take a second, and `random_model` replaces them.
    monkeypatch.setattr("transformers.PreTrainedModel.init_weights", lambda model: None)
    architecture, tower, own = drawing.architectures()[name]
    small = {"vision_config": SMALL, "text_config": SMALL}
    part = {IMAGE: "vision_config", TEXT: "text_config"}[tower]
    if architecture == drawing.SIGLIP:
        small["text_config"] = SMALL | {"projection_size": SMALL["hidden_size"]}
    model = drawing.random_model(architecture, small | {part: own}, seed=3)
    described = drawing.description(model)
    file = tmp_path / "model.safetensors"
    save_file(dict(model.state_dict()), file)
    drawn_tower = DrawnTower.open(known_towers.DRAWN / f"{name}.json")
    assert known_towers.signature(described, tower) == drawn_tower.signature
    FilledTower.of(drawn_tower, open_weights(file), file).write(tmp_path / f"{tower}.onnx")
    session = ort.InferenceSession(str(tmp_path / f"{tower}.onnx"))
    generator = np.random.default_rng(0)
    feed: dict[str, Any] = {}
    if tower == IMAGE:
        side = described.image["size"]
        feed["pixel_values"] = generator.normal(size=(1, 3, side, side)).astype(np.float32)
    else:
        longest = described.max_tokens
        ids = generator.integers(1000, 30_000, (1, longest))
        if architecture == drawing.CLIP:
            ids[:, -1] = described.config["text_config"]["vocab_size"] - 1
        feed["input_ids"] = ids
        if len(session.get_inputs()) > 1:
            feed["attention_mask"] = np.ones_like(ids)
            feed["attention_mask"][0, -5:] = architecture == drawing.CLIP
    module = towers(model, described)[tower == TEXT]
    with torch.no_grad():
        theirs = module(**{n: torch.from_numpy(a) for n, a in feed.items()})
    expected = theirs[0] if tower == IMAGE else theirs
    np.testing.assert_allclose(session.run(None, feed)[0], expected.numpy(), atol=1e-5)


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("text_config", {"hidden_act": "relu"}),
        ("text_config", {"num_hidden_layers": 2}),
        ("text_config", {"model_type": "roberta"}),
        ("vision_config", {"patch_size": 16}),
        ("vision_config", {"image_size": 336}),
        (None, {"projection_dim": 256}),
        (None, {"model_type": "siglip"}),
    ],
)
def test_another_architecture_is_not_taken_for_a_known_one(
    part: str | None, change: dict[str, Any], known: None, checkpoint: Path
) -> None:
    assert KnownTowers.of(Checkpoint.open(checkpoint)) is not None
    file = checkpoint / "config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    (config[part] if part else config).update(change)
    file.write_text(json.dumps(config), encoding="utf-8")
    assert KnownTowers.of(Checkpoint.open(checkpoint)) is None


# -- refused, with nothing left behind ----------------------------------------------------------

PROJECTION = "text_projection.weight"


@pytest.mark.parametrize(
    ("tensor", "said"),
    [
        (None, f"manca «{PROJECTION}»"),
        (torch.zeros(512, 31), f"«{PROJECTION}» è di 512 × 31, non di 512 × 320"),
        (torch.zeros(512, 320, dtype=torch.int64), f"«{PROJECTION}» è di tipo int64"),
        (torch.full((512, 320), torch.nan), f"«{PROJECTION}» contiene valori che non sono numeri"),
        (torch.full((512, 320), -torch.inf), f"«{PROJECTION}» contiene valori che non sono numeri"),
    ],
)
@pytest.mark.parametrize("kind", ["bin", "safetensors"])
def test_a_tensor_that_does_not_fit_is_named(
    tensor: Any, said: str, kind: str, known: None, checkpoint: Path, tmp_path: Path
) -> None:
    file = checkpoint / "pytorch_model.bin"
    state = {n: t.clone() for n, t in torch.load(file, weights_only=True).items()}
    del state[PROJECTION]
    if tensor is not None:
        state[PROJECTION] = tensor
    file.unlink()
    if kind == "bin":
        torch.save(state, file)
    else:
        file = checkpoint / "model.safetensors"
        save_file(state, file)
    error = refused(checkpoint, tmp_path)
    assert isinstance(error, ModelError)
    assert said in error.message and str(file) in error.message


def test_a_vocabulary_of_another_size(known: None, tmp_path: Path) -> None:
    longer, shorter = (
        make_dual(tmp_path / name, size=SIZE, words=100) for name in ("longer", "shorter")
    )
    for folder, words in ((longer, 103), (shorter, 80)):
        vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8").split()
        vocabulary = [*vocabulary[:words], *(f"altra{n}" for n in range(words - 100))]
        (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
        (folder / "tokenizer.json").unlink()
        error = refused(folder, tmp_path / f"to-{folder.name}")
        assert f"ha {words} parole" in error.message and "ne hanno 100" in error.message
        assert str(folder / "vocab.txt") in error.message


def test_a_disk_that_fills_up_leaves_nothing(
    known: None, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = checkpoint / "pytorch_model.bin"
    room = 0.9 * file.stat().st_size
    whole = Path.open

    def opened(path: Path, mode: str = "r", **options: Any) -> Any:
        stream = whole(path, mode, **options)
        return _Full(stream, room) if path.name == "text.onnx.data" else stream

    class _Full:
        def __init__(self, stream: Any, room: float) -> None:
            self.stream = stream
            self.room = room

        def __enter__(self) -> _Full:
            return self

        def __exit__(self, *_: object) -> None:
            self.stream.close()

        def tell(self) -> int:
            return int(self.stream.tell())

        def write(self, data: Any) -> int:
            beside = Path(self.stream.name).with_name("image.onnx.data").stat().st_size
            if beside + self.tell() + memoryview(data).nbytes > self.room:
                raise OSError(errno.ENOSPC, "No space left on device")
            return int(self.stream.write(data))

    monkeypatch.setattr(Path, "open", opened)
    assert isinstance(refused(checkpoint, tmp_path), DiskFullError)
