"""The judged photos in the form that the calibration needs: vectors, questions of either half,
labels."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.labels.label_file import default_labels
from cercafoto.labels.label_vectors import phrase_vectors
from cercafoto.models.encode.encoder import Encoder
from cercafoto.training.measure.class_texts import TRAIN, Photo, photos_of
from cercafoto.training.measure.evaluate import embed_files
from cercafoto.training.measure.judgments import (
    DOUBTFUL,
    JUDGMENTS,
    Judgments,
    Questions,
    judged_sets,
    read_judgments,
    read_questions,
)
from cercafoto.training.mini.absent import absent_sentences
from cercafoto.training.mini.calibrate import Asked, asked, labels_asked, sentences
from cercafoto.training.mini.calibrate_labels import JudgedLabels


@dataclass(frozen=True)
class Judged:
    """Photos with judgments, which the heads have not seen: those of the first file of VALID with
    complete judgments of their labels, then strangers' photos, with complete answers to questions.

    photos, vectors [N, D]: the photos and their embeddings.
    judgments: of the N photos; all labels of strangers' photos are DOUBTFUL.
    absent: sentences about things that none of the photos with judged labels shows.
    """

    photos: list[Photo]
    vectors: Floats
    judgments: Judgments
    questions: Questions
    absent: list[str]

    @classmethod
    def read(cls, encoder: Encoder, data: Path) -> Judged:
        """Read the judgments of a data folder, and embed its photos. Raises InputError."""
        sets = [(photos_of(data, [pairs], []), data / asked) for pairs, asked in judged_sets(data)]
        photos = [photo for each, _ in sets for photo in each]
        judgments = read_judgments(data / JUDGMENTS).over([photo.path for photo in sets[0][0]])
        absent = absent_sentences(other_captions(data), judgments)
        truth = np.full((len(photos), len(judgments.labels)), DOUBTFUL, np.int8)
        truth[: len(judgments.photos)] = judgments.truth
        paths = [photo.path for photo in photos]
        return cls(
            photos,
            embed_files(encoder, [data / path for path in paths]),
            Judgments(paths, judgments.labels, truth),
            Questions.joined(
                [read_questions(path, [photo.path for photo in each]) for each, path in sets]
            ),
            absent,
        )

    @property
    def sources(self) -> list[str]:
        """The data set of each photo."""
        return [photo.source for photo in self.photos]

    def asked(self, to_fit: bool) -> Asked:
        """Return the questions of the half to fit if `to_fit`, otherwise of the half to report
        on."""
        photos = self.judgments.to_fit == to_fit
        known = (self.judgments.truth != DOUBTFUL).any(axis=1)
        return Asked(
            asked(self.questions, self.questions.to_fit == to_fit),
            labels_asked(self.judgments, photos),
            sentences(
                [each.captions for each in self.photos],
                photos,
                self.absent[int(not to_fit) :: 2],
                known,
            ),
        )

    def labels(self, encoder: Encoder) -> JudgedLabels:
        """Return the default labels with the vectors of their phrases, and their truth for the half
        to fit."""
        labels = default_labels()
        with tempfile.TemporaryDirectory() as cache:
            phrases = [phrase for label in labels for phrase in label.phrases]
            every = phrase_vectors(encoder, phrases, Path(cache))
        ends = np.cumsum([len(label.phrases) for label in labels])
        truth = np.where(self.judgments.to_fit[:, None], self.judgments.truth, DOUBTFUL)
        return JudgedLabels(labels, np.split(every, ends[:-1]), truth.astype(np.int8))


def other_captions(data: Path) -> list[str]:
    """Return captions of photos that were not judged, which may name things that no judged photo
    shows: those of `testi/mscoco_it.txt`, or else of the photos to train on."""
    path = data / "testi" / "mscoco_it.txt"
    if path.exists():
        return list(filter(None, path.read_text(encoding="utf-8").split("\n")))
    return [photo.captions[0] for photo in photos_of(data, TRAIN, []) if photo.captions]
