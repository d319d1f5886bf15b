"""Choose captions of other photos as sentences about things that the judged photos do not show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cercafoto.base.word_stems import is_telling, stem, words_of
from cercafoto.training.measure.judgments import FAILS, Judgments

MOST = 600  # sentences, drawn at random
SHORTEST, LONGEST = 20, 90  # characters of a sentence


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
