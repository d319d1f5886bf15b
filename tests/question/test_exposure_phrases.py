"""Test phrases about how photos were exposed, and words that only look like them."""

from __future__ import annotations

import pytest

from cercafoto.errors import UsageError
from cercafoto.question.filters.excepted import EXCEPTED
from cercafoto.question.filters.exposure_filters import SENSITIVITY
from cercafoto.question.filters.filter import Filters
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.question.values import Stretch
from cercafoto.question.wording import query_data, say_query
from tests.question.sentences import reading


def over(number: float) -> Stretch:
    return Stretch(number, None, strict=True)


def only(number: float) -> Stretch:
    return Stretch(number, number)


LONG = Stretch(0.25, None)
SAID = [
    ("a 50 mm", "", Filters(focal_length=only(50))),
    ("un gatto a 50mm", "un gatto", Filters(focal_length=only(50))),
    ("foto tra 24 e 70 mm", "", Filters(focal_length=Stretch(24, 70))),
    ("tra 24 e 70 mm", "", Filters(focal_length=Stretch(24, 70))),
    ("ritratti oltre 200mm", "ritratti", Filters(focal_length=over(200))),
    ("un lupo con focali da 200 a 400 mm", "un lupo", Filters(focal_length=Stretch(200, 400))),
    ("con una focale di 35 mm", "", Filters(focal_length=only(35))),
    ("gatti oltre 1600 ISO", "gatti", Filters(iso=over(1600))),
    ("ISO 100", "", Filters(iso=only(100))),
    ("mare a ISO 2000", "mare", Filters(iso=only(2000))),  # no year
    ("da ISO 100 a ISO 400", "", Filters(iso=Stretch(100, 400))),
    ("tra 100 e 400 iso", "", Filters(iso=Stretch(100, 400))),
    ("almeno ISO 800", "", Filters(iso=Stretch(800, None))),
    ("fino a ISO 400", "", Filters(iso=Stretch(None, 400))),
    ("12.800 ISO o più", "", Filters(iso=Stretch(12800, None))),
    ("f/1.8", "", Filters(aperture=only(1.8))),
    ("ritratti a f/1.8", "ritratti", Filters(aperture=only(1.8))),
    ("ritratti f 2,8", "ritratti", Filters(aperture=only(2.8))),
    ("f/2.8 o più aperto", "", Filters(aperture=Stretch(None, 2.8))),
    ("con diaframma 8", "", Filters(aperture=only(8))),
    ("tempi lunghi", "", Filters(exposure_time=LONG)),
    ("una cascata con tempi di posa lunghi", "una cascata", Filters(exposure_time=LONG)),
    ("una cascata a lunga esposizione", "una cascata", Filters(exposure_time=LONG)),
    ("foto più lunghe di 1 secondo", "", Filters(exposure_time=over(1))),
    ("più lunghe di un secondo", "", Filters(exposure_time=over(1))),
    ("il cielo con una posa di 30 secondi", "il cielo", Filters(exposure_time=only(30))),
    ("un gatto a 1/250 di secondo", "un gatto", Filters(exposure_time=only(1 / 250))),
    ("foto da 1/60 a 1/250", "", Filters(exposure_time=Stretch(1 / 250, 1 / 60))),
    ("1/60-1/250", "", Filters(exposure_time=Stretch(1 / 250, 1 / 60))),
    ("gatto 1/250 - 1/60 s", "gatto", Filters(exposure_time=Stretch(1 / 250, 1 / 60))),
    ("2 s", "", Filters(exposure_time=only(2))),
    ('30"', "", Filters(exposure_time=only(30))),
    ("2s", "", Filters(exposure_time=only(2))),
    ("2 s, cascata", "cascata", Filters(exposure_time=only(2))),
    ('foto 30"', "", Filters(exposure_time=only(30))),
    ('cascata a ISO 100, 30"', "cascata", Filters(iso=only(100), exposure_time=only(30))),
    ("ISO 100 2 s", "", Filters(iso=only(100), exposure_time=only(2))),
    ("cascata con tempi da 1/60 a 1/250", "cascata",
     Filters(exposure_time=Stretch(1 / 250, 1 / 60))),
    ('cascata a 2"', "cascata", Filters(exposure_time=only(2))),
    ('da 10" a 30″', "", Filters(exposure_time=Stretch(10, 30))),
    ("mare a ISO 100-400", "mare", Filters(iso=Stretch(100, 400))),
    ("ISO 1600+", "", Filters(iso=Stretch(1600, None))),
    (
        "gatto a 50mm, ISO 100, f/1.8, 1/250",
        "gatto",
        Filters(focal_length=only(50), iso=only(100), aperture=only(1.8),
                exposure_time=only(1 / 250)),
    ),
    ("un gatto con il flash", "un gatto", Filters(flash=True)),
    ("festa senza flash", "festa", Filters(flash=False)),
    ("festa ma non con il flash", "festa", Filters(flash=False)),
    ("gatto tranne quelle con il flash", "gatto", Filters(flash=False)),
    ("col flash spento", "", Filters(flash=False)),
]  # fmt: skip
SHOWN = """una macchina da 50 mila euro
un secondo
un televisore da 55"
55" tv
27" iMac
4S
4S bianco
2s di pausa
scala 1/24-1/43
treni 1/87 - 1/160
un paio di metri o di 2,5 s
LUMIX G VARIO 14-140/F3.5-5.6
il flash di un fotografo
un fotografo con il flash
un bambino con Flash
un chiodo da 50 mm
un tubo tra 20 e 30 mm
oltre 200 mm di pioggia
un fiore a 50 mm dal bordo
il certificato ISO 9001
ISO 9001
un F16
la gara di F1
una lunga esposizione di quadri
un tempo lungo
a 30 secondi dal traguardo
una pausa di 5 minuti
apertura 8
negozio con apertura 24 ore
un concerto con flash mob
tempi lunghi di attesa
pose lunghe delle modelle
una pellicola a 35 mm
oltre 2000 metri"""


