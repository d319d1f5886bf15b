"""Tell how likely a genus is by its species: a photo may show an animal, though not surely which.

This is for genera without a line of their own, which are not searched for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.labels.label_file import Label, default_labels

# Of a genus only the likeliest species of a photo count: among hundreds, many that are hardly
# likely would add up to something.
LIKELIEST = 5
_LEAST = 1e-4  # probabilities from _LEAST to 1 - _LEAST keep the log-odds finite


class Genus(NamedTuple):
    """A genus that is not searched for.

    label: its index among all labels.
    columns: its species, directly or below another genus, among the labels that are searched.
    correction: added to its log-odds.
    """

    label: int
    columns: Sequence[int]
    correction: float = 0.0


def unsearched_genera(
    labels: Sequence[Label], corrections: Mapping[str, float | None]
) -> list[Genus]:
    """Return the genera that are not searched for, have species that are, and may be given without
    one. In an exclusive section there are none: there, one label wins.

    corrections: name of a genus -> its correction; for other genera it is 0. None: the genus only
        comes with its species.
    """
    species = _species(labels)
    return [
        Genus(place, list(species[label.name.casefold()].values()), more)
        for place, label in enumerate(labels)
        if not label.searched and not label.section.exclusive and label.name.casefold() in species
        if (more := corrections.get(label.name, 0.0)) is not None
    ]


def fitting_corrections(
    labels: Sequence[Label], corrections: Mapping[str, float | None]
) -> dict[str, float | None]:
    """Return the corrections of the genera that have all their default species in `labels`: with
    these they were fitted. "casa" over other species means something else."""
    wanted, given = _species(default_labels()), _species(labels)
    return {
        genus: more
        for genus, more in corrections.items()
        if wanted.get(genus.casefold(), {}).keys() <= given.get(genus.casefold(), {}).keys()
    }


def _species(labels: Sequence[Label]) -> dict[str, dict[str, int]]:
    """Return genus -> its species that are searched, directly or below another genus -> their
    columns; all names casefolded."""
    species: dict[str, dict[str, int]] = {}
    for column, label in enumerate(label for label in labels if label.searched):
        for genus in label.genera:
            species.setdefault(genus.casefold(), {})[label.name.casefold()] = column
    return species


def genus_confidences(likely: Floats, genera: Sequence[Genus]) -> Floats:
    """Return how likely each genus is for each photo, [N, len(genera)]: the probability that at
    least one of its LIKELIEST species is there, corrected.

    likely: confidences of the labels that are searched, [N, S].
    """
    result = np.empty((len(likely), len(genera)), np.float32)
    for place, genus in enumerate(genera):
        result[:, place] = 1.0 / (1.0 + np.exp(-species_odds(likely, genus) - genus.correction))
    return result


def species_odds(likely: Floats, genus: Genus) -> Floats:
    """Return the log-odds that at least one of the LIKELIEST species of a genus is there, [N].

    likely: as in `genus_confidences`.
    """
    species = likely[:, list(genus.columns)]
    if species.shape[1] > LIKELIEST:
        species = np.partition(species, -LIKELIEST, axis=1)[:, -LIKELIEST:]
    sure = np.clip(1.0 - np.prod(1.0 - species, axis=1), _LEAST, 1.0 - _LEAST)
    result: Floats = np.log(sure / (1.0 - sure))
    return result
