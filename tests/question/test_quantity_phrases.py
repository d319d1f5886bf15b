"""How many photos are asked for."""

from __future__ import annotations

import pytest

from cercafoto.question.query import Query
from cercafoto.question.wording import query_data, say_query
from tests.question.sentences import days, reading, year

# phrase, text left, how many
QUANTITIES = [
    ("5 foto di gatti", "gatti", 5),
    ("cinque foto di gatti", "gatti", 5),
    ("mostrami 3 foto del mare", "mare", 3),
    ("fammi vedere le 3 foto del mare", "mare", 3),
    ("dammi venti immagini di cani", "cani", 20),
    ("un paio di foto del mare", "mare", 2),
    ("una decina di foto con il cane", "il cane", 10),
    ("tre foto scattate a Roma", "", 3),
    ("ad agosto, 5 foto di gatti", "gatti", 5),
    ("10 foto di gruppo", "foto di gruppo", 10),
    ("5 foto", "", 5),
    ("1 foto di un gatto", "un gatto", 1),
    ("le ultime dieci foto", "", 10),
    ("ultime 3", "", 3),
    ("le ultime 20 foto del gatto", "gatto", 20),
    ("le 10 foto più recenti", "", 10),
    ("le 5 più vecchie", "", 5),
    ("le prime cinquanta foto di Luca", "Luca", 50),
]

SEEN = ["4 foto appese al muro", "un muro con 5 foto", "due gatti e tre cani", "3 gatti",
        "due foto sul muro"]  # fmt: skip


@pytest.mark.parametrize(("phrase", "text", "number"), QUANTITIES)
def test_quantities(phrase: str, text: str, number: int) -> None:
    found = reading(phrase)
    assert (found.text, found.limit, found.notes) == (text, number, ())


@pytest.mark.parametrize("phrase", SEEN)
def test_things_that_photos_show_stay_text(phrase: str) -> None:
    found = reading(phrase)
    assert (found.text, found.limit) == (phrase, None)


def test_one_photo_is_no_quantity() -> None:
    assert reading("una foto di un gatto").limit is None
    assert reading("la foto di due gatti").limit is None


def test_a_quantity_and_a_year() -> None:
    found = reading("le ultime 5 foto del 1961")
    assert (found.limit, found.order, days(found)) == (5, "date", year(1961))


def test_the_quantity_is_told() -> None:
    query = Query.parse(["5 foto di gatti"])
    assert say_query(query) == "cerco: «gatti», al massimo 5 foto"
    assert query_data(query)["filters"] == {"limit": 5}
    assert not query.is_plain
