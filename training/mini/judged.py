"""The judged photos in the form that the calibration needs: vectors, questions of either half,
labels."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cercafoto.base.arrays import Floats
from cercafoto.base.word_stems import is_telling, stem, words_of
from cercafoto.labels.label_file import default_labels
from cercafoto.labels.label_vectors import phrase_vectors
from cercafoto.models.encode.encoder import Encoder
from cercafoto.training.measure.class_texts import read_classes, read_photos
from cercafoto.training.measure.evaluate import embed_files
from cercafoto.training.measure.judgments import (
    DOUBTFUL,
    FAILS,
    JUDGMENTS,
    QUESTIONS,
    Judgments,
    Questions,
    read_judgments,
    read_questions,
)
from cercafoto.training.mini.calibrate import Asked, asked, labels_asked, sentences

VALID, CLASSES = "coppie_valid.jsonl", "etichette_imagenet.jsonl"
MOST = 600  # sentences without an answer, drawn at random
SHORTEST, LONGEST = 20, 90  # characters of such a sentence


@dataclass(frozen=True)
class Judged:
    """Photos with complete judgments, which the heads have not seen.

    vectors [N, D]: embeddings of the photos.
    captions: captions of each of the N photos.
    absent: sentences about things that none of the photos shows.
    """

    vectors: Floats
    judgments: Judgments
    questions: Questions
    captions: list[list[str]]
    absent: list[str]

    @classmethod
    def read(cls, encoder: Encoder, data: Path) -> Judged:
        """Read the judgments of a data folder, and embed its photos. Raises InputError."""
        photos = read_photos(data / VALID, read_classes(data / CLASSES))
        judgments = read_judgments(data / JUDGMENTS).over([photo.path for photo in photos])
        return cls(
            embed_files(encoder, [data / photo.path for photo in photos]),
            judgments,
            read_questions(data / QUESTIONS, judgments.photos),
            [photo.captions for photo in photos],
            absent_sentences(_other_captions(data), judgments),
        )

    def asked(self, to_fit: bool) -> Asked:
        """Return the questions of the half to fit if `to_fit`, otherwise of the half to report
        on."""
        photos = self.judgments.to_fit == to_fit
        return Asked(
            asked(self.questions, self.questions.to_fit == to_fit),
            labels_asked(self.judgments, photos),
            sentences(self.captions, photos, self.absent[int(not to_fit) :: 2]),
        )

    def labels(self, encoder: Encoder) -> tuple[list[Floats], NDArray[np.int8]]:
        """Return the vectors of the phrases of each label, and the truth about the labels, int8 [N,
        L], DOUBTFUL outside the half to fit."""
        labels = default_labels()
        with tempfile.TemporaryDirectory() as cache:
            phrases = [phrase for label in labels for phrase in label.phrases]
            every = phrase_vectors(encoder, phrases, Path(cache))
        ends = np.cumsum([len(label.phrases) for label in labels])
        # Labels that are never looked for come only with their species: nothing is fitted to them.
        searched = np.array([label.searched for label in labels])
        fitted = self.judgments.to_fit[:, None] & searched
        truth = np.where(fitted, self.judgments.truth, DOUBTFUL).astype(np.int8)
        return np.split(every, ends[:-1]), truth


def _other_captions(data: Path) -> list[str]:
    """Return captions of photos that were not judged, which may name things that no judged photo
    shows; [] if the data folder has none."""
    path = data / "testi" / "mscoco_it.txt"
    return list(filter(None, path.read_text(encoding="utf-8").split("\n"))) if path.exists() else []


def absent_sentences(captions: Sequence[str], judgments: Judgments) -> list[str]:
    """Return captions, MOST at most, that name a thing which none of the judged photos shows.

    The rest of such a sentence (a park, a man, a table) may well be in the judged photos.

    captions: captions of photos that were not judged.
    """
    none = (judgments.truth == FAILS).all(axis=0)
    things = {
        stem(words_of(label)[0])
        for label, absent in zip(judgments.labels, none, strict=True)
        if absent and len(words_of(label)) == 1
    }
    missing = [
        caption.strip()
        for caption in captions
        if SHORTEST < len(caption) < LONGEST
        and any(is_telling(word) and stem(word) in things for word in words_of(caption))
    ]
    chosen = np.random.default_rng(0).permutation(len(missing))[:MOST]
    return [missing[at] for at in sorted(chosen)]