@pytest.mark.parametrize(("phrase", "text", "filters"), SAID)
def test_what_is_said_of_the_exposure(phrase: str, text: str, filters: Filters) -> None:
    found = reading(phrase)
    assert (found.text, found.filters, found.notes) == (text, filters, ())


@pytest.mark.parametrize("sentence", SHOWN.splitlines())
def test_what_a_photo_shows_stays_text(sentence: str) -> None:
    found = reading(sentence)
    assert (found.text, found.filters) == (sentence, Filters())


@pytest.mark.parametrize("phrase", ["iPhone 5 s", "Canon 5 s al mare"])
def test_the_rest_of_the_name_of_a_camera_is_no_time(phrase: str) -> None:
    found = reading(phrase)
    assert (found.text, found.filters) == (phrase, Filters())


def test_the_length_of_a_video_is_no_exposure_and_a_day_no_time() -> None:
    assert reading("video più lunghi di 10 secondi").filters == Filters(video=True)
    for sentence in ("foto a 30 secondi dal traguardo", "foto 10 minuti dopo la pioggia"):
        assert not reading(sentence).filters, sentence
    for date in ("il 1/4", "08/2019", "1/2019", "1974/75", "1/12"):
        assert set(reading(f"mare {date}").filters) == {"periods"}, date


@pytest.mark.parametrize("words", ["tranne ISO 100", "ma non a ISO 100", "tranne quelle a ISO 100"])
def test_what_is_excluded(words: str) -> None:
    found = reading(f"gatto {words}")
    assert EXCEPTED.of(found.filters) == (((SENSITIVITY, only(100)),),) and found.text == "gatto"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"iso": "1600+"}, "sensibilità: almeno ISO 1600"),
        ({"iso": "100-400"}, "sensibilità: da ISO 100 a ISO 400"),
        ({"focal_length": "50 mm"}, "focale: 50 mm"),
        ({"aperture": "f/1,8"}, "diaframma: f/1.8"),
        ({"exposure_time": "1/250 s"}, "tempo di posa: 1/250 s"),
        ({"exposure_time": "2,5+"}, "tempo di posa: almeno 2,5 s"),
        ({"exposure_time": "1/60-1/250"}, "tempo di posa: da 1/250 s a 1/60 s"),
        ({"exposure_time": "1/250 s - 1/60 s"}, "tempo di posa: da 1/250 s a 1/60 s"),
        ({"exposure_time": "da 1/60 a 1/250"}, "tempo di posa: da 1/250 s a 1/60 s"),
        ({"exposure_time": "0,0005"}, "tempo di posa: 1/2000 s"),
        ({"exposure_time": '30"'}, "tempo di posa: 30 s"),
        ({"exposure_time": "2 secondi"}, "tempo di posa: 2 s"),
        ({"focal_length": "24-70mm"}, "focale: da 24 mm a 70 mm"),
        ({"iso": "400-100"}, "sensibilità: da ISO 100 a ISO 400"),
        ({"iso": "12.800"}, "sensibilità: ISO 12800"),
        ({"no_flash": True}, "senza flash"),
    ],
)
def test_options(typed: dict[str, object], said: str) -> None:
    assert say_query(Query.of(Question(typed=Filters(typed)))) == f"cerco: tutte le foto, {said}"


def test_options_that_mean_nothing_and_json() -> None:
    for typed in ({"iso": "alti"}, {"iso": "100-400+"}, {"iso": "1-2-3"}, {"aperture": "f/"}):
        with pytest.raises(UsageError, match="vuole un numero"):
            Query.of(Question(typed=Filters(typed)))
    with pytest.raises(UsageError, match="si escludono"):
        Query.of(Question(typed=Filters(with_flash=True, no_flash=True)))
    query = Query.of(Question(("oltre 1600 ISO",), typed=Filters(with_flash=True)))
    assert query_data(query)["filters"] == {
        "iso": {"least": 1600, "most": None, "strict": True}, "flash": True,
    }  # fmt: skip
