"""What a question excludes, as phrases that a photo can be compared with.

A concept stands as the mean of its phrases; one with many looks ("persone") has a phrase for each.
"""

from __future__ import annotations

from cercafoto.words import stems

# A photo that shows an excluded concept at least so likely is left out. Measured with `mini` on
# photos that it was not trained on: see docs/mini.md.
EXCLUDE_FROM = 0.15

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
_SAME = {
    "gente": "persone",
    "persona": "persone",
    "nessuno": "persone",
    "umani": "persone",
    "bambino": "bambini",
    "animale": "animali",
    "veicolo": "veicoli",
    "interni": "al chiuso",
    "interno": "al chiuso",
    "esterni": "all'aperto",
    "esterno": "all'aperto",
}
_KNOWN = {stems(name): looks for name, looks in _MANY_LOOKS.items()}
_KNOWN |= {stems(name): _MANY_LOOKS[same] for name, same in _SAME.items()}


def phrases(concept: str) -> list[str]:
    """Sentences for the text tower: "gatti" -> "gatti", "dei gatti", "un gatto"."""
    looks = _KNOWN.get(stems(concept))
    if looks is not None:
        return list(looks)
    from cercafoto.labels.grammar import default_labels
    from cercafoto.labels.inflection import read_noun

    noun = read_noun(concept)
    if noun is None:
        return [concept]
    forms = [concept, noun.indefinite]
    if noun.is_plural:
        # "cani" may be of "cane" or of "cano": the labels that everybody uses know.
        for label in default_labels():
            single = read_noun(label.name)
            if single is not None and single.plural == noun.bare:
                forms.append(single.indefinite)
    return list(dict.fromkeys(forms))
