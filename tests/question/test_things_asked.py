"""The things that a question names, and how many of them."""

from __future__ import annotations

import pytest

from cercafoto.question.things_asked import (
    ANY,
    GROUP,
    MANY,
    PERSON,
    AskedThing,
    asked_things,
    name_of,
)


def said(sentence: str) -> dict[str, int]:
    """Return class, or classes with / between them -> number."""
    return {"/".join(classes): number for classes, number in asked_things(sentence)}


@pytest.mark.parametrize(
    ("sentence", "things"),
    [
        ("un cane sulla spiaggia", {"dog": ANY}),
        ("un cane e un gatto", {"dog": ANY, "cat": ANY}),
        ("due cani", {"dog": 2}),
        ("3 barche nel porto", {"boat": 3}),
        ("tre grossi cani neri", {"dog": 3}),
        ("una coppia sulla spiaggia", {"person": 2}),
        ("coppia di anziani", {"person": 2}),
        ("una persona sola", {"person": 1}),
        ("da solo in montagna", {"person": 1}),
        ("siamo in tre", {"person": 3}),
        ("eravamo in 4 su una moto", {"motorcycle": ANY, "person": 4}),
        ("noi due e il cane", {"dog": ANY, "person": 2}),
        ("tutti e quattro al mare", {"person": 4}),
        ("tutti e tre i gatti", {"cat": 3}),
        ("cani tutti e tre insieme", {"dog": MANY}),
        ("siamo in due macchine", {"car": 2}),
        ("siamo in due o tre", {}),
        ("tutte e due le mani", {}),
        ("noi nel 2019", {}),
        ("i loro due cani", {"dog": 2}),
        ("due cavalli", {"horse": 2}),
        ("un bambino da solo", {"person": 1}),
        ("una sola barca", {"boat": 1}),
        ("mucche al pascolo", {"cow": MANY}),
        ("mamma con bambino", {"person": MANY}),
        ("signore anziano", {"person": ANY}),
        ("tanta gente", {"person": GROUP}),
        ("una decina di persone", {"person": GROUP}),
        ("gruppo di amici", {"person": GROUP}),
        ("foto di gruppo", {"person": GROUP}),
        ("tutti insieme a tavola", {"person": GROUP, "dining_table": ANY}),
        ("stormo di uccelli", {"bird": GROUP}),
        ("bicchiere", {"cup/wine_glass": ANY}),
        ("cucciolo di gatto", {"cat": ANY}),
        ("gatti animali", {"cat": MANY}),
        # Vague numbers, and numerals that do not count things.
        ("12 persone", {"person": GROUP}),
        ("centinaia di persone", {"person": GROUP}),
        ("20 agosto 2019, bambini", {"person": MANY}),
        ("almeno tre persone", {"person": MANY}),
        ("almeno una persona", {"person": ANY}),
        ("almeno 12 persone", {"person": GROUP}),
        ("da due a tre cani", {"dog": MANY}),
        ("fino a tre cani", {"dog": ANY}),
        ("una dozzina di barche", {"boat": GROUP}),
        ("più di due cani", {"dog": MANY}),
        ("meno di tre persone", {"person": ANY}),
        ("due o tre cani", {"dog": MANY}),
        ("2-3 persone", {"person": MANY}),
        ("uno o due cani", {"dog": ANY}),
        ("qualche gatto", {"cat": MANY}),
        ("solo gatti", {"cat": MANY}),
        ("solo un cane", {"dog": 1}),
        ("uomo solo con cane", {"person": 1, "dog": ANY}),
        ("tutti e tre i bambini", {"person": 3}),
        ("cane a sei zampe", {"dog": ANY}),
        ("bambina di 3 anni con due cani", {"person": ANY, "dog": 2}),
        ("pizza quattro stagioni", {"pizza": ANY}),
        ("i 3 porcellini", {}),
        ("due di picche", {}),
        # Nobody.
        ("spiaggia vuota", {"person": 0}),
        ("piazza senza gente", {"person": 0}),
        ("spiaggia senza nessuno", {"person": 0}),
        ("bicchiere vuoto", {"cup/wine_glass": ANY}),
        ("dune nel deserto", {}),
        ("cielo senza nuvole", {}),
        ("senza cani né gatti", {}),
        ("bambini senza genitori", {"person": MANY}),
        # People who are not named.
        ("in giacca e cravatta", {"person": ANY, "tie": ANY}),
        ("uno che sorride", {"person": ANY}),
        ("andare in bici", {"person": ANY, "bicycle": ANY}),
        ("cane col cappello", {"dog": ANY}),
        ("scimmia seduta", {}),
        # Words with another meaning too.
        ("macchina fotografica", {}),
        ("macchina rossa", {"car": ANY}),
        ("sedia a rotelle", {}),
        ("tavola da surf", {"surfboard": ANY}),
        ("moto d'acqua", {}),
        ("autoritratto", {"person": ANY}),
        ("orso di peluche", {"teddy_bear": ANY}),
        ("vestito da sposa", {}),
        ("statua di un uomo", {}),
        ("ho letto un libro", {"book": ANY}),
        ("gruppo di case", {}),
        ("due orsi di peluche", {"teddy_bear": 2}),
        ("torta di mele", {"cake": ANY}),
        ("succo d'arancia", {}),
        ("impronte di un cane", {}),
        ("biscotti a forma di orso", {}),
        ("pesce palla", {}),
        ("torta per 10 persone", {"cake": ANY}),
        ("uova di gallina", {}),
        ("lavora in una vasca di latte", {"person": ANY}),
        ("famiglia di cigni", {"bird": GROUP}),
        ("una famiglia con due bambini", {"person": GROUP}),
        ("gatto delle nevi", {}),
        ("cane pastore", {"dog": ANY}),
        ("aereo militare", {"airplane": ANY}),
        ("cucciolo di leone", {}),
        ("due cuccioli di orso", {"bear": 2}),
        ("microonde", {"microwave": ANY}),
        ("tramonto sul mare", {}),
    ],
)
def test_what_a_question_names(sentence: str, things: dict[str, int]) -> None:
    assert said(sentence) == things


def test_a_class_is_named_in_italian() -> None:
    assert name_of(PERSON) == "persona"
    assert name_of(("cup", "wine_glass")) == "bicchiere"
    assert name_of(("surfboard",)) == "tavola da surf"
    assert name_of(("bus",)) == "autobus"
    assert all(name_of(thing.classes) for thing in asked_things("pappagallo, sci e smartphone"))
    assert asked_things("sci") == (AskedThing(("skis",), ANY),)
