"""Names of people in the texts that an assistant gets."""

from __future__ import annotations

import json

import pytest

from cercafoto.assistants.hidden_names import HiddenNames

HIDDEN = HiddenNames(
    ["Tullia Bardazzi", "zia Pina", "Nicolò", "De Rosa", "Li Wu", "Anna Maria Rossi"]
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Tullia al mare", "… al mare"),
        ("TULLIA BARDAZZI, 2019", "…, 2019"),
        ("La torta di tullia", "La torta di …"),
        ("Bardazzi-Tullia", "…"),
        ("l'orto di Nicolo\u0300 e di nicolo", "l'orto di … e di …"),
        ("#TulliaBardazzi, #bardazzitullia", "#…"),
        ("tullia_bardazzi_01", "…_01"),
        ("#annamaria e MariaRossi", "#… e …"),
        ("FestaTullia2019, tullia2019", "Festa…2019, …2019"),
        ("zia Pina e la zia", "… e la zia"),
        ("la casa di Pina", "la casa di …"),
        ("una rosa de noantri", "una … de noantri"),
        ("li wu, li", "…, li"),
        ("Natale in casa", "Natale in casa"),
        ("", ""),
    ],
)
def test_names_are_hidden_whatever_their_capitals_and_accents(text: str, shown: str) -> None:
    assert HIDDEN.hide(text) == shown


def test_what_the_assistant_said_itself_stays() -> None:
    assert HIDDEN.hide("cerco: «Tullia Bardazzi»", {"tullia"}) == "cerco: «Tullia …»"


def test_paths_and_places_stay_and_entries_that_are_only_a_name_go() -> None:
    data = {
        "path": "/foto/Tullia/a.jpg",
        "place": "Rosa, Veneto",
        "labels": ["Tullia", "mare", "festa di Tullia"],
        "collections": [{"name": "zia Pina", "photos": 3}, {"name": "Mare", "photos": 1}],
        "texts": {"title": "Tullia"},
        "number": 3,
    }
    assert HIDDEN.hide_in(data) == {
        "path": "/foto/Tullia/a.jpg",
        "place": "Rosa, Veneto",
        "labels": ["mare", "festa di …"],
        "collections": [{"name": "Mare", "photos": 1}],
        "texts": {"title": "…"},
        "number": 3,
    }


def test_what_json_cannot_have_is_replaced() -> None:
    json.dumps(HiddenNames([]).hide_in({"path": "/foto/\udcff.jpg"})).encode()
