"""Which photos show a thing that questions exclude, by the words of their captions.

Captions do not say everything: a photo whose caption is silent may show the thing all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

# Word beginnings, after which any ending may stand; a full stop closes a word that must be whole.
_PEOPLE = """
uom donn bambin ragazz person gente folla signor giocator sciator surfist ciclist man. mano. mani.
gruppo. coppia. atlet tifos neonat ballerin musicist turist camerier soldat sposo. sposa. sposi.
vecchiett vecchio. vecchia. bimb bebé bebè soccorritor velist equipaggio pilota. piloti. conduttor
venditor pescator cacciator operai contadin suonator tipo. tipi. sub. scolar student giovan anzian
famigli madre. padre. figlio. figlia. figli. viso. volto. volti.
"""
CONCEPTS = {
    "persone": _PEOPLE,
    "cani": "cane. cani. cagnolin cucciol",
    "gatti": "gatt",
    "cavalli": "cavall",
    "pecore": "pecor",
    "mucche": "mucc",
    "spiaggia": "spiagg",
    "neve": "neve.",
    "montagne": "montagn",
    "alberi": "alber",
    "bambini": "bambin bimb neonat",
    "uccelli": "uccell gabbian pappagall anatr gufo. aquila.",
    "mare": "mare. onda. onde. oceano.",
    "fiori": "fiore. fiori. margherit rosa. rose. tulipan girasol",
    "biciclette": "bici. biciclett mountain.",
    "barche": "barca. barche. barchett nave. navi. veliero. canoa. kayak.",
    "cibo": "cibo. piatto. pizza. torta. frutta. panino. panini. insalata. dolce. dolci. zuppa.",
    "automobili": "auto. automobil macchin",
    "al chiuso": "stanza. cucina. camera. salotto. soggiorno. bagno. ufficio. corridoio. sala. "
    "interno. letto. divano.",
}


def shows(concept: str, said: Iterable[Iterable[str]]) -> NDArray[np.bool_]:
    """For each photo, by the texts that are said of it, whether any names the concept: bool [N]."""
    parts = [
        rf"{re.escape(word[:-1])}\b" if word.endswith(".") else rf"{re.escape(word)}\w*"
        for word in CONCEPTS[concept].split()
    ]
    named = re.compile(rf"\b(?:{'|'.join(parts)})")
    return np.array([bool(named.search(" ".join(texts).lower())) for texts in said])
