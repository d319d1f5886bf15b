"""Compare sentences that may stand for a label, on photos whose words are known.

    python -m tests.bench.label_prompts --data DIR [--model FOLDER]

Three tasks on `coppie_train.jsonl`:

- Words: every word of `parole` that at least ten photos have is a label. A photo has it in the
  singular or the plural, by itself or before an adjective. Figure: the mean over labels of the
  average precision of all photos with words, ranked by cosine.
- Classes: the thousand names of `etichette_imagenet.jsonl`, one photo each. Figures: how often the
  right class is first, or among the first five.
- Tags: what `tag` would give at its common threshold. Figures: the share of the given words that
  are written down, which is a lower bound of precision, and the share of the written words given.

The model has seen these photos in training: the figures compare templates, and say nothing about
its quality. `coppie_valid.jsonl` is not read.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cercafoto.base.arrays import Floats
from cercafoto.labels.inflection import read_noun
from cercafoto.labels.prompts import ENSEMBLE, UNCHOSEN, sentences
from cercafoto.models.confidence import LABEL, TAG_FROM
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.training.measure.datasets import read_labels
from cercafoto.training.measure.evaluate import embed_files
from cercafoto.training.measure.metrics import average_precision

# {} is the label, {un} and {il} are the label with its article, {plurale} is its plural.
CANDIDATES = {
    "bare": ["{}"],
    "article": ["{un}"],
    "definite": ["{il}"],
    "plural": ["{plurale}"],
    "photo": ["una foto di {un}"],
    "bare + article": ["{}", "{un}"],
    "bare + plural": ["{}", "{plurale}"],
    "bare + article + plural": ["{}", "{un}", "{plurale}"],
    "bare + article + photo": ["{}", "{un}", "una foto di {un}"],
    "bare + article + photo + plural": ["{}", "{un}", "una foto di {un}", "{plurale}"],
    "article + photo + plural": ["{un}", "una foto di {un}", "{plurale}"],
    "bare + article + definite + plural": ["{}", "{un}", "{il}", "{plurale}"],
    "bare + photo, bare": ["{}", "una foto di {}"],
    "bare + photo": ["{}", "una foto di {un}"],
    "bare + photos + article": ["{}", "{un}", "una foto di {}", "foto di {}"],
    "bare + photo, bare + article": ["{}", "{un}", "una foto di {}"],
    "bare + photo, bare + photo": ["{}", "una foto di {}", "una foto di {un}"],
    "six": ["{}", "{un}", "{il}", "{plurale}", "una foto di {un}", "foto di {plurale}"],
    "bare + photos": list(UNCHOSEN),
    "in use": list(ENSEMBLE),
}
LEAST = 10  # photos that must have a word, for it to be a label


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of coppie_train.jsonl")
    parser.add_argument("--model", type=Path, help="model folder (default: mini)")
    parser.add_argument("--only", action="append", default=[], help="names of rows; repeatable")
    chosen = parser.parse_args(arguments)
    import cercafoto.models

    built_in = Path(cercafoto.models.__file__).parent / "mini"
    encoder = Encoder(ModelFolder.open(chosen.model or built_in))
    rows = [json.loads(line) for line in (chosen.data / "coppie_train.jsonl").open("rb")]
    worded = [row for row in rows if "parole" in row]
    classed = [row for row in rows if "wnid" in row]
    names = read_labels(chosen.data / "etichette_imagenet.jsonl")
    photos = embed_files(encoder, [chosen.data / row["image_path"] for row in [*worded, *classed]])
    labels, bears = words_of([row["parole"] for row in worded])
    right = np.array([list(names).index(row["wnid"]) for row in classed])
    print(f"{encoder.folder.name} {encoder.fingerprint[:12]}: {len(labels)} words over "
          f"{len(worded)} photos, {len(names)} classes over {len(classed)} photos")  # fmt: skip
    print(f"{'templates':<36}{'words mAP':>10}{'classes @1':>12}{'@5':>8}"
          f"{'tags prec.':>12}{'recall':>8}")  # fmt: skip
    sentence_vectors: dict[str, Floats] = {}
    for title, templates in CANDIDATES.items():
        if chosen.only and title not in chosen.only:
            continue
        words = label_vectors(encoder, labels, templates, sentence_vectors)
        by_word = photos[: len(worded)] @ words.T
        near = encoder.likeness(photos[: len(worded)], words)
        given_tags = encoder.calibration.confidence(near, LABEL) >= TAG_FROM
        by_class = (
            photos[len(worded) :]
            @ label_vectors(encoder, list(names.values()), templates, sentence_vectors).T
        )
        precision = np.mean([average_precision(by_word[:, j], bears[:, j])
                             for j in range(len(labels))])  # fmt: skip
        order = np.argsort(-by_class, axis=1)
        first, five = (np.mean([r in o[:k] for r, o in zip(right, order, strict=True)])
                       for k in (1, 5))  # fmt: skip
        right_tags = (given_tags & bears).sum()
        print(f"{title:<36}{precision:>10.4f}{first:>12.4f}{five:>8.4f}"
              f"{right_tags / max(given_tags.sum(), 1):>12.4f}{right_tags / bears.sum():>8.4f}",
              flush=True)  # fmt: skip
    return 0


def label_vectors(
    encoder: Encoder,
    labels: Sequence[str],
    templates: Sequence[str],
    sentence_vectors: dict[str, Floats],
) -> Floats:
    """Return the mean of each label's sentences as unit vectors float32 [L, D].

    sentence_vectors: sentences embedded before; new ones are added.
    """
    prompts = [sentences(label, templates) for label in labels]
    new = list(dict.fromkeys(s for few in prompts for s in few if s not in sentence_vectors))
    sentence_vectors.update(
        zip(sorted(new, key=len), encoder.embed_texts(sorted(new, key=len)), strict=True)
    )
    means = np.stack([np.mean([sentence_vectors[s] for s in few], axis=0) for few in prompts])
    result: Floats = means / np.linalg.norm(means, axis=1, keepdims=True)
    return result


def words_of(lists: Sequence[Sequence[str]]) -> tuple[list[str], NDArray[np.bool_]]:
    """Return the labels, and which photo has which: bool [N, L]."""
    counts = Counter(word for words in lists for word in set(words))
    labels = [word for word, number in counts.most_common() if number >= LEAST]
    bears = np.zeros((len(lists), len(labels)), dtype=bool)
    for column, label in enumerate(labels):
        noun = read_noun(label)
        forms = {label, (noun.plural if noun else None) or label}
        starts = tuple(f"{form} " for form in forms)
        for row, words in enumerate(lists):
            bears[row, column] = any(w in forms or w.startswith(starts) for w in words)
    return labels, bears


if __name__ == "__main__":
    sys.exit(main())
