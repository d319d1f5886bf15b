"""Test phrases that deny that photos or videos were made somewhere, with a camera or in some way,
and lists of what they are not."""

from __future__ import annotations

import pytest

from cercafoto.question.filters.excepted import EXCEPTED
from tests.question.sentences import reading

ROMA = "luogo Roma (comune) (o «Roma» fra le tue parole)"
ROMA_VIDEOS = "luogo Roma (comune) e solo video (o «Roma» fra le tue parole)"


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("foto non fatte nel 2016", "del 2016"),
        ("non fatte nel 2016", "del 2016"),
        ("foto mai fatte a Roma", ROMA),
        ("foto mai scattate a Roma", ROMA),
        ("foto mai scattate né a Roma né nel 2016", f"del 2016 o {ROMA}"),
        ("video non fatti a Roma", ROMA),
        ("video mai girati a Roma", ROMA),
        ("foto del mare non fatte nel 2016", "del 2016"),
        ("non ho mai fatto foto a Roma", ROMA),
        ("non abbiamo fatto foto nel 2016", "del 2016"),
        ("foto che non sono del 2016 e non sono a Roma", f"del 2016 o {ROMA}"),
        ("foto che non sono del 2016 e che non sono a Roma", f"del 2016 o {ROMA}"),
        ("foto che non sono state fatte nel 2016, e non sono a Roma", f"del 2016 o {ROMA}"),
        ("foto che non sono a colori e non sono a Roma", ROMA),
        ("tutte tranne i video di Roma", ROMA_VIDEOS),
        ("tutte tranne i video del 2016", "del 2016 e solo video"),
        ("tutte tranne i video girati a Roma", ROMA_VIDEOS),
    ],
)
def test_what_was_not_made_there_or_then_is_left_out(question: str, said: str) -> None:
    found = reading(question)
    assert found.text in ("", "mare") and not found.exclude and not found.notes
    assert EXCEPTED.say(found.filters["excepted"]) == f"tranne: {said}"
    assert not {"place", "days"} & {*found.filters}


@pytest.mark.parametrize(
    ("question", "flash"),
    [
        ("foto non fatte col flash", False),
        ("foto non fatte con il flash", False),
        ("foto mai fatte con il flash", False),
        ("foto non fatte senza flash", True),
    ],
)
def test_photos_not_made_with_flash_are_without(question: str, flash: bool) -> None:
    found = reading(question)
    assert (found.text, dict(found.filters)) == ("", {"flash": flash})


def test_things_that_were_not_made_are_no_photos() -> None:
    assert reading("foto di torte non fatte in casa").exclude == ("fatte",)
    assert reading("un cane mai fatto").text == "un cane mai fatto"
    assert reading("foto non viste a Roma").exclude == ("viste",)
    assert "excepted" not in reading("non ho foto a Roma").filters
    videos = reading("foto e non video di Roma").filters
    assert videos["video"] is False and "place" in videos


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("foto non verticali né sfocate", "orientamento verticale o sfocate"),
        ("foto non verticali e non quadrate", "orientamento verticale o orientamento quadrato"),
        ("non verticali e non quadrate", "orientamento verticale o orientamento quadrato"),
        ("non verticali", "orientamento verticale"),
        ("foto non quadrate né verticali", "orientamento quadrato o orientamento verticale"),
        ("non a colori e non mosse", "a colori o mosse"),
        ("foto né in raw né in png", "formato raw o formato png"),
        ("foto non con il telefono né con la Canon", "col telefono o fotocamera Canon"),
    ],
)
def test_each_of_a_list_is_left_out_as_it_is_alone(question: str, said: str) -> None:
    found = reading(question)
    assert (found.text, found.exclude, found.notes) == ("", (), ())
    assert EXCEPTED.say(found.filters["excepted"]) == f"tranne: {said}"


def test_what_things_of_a_list_show_is_left_out_by_sight() -> None:
    assert reading("righe né verticali né orizzontali").exclude == ("verticali", "orizzontali")
    assert reading("una casa né quadrata né verticale").exclude == ("quadrata", "verticale")
    assert reading("tranne verticali e persone").exclude == ("verticali", "persone")


def test_of_a_list_a_camera_without_photos_is_told() -> None:
    none = "nessuna foto ha quella fotocamera"
    for question, name in (
        ("foto né con la Canon né con la Leica", "con la Leica"),
        ("foto non con la Leica né con la Canon", "Leica"),
    ):
        found = reading(question)
        assert (found.exclude, found.notes) == ((), (f"«{name}»: {none}",))
        assert EXCEPTED.say(found.filters["excepted"]) == "tranne: fotocamera Canon"
    found = reading("foto né con la Leica né con la Hasselblad")
    words = "né con la Leica né con la Hasselblad"
    assert (found.exclude, found.notes) == ((), (f"«{words}» è ignorato: {none}",))
