"""Measure how much of the accuracy with translated class labels is due to labels seen in training.

    python -m tests.bench.translated_labels --data DIR [--model FOLDER]

The published zero-shot figures use the labels that DeepL made (`imagenet_labels_IT.deepl.tsv`). The
model was trained on other texts, written for cercafoto; but many labels, except for the article,
are among these texts. Each label belongs to the first of the GROUPS that it fits. The accuracy of a
group is measured on the photos of its classes, with all labels competing; beside it is the accuracy
with the first names written for cercafoto. DIR has that table, `etichette_imagenet.jsonl`, the
files of training photos, and those photos that have a class, which the towers and the heads have
seen.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cercafoto.base.arrays import Ints
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.training.measure.class_texts import (
    TRAIN,
    ClassTexts,
    Photo,
    photos_of,
    read_classes,
)
from cercafoto.training.measure.datasets import read_labels
from cercafoto.training.measure.evaluate import CLASS_CUTS, embed_files
from cercafoto.training.measure.metrics import hits_at, ranks
from cercafoto.training.mini.class_words import literal_names

LABELS = "imagenet_labels_IT.deepl.tsv"
GROUPS = ("a name of its class", "a literal translation of its class", "another text", "apart")
_ARTICLE = re.compile(r"^(?:un['’]|l['’]|(?:uno|una|un|il|lo|la|i|gli|le|dei|degli|delle)\s)\s*")


def bare(text: str) -> str:
    """Return a text in lower case, without the article that it begins with."""
    return _ARTICLE.sub("", text.lower().strip())


def groups(
    labels: Sequence[str],
    classes: Sequence[ClassTexts],
    literal: dict[int, list[str]],
    others: Sequence[str],
) -> Ints:
    """Return the group of each class's label, as an index of GROUPS.

    literal: class index -> literal translations of its names.
    others: further texts that the model was trained on, of any photo or class.
    """
    known = {bare(text) for text in others}
    known |= {bare(text) for c in classes for text in (*c.names, *c.hypernyms)}
    known |= {bare(text) for names in literal.values() for text in names}
    found = []
    for index, (label, c) in enumerate(zip(labels, classes, strict=True)):
        own = (set(map(bare, c.names)), set(map(bare, literal.get(index, []))), known)
        found.append(next((g for g, texts in enumerate(own) if bare(label) in texts), len(own)))
    return np.array(found, dtype=np.int64)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the files above")
    parser.add_argument("--model", type=Path, default=None, help="model folder (default: mini)")
    chosen = parser.parse_args(arguments)
    import cercafoto.models

    built_in = Path(cercafoto.models.__file__).parent / "mini"
    encoder = Encoder(ModelFolder.open(chosen.model or built_in))
    classes = read_classes(chosen.data / "etichette_imagenet.jsonl")
    photos = photos_of(chosen.data, TRAIN, classes)
    by_wnid = read_labels(chosen.data / LABELS)
    labels = [by_wnid[c.wnid] for c in classes]
    texts = [text for photo in photos for text in (*photo.captions, *photo.words)]
    group = groups(labels, classes, literal_names(), texts)
    print(table(encoder, chosen.data, classes, photos, labels, group))
    return 0


def table(
    encoder: Encoder,
    data: Path,
    classes: Sequence[ClassTexts],
    photos: Sequence[Photo],
    labels: Sequence[str],
    group: Ints,
) -> str:
    """Return a text with one line for each group, two sums of groups and all: number of labels,
    accuracy with the labels, accuracy with the first names.

    group: the group of each class's label.
    """
    named = [photo for photo in photos if photo.label is not None]
    vectors = embed_files(encoder, [data / photo.path for photo in named])
    gold = np.array([photo.label for photo in named], dtype=np.int64)
    first_names = [c.names[0] for c in classes]
    by_label, by_name = (
        ranks(vectors @ encoder.embed_texts(texts).T, gold) for texts in (labels, first_names)
    )
    rows = [(name, group == at) for at, name in enumerate(GROUPS)]
    rows += [
        ("a text of its class (the first two)", group < 2),
        ("no text of its class (the others)", group >= 2),
        ("all", group >= 0),
    ]
    cuts = "/".join(map(str, CLASS_CUTS))
    lines = [f"{'label stands as':36}  labels  accuracy@{cuts}     by own first names"]
    for name, chosen in rows:
        own = chosen[gold]
        cells = [
            "/".join(f"{hits_at(r[own], k):.3f}" for k in CLASS_CUTS) for r in (by_label, by_name)
        ]
        lines.append(f"{name:36}  {int(chosen.sum()):6}  {cells[0]}  {cells[1]}")
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
