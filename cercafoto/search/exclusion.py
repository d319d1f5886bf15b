"""Detect what a question excludes ("senza persone"): how likely a photo shows an excluded concept.

For the concepts that people exclude most a model may have classifiers, fitted to photos. Any other
concept is detected by the mean vector of some phrases; a concept that can look in many ways has a
phrase for each of them. Persons and cars are also told by what was seen in the photos. A name that
only the person knows ("senza Zorba") is told by the person's own words, as is a word that the model
does not know well ("senza inflazione"): without such words it leaves no photo out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cercafoto.base.arrays import Floats, Ints, is_in, unit
from cercafoto.base.word_stems import stems
from cercafoto.question.parts import ONE
from cercafoto.search.phrase import phrase_of

if TYPE_CHECKING:
    from cercafoto.labels.thing_labels import Things
    from cercafoto.models.encode.encoder import Encoder


# A photo is left out if it shows an excluded concept at least this likely: by phrases, or by a
# classifier, which is fitted for 0.5. Measured with `mini` on photos that it was not trained on
# (training/mini/log.md).
EXCLUDE_FROM = 0.05
CLASSIFIED_FROM = 0.5


class ByThings(NamedTuple):
    """How the things seen in photos tell whether a photo shows a concept.

    limit: log-odds of the thing from which a photo shows it.
    with_classifier: the same if the log-odds of the model's classifier are added.
    """

    classes: tuple[str, ...]
    limit: float
    with_classifier: float


# Names of concepts, as `canonical` gives them, that things tell better than the model alone. Limits
# fitted on half of the judged photos: one in twenty photos without the concept is left out too
# (training/mini/log.md).
BY_THINGS = {
    "persone": ByThings(("person",), 0.22, -0.52),
    "automobili": ByThings(("car",), -2.52, -2.91),
}


class Detector(NamedTuple):
    """A detector of one excluded concept.

    name: the concept in the words of `canonical`.
    vector: mean vector of the phrases, or weights of the classifier, [D].
    intercept: intercept of the classifier; None if phrases are used.
    things: what was seen in photos; None if it says nothing about this concept.
    bearing: ids of the contents that bear the concept as a name or, if the model does not know the
        concept, as `called` says; None if it is seen.
    called: ids of the contents that show the concept whatever is seen: it is the whole name of
        their folder, or a keyword of theirs, and few have it.
    """

    concept: str
    name: str
    vector: Floats
    intercept: float | None
    encoder: Encoder
    things: Things | None = None
    bearing: Ints | None = None
    called: Ints | None = None

    @property
    def by_phrases(self) -> bool:
        """Whether phrases, and nothing else, detect the concept."""
        return self.intercept is None and self.things is None and self.bearing is None

    def likely(self, contents: Sequence[int] | Ints, photos: Floats) -> Floats:
        """Return how likely each photo shows the concept: [N] float32.

        contents: content ids of the photos, [N]. photos: their vectors, [N, D].
        """
        return self._judged(contents, photos)[0]

    def shows(self, contents: Sequence[int] | Ints, photos: Floats) -> NDArray[np.bool_]:
        """Return which photos show the concept, and are left out: bool [N]."""
        likely, limits = self._judged(contents, photos)
        return np.asarray(likely >= limits, dtype=np.bool_)

    def _judged(self, contents: Sequence[int] | Ints, photos: Floats) -> tuple[Floats, Floats]:
        """Return how likely each photo shows the concept, and how likely it must be for the photo
        to be left out: two float32 [N]."""
        if self.bearing is not None:
            limits = np.full(len(photos), CLASSIFIED_FROM, np.float32)
            return is_in(np.asarray(contents, np.int64), self.bearing).astype(np.float32), limits
        if self.intercept is None:
            # Not as `Phrase.confidence`: with commonness fewer photos of the concept go for as many
            # others (docs/calibration.md).
            near = self.encoder.likeness(photos, self.vector[None])[:, 0]
            likely = self.encoder.calibration.confidence(near, ONE)
            limits = np.full(len(photos), EXCLUDE_FROM, np.float32)
        else:
            odds = photos @ self.vector + self.intercept
            likely, limits = _sigmoid(odds), np.full(len(photos), CLASSIFIED_FROM, np.float32)
        if self.things is not None:
            from cercafoto.search.thing_evidence import sightings

            by = BY_THINGS[self.name]
            seen = sightings(self.things, contents)
            there, at = np.clip(seen.is_there(by.classes), 1e-6, 1 - 1e-6), seen.looked_at
            by_things = np.log(there / (1 - there))
            if self.intercept is None:
                likely[at] = _sigmoid(by_things - by.limit)
            else:
                likely[at] = _sigmoid(by_things + odds[at] - by.with_classifier)
            limits[at] = CLASSIFIED_FROM
        if self.called is not None:
            likely[is_in(np.asarray(contents, np.int64), self.called)] = 1.0
        return likely, limits


def _sigmoid(odds: Floats) -> Floats:
    result: Floats = (1.0 / (1.0 + np.exp(-odds))).astype(np.float32)
    return result


def detectors(
    encoder: Encoder,
    concepts: Sequence[str],
    things: Things | None = None,
    named: Callable[[str], Ints | None] = lambda concept: None,
    called: Callable[[str], Ints | None] = lambda concept: None,
) -> list[Detector]:
    """Return a detector for each concept, in the same order.

    things: what was seen in the photos.
    named: returns ids of the contents that bear a concept as a name, None if it is no name.
    called: returns `Detector.called` of a concept that is no name.
    """
    result = []
    nowhere = np.zeros(encoder.dimension, np.float32)
    for concept in concepts:
        name = canonical(concept)
        tell = things if name in BY_THINGS and things is not None and things.classes() else None
        if (bearing := named(concept)) is not None:
            result.append(Detector(concept, name, nowhere, None, encoder, bearing=bearing))
            continue
        own = called(concept)
        if not knows(encoder, concept):
            bearing = np.empty(0, np.int64) if own is None else own
            result.append(Detector(concept, name, nowhere, None, encoder, bearing=bearing))
            continue
        classifier = encoder.classifiers.get(name)
        if classifier is not None:
            result.append(Detector(concept, name, *classifier, encoder, tell, called=own))
            continue
        mean = encoder.embed_texts(phrases(concept)).mean(axis=0)
        result.append(Detector(concept, name, unit(mean), None, encoder, tell, called=own))
    return result


def knows(encoder: Encoder, concept: str) -> bool:
    """Whether the model knows well what a concept is, so that photos may be left out by sight."""
    name = canonical(concept)
    if name in encoder.classifiers or name in _MANY_LOOKS or encoder.known_words is None:
        return True  # without embedding the words
    return not phrase_of(encoder, concept).unknown


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
_ARTICLE = r"^(?:(?:il|lo|la|i|gli|le|un|uno|una|dei|degli|delle) |l'|un'|dell')"


def showing_none(
    contents: Sequence[int] | Ints, photos: Floats, excluded: Sequence[Detector]
) -> NDArray[np.bool_]:
    """Return which photos show no excluded concept: bool [N]."""
    survivors = np.ones(len(photos), dtype=bool)
    for detector in excluded:
        survivors &= ~detector.shows(contents, photos)
    return survivors


def canonical(concept: str) -> str:
    """Return the name under which a model may have a classifier for a concept ("cani" for "un
    cane"); the concept itself if there is no such name."""
    bare = re.sub(_ARTICLE, "", concept.casefold().replace("\u2019", "'"))
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
