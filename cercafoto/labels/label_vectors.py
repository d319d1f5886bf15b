"""Embed labels, and keep their vectors on disk: three hundred labels take a small model a quarter
of a minute."""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from cercafoto.base.arrays import Floats, unit
from cercafoto.base.atomic_file import replacing
from cercafoto.base.italian_counts import thousands
from cercafoto.labels.label_file import Label
from cercafoto.labels.prompts import sentences, templates_for

if TYPE_CHECKING:
    from cercafoto.models.encode.encoder import Encoder

# Vectors of photos, [n, D] -> cosines and confidences of labels, two [n, S].
Score = Callable[[Floats], tuple[Floats, Floats]]

MANY = 300  # more sentences take some seconds, and the person is told
_LARGEST_HEADER = 1024  # bytes of a file beside its numbers
KEPT = 8  # most files that are kept; the oldest are deleted


def scorer(
    encoder: Encoder,
    labels: Sequence[Label],
    cache: Path,
    say: Callable[[str], None] = lambda line: None,
) -> Score:
    """Return a function that takes vectors of photos, [n, D], and returns their cosines and
    confidences for each label that is searched: two float32 [n, S]. Of the phrases of a label, the
    nearest one counts.

    cache: folder where the vectors of labels are kept.
    say: called with a message if embedding takes long.
    """
    searched = [label for label in labels if label.searched]
    phrases = phrase_vectors(
        encoder, [p for label in searched for p in label.phrases], cache, say=say
    )
    names = [label.name for label in searched for _ in label.phrases]
    starts = np.cumsum([0, *(len(label.phrases) for label in searched)])[:-1]

    def score(photos: Floats) -> tuple[Floats, Floats]:
        if not searched:
            return np.empty((len(photos), 0), np.float32), np.empty((len(photos), 0), np.float32)
        return (
            np.maximum.reduceat(photos @ phrases.T, starts, axis=1),
            np.maximum.reduceat(encoder.label_confidence(photos, phrases, names), starts, axis=1),
        )

    return score


def phrase_vectors(
    encoder: Encoder,
    phrases: Sequence[str],
    cache: Path,
    templates: Sequence[str] | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Floats:
    """Return a unit vector for each phrase, float32 [P, D]: the mean over the sentences that the
    templates make of the phrase.

    cache: folder where the vectors of sentences are kept.
    templates: see `prompts`; None for the best templates of this model.
    say: called with a message if embedding takes long.
    """
    templates = templates or templates_for(encoder.folder.prompts)
    prompts = [sentences(phrase, templates) for phrase in phrases]
    # Sorted by length, since a batch takes as long as its longest sentence.
    every = sorted(dict.fromkeys(sentence for few in prompts for sentence in few), key=len)
    key = hashlib.sha256("\0".join([encoder.fingerprint, *every]).encode()).hexdigest()
    path = cache / f"{key[:32]}.npy"
    vectors = _read(path, (len(every), encoder.dimension))
    if vectors is None:
        if len(every) > MANY:
            say(f"Preparo le etichette ({thousands(len(phrases))}): succede solo la prima volta.")
        vectors = encoder.embed_texts(every)
        _write(path, vectors)
    row = {sentence: number for number, sentence in enumerate(every)}
    means = np.array(
        [vectors[[row[sentence] for sentence in few]].mean(axis=0) for few in prompts], np.float32
    ).reshape(len(prompts), encoder.dimension)
    return unit(means)


def _read(path: Path, shape: tuple[int, int]) -> Floats | None:
    """Return the vectors that an earlier run kept; None if the file is missing, broken or of
    another shape."""
    try:
        if path.stat().st_size > _LARGEST_HEADER + 4 * math.prod(shape):
            return None
        stored = path.read_bytes()
        if crc32(stored[:-4]) != int.from_bytes(stored[-4:], "little"):
            return None
        vectors = np.load(io.BytesIO(stored), allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    usable = vectors.shape == shape and vectors.dtype == np.float32 and np.isfinite(vectors).all()
    return vectors if usable else None


def _write(path: Path, vectors: Floats) -> None:
    """Keep vectors in a file for the next run, and delete all files except the KEPT newest. A file
    that cannot be written is no error."""
    with suppress(OSError):
        content = io.BytesIO()
        np.save(content, vectors.astype(np.float32))
        # A checksum after the array, where numpy does not read: a flipped byte is noticed.
        content.write(crc32(content.getvalue()).to_bytes(4, "little"))
        with replacing(path) as partial:
            partial.write_bytes(content.getvalue())
        old = sorted(path.parent.glob("*.npy"), key=lambda p: p.stat().st_mtime)[:-KEPT]
        for file in old:
            file.unlink()
