"""The photos of an archive in the order in which they answer, and how sure each is."""

from __future__ import annotations

from collections.abc import Sequence

from cercafoto.base.arrays import Floats
from cercafoto.models.encode.encoder import Encoder


def rank_questions(
    encoder: Encoder, photo_vectors: Floats, texts: Sequence[str]
) -> tuple[Floats, Floats]:
    """Score every photo for every question, by words alone: scores that rank, and confidences.

    photo_vectors [N, D]: unit vectors; the results are both [Q, N].
    """
    vectors = encoder.embed_texts(texts)
    return vectors @ photo_vectors.T, encoder.confidence(photo_vectors, vectors).T
