"""The pages of collections: the list with its covers, an opened one, renamed, deleted."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cercafoto import Library
from cercafoto.question.filters.filter import Filters
from cercafoto.question.question import Question
from cercafoto.results.collections import NEVER
from cercafoto.web.pages import collect
from tests.conftest import paint
from tests.support.office import HEADER, office
from tests.support.web_client import OWN, visitor

CARD = re.compile(
    r'<a href="([^"]+)">\s*<span class="copertina">(?:<img src="([^"]+)".*?)?</span>\s*'
    r"<b>(.*?)</b>.*?(?:<p class=\"(?:quante|errore)\">(.*?)</p>)",
    re.S,
)


@pytest.fixture
def kept(library: Library, photos: Path) -> Library:
    """Three collections; the last one cannot be asked, because its example is gone."""
    library.index([photos])
    library.collections.keep("Cose rosse", Question(("rosso",)))
    library.collections.keep("Tutto", Question(typed=Filters(folders=(photos,))))
    example = paint(photos.parent / "esempio.png", (0, 0, 250))
    library.collections.keep("Simili", Question(like=(example,)))
    example.unlink()
    return library


@pytest.fixture
def client(kept: Library) -> Iterator[TestClient]:
    with visitor(kept.settings) as found:
        yield found


def cards(client: TestClient) -> dict[str, tuple[str, str, str]]:
    """Return name -> (address, cover, what is said) of the collections in the list."""
    while "data-da-contare" in (text := html.unescape(client.get("/raccolte?conta=1").text)):
        pass  # each time at least one more is counted
    return {name: (address, cover, said) for address, cover, name, said in CARD.findall(text)}


def test_each_collection_has_a_cover_a_number_and_its_question(
    kept: Library, client: TestClient
) -> None:
    assert '<a href="/raccolte">Raccolte</a>' in client.get("/").text
    shown = cards(client)
    assert [*shown] == ["Cose rosse", "Simili", "Tutto"]
    assert shown["Simili"][1] == "" and "esempio.png" in shown["Simili"][2]
    text = client.get("/raccolte").text
    assert '<p class="sottile">rosso</p>' in text and 'loading="lazy"' in text
    for name in ("Cose rosse", "Tutto"):
        address, cover, said = shown[name]
        opened = client.get(address).text
        first = re.search(r'<img src="(/miniatura/[^"]+)"', opened)
        assert first and first[1] == cover and client.get(cover).status_code == 200
        assert said == re.search(r'<p class="quante">(.*?)</p>', opened)[1]  # type: ignore[index]


def test_the_list_follows_what_is_said_and_indexed(
    kept: Library, client: TestClient, photos: Path
) -> None:
    before = int(cards(client)["Tutto"][2].split()[0])
    kept.collections.say("Tutto", [photos / "rosso.png"], NEVER)
    assert cards(client)["Tutto"][2] == f"{before - 1} foto"
    paint(photos / "nuova.png", (9, 99, 9))
    kept.index()
    assert cards(client)["Tutto"][2] == f"{before} foto"


def test_the_list_asks_each_question_once(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards(client)
    from cercafoto.search.photo_album import PhotoAlbum

    def asked(*_: object, **__: object) -> None:
        raise AssertionError("asked again")

    monkeypatch.setattr(PhotoAlbum, "page", asked)
    assert len(cards(client)) == 3


def test_what_takes_longer_is_counted_by_and_by(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect, "AT_ONCE", -1.0)
    monkeypatch.setattr(collect, "COUNTING", -1.0)
    for address, link, left in (
        ("/raccolte", "Conta le altre 2", 2),
        ("/raccolte?conta=1", "Conta l’altra", 1),
        ("/raccolte?conta=1", "", 0),
    ):  # each request asks one question at least
        page = client.get(address).text
        assert page.count(">da contare<") == page.count("data-da-contare") == left
        assert link in page and ("?conta=1" in page) == (left > 0)


@pytest.mark.parametrize("more", ["", "&ordina=vecchie", "&tutte=1"])
def test_an_opened_collection_bears_its_name(client: TestClient, more: str) -> None:
    opened = client.get(f"/?raccolta=cose+ROSSE{more}").text
    assert '<h2 id="esito">Cose rosse</h2>' in opened and "Chiede: rosso" in opened
    assert "<title>Cose rosse · cercafoto</title>" in opened
    assert "Salva come raccolta" not in opened and "Cambia la raccolta" in opened
    # Asked for more, it is a question of its own, which can be kept.
    for more in ("&q=blu", "&da=2019", "&raccolta=Tutto"):
        narrowed = client.get(f"/?raccolta=Cose+rosse{more}").text
        assert "Salva come raccolta" in narrowed and "Cambia la raccolta" not in narrowed
    assert "Non c’è nessuna raccolta «Altra»" in client.get("/?raccolta=Altra").text


def change(client: TestClient, what: str, name: str, new: str = "") -> tuple[int, str]:
    form = {"che": what, "raccolta": name, "nuovo": new}
    answer = client.post("/raccolte/cambia", data=form)
    return answer.status_code, str(answer.headers.get("location", html.unescape(answer.text)))


def test_a_collection_is_renamed_and_deleted(
    kept: Library, client: TestClient, tmp_path: Path
) -> None:
    kept.collections.refresh_folder(tmp_path / "Raccolte")
    new = "Rosse & D'Amico"
    code, where = change(client, "rinomina", "Cose rosse", f" {new} ")
    assert (code, where) == (303, "/?raccolta=Rosse+%26+D%27Amico")
    assert f'<h2 id="esito">{new}</h2>' in html.unescape(client.get(where).text)
    assert (tmp_path / "Raccolte" / f"{new}.m3u8").exists()
    for taken, why in (("tutto", "c’è già"), ("", "Il nome è vuoto"), ("x" * 81, "non può essere")):
        code, text = change(client, "rinomina", new, taken)
        assert code == 400 and why in text
    assert change(client, "rinomina", "Nessuna", "X")[0] == 400
    assert change(client, "altro", new)[0] == 400
    assert change(client, "togli", new) == (303, "/raccolte")
    assert [*cards(client)] == ["Simili", "Tutto"]
    assert not (tmp_path / "Raccolte" / f"{new}.m3u8").exists()


def test_visitors_see_collections_and_change_none(kept: Library) -> None:
    with office(replace(kept.settings, people=False)) as client:
        for name in ("anna", "bruno"):  # anna may label
            headers = {HEADER: name}
            page = client.get("/raccolte", headers=headers).text
            assert "Cose rosse" in page and '<p class="sottile">' not in page
            assert "Cambia la raccolta" not in client.get("/?raccolta=Tutto", headers=headers).text
            for what in ("rinomina", "togli"):
                form = {"che": what, "raccolta": "Tutto", "nuovo": "Mia"}
                answer = client.post("/raccolte/cambia", data=form, headers=headers | OWN)
                assert answer.status_code == 403 and "cambiare le raccolte" in answer.text
    assert "Tutto" in kept.collections.names()


def test_without_collections_it_says_how_to_have_one(library: Library, photos: Path) -> None:
    library.index([photos])
    with visitor(library.settings) as client:
        assert "Non ce ne sono ancora" in client.get("/raccolte").text
