"""The page "Persone": who sees it, its questions, and its changes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from cercafoto import Library
from cercafoto.web.pages import name_faces
from tests.faces.conftest import EACH, PEOPLE, name_all
from tests.support.web_client import visitor

FIELDS = re.compile(r'name="(gruppo|mostrati|persona|salta)" value="([^"]*)"')


def test_without_faces_it_says_how_to_have_them(family: Library) -> None:
    with visitor(family.settings) as client:
        assert "cercafoto persone attiva" in client.get("/persone/chiedi").text
        assert 'href="/persone"' not in client.get("/").text  # nor is it in the menu
        assert client.get("/volto/1.webp").status_code == 404


def test_groups_are_named(family: Library) -> None:
    family.faces.find()
    with visitor(family.settings) as client:
        shown = client.get("/persone/chiedi").text
        assert "Chi è?" in shown and f"{EACH} volti in {EACH} foto" in shown
        assert 'href="/persone"' in client.get("/").text
        faces = re.findall(r'src="(/volto/\d+\.webp)"', shown)
        assert len(faces) == EACH
        picture = client.get(faces[0])
        assert picture.headers["content-type"] == "image/webp" and picture.content[:4] == b"RIFF"
        assert picture.headers["cache-control"] == "no-store"
        form: dict[str, object] = dict(FIELDS.findall(shown))
        _, *others = str(form["gruppo"]).split()
        # One face is taken off: it is not hers, and is not asked as hers again.
        answer = client.post(
            "/persone/chiedi", data=form | {"volto": others, "che": "nome", "nome": "Zia Pina"}
        )
        assert (answer.status_code, answer.headers["location"]) == (303, "/persone/chiedi")
        assert family.photos.people() == [("Zia Pina", EACH - 1)]
        assert family.faces.names() == ["Zia Pina"]
        second = client.get("/persone/chiedi?salta=1").text
        form = dict(FIELDS.findall(second))
        ticked = str(form["gruppo"]).split()
        client.post("/persone/chiedi", data=form | {"volto": ticked, "che": "mai"})
        assert len(family.faces.questions()) == 1


def test_all_faces_of_a_group_can_be_seen(family: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    family.faces.find()
    monkeypatch.setattr(name_faces, "SHOWN_FACES", 2)
    with visitor(family.settings) as client:
        few = client.get("/persone/chiedi").text
        assert few.count('name="volto"') == 2
        (more,) = re.findall(r'Ne vedi 2: <a href="([^"]+)">mostrali tutti</a>', few)
        everyone = client.get(more.replace("&amp;", "&")).text
        assert everyone.count('name="volto"') == EACH and "mostrali tutti" not in everyone


def test_a_name_that_was_typed_wins(family: Library) -> None:
    family.faces.find()
    faces = family.faces.questions()[0].faces
    shown = " ".join(map(str, faces))
    group = f"{shown} {' '.join(map(str, range(10**6, 10**6 + 40_000)))}"  # a large group
    with visitor(family.settings) as client:
        form = {"gruppo": group, "mostrati": shown, "volto": shown.split(), "persona": "Ugo"}
        client.post("/persone/chiedi", data=form | {"che": "si", "nome": "Pina"})
    assert family.faces.names() == ["Pina"]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"gruppo": "1 2", "mostrati": "1 2", "che": "nome", "nome": "Pina"},  # none is left
        {"gruppo": "1; DROP", "volto": "1", "che": "nome", "nome": "Pina"},
        {"gruppo": "1", "che": "nome", "nome": "  "},
        {"gruppo": "1", "che": "no", "persona": "Nessuno"},
    ],
)
def test_what_cannot_be_written(family: Library, form: dict[str, str]) -> None:
    family.faces.find()
    with visitor(family.settings) as client:
        assert client.post("/persone/chiedi", data=form).status_code == 400
    assert family.faces.names() == []


def test_a_page_that_shows_no_people(family: Library) -> None:
    family.faces.find()
    name_all(family)
    hidden = replace(family.settings, people=False)
    with visitor(hidden) as client:
        for address in ("/persone", "/volto/1.webp"):
            assert client.get(address).status_code == 404
        assert client.post("/persone/chiedi", data={"gruppo": "1", "che": "mai"}).status_code == 404
        home = client.get("/").text
        assert "Persone" not in home and not any(name in home for name in ("con rosa", "con ugo"))
    assert len(family.photos.people()) == len(PEOPLE)
