"""The pages that list people and show a person's faces: moved, denied, hidden, renamed, undone."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote_plus

import pytest
from starlette.testclient import TestClient

from cercafoto import Library
from tests.faces.conftest import EACH, PEOPLE, doubt, name_all, name_one
from tests.faces.test_album import photos_with
from tests.support.office import HEADER, office
from tests.support.web_client import visitor

FACE = re.compile(r'name="volto" value="(\d+)"')


@pytest.fixture
def named(family: Library) -> Library:
    family.faces.find()
    name_all(family)
    return family


@pytest.fixture
def client(named: Library) -> Iterator[TestClient]:
    with visitor(named.settings) as found:
        yield found


def of(client: TestClient, name: str) -> str:
    answer = client.get("/persone/volti", params={"nome": name})
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def do(client: TestClient, what: str, faces: list[str], person: str = "rosa", **more: str) -> str:
    """Press a button of a person's page. Return where the browser goes."""
    form = {"persona": person, "che": what, "volto": faces, **more}
    answer = client.post("/persone/volti", data=form)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_everybody_is_listed_with_a_face(named: Library, client: TestClient) -> None:
    page = client.get("/persone").text
    cards = re.findall(r'href="/persone/volti\?nome=(\w+)"><img src="(/volto/\d+\.webp)"', page)
    assert {name for name, _ in cards} == {*PEOPLE}
    assert all(client.get(face).status_code == 200 for _, face in cards)
    assert page.count(f">{EACH} volti<") == len(PEOPLE) and "Non ci sono domande" in page


def test_before_anybody_has_a_name_it_asks(family: Library) -> None:
    family.faces.find()
    with visitor(family.settings) as client:
        answer = client.get("/persone")
        assert (answer.status_code, answer.headers["location"]) == (303, "/persone/chiedi")


def test_doubtful_faces_of_a_person_are_apart(named: Library, client: TestClient) -> None:
    named.faces.take_name_off("pina")
    doubt(named, {"pina0"}, "rosa")
    sure, doubtful = of(client, "rosa").split("In dubbio")
    assert len(FACE.findall(sure)) == EACH and len(FACE.findall(doubtful)) == 1
    assert "in dubbio" in client.get("/persone").text
    assert do(client, "si", FACE.findall(doubtful)) == "/persone/volti?nome=rosa"
    assert "pina0" in photos_with(named, "rosa") and "In dubbio" not in of(client, "rosa")


def test_faces_are_moved_split_off_and_brought_back(named: Library, client: TestClient) -> None:
    first, second, *_ = FACE.findall(of(client, "rosa"))
    do(client, "nome", [first], nome="ugo")
    assert len(photos_with(named, "ugo")) == EACH + 1
    do(client, "nome", [second], nome="Rosa Maria")
    assert len(photos_with(named, "Rosa Maria")) >= 1
    assert len(FACE.findall(of(client, "rosa"))) == EACH - 2
    for _ in range(2):
        assert "Annulla" in of(client, "rosa")
        client.post("/persone", data={"che": "annulla"})
    assert {name: len(photos_with(named, name)) for name in named.faces.names()} == dict.fromkeys(
        PEOPLE, EACH
    )


@pytest.mark.parametrize(("what", "word"), [("niente", "non è un volto"), ("mai", "non chiedere")])
def test_hidden_faces_can_be_asked_about_again(
    named: Library, client: TestClient, what: str, word: str
) -> None:
    (face, *_) = FACE.findall(of(client, "rosa"))
    do(client, what, [face])
    assert len(photos_with(named, "rosa")) == EACH - 1
    assert "Un volto messo da parte" in client.get("/persone").text
    aside = client.get("/persone/da-parte").text
    assert FACE.findall(aside) == [face] and word in aside
    answer = client.post("/persone", data={"che": "chiedi", "da": "da-parte", "volto": [face]})
    assert answer.headers["location"] == "/persone/da-parte"
    assert "Non ce ne sono" in client.get("/persone/da-parte").text


def test_a_face_that_is_not_hers(named: Library, client: TestClient) -> None:
    (face, *_) = FACE.findall(of(client, "rosa"))
    do(client, "no", [face])
    assert face not in FACE.findall(of(client, "rosa")) and len(photos_with(named, "rosa")) < EACH


def test_a_new_name_and_one_that_is_taken(named: Library, client: TestClient) -> None:
    assert do(client, "rinomina", [], nuovo="Rosa D'Amico") == "/persone/volti?" + (
        f"nome={quote_plus('Rosa D' + chr(39) + 'Amico')}"
    )
    form = {"persona": "Rosa D'Amico", "che": "rinomina", "nuovo": "UGO"}
    asked = client.post("/persone/volti", data=form)
    assert asked.status_code == 200 and "C’è già una persona di nome ugo" in asked.text
    assert len(named.faces.names()) == len(PEOPLE)  # nothing was changed
    assert do(client, "rinomina", [], "Rosa D'Amico", nuovo="UGO", unisci="1").endswith("=ugo")
    assert len(photos_with(named, "ugo")) == 2 * EACH


