"""Detect what a question excludes ("senza persone"): how likely a photo shows an excluded concept.

For the concepts that people exclude most a model may have classifiers, fitted to photos. Any other
concept is detected by the mean vector of some phrases; a concept that can look in many ways has a
phrase for each of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cercafoto.base.arrays import Floats, unit
from cercafoto.base.word_stems import stems

if TYPE_CHECKING:
    from cercafoto.models.encode.encoder import Encoder


# A photo is left out if it shows an excluded concept at least this likely: by phrases, or by a
# classifier, which is fitted for 0.5. Measured with `mini` on photos that it was not trained on
# (docs/mini-log.md).
EXCLUDE_FROM = 0.05
CLASSIFIED_FROM = 0.5


@dataclass(frozen=True)
class Detector:
    """A detector of one excluded concept.

    vector: mean vector of the phrases, or weights of the classifier, [D].
    intercept: intercept of the classifier; None if phrases are used.
    """

    concept: str
    vector: Floats
    intercept: float | None
    encoder: Encoder

    def likely(self, photos: Floats) -> Floats:
        """Return how likely each photo shows the concept: unit vectors [N, D] -> [N] float32."""
        if self.intercept is None:
            return self.encoder.confidence(photos, self.vector[None])[:, 0]
        result: Floats = 1.0 / (1.0 + np.exp(-(photos @ self.vector + self.intercept)))
        return result

    def shows(self, photos: Floats) -> NDArray[np.bool_]:
        """Return which photos show the concept, and are left out: vectors [N, D] -> bool [N]."""
        limit = EXCLUDE_FROM if self.intercept is None else CLASSIFIED_FROM
        return np.asarray(self.likely(photos) >= limit, dtype=np.bool_)


def detectors(encoder: Encoder, concepts: Sequence[str]) -> list[Detector]:
    """Return a detector for each concept, in the same order."""
    result = []
    for concept in concepts:
        classifier = encoder.classifiers.get(canonical(concept))
        if classifier is not None:
            result.append(Detector(concept, *classifier, encoder))
            continue
        mean = encoder.embed_texts(phrases(concept)).mean(axis=0)
        result.append(Detector(concept, unit(mean), None, encoder))
    return result


# Concepts that can look in many ways -> a phrase for each.
_MANY_LOOKS = {
    "persone": (
        "una persona",
        "delle persone",
        "un uomo",
        "una donna",
        "un bambino",
        "una bambina",
        "un ragazzo",
        "una ragazza",
        "un gruppo di persone",
        "una folla",
    ),
    "bambini": ("un bambino", "una bambina", "dei bambini", "un neonato"),
    "animali": ("un animale", "un cane", "un gatto", "un uccello", "un cavallo", "una mucca"),
    "veicoli": ("un'automobile", "una motocicletta", "un autobus", "un camion", "un treno"),
    "al chiuso": ("una stanza", "un interno", "una cucina", "una camera da letto", "un salotto"),
    "all'aperto": ("all'aperto", "un prato", "una strada", "un paesaggio", "una spiaggia"),
}
# Names of the concepts above and of classifiers -> other words for the same thing.
_OTHER_WORDS = {
    "persone": ("gente", "persona", "nessuna persona", "nessuno", "umani"),
    "bambini": ("bambino",),
    "animali": ("animale",),
    "veicoli": ("veicolo",),
    "al chiuso": ("interni", "interno"),
    "all'aperto": ("esterni", "esterno"),
    "cani": ("cane", "cuccioli"),
    "gatti": ("gatto", "gattini"),
    "cavalli": ("cavallo",),
    "pecore": ("pecora",),
    "mucche": ("mucca", "vacche"),
    "uccelli": ("uccello",),
    "spiaggia": ("spiagge",),
    "mare": ("il mare", "al mare"),
    "neve": ("la neve",),
    "montagne": ("montagna", "monti", "in montagna"),
    "alberi": ("albero",),
    "fiori": ("fiore",),
    "automobili": ("automobile", "auto", "macchine", "macchina"),
    "biciclette": ("bicicletta", "bici"),
    "barche": ("barca",),
    "cibo": ("il cibo", "cibi"),
}
_NAMES = {stems(word): name for name, others in _OTHER_WORDS.items() for word in (name, *others)}
_ARTICLE = re.compile(r"^(?:(?:il|lo|la|i|gli|le|un|uno|una|dei|degli|delle) |l'|un'|dell')")


def canonical(concept: str) -> str:
    """Return the name under which a model may have a classifier for a concept ("cani" for "un
    cane"); the concept itself if there is no such name."""
    bare = _ARTICLE.sub("", concept.casefold().replace("\u2019", "'"))
    for name_given in (concept, bare):
        name = _NAMES.get(stems(name_given))
        if name is not None:
            return name
    return concept


def phrases(concept: str) -> list[str]:
    """Return phrases that name a concept, to embed with the text tower: "gatti" -> "gatti", "dei
    gatti", "un gatto". A concept of _MANY_LOOKS has its own phrases."""
    looks = _MANY_LOOKS.get(_NAMES.get(stems(concept), ""))
    if looks is not None:
        return list(looks)
    from cercafoto.labels.inflection import read_noun
    from cercafoto.labels.label_file import default_labels

    noun = read_noun(concept)
    if noun is None:
        return [concept]
    forms = [concept, noun.indefinite]
    if noun.is_plural:
        # By rule "cani" may be the plural of "cane" or of "cano": the default labels tell.
        for label in default_labels():
            single = read_noun(label.name)
            if single is not None and single.plural == noun.bare:
                forms.append(single.indefinite)
    return list(dict.fromkeys(forms))
