"""Classifiers of the default labels, made from the vectors of captioned photos.

The words of a label find the photos that are most about it. What else shows it, texts tell: a
photo of a kitchen in which somebody names a window. Each classifier is a linear discriminant: the
mean vector of the photos whose texts name the label, against the mean of all photos, in a space
where all directions vary alike. Texts do not name everything that a photo shows, so its value is
no probability: `calibrate_labels` fits how much it counts beside the words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cercafoto.base.arrays import Floats
from cercafoto.labels.inflection import read_noun
from cercafoto.labels.label_file import Label, default_labels
from cercafoto.training.mini.named_lists import read_table

# Chosen on the half of the judgments that is to be fitted (training/mini/log.md).
ENOUGH = 20  # photos that must show a label for a classifier to be made
TRUSTED = 50  # photos from which half of a classifier's value counts
SMOOTHED = 5  # photos at the mean of all that are added to those of a label
RIDGE = 0.1  # of the mean variance of a direction, added to all
START = 30.0  # added to all values, before they are trusted more or less: few photos lower a label
SHORT = 3  # words of a text in which words of "(short)" count

_WORD = re.compile(r"[^\W_]+'?")
_TABLE = read_table(Path(__file__).with_name("label_words.txt"))


def save(path: Path, vectors: Floats, photo_texts: Sequence[Sequence[str]]) -> None:
    """Make a classifier for each default label that the texts of enough photos name, and write all
    to a .npz file.

    vectors [N, D]: vectors of the photos.
    photo_texts: all that is said about each of these photos.
    """
    labels = default_labels()
    shown = named_labels(labels, photo_texts)
    mean = vectors.mean(axis=0, dtype=np.float64)
    centred = vectors - mean
    spread = centred.T @ centred / len(vectors)
    spread += RIDGE * np.trace(spread) / len(spread) * np.eye(len(spread))
    whitening = np.linalg.inv(spread)
    names, weights, intercepts = [], [], []
    for label, which in zip(labels, shown.T, strict=True):
        number = int(which.sum())
        if number < ENOUGH or not label.searched:
            continue
        shift = centred[which].sum(axis=0) / (number + SMOOTHED)
        weight = whitening @ shift
        usual = np.log((number + 0.5) / len(vectors))
        start = START + usual - weight @ (mean + shift / 2)
        trust = number / (number + TRUSTED)
        names.append(label.name)
        weights.append(trust * weight)
        intercepts.append(trust * start)
    np.savez(
        path,
        names=np.array(names, dtype=np.str_),
        weights=np.array(weights, dtype=np.float16).reshape(-1, vectors.shape[1]),
        intercepts=np.array(intercepts, dtype=np.float32),
    )


def named_labels(
    labels: Sequence[Label], photo_texts: Sequence[Sequence[str]]
) -> NDArray[np.bool_]:
    """Return which labels the texts of each photo name, bool [N, L]; with a label its genera."""
    place = {label.name: at for at, label in enumerate(labels)}
    shows: dict[tuple[str, ...], set[int]] = {}
    for at, label in enumerate(labels):
        for phrase in (*_forms(label), *_TABLE.get(label.name, [])):
            shown_by = (at, *(place[genus] for genus in label.genera))
            shows.setdefault(_words(phrase), set()).update(shown_by)
    for phrase in _TABLE["(never)"]:
        shows.pop(_words(phrase), None)
    short = {_words(phrase) for phrase in _TABLE["(short)"]}
    longest = max(map(len, shows))
    shown = np.zeros((len(photo_texts), len(labels)), dtype=np.bool_)
    for row, texts in enumerate(photo_texts):
        for text in texts:
            words = _words(text)
            for begin in range(len(words)):
                for end in range(begin + 1, min(begin + longest, len(words)) + 1):
                    part = words[begin:end]
                    if part in shows and (len(words) <= SHORT or part not in short):
                        shown[row, list(shows[part])] = True
    return shown


def _words(text: str) -> tuple[str, ...]:
    """Return the words of a text in small letters, an apostrophe with the word before it."""
    return tuple(_WORD.findall(text.lower().replace("\u2019", "'")))


def _forms(label: Label) -> list[str]:
    """Return the label's phrases, without articles, and their plurals."""
    forms = list(label.phrases)
    for phrase in label.phrases:
        noun = read_noun(phrase)
        if noun is not None:
            forms += [noun.bare, *([noun.plural] if noun.plural else [])]
    return forms
