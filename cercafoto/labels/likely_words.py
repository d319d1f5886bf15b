"""List the words that questions usually have: things that people photograph, and verbs."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from cercafoto.base.word_stems import fold, stem
from cercafoto.question.grammar.listed_words import common_nouns, verbs


def usual_words() -> Iterator[str]:
    """Yield the default labels with their synonyms, then common nouns and verbs."""
    from cercafoto.labels.label_file import default_labels  # late: most questions name a thing

    for label in default_labels():
        yield from label.phrases
    yield from sorted(common_nouns())
    yield from sorted(verbs())


def usual_stems(words: Collection[str]) -> set[str]:
    """Return the items of `words`, which are stems, that are also stems of usual words."""
    begins = {word[:3] for word in words}
    usual = (word for entry in usual_words() if (word := fold(entry))[:3] in begins)
    return {own for word in usual if (own := stem(word)) in words}
