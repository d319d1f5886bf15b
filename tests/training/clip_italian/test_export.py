"""An exported run gives the same vectors as in training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="exporting a run takes cercafoto[torch]")
pytest.importorskip("timm", reason="the image tower of one kind is timm's")
import timm
import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from torch import nn

from cercafoto.errors import ModelError
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.__main__ import main
from cercafoto.training.clip_italian.backbones import ImageTower, TextTower
from cercafoto.training.clip_italian.config import Run, Towers
from cercafoto.training.clip_italian.export import (
    vtde as export_vtde,
)
from cercafoto.training.clip_italian.export import (
    write_folder as export_served,
)
from cercafoto.training.clip_italian.export.targets import export_run
from cercafoto.training.clip_italian.model import DualEncoder
from cercafoto.training.training_errors import InputError
from tests.support.training_run import CAPTIONS, make_run, widen

TEXTS = [*CAPTIONS, "un GATTO, di notte!", "la foto " * 60]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    folder = tmp_path_factory.mktemp("runs") / "prova"
    return folder, make_run(folder)


def pixels_of(side: int, count: int = 3) -> torch.Tensor:
    return torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(0))


def spread(vectors: torch.Tensor) -> float:
    """Return the lowest cosine between two of the vectors."""
    return float((vectors @ vectors.T).min())


# -- to transformers ----------------------------------------------------------------------------


def test_transformers_gives_the_logits_of_the_run(
    run: tuple[Path, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, model = run
    out = tmp_path / "out"
    assert main(["export", "--run", str(folder), "--to", "vtde", str(out)]) == 0
    assert f"written: {out}" in capsys.readouterr().err
    assert {p.name for p in out.iterdir()} == {
        "README.md",
        "config.json",
        "model.safetensors",
        "preprocessor_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    dual = transformers.VisionTextDualEncoderModel.from_pretrained(out).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(out)
    inputs = tokenizer(TEXTS, padding=True, truncation=True, return_tensors="pt")
    ids, mask = model.text_tower.tokens(TEXTS)
    assert torch.equal(inputs["input_ids"], ids)
    assert torch.equal(inputs["attention_mask"], mask)
    assert ids.shape[1] == 32  # of the preset; the long text is cut there
    with torch.no_grad():
        images, texts = model.embed_images(pixels_of(64)), model.embed_texts(ids, mask)
        found = dual(input_ids=ids, attention_mask=mask, pixel_values=pixels_of(64))
    expected = images @ texts.T * 20.0  # the published recipe's fixed scale
    torch.testing.assert_close(found.logits_per_image, expected, atol=1e-5, rtol=0)
    assert spread(texts) < 0.9


def test_a_learned_scale_is_carried_up_to_its_ceiling(tmp_path: Path) -> None:
    model = make_run(tmp_path / "run", ("loss.scale=learned", "loss.ceiling=30"))
    for value, expected in ((1.25, 1.25), (9.0, float(np.log(30)))):
        with torch.no_grad():
            model.logit_scale.fill_(value)
        dual = export_vtde.vtde(model)
        assert dual.logit_scale.item() == pytest.approx(expected)
        assert dual.config.logit_scale_init_value == pytest.approx(expected)


def test_the_processor_makes_the_same_pixels(run: tuple[Path, Any], tmp_path: Path) -> None:
    folder, model = run
    export_run(folder, "vtde", tmp_path / "out")
    from cercafoto.models.prepare.transformers_checkpoint import Checkpoint

    checkpoint = Checkpoint.open(tmp_path / "out")
    assert Preprocessing.from_json(checkpoint.image) == model.image_tower.preprocessing
    assert checkpoint.max_tokens == 32
    squeezed = Preprocessing(96, "exact", 96, "bilinear", (0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    export_vtde.write_processor(tmp_path / "out", squeezed)
    assert Preprocessing.from_json(Checkpoint.open(tmp_path / "out").image) == squeezed


def test_the_other_checkpoint_of_a_run(run: tuple[Path, Any], tmp_path: Path) -> None:
    folder, model = run
    export_run(folder, "vtde", tmp_path / "out", which="last")
    dual = transformers.VisionTextDualEncoderModel.from_pretrained(tmp_path / "out")
    expected = model.image_projection.weight.flip(0) * 1.5
    torch.testing.assert_close(dual.visual_projection.weight, expected)


# -- to a model folder --------------------------------------------------------------------------


def served_alike(encoder: Encoder, model: Any) -> None:
    pixels = pixels_of(int(encoder.folder.image["size"]))
    ids, mask = model.text_tower.tokens(TEXTS)
    with torch.no_grad():
        images, texts = model.embed_images(pixels), model.embed_texts(ids, mask)
    np.testing.assert_allclose(encoder.embed_pixels(pixels.numpy()), images, atol=1e-4)
    np.testing.assert_allclose(encoder.embed_texts(TEXTS), texts, atol=1e-4)
    assert spread(texts) < 0.9
    assert spread(images) < 0.9999


@pytest.mark.slow
def test_a_run_is_served(run: tuple[Path, Any], tmp_path: Path) -> None:
    folder, model = run
    out = tmp_path / "models" / "mio"
    arguments = ["--to", "cercafoto", str(out), "--licence", "gpl-3.0"]
    assert main(["export", "--run", str(folder), *arguments]) == 0
    assert "# mio" in (out / "README.md").read_text("utf-8")
    assert "README.md" in (out / "model.json").read_text("utf-8")
    made = ModelFolder.open(out)
    made.verify()
    assert (made.name, made.licence, made.dimension) == ("mio", "gpl-3.0", 32)
    assert made.source == {"run": "prova", "checkpoint": "best"}
    assert made.image["size"] == 64
    assert min(made.quality["parity"].values()) >= 0.999
    assert [p.name for p in out.parent.iterdir()] == ["mio"]
    served_alike(Encoder(made, threads=2), model)


@pytest.fixture(scope="module")
def convolutional() -> tuple[Any, Tokenizer, Preprocessing]:
    """Return towers that transformers has no common class for: a convolutional network, and a
    mean-pooled text model that reads "query: " before every text."""
    words = sorted({w.strip(",!") for c in TEXTS for w in c.lower().split()})
    vocabulary = {w: i for i, w in enumerate(["[PAD]", "[UNK]", "query", ":", *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, "[UNK]"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Lowercase(), normalizers.Prepend("query: ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.enable_truncation(24)
    tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
    preprocessing = Preprocessing(64, "shortest", 64, "bicubic", (0.5,) * 3, (0.5,) * 3)
    torch.manual_seed(3)
    network = timm.create_model("test_efficientnet", num_classes=0)
    bert = transformers.BertModel(
        transformers.BertConfig(
            vocab_size=tokenizer.get_vocab_size(),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
        ),
        add_pooling_layer=False,
    )
    model = DualEncoder(
        ImageTower(network, network.num_features, preprocessing),
        TextTower(bert, 32, "mean", tokenizer),
        Run(towers=Towers(projection=24, image_size=64, max_tokens=24)),
    ).eval()
    widen(model)
    # Statistics of a trained network, so that photos do not all look alike.
    model.image_tower.model.train()
    with torch.no_grad():
        for _ in range(20):
            model.image_tower(pixels_of(64, 16))
    return model.eval(), tokenizer, preprocessing


DESCRIBED = {"name": "prova", "version": "1", "licence": "MIT", "source": {}}


def quiet(_: str) -> None:
    return None


@pytest.fixture(scope="module")
def served(
    convolutional: tuple[Any, Tokenizer, Preprocessing], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    out = tmp_path_factory.mktemp("models") / "prova"
    export_served.export(*convolutional, out, DESCRIBED, quiet)
    return out


@pytest.mark.slow
def test_other_towers_are_served(
    convolutional: tuple[Any, Tokenizer, Preprocessing], served: Path
) -> None:
    model, _, preprocessing = convolutional
    with pytest.raises(InputError, match="--to cercafoto"):
        export_vtde.vtde(model)
    assert [p.name for p in served.parent.iterdir()] == ["prova"]
    made = ModelFolder.open(served)
    made.verify()
    assert made.text == {
        "max_tokens": 24,
        "optimised": True,
        "padding": "longest",
        "pad_id": 0,
        "pad_token": "[PAD]",
    }
    assert Preprocessing.from_json(made.image) == preprocessing
    encoder = Encoder(made, threads=2)
    served_alike(encoder, model)
    assert encoder._tokenizer.encode("Gatto").tokens == ["query", ":", "gatto"]
    # The vector of a place equals the network's vector of a map that is uniform with that place.
    pixels = pixels_of(64)
    (patches,) = encoder._image.run(["patch_embeds"], {"pixel_values": pixels.numpy()})
    with torch.no_grad():
        features = model.image_tower.model.forward_features(pixels)
        alone = model.image_projection(features.flatten(2).transpose(1, 2))
    expected = nn.functional.normalize(alone, dim=-1).numpy()
    np.testing.assert_allclose(patches, expected, atol=1e-4)


@pytest.mark.parametrize("part", ["image", "text", "patches"])
def test_graphs_with_other_vectors_are_refused(
    part: str,
    convolutional: tuple[Any, Tokenizer, Preprocessing],
    served: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, tokenizer, _ = convolutional
    image = export_served.image_tower(model)
    encoder = Encoder(ModelFolder.open(served), threads=2)
    found = export_served.compare(model, image, tokenizer, encoder)
    assert set(found) == {"image", "text", "patches"}
    assert min(found.values()) > 0.99999

    def turned(vectors: torch.Tensor) -> torch.Tensor:
        return nn.functional.normalize(vectors + 0.1 * vectors.roll(1, dims=-1), dim=-1)

    if part == "patches":
        right = image.forward
        monkeypatch.setattr(image, "forward", lambda p: (None, turned(right(p)[1])))
    else:
        name = f"embed_{part}s"
        embed = getattr(model, name)
        monkeypatch.setattr(model, name, lambda *given: turned(embed(*given)))
    with pytest.raises(ModelError, match=f"{part}: cosine"):
        export_served.compare(model, image, tokenizer, encoder)


def test_what_is_refused_is_not_put_in_place(
    convolutional: tuple[Any, Tokenizer, Preprocessing],
    served: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def ready(name: str) -> Any:
        def copy(tower: Any, given: Any, path: Path, work: Path) -> None:
            for file in served.glob(f"{name}.onnx*"):
                (path.parent / file.name).write_bytes(file.read_bytes())

        return copy

    for name in ("image", "text"):
        monkeypatch.setattr(export_served, f"export_{name}", ready(name))
    monkeypatch.setattr(export_served, "SAME", 1.5)
    out = tmp_path / "models" / "prova"
    with pytest.raises(ModelError, match="image: cosine"):
        export_served.export(*convolutional, out, DESCRIBED, quiet)
    assert list(out.parent.iterdir()) == []


# -- places -------------------------------------------------------------------------------------


def test_only_a_model_of_the_same_kind_is_replaced(run: tuple[Path, Any], tmp_path: Path) -> None:
    folder, _ = run
    out = tmp_path / "out"
    out.mkdir()
    (out / "tesi.txt").write_text("anni di lavoro")
    for kind in ("vtde", "cercafoto"):
        with pytest.raises(InputError, match="something else already"):
            export_run(folder, kind, out)
    assert (out / "tesi.txt").read_text() == "anni di lavoro"
    with pytest.raises(InputError, match="the folder of a run"):
        export_run(folder, "vtde", folder)
    (out / "tesi.txt").unlink()
    for _ in range(2):  # into an empty folder, and over its own result
        export_run(folder, "vtde", out)
        assert (out / "model.safetensors").is_file()
    assert [p.name for p in tmp_path.iterdir() if p.name != "home"] == ["out"]


def test_a_failure_leaves_what_was_there(
    run: tuple[Path, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = run
    out = tmp_path / "out"
    export_run(folder, "vtde", out)
    before = {p.name: p.read_bytes() for p in out.iterdir()}

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export_vtde, "write_processor", full)
    with pytest.raises(OSError, match="No space left"):
        export_run(folder, "vtde", out)
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert [p.name for p in tmp_path.iterdir() if p.name != "home"] == ["out"]


@pytest.mark.parametrize("what", ["nothing", "no checkpoint", "not a run"])
def test_a_run_that_cannot_be_read_is_an_error_and_exports_nothing(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    if what != "nothing":
        folder.mkdir()
        (folder / "config.json").write_text("{}" if what == "no checkpoint" else "{")
    arguments = ["export", "--run", str(folder), "--to", "vtde", str(tmp_path / "out")]
    assert main(arguments) == 1
    assert capsys.readouterr().err.startswith("error: ")
    assert not (tmp_path / "out").exists()
