"""Rank photos by how well they answer questions, with confidences, as a search does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.models.encode.encoder import Encoder
from cercafoto.search.phrase import Phrase, phrase_of
from cercafoto.search.thing_evidence import Sightings


def phrases_of(encoder: Encoder, texts: Sequence[str]) -> list[Phrase]:
    """Return questions and their parts, embedded as a search does it."""
    return [phrase_of(encoder, text) for text in texts]


def rank_questions(
    encoder: Encoder,
    photo_vectors: Floats,
    phrases: Sequence[Phrase],
    things: Sightings | None = None,
) -> tuple[Floats, Floats]:
    """Return the score and the confidence of every photo for every question, both [Q, N].

    photo_vectors [N, D]: unit vectors.
    things: the things seen in the photos.
    """
    scores, confidences = [], []
    for phrase in phrases:
        # Log-odds, which order photos even where confidences are rounded to 1.
        slope, intercept = encoder.calibration.curves[phrase.kind]
        odds = slope * phrase.likeness(encoder, photo_vectors) + intercept
        scores.append(odds if things is None else odds + things.penalty(phrase.asked))
        confidences.append(phrase.confidence(encoder, photo_vectors, things))
    return np.stack(scores), np.stack(confidences)


def verdicts_on(encoder: Encoder, phrases: Sequence[Phrase], best: Floats) -> list[str]:
    """Return the verdict on each question by its largest confidence [Q], as a search judges it."""
    return [
        encoder.calibration.verdict(float(sure), phrase.kind, phrase.commonness(encoder))
        for phrase, sure in zip(phrases, best, strict=True)
    ]
