"""Test article, gender and plural of noun phrases."""

from __future__ import annotations

import pytest

from cercafoto.labels.inflection import read_noun
from cercafoto.labels.label_file import default_labels
from cercafoto.labels.prompts import ENSEMBLE, UNCHOSEN, sentences, templates_for

NOUNS = """
gatto | un gatto | il gatto | gatti
gattini | dei gattini | i gattini | gattini
gatto nero | un gatto nero | il gatto nero | gatti neri
amica | un'amica | l'amica | amiche
amico | un amico | l'amico | amici
uomo | un uomo | l'uomo | uomini
uomini | degli uomini | gli uomini | uomini
donna | una donna | la donna | donne
zio | uno zio | lo zio | zii
studente | uno studente | lo studente | studenti
psicologo | uno psicologo | lo psicologo | psicologi
gnomo | uno gnomo | lo gnomo | gnomi
yogurt | uno yogurt | lo yogurt | yogurt
suono | un suono | il suono | suoni
hotel | un hotel | l'hotel | hotel
città | una città | la città | città
mano | una mano | la mano | mani
uovo | un uovo | l'uovo | uova
uova | delle uova | le uova | uova
ala | un'ala | l'ala | ali
panorama | un panorama | il panorama | panorami
turista | un turista | il turista | turisti
lista | una lista | la lista | liste
auto d'epoca | un'auto d'epoca | l'auto d'epoca | auto d'epoca
tazza di caffè | una tazza di caffè | la tazza di caffè | tazze di caffè
camicia | una camicia | la camicia | camicie
arancia | un'arancia | l'arancia | arance
spiaggia | una spiaggia | la spiaggia | spiagge
calice | un calice | il calice | calici
microonde | un microonde | il microonde | microonde
mouse | un mouse | il mouse | mouse
tostapane | un tostapane | il tostapane | tostapane
parco | un parco | il parco | parchi
medico | un medico | il medico | medici
mosaico | un mosaico | il mosaico | mosaici
antico ponte | un antico ponte | l'antico ponte | antichi ponti
albergo | un albergo | l'albergo | alberghi
negozio | un negozio | il negozio | negozi
stazione | una stazione | la stazione | stazioni
volpe | una volpe | la volpe | volpi
luci | delle luci | le luci | luci
spaghetti | degli spaghetti | gli spaghetti | spaghetti
nuvole | delle nuvole | le nuvole | nuvole
barche | delle barche | le barche | barche
rosa | una rosa | la rosa | rose
maglia rosa | una maglia rosa | la maglia rosa | maglie rosa
neve | della neve | la neve | -
acqua | dell'acqua | l'acqua | -
persona che corre | una persona che corre | la persona che corre | -
occhiali da sole | degli occhiali da sole | gli occhiali da sole | occhiali da sole
vecchia casa | una vecchia casa | la vecchia casa | vecchie case
un cane | un cane | il cane | cani
l’isola | un'isola | l'isola | isole
bicchiere | un bicchiere | il bicchiere | bicchieri
"""
ROWS = [tuple(part.strip() for part in line.split("|")) for line in NOUNS.strip().splitlines()]


@pytest.mark.parametrize(("phrase", "indefinite", "definite", "plural"), ROWS)
def test_a_noun_has_articles_and_a_plural(
    phrase: str, indefinite: str, definite: str, plural: str
) -> None:
    noun = read_noun(phrase)
    assert noun is not None
    assert (noun.indefinite, noun.definite, noun.plural or "-") == (indefinite, definite, plural)


@pytest.mark.parametrize(
    "phrase", ["dormire", "al tramonto", "in cucina", "Roma", "Natale", "2019", "due gatti", ""]
)
def test_other_phrases_have_no_forms(phrase: str) -> None:
    assert read_noun(phrase) is None
    assert sentences(phrase, ["{}", "{un}", "{plurale}"]) == [phrase]


def test_the_plural_of_a_plural_is_itself() -> None:
    plurals = [noun.plural for label in default_labels() if (noun := read_noun(label.name))]
    again = [noun for plural in plurals if plural and (noun := read_noun(plural))]
    assert len(again) > 200
    assert all(noun.plural == noun.bare for noun in again if noun.is_plural)


def test_sentences_fill_each_slot_and_come_once() -> None:
    assert sentences("gatto", ["{}", "foto di {un}", "{il}", "{plurale}", "{}"]) == [
        "gatto",
        "foto di un gatto",
        "il gatto",
        "gatti",
    ]
    assert sentences("neve", ["{}", "{plurale}"]) == ["neve"]


def test_a_model_with_templates_of_its_own_keeps_them() -> None:
    assert templates_for(["{}", "schizzo di {}"]) == ("{}", "schizzo di {}")
    assert templates_for(list(UNCHOSEN)) == ENSEMBLE