def test_a_name_is_taken_off(named: Library, client: TestClient) -> None:
    assert do(client, "togli-nome", []) == "/persone"
    assert sorted(named.faces.names()) == ["pina", "ugo"]
    assert "C’è una domanda" in client.get("/persone").text
    client.post("/persone", data={"che": "annulla"})
    assert sorted(named.faces.names()) == sorted(PEOPLE)


@pytest.mark.parametrize(
    "form",
    [
        {"persona": "rosa", "che": "no"},  # no face has a mark
        {"persona": "rosa", "che": "no", "volto": "1 x"},
        {"persona": "Nessuno", "che": "rinomina", "nuovo": "Uno"},
        {"persona": "rosa", "che": "rinomina", "nuovo": "  "},
        {"persona": "rosa", "che": "nome", "volto": "999999", "nome": "Uno"},
        {},
    ],
)
def test_what_cannot_be_changed(named: Library, client: TestClient, form: dict[str, str]) -> None:
    assert client.post("/persone/volti", data=form).status_code == 400
    assert client.get("/persone/volti", params={"nome": "Nessuno"}).status_code == 400
    assert {len(photos_with(named, name)) for name in PEOPLE} == {EACH}


def test_questions_about_several_people_are_one_answer(family: Library) -> None:
    family.faces.find()
    for name in ("rosa", "ugo"):
        name_one(family, name)
    doubt(family, {"pina0", "pina1"}, "rosa", group=100)
    doubt(family, {"pina2", "pina3"}, "ugo", group=101)
    with visitor(family.settings) as client:
        page = client.get("/persone/chiedi").text
        assert "Sono ancora loro?" in page and page.count("<section") == 2
        assert page.index('value="si"') < page.index('name="nome"')  # what Enter presses
        form: dict[str, list[str]] = {}
        for name, value in re.findall(
            r'name="(gruppo|mostrati|persona|salta)" value="([^"]*)"', page
        ):
            form.setdefault(name, []).append(value)
        wrong, *right = FACE.findall(page)
        first, second = form["persona"]
        client.post("/persone/chiedi", data=form | {"volto": right, "che": "si", "nome": ["", ""]})
        faces = {name: {*map(str, _ids(family, name))} for name in PEOPLE if name != "pina"}
        assert wrong not in faces[first] and {*right[1:]} <= faces[second]
        assert right[0] in faces[first]
        client.post("/persone", data={"che": "annulla", "da": "chiedi"})
        assert {len(photos_with(family, name)) for name in ("rosa", "ugo")} <= {EACH, EACH + 2}
        # The button of one question answers this one alone.
        doubt(family, {"pina0", "pina1"}, "rosa", group=100)
        doubt(family, {"pina2", "pina3"}, "ugo", group=101)
        client.post("/persone/chiedi", data=form | {"che": "no-1", "nome": ["", ""]})
        assert not {*right[1:]} & {*map(str, _ids(family, second))}


def _ids(library: Library, name: str) -> list[int]:
    return [i for each in library.faces.faces_of(name) if not each.is_doubtful for i in each.faces]


def test_the_unnamed_rest_is_put_aside_and_brought_back(family: Library) -> None:
    family.faces.find()
    name_one(family, "rosa")
    with visitor(family.settings) as client:
        assert "Metti da parte 2 gruppi senza nome" in client.get("/persone/chiedi").text
        client.post("/persone/chiedi", data={"che": "resto"})
        assert "Non c’è altro da chiedere" in client.get("/persone/chiedi").text
        faces = FACE.findall(client.get("/persone/da-parte").text)
        assert len(faces) == 2 * EACH
        client.post("/persone", data={"che": "chiedi", "da": "da-parte", "volto": faces})
    assert len(family.faces.questions()) == 2


def test_visitors_of_a_proxy_see_people_and_change_nothing(named: Library) -> None:
    face, other, *_ = [each.face_id for each in named.faces.faces_of("rosa")]
    named.faces.do_not_ask([other])
    named.faces.take_name_off("ugo")
    with office(replace(named.settings, people=True)) as client:
        client.headers.update({HEADER: "anna"})
        for address in (
            "/persone",
            "/persone/volti?nome=rosa",
            "/persone/da-parte",
            "/persone/chiedi",
        ):
            page = client.get(address)
            assert page.status_code == 200 and "<form" not in page.text, address
        assert client.get(f"/volto/{face}.webp").status_code == 200
    hidden = replace(named.settings, people=False)
    with visitor(hidden) as client:
        for address in ("/persone", "/persone/volti?nome=rosa", "/persone/da-parte"):
            assert client.get(address).status_code == 404
        for address in ("/persone", "/persone/chiedi", "/persone/volti"):
            assert client.post(address, data={"che": "annulla"}).status_code == 404
