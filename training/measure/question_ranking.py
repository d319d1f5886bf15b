"""Rank photos by how well they answer questions, with confidences, as a search does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.models.encode.encoder import Encoder
from cercafoto.question.parts import parts_of
from cercafoto.search.phrase import Phrase, embed_phrases


def phrases_of(encoder: Encoder, texts: Sequence[str]) -> list[Phrase]:
    """Return questions and their parts, embedded as a search does it."""
    return [embed_phrases(encoder, [(text, 1.0)], parts_of(text))[0] for text in texts]


def rank_questions(
    encoder: Encoder, photo_vectors: Floats, phrases: Sequence[Phrase]
) -> tuple[Floats, Floats]:
    """Return the score and the confidence of every photo for every question, both [Q, N].

    photo_vectors [N, D]: unit vectors.
    """
    fits = [phrase.likeness(encoder, photo_vectors) for phrase in phrases]
    confidences = [
        encoder.calibration.confidence(fit, phrase.kind)
        for fit, phrase in zip(fits, phrases, strict=True)
    ]
    return np.stack(fits), np.stack(confidences)


def verdicts_on(encoder: Encoder, phrases: Sequence[Phrase], best: Floats) -> list[str]:
    """Return the verdict on each question by its largest confidence [Q], as a search judges it."""
    return [
        encoder.calibration.verdict(float(sure), phrase.kind, phrase.commonness(encoder))
        for phrase, sure in zip(phrases, best, strict=True)
    ]
