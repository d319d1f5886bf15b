"""Names of one's own in a label file, such as "animale > gatto > Zorba": no model can know them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from cercafoto.base.word_stems import stems
from cercafoto.labels.label_file import Label, default_labels
from cercafoto.labels.likely_words import usual_stems

# Of the labels that come with cercafoto, those under which somebody's name may stand.
_LIVING = frozenset(["animale", "persone"])


def apart_from_names(labels: Sequence[Label]) -> tuple[list[Label], list[Label]]:
    """Return the labels of a file as they are to be searched, and those that are names.

    A name is not searched, and its genera are searched even without a line of their own. So are the
    genera of a label without any usual word, which the model may not know.
    """
    above = {genus.casefold() for label in labels for genus in label.genera}
    names = [label for label in labels if _is_name(label) and label.name.casefold() not in above]
    strange = (
        _strange(labels) if any(not (label.searched or label.rest) for label in labels) else []
    )
    wanted = {genus.casefold() for label in (*names, *strange) for genus in label.genera}
    unsearched = {label.name for label in names}
    searched = [
        label._replace(
            searched=(label.searched or label.name.casefold() in wanted)
            and label.name not in unsearched
        )
        for label in labels
    ]
    return searched, names


def _is_name(label: Label) -> bool:
    """Whether a label is the name of an animal or a person: the only one of its line that begins
    with a capital. A threshold or a synonym of its own says that the model is to look for it."""
    return (
        label.searched
        and label.name[:1].isupper()
        and bool(label.genera)
        and not any(genus[:1].isupper() for genus in label.genera)
        and label.threshold is None
        and not label.synonyms
        and any(stems(genus) in _living() for genus in label.genera)
    )


def _strange(labels: Sequence[Label]) -> list[Label]:
    """Return the labels under a genus that have no usual word."""
    below = [label for label in labels if label.searched and label.genera]
    words = {label.name: set(stems(" ".join(label.phrases)).split()) for label in below}
    usual = usual_stems(set[str]().union(*words.values()))
    return [label for label in below if not words[label.name] & usual]


@cache
def _living() -> frozenset[str]:
    """Return the stems of names of animals and people."""
    living = (label for label in default_labels() if _LIVING.intersection(label.path))
    return frozenset(stems(phrase) for label in living for phrase in label.phrases)
