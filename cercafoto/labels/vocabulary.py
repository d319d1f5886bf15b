"""Words that a question is likely to have: what is photographed, and what it does there."""

from __future__ import annotations

from collections.abc import Iterator

from cercafoto.labels.label_file import default_labels
from cercafoto.question.grammar.common_nouns import common_nouns
from cercafoto.question.grammar.verbs import verbs


def usual_words() -> Iterator[str]:
    """List the default labels with their synonyms, then common nouns and verbs."""
    for label in default_labels():
        yield from label.phrases
    yield from sorted(common_nouns())
    yield from sorted(verbs())
