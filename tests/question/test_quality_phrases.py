"""Test phrases about how photos came out, and words that only look like them."""

from __future__ import annotations

import pytest

from cercafoto.question.filters.excepted import EXCEPTED
from cercafoto.question.filters.filter import Filters
from cercafoto.question.filters.kinds import FILE_KIND
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
    ("foto del mare nitide", "mare", ("nitida",)),
    ("foto di gatti sfocate", "gatti", ("sfocata",)),
    ("foto di gatti e cani sfocate o mosse", "gatti e cani", ("sfocata", "mossa")),
    ("mostrami le foto di gatti sfocate", "gatti", ("sfocata",)),
    ("foto di bambini troppo scure", "bambini", ("scura",)),
    ("foto di cani fuori fuoco", "cani", ("sfocata",)),
    ("le foto della festa venute mosse", "festa", ("mossa",)),
    ("foto della festa che sono venute male", "festa", BAD),
    ("foto venute scure", "", ("scura",)),
    ("foto nitide e chiare", "", ("nitida",)),
    ("foto mosse e scure del mare", "mare", ("mossa", "scura")),
    ("foto a fuoco", "", ("nitida",)),
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
foto a fuoco lento
foto a fuoco vivo
foto chiare
bambini intorno a un fuoco
una barca mossa"""


@pytest.mark.parametrize(("phrase", "text", "qualities"), SAID)
def test_quality(phrase: str, text: str, qualities: tuple[str, ...]) -> None:
    query = reading(phrase)
    assert (query.text, query.filters) == (text, Filters(quality=qualities))


# Words behind "foto di" that are said of the things, or may be.
OF_THINGS = """onde mosse
gatti sfocati
luci sfocate
auto mosse
torte venute male
scarpe troppo scure
case a fuoco
un gatto con le zampe sfocate
sposi e damigelle sfocate"""


@pytest.mark.parametrize("things", OF_THINGS.splitlines())
def test_what_is_said_of_things_stays_text(things: str) -> None:
    found = reading(f"foto di {things}")
    assert (found.text, found.filters) == (things, Filters())
    found = reading("foto della torta venuta male")
    assert (found.text, found.filters) == ("torta venuta male", Filters())


def test_a_portrait_in_black_and_white_that_is_not_blurred() -> None:
    for question in (
        "un ritratto in bianco e nero ma non sfocato",
        "un ritratto in bianco e nero, non sfocato",
    ):
        found = reading(question)
        assert (found.text, found.exclude) == ("un ritratto", ())
        excepted = (((QUALITY, ("sfocata",)),),)
        assert found.filters == Filters({"monochrome": True, EXCEPTED.name: excepted})
    for thing in ("un mare in bianco e nero ma non mosso", "un ritratto non sorridente"):
        assert EXCEPTED.name not in reading(thing).filters
    assert reading("un mare in bianco e nero ma non mosso").exclude == ("mare mosso",)


@pytest.mark.parametrize(
    ("question", "quality"),
    [
        ("un selfie non mosso", "mossa"),
        ("selfie non sfocati", "sfocata"),
        ("un selfie in bianco e nero ma non mosso", "mossa"),
        ("selfie non scuri", "scura"),
    ],
)
def test_a_selfie_that_did_not_come_out_badly(question: str, quality: str) -> None:
    found = reading(question)
    assert (found.text, found.exclude) == ("", ())
    assert FILE_KIND.of(found.filters) == ("selfie",)
    assert EXCEPTED.of(found.filters) == (((QUALITY, (quality,)),),)


def test_what_a_selfie_or_a_portrait_shows_is_left_out_by_sight() -> None:
    assert reading("un selfie non affollato").exclude == ("affollato",)
    assert reading("senza ritratti scuri").exclude == ("ritratti scuri",)


def test_moves_are_no_moved_photos() -> None:
    query = reading("foto di mosse")
    assert (query.text, query.filters) == ("mosse", Filters())


@pytest.mark.parametrize("phrase", SHOWN.splitlines())
def test_what_photos_show_stays_text(phrase: str) -> None:
    assert reading(phrase).filters == Filters()


LEFT_OUT = [
    ("cani ma non mosse", "cani", ("mossa",)),
    ("cani e non mosse", "cani", ("mossa",)),
    ("cani tranne quelle mosse", "cani", ("mossa",)),
    ("cani tranne le mosse", "cani", ("mossa",)),
    ("cani -mosse", "cani", ("mossa",)),
    ("foto non mosse", "", ("mossa",)),
    ("foto non troppo scure", "", ("scura",)),
    ("foto non troppo scure del mare", "mare", ("scura",)),
    ("cani ma non troppo scure", "cani", ("scura",)),
    ("foto non sfocate del mare", "mare", ("sfocata",)),
    ("foto del mare non sfocate", "mare", ("sfocata",)),
    ("un ritratto non sfocato", "un ritratto", ("sfocata",)),
    ("ritratti al mare, autoritratti non mossi", "ritratti al mare, autoritratti", ("mossa",)),
    ("un ritratto non scuro", "un ritratto", ("scura",)),
    ("ritratti non chiari", "ritratti", ("chiara",)),
]


@pytest.mark.parametrize(("phrase", "text", "qualities"), LEFT_OUT)
def test_blurred_photos_are_left_out(phrase: str, text: str, qualities: tuple[str, ...]) -> None:
    found = reading(phrase)
    assert (found.text, found.exclude) == (text, ())
    assert found.filters == Filters({EXCEPTED.name: (((QUALITY, qualities),),)})


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("foto né mosse né sfocate", ""),
        ("foto non mosse né sfocate di cani", "cani"),
        ("foto non mosse e non sfocate del mare", "mare"),
    ],
)
def test_several_qualities_are_left_out(phrase: str, text: str) -> None:
    found = reading(phrase)
    assert (found.text, found.exclude) == (text, ())
    cases = (((QUALITY, ("mossa",)),), ((QUALITY, ("sfocata",)),))
    assert found.filters == Filters({EXCEPTED.name: cases})


def test_blurred_photos_are_left_out_beside_what_is_seen() -> None:
    found = reading("cani tranne i gatti e le mosse")
    assert (found.text, found.exclude) == ("cani", ("gatti",))
    assert EXCEPTED.of(found.filters) == (((QUALITY, ("mossa",)),),)
    assert reading("onde non mosse").exclude == ("onde mosse",)
    assert reading("una barca né mossa né rotta").exclude == ("mossa", "rotta")
    assert reading("foto senza mosse di karate").exclude == ("mosse di karate",)
    for sentence in ("scarpe non troppo scure", "una stanza non troppo scura"):
        assert (reading(sentence).text, reading(sentence).filters) == (sentence, Filters())
    found = reading("mare tranne le mosse di Roma")
    assert (found.text, list(found.filters)) == ("mare", [EXCEPTED.name])
