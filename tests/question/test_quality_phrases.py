"""Test phrases about how photos came out, and words that only look like them."""

from __future__ import annotations

import pytest

from cercafoto.question.filters.excepted import EXCEPTED
from cercafoto.question.filters.filter import Filters
from cercafoto.question.filters.quality import QUALITY
from tests.question.sentences import reading

BAD = ("sfocata", "mossa", "scura", "chiara")
SAID = [
    ("foto sfocate", "", ("sfocata",)),
    ("foto sfocate del mare", "mare", ("sfocata",)),
    ("sfocate", "", ("sfocata",)),
    ("una foto sfocata", "", ("sfocata",)),
    ("le foto mosse", "", ("mossa",)),
    ("quelle venute mosse", "", ("mossa",)),
    ("foto che sono sfuocate", "", ("sfocata",)),
    ("foto sfocate o mosse", "", ("sfocata", "mossa")),
    ("immagini sfocate, mosse e troppo scure", "", ("sfocata", "mossa", "scura")),
    ("foto troppo scure", "", ("scura",)),
    ("troppo chiare", "", ("chiara",)),
    ("foto sottoesposte", "", ("scura",)),
    ("foto mal esposte", "", ("scura", "chiara")),
    ("le foto venute male", "", BAD),
    ("nitide", "", ("nitida",)),
    ("gatti, foto nitide", "gatti", ("nitida",)),
    ("foto fuori fuoco", "", ("sfocata",)),
    ("foto del mare, sfocate", "mare", ("sfocata",)),
]
SHOWN = """mare mosso
onde mosse
foto di onde mosse
uno sfondo sfocato
un ritratto con lo sfondo sfocato
luci sfocate
scarpe scure
una stanza troppo scura
foto scure
nitide montagne
mosse di karate
le mosse di danza
a fuoco lento
bambini intorno a un fuoco
una barca mossa"""


@pytest.mark.parametrize(("phrase", "text", "qualities"), SAID)
def test_quality(phrase: str, text: str, qualities: tuple[str, ...]) -> None:
    query = reading(phrase)
    assert (query.text, query.filters) == (text, Filters(quality=qualities))


@pytest.mark.parametrize("phrase", SHOWN.splitlines())
def test_what_photos_show_stays_text(phrase: str) -> None:
    assert reading(phrase).filters == Filters()


@pytest.mark.parametrize(
    "phrase",
    ["cani ma non mosse", "cani e non mosse", "cani tranne quelle mosse", "foto non mosse"],
)
def test_blurred_photos_are_left_out(phrase: str) -> None:
    query = reading(phrase)
    assert query.text == ("cani" if "cani" in phrase else "")
    assert query.filters == Filters({EXCEPTED.name: (((QUALITY, ("mossa",)),),)})
