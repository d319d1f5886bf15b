"""Pass photos and texts through the frozen towers: the material that heads are trained on."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import torch
from torch.nn import functional as F  # noqa: N812

from cercafoto.base.arrays import Floats
from cercafoto.base.atomic_file import replacing
from cercafoto.models.model_folder import file_digest
from cercafoto.training.measure.class_texts import ClassTexts
from cercafoto.training.mini.class_words import concepts, literal_names
from cercafoto.training.mini.features import Backbone
from cercafoto.training.mini.graphs.image_tower import (
    LOOKS,
    add_image_tower,
    add_last_block,
    add_two_looks,
)
from cercafoto.training.mini.graphs.onnx_writer import FLOAT, Graph
from cercafoto.training.mini.graphs.text_tower import TEXT_INPUTS, add_text_tower
from cercafoto.training.mini.heads import Material
from cercafoto.training.mini.photo_texts import KINDS
from cercafoto.training.mini.phrases import with_article
from cercafoto.training.weights.cut_vocabulary import Vocabulary, tokenizer_of
from cercafoto.training.weights.wheels import TextWeights, Towers

LITERAL_WEIGHT = 0.5  # how often a literal translation is drawn for each class name


def backbone(model: torch.nn.Module, picture: int, size: int, work: Path) -> tuple[Backbone, str]:
    """Return the image tower as a function that runs in ONNX Runtime (pixels [N, 3, picture,
    picture] -> average features of each look, [LOOKS, N, 1280], and the maps that the last block
    reads, [LOOKS, N, C, h, w]); and the digest of its graph.

    work: folder for the graph.
    """
    graph = Graph("backbone")
    last = add_image_tower(graph, model, add_two_looks(graph, picture, size))
    features = add_last_block(graph, model, last)
    pooled = graph.op("ReduceMean", features, graph.constant([2, 3]), keepdims=0)
    channels = getattr(model, "num_features", 1280)
    graph.rename(graph.op("Reshape", pooled, graph.constant([LOOKS, -1, channels])), "features")
    graph.rename(last, "maps")
    path = work / f"backbone-{picture}-{size}.onnx"
    outputs: dict[str, list[Any]] = {
        "features": [LOOKS, "N", channels],
        "maps": [f"{LOOKS} N", "C", "h", "w"],
    }
    graph.save(path, {"pixel_values": (FLOAT, ["N", 3, picture, picture])}, outputs, False)
    tower = session(path)

    def run(pixels: Floats) -> tuple[Floats, Floats]:
        pooled, maps = tower.run(None, {"pixel_values": pixels})
        return pooled, maps.reshape(LOOKS, len(pixels), *maps.shape[1:])

    return run, file_digest(path)


def session(path: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = min(2, os.cpu_count() or 1)
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class TextEmbedder:
    """Embeds texts by e5: mean-pooled vectors of unit length, computed in float32, cached in
    float16.

    work: folder for the graph and the cache.
    """

    def __init__(
        self,
        weights: TextWeights,
        vocabulary: Vocabulary,
        max_tokens: int,
        layers: int,
        work: Path,
    ) -> None:
        graph = Graph("text", dense=True)
        pooled = add_text_tower(graph, weights, vocabulary, max_tokens, layers)
        graph.rename(graph.unit(pooled), "pooled")
        path = work / "text-dense.onnx"
        graph.save(path, TEXT_INPUTS, {"pooled": ["N", weights.width]}, external=True)
        self.session = session(path)
        self.tokenizer = tokenizer_of(vocabulary.pieces, max_tokens)
        self.width = weights.width
        graphs = [file_digest(path), file_digest(path.with_name(f"{path.name}.data"))]
        described = repr((vocabulary.pieces, max_tokens, graphs)).encode()
        self.file = work / f"texts-{hashlib.sha256(described).hexdigest()[:16]}.npz"
        self.cached: dict[str, Floats] = {}
        if self.file.exists():
            with np.load(self.file) as stored:
                self.cached = dict(zip(stored["texts"].tolist(), stored["vectors"], strict=True))

    def __call__(self, texts: Sequence[str]) -> Floats:
        """Return unit vectors of texts, float32 [N, width]."""
        cached = self.cached
        missing = sorted({t for t in texts if t not in cached}, key=lambda t: (len(t), t))
        for at in range(0, len(missing), 64):
            if at % 6400 == 0:
                print(f"text {at}/{len(missing)}", file=sys.stderr, flush=True)
            batch = missing[at : at + 64]
            encoded = self.tokenizer.encode_batch(batch)
            (vectors,) = self.session.run(
                None,
                {
                    "input_ids": np.array([e.ids for e in encoded], dtype=np.int64),
                    "attention_mask": np.array([e.attention_mask for e in encoded], dtype=np.int64),
                },
            )
            cached |= dict(zip(batch, vectors.astype(np.float16), strict=True))
        if missing:
            with replacing(self.file) as partial, partial.open("wb") as out:
                np.savez(out, texts=np.array(list(cached)), vectors=np.array(list(cached.values())))
        return np.array([cached[t] for t in texts], dtype=np.float32)


def gather(
    features: Floats,
    photo_texts: Sequence[dict[str, list[str]]],
    classes: Sequence[ClassTexts],
    towers: Towers,
    embed: TextEmbedder,
    concept_weight: float,
) -> tuple[Material, torch.Tensor, Floats]:
    """Return the training material, the class texts [classes, width] and e5's mean vector.

    e5's vectors crowd in one direction (raw cosines are between 0.75 and 0.9): the mean over
    captions and class names is subtracted, and lengths are made 1 again, before anything else.

    features: see `features.photo_features`.
    photo_texts: kind -> texts, for each photo.
    concept_weight: how often an everyday word is drawn for each class name.
    """
    texts = sorted({t for kinds in photo_texts for group in kinds.values() for t in group})
    place = {t: i for i, t in enumerate(texts)}
    targets = name_targets(classes)
    meanings = [
        *((name, targets[name], 1.0) for name in sorted(targets)),
        *((w, meant, concept_weight) for w, meant in sorted(everyday_targets(classes).items())),
        *((n, meant, LITERAL_WEIGHT) for n, meant in sorted(literal_targets(classes).items())),
    ]
    names = [name for name, _, _ in meanings]
    captions = sorted({c for kinds in photo_texts for c in kinds["caption"]})
    mean = embed([*captions, *(c.names[0] for c in classes)]).mean(axis=0)

    def centred(sentences: Sequence[str]) -> torch.Tensor:
        return F.normalize(torch.from_numpy(embed(sentences) - mean), dim=-1)

    # All in one call, so that the cache of vectors is written once.
    embed([*texts, *names, *(t for c in classes for t in (*c.hypernyms, *c.context))])
    table = centred([*texts, *names])
    distribution = torch.zeros(len(names), len(classes))
    for row, (_, meant, _) in enumerate(meanings):
        distribution[row, sorted(meant)] = 1.0 / len(meant)
    weights = np.array([weight for _, _, weight in meanings], dtype=np.float64)
    net: Any = towers.image
    image = torch.from_numpy(features)
    material = Material(
        image=F.normalize(image.clamp_min(0).sqrt(), dim=-1),
        logits=F.linear(image, net.classifier.weight.detach(), net.classifier.bias.detach()),
        texts=table,
        by_kind=[
            [np.array([place[t] for t in kinds[k]], dtype=np.int64) for k in KINDS]
            for kinds in photo_texts
        ],
        own=[
            np.array(sorted({place[t] for group in kinds.values() for t in group}), dtype=np.int64)
            for kinds in photo_texts
        ],
        names=(np.arange(len(texts), len(texts) + len(names)), distribution),
        name_shares=weights / weights.sum(),
    )
    parts = [
        F.normalize(
            sum(
                weight * centred(list(group)).mean(dim=0)
                for weight, group in ((1.0, c.names), (0.5, c.hypernyms), (0.3, c.context))
                if group
            ),  # type: ignore[arg-type]
            dim=0,
        )
        for c in classes
    ]
    return material, torch.stack(parts), mean


def name_targets(classes: Sequence[ClassTexts]) -> dict[str, set[int]]:
    """Return name or hypernym -> indices of its classes; names with their article too."""
    targets: dict[str, set[int]] = {}
    for index, c in enumerate(classes):
        for text in (*c.names, *map(with_article, c.names), *c.hypernyms):
            targets.setdefault(text.lower(), set()).add(index)
    return targets


def everyday_targets(classes: Sequence[ClassTexts]) -> dict[str, set[int]]:
    """Return everyday word, with and without article -> indices of its classes."""
    index: dict[str, list[int]] = {}
    for place, c in enumerate(classes):
        index.setdefault(c.names[0], []).append(place)
    targets = concepts(index)
    return targets | {with_article(word): places for word, places in targets.items()}


def literal_targets(classes: Sequence[ClassTexts]) -> dict[str, set[int]]:
    """Return literal translation of a class name, with and without article -> indices of its
    classes.

    Translations that are the true name of a class are left out.
    """
    true = name_targets(classes)
    targets: dict[str, set[int]] = {}
    for index, names in literal_names().items():
        for name in names if index < len(classes) else ():
            for text in {name.lower(), with_article(name.lower())} - set(true):
                targets.setdefault(text, set()).add(index)
    return targets
