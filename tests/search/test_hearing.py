"""Test that words that photos have as own words are heard in a question, and how much they tell."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cercafoto import Library, Question
from cercafoto.browse.asked import Asked
from cercafoto.browse.chips import chips
from cercafoto.question.filters.filter import Filters
from cercafoto.question.heard import Heard, without_names
from cercafoto.question.query import Query
from cercafoto.question.weights import Sought
from cercafoto.question.word_roles import OWN
from cercafoto.question.wording import explain, say_query
from cercafoto.results.answer import FOUND, KEYWORD, SearchResult
from cercafoto.search.evidence_found import contents_called, contents_named, evidence_for
from cercafoto.search.hearing import heard_in, rarity
from cercafoto.settings import Settings
from tests.photos.test_metadata import bag, packet
from tests.photos.test_person_regions import lightroom, packet_with, region
from tests.support.web_client import visitor

Cli = Callable[..., tuple[int, str, str]]
NUMBER = 100


def write(path: Path, colour: tuple[int, int, int], *keywords: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (24, 24), colour).save(path)
    if keywords:
        path.with_name(f"{path.name}.xmp").write_bytes(packet(bag("dc:subject", *keywords)))


@pytest.fixture
def album(library: Library, tmp_path: Path) -> Library:
    """Index a hundred photos of all colours: sixty in a folder "mare", three of Zorba, of which one
    is red; all others red are without a name."""
    rng = np.random.default_rng(7)
    root = tmp_path / "Foto"
    for at in range(NUMBER):
        colour = (220, 10 + at, 10) if at % 10 == 0 else tuple(map(int, rng.integers(0, 200, 3)))
        folder = "mare" if at < 60 else "altro"
        names = ("Zorba",) if at in (70, 71, 72) else ()
        write(root / folder / f"{at:03}.png", colour, *names)  # type: ignore[arg-type]
    library.index([root])
    return library


def ask(library: Library, words: str, limit: int = NUMBER) -> SearchResult:
    return library.search(library.parse(Question((words,))), limit)


def names(result: SearchResult) -> list[str]:
    return [Path(os.fsdecode(hit.path)).stem for hit in result.hits]


def heard(library: Library, words: str) -> list[str]:
    with library.archive.reading() as rows:
        return [each.words for each in heard_in(rows, words)]


def test_a_word_of_most_photos_does_not_move_the_order(album: Library) -> None:
    plain = names(ask(album, "rosso"))
    assert names(ask(album, "rosso mare"))[:10] == plain[:10]
    assert heard(album, "rosso al mare") == []
    alone = ask(album, "mare")
    seen = album.search(Query.of(Question(("mare",), literal=True)), NUMBER)
    assert names(alone) == names(seen)
    assert all(hit.evidence == "" for hit in alone.hits)


def test_a_name_on_a_few_photos_moves_the_order(album: Library) -> None:
    result = ask(album, "Zorba rosso")
    assert names(result)[0] == "070"  # bears the name and looks like the rest
    assert set(names(result)[:3]) == {"070", "071", "072"}
    assert [hit.evidence for hit in result.hits[:4]] == [KEYWORD] * 3 + [""]
    assert all(hit.word == "alta" for hit in result.hits[:3])
    # The rest is as the model sees it, and nothing is hidden.
    others = [name for name in names(ask(album, "rosso")) if name not in names(result)[:3]]
    assert names(result)[3:] == others
    assert result.verdict == FOUND
    for question in ("Zorba che corre", "un prato blu con zorba"):
        assert set(names(ask(album, question))[:3]) == {"070", "071", "072"}
        assert ask(album, question).verdict == FOUND


def test_what_was_heard_is_said(album: Library, cli: Cli) -> None:
    query = album.parse(Question(("Zorba sul divano rosso",)))
    assert (query.text, query.spoken) == ("sul divano rosso", "Zorba sul divano rosso")
    said = "cerco: «sul divano rosso», prima con «Zorba» fra le tue parole"
    assert say_query(query) == said
    line = "tue parole «Zorba»: fra le tue parole di 3 foto"
    assert " ".join(explain(query)[1].split()) == line
    shown = [each.meaning for each in chips(Asked(query.spoken), query.words, {}, str)]
    assert shown == ["«Zorba» fra le tue parole di 3 foto", "«sul divano rosso»"]
    assert [role.kind for role in query.words] == [OWN, "testo"]
    _, out, err = cli("cerca", "Zorba sul divano rosso", "-n", "3")
    assert said in err and out.count("dalla parola chiave") == 3
    told = json.loads(cli("cerca", "Zorba sul divano rosso", "--json")[1])
    assert told["query"]["filters"]["heard"] == ["Zorba"]


def test_own_words_may_filter(album: Library, cli: Cli) -> None:
    code, out, err = cli("cerca", "rosso", "--mie-parole", "zorba", "--json")
    told = json.loads(out)
    assert code == 0 and told["query"]["filters"]["mine"] == ["zorba"]
    assert {Path(hit["path"]).stem for hit in told["hits"]} == {"070", "071", "072"}
    assert cli("cerca", "--mie-parole", "mare", "--conta")[1] == "60\n"  # common words too
    assert cli("cerca", "--mie-parole", "mare", "--mie-parole", "zorba", "--conta")[1] == "0\n"
    code, _, err = cli("cerca", "--mie-parole", "12")
    assert code == 2 and "--mie-parole" in err


def test_a_chip_makes_own_words_a_filter_and_back(album: Library) -> None:
    asked = Asked("Zorba sul divano rosso")
    query = album.parse(asked.question((), {}))
    heard, seen = chips(asked, query.words, {}, str)
    assert (heard.to_turn, seen.turned) == ("solo queste", None)
    assert heard.turned == Asked("sul divano rosso", typed=Filters(mine=("Zorba",)))
    query = album.parse(heard.turned.question((), {}))
    assert say_query(query) == "cerco: «sul divano rosso», con «Zorba» fra le tue parole"
    assert set(names(album.search(query, NUMBER))) == {"070", "071", "072"}
    seen, heard = chips(heard.turned, query.words, {}, str)
    assert (heard.to_turn, seen.turned) == ("anche altre", None)
    assert heard.turned == asked and heard.rest == Asked("sul divano rosso")


def test_the_page_offers_to_turn_a_chip(album: Library, settings: Settings) -> None:
    with visitor(settings) as client:
        text = client.get("/?q=Zorba+sul+divano").text
        assert re.search(r'href="([^"]+)">solo queste</a>', text)
        address = html.unescape(re.search(r'href="([^"]+)">solo queste</a>', text)[1])  # type: ignore[index]
        assert address == "/?q=sul+divano&mie-parole=Zorba"
        assert ">anche altre</a>" in client.get(address).text


def test_rare_words_of_the_language_have_a_chip_too(album: Library, tmp_path: Path) -> None:
    for at in range(3):
        write(tmp_path / "Foto/mercatini" / f"m{at}.png", (40 + at, 40, 40))
    album.index([tmp_path / "Foto"])
    asked = Asked("ai mercatini con il mare")
    query = album.parse(asked.question((), {}))
    own, seen = chips(asked, query.words, {}, str)
    assert (own.meaning, own.to_turn) == ("«ai mercatini»", "solo queste")
    assert (seen.meaning, seen.turned) == ("«con il mare»", None)  # "mare" is in most names
    assert own.turned == Asked("con il mare", typed=Filters(mine=("mercatini",)))
    assert len(names(album.search(album.parse(own.turned.question((), {})), NUMBER))) == 3


def test_the_page_answers_a_count_with_the_number_first(album: Library, settings: Settings) -> None:
    with visitor(settings) as client:
        text = client.get("/?q=quante+foto+ho+di+Zorba").text
        assert '<h2 id="esito">3 foto</h2>' in text and text.count("3 foto<") == 1
        assert '<h2 id="esito">Foto trovate</h2>' in client.get("/?q=Zorba").text


def test_several_phrases_hear_own_words(album: Library) -> None:
    zorbas = {"070", "071", "072"}
    for asked, said in (
        ("rosso + Zorba", "cerco: «rosso», prima con «Zorba» fra le tue parole"),
        ("Zorba sul divano + rosso", "cerco: «sul divano + rosso», prima con «Zorba»"),
    ):
        query = album.parse(Question((asked,)))
        assert say_query(query).startswith(said)
        result = album.search(query, NUMBER)
        assert set(names(result)[:3]) == zorbas and result.verdict == FOUND
    query = album.parse(Question(("rosso + Zorba:0",)))
    assert query.heard == ()  # it weighs nothing


def test_an_excluded_name_is_no_sight(album: Library, cli: Cli) -> None:
    result = album.search(album.parse(Question(("foto senza Zorba",))), NUMBER)
    assert len(result.hits) == NUMBER - 3 and not {"070", "071", "072"} & set(names(result))
    seen = set(names(album.search(album.parse(Question(("foto senza rosso",))), NUMBER)))
    assert {"071", "072"} & seen and "070" not in seen  # by sight
    said = "Da escludere, Zorba: 3 foto, con questo nome fra le tue parole."
    assert said in cli("cerca", "rosso senza Zorba", "--spiega")[1].replace("\n", " ")


def test_a_count_is_answered_with_the_number_first(album: Library, cli: Cli) -> None:
    code, out, _ = cli("cerca", "quante foto ho di Zorba")
    assert (code, out.splitlines()[0]) == (0, "3 foto.")
    assert cli("cerca", "quante foto di zorba", "--conta")[1] == "3\n"
    assert cli("cerca", "quante foto ho", "-n", "5")[1].splitlines()[0] == f"{NUMBER} foto."
    assert json.loads(cli("cerca", "quante foto di zorba", "--json")[1])["total"] == 3


def test_the_longest_run_of_one_name_is_found_first(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "Foto"
    for at, path in enumerate(
        ("Festa di San Rocco/a.png", "San Martino/b.png", "Rocco al lago/c.png", "Disco 5/d.png",
         "Disco 6/e.png", "gita sul Monte Baldo/f.png", "altro/g.png")
    ):  # fmt: skip
        write(root / path, (20 * at, 200 - 20 * at, 7))
    library.index([root])
    library.labels.give_one(os.fsencode(root / "altro" / "g.png"), ["zia Pina"])
    assert heard(library, "processione di San Rocco") == ["San Rocco"]
    assert heard(library, "processione di san Martino") == ["san Martino"]
    assert heard(library, "Rocco con un gatto") == ["Rocco"]
    assert heard(library, "il disco 5 rotto") == ["disco 5"]
    assert heard(library, "zia Pina che ride") == ["zia Pina"]
    assert heard(library, "una foto rossa") == []
    assert heard(library, "tramonto sul monte Baldo") == ["monte Baldo"]


def test_a_name_is_heard_beside_a_name_that_holds_it(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "Foto"
    write(root / "Zorba mare" / "a.png", (9, 9, 200))
    write(root / "altro" / "b.png", (200, 9, 9), "Zorba")
    write(root / "altro" / "c.png", (9, 200, 9), "Zorba", "Birba")
    write(root / "altro" / "d.png", (90, 200, 90), "Birba")
    library.index([root])
    assert set(heard(library, "Zorba mare in inverno")) == {"Zorba mare", "Zorba"}
    assert names(ask(library, "Zorba mare in inverno"))[0] == "a"
    # Two keywords are not one name.
    assert set(heard(library, "Zorba e Birba")) == {"Zorba", "Birba"}
    assert names(ask(library, "Zorba e Birba"))[0] == "c"
    both = ask(library, "Zorba e Birba insieme")
    assert [name for name, hit in zip(names(both), both.hits, strict=True)
            if hit.word == "alta"] == ["c"]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "names", "left"),
    [
        ("Zorba sul divano", "zorba", "sul divano"),
        ("Zorba che corre", "zorba", "corre"),
        ("sul divano con Zorba", "zorba", "sul divano"),
        ("la cuccia di Zorba in giardino", "zorba", "la cuccia in giardino"),
        ("Zorba e Birba sulla neve", "zorba birba", "sulla neve"),
        ("Zorba", "zorba", "Zorba"),
        ("con Zorba", "zorba", "con Zorba"),
        ("un gatto", "", "un gatto"),
    ],
)
def test_a_name_leaves_the_text(text: str, names: str, left: str) -> None:
    found = Heard("", frozenset(names.split()), 3, 0.01, True, 0.5)
    assert without_names((Sought(text),), [found]) == (Sought(left),)
    assert without_names((Sought(left),), [found]) == (Sought(left),)


def test_rare_words_tell_more() -> None:
    def told(share: float, names: str = "") -> float:
        return rarity(Heard("", frozenset(names.split()), 3, share, True, 0.5))

    assert told(0.03) == 1.0 > told(0.1) > told(0.2) > told(0.4) == told(0.6) == 0.0
    assert told(0.4, "zorba") == 1.0


def test_what_is_loaded_is_bounded(album: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rarest words are kept, all together of at most MOST_HEARD photos."""
    question = "zorba altro rosso"
    assert heard(album, question)[0] == "zorba"
    monkeypatch.setattr("cercafoto.search.hearing.MOST_HEARD", 10)
    assert heard(album, question) == ["zorba"]
    monkeypatch.setattr("cercafoto.search.hearing.MOST_HEARD", 2)
    assert heard(album, question) == []
    with album.archive.reading() as rows:
        assert evidence_for(rows, [question], album.parse(Question(("rosso",))).filters) == {}
    monkeypatch.setattr("cercafoto.search.hearing.MOST_WORDS", 3)
    assert heard(album, "uno due tre zorba") == []


def test_a_question_is_heard_once(album: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hearing reads thousands of rows of a large archive."""
    query = album.parse(Question(("zorba sul divano",)))

    def again(rows: object, text: str) -> None:
        raise AssertionError(text)

    monkeypatch.setattr("cercafoto.search.evidence_found.heard_in", again)
    assert set(names(album.search(query, 3))) == {"070", "071", "072"}


def test_people_who_are_tagged_come_first(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "Foto"
    for at in range(6):
        folder = "Anna al lago" if at % 2 else "altro"
        write(root / folder / f"{at}.png", (40 * at, 200 - 40 * at, 90))
        if at in (0, 1, 4):
            sidecar = root / folder / f"{at}.xmp"
            sidecar.write_bytes(packet_with(lightroom(region("Anna"))))
    library.index([root])
    for question in ("Anna", "foto di Anna", "con Anna in rosso", "un prato verde con Anna"):
        found = names(ask(library, question))
        assert set(found[:3]) == {"0", "1", "4"}, question
        assert set(found[3:]) <= {"3", "5"}, question
    assert len(names(ask(library, "Anna"))) == 5


def test_a_name_counts_beside_an_example_and_feedback(album: Library, tmp_path: Path) -> None:
    example = tmp_path / "Foto" / "mare" / "000.png"
    query = album.parse(Question(("Zorba sul divano",), like=(example,)))
    assert set(names(album.search(query, NUMBER))[:3]) == {"070", "071", "072"}
    query = album.parse(Question(("Zorba sul divano",), more=(os.fsencode(example),)))
    assert set(names(album.search(query, NUMBER))[:3]) == {"070", "071", "072"}


def test_an_own_name_is_no_place_where_no_photo_was_taken(album: Library, tmp_path: Path) -> None:
    """Argo is also a town."""
    for at in range(2):
        write(tmp_path / "Foto/Argo" / f"a{at}.png", (200, 30, 30 + at))
    album.index([tmp_path / "Foto"])
    for asked, said in (
        ("quante foto di Argo sul prato rosso", "cerco: «sul prato rosso», prima con «Argo»"),
        ("prime foto di Argo", "cerco: «Argo», dalla più vecchia"),
        ("foto senza Argo", "cerco: tutte le foto, senza: Argo"),
    ):
        query = album.parse(Question((asked,)))
        assert say_query(query).startswith(said) and query.notes == ()
    assert not {"a0", "a1"} & set(names(ask(album, "foto senza Argo", NUMBER + 2)))


def test_a_word_written_as_a_name_is_the_name_that_photos_have(
    album: Library, tmp_path: Path
) -> None:
    for at in range(3):
        write(tmp_path / "Foto/Gatti/Nuvola" / f"n{at}.png", (40, 30 + at, 40))
    album.index([tmp_path / "Foto"])
    own = {"n0", "n1", "n2"}
    for asked in ("Nuvola che dorme", "la gatta Nuvola sul prato rosso"):
        query = album.parse(Question((asked,)))
        assert query.heard_beside == ("Nuvola",)
        assert set(names(album.search(query, NUMBER))[:3]) == own
    for asked in ("nuvole nel cielo", "una nuvola rossa", "Nuvole sul prato"):
        assert album.parse(Question((asked,))).heard_beside == ()
    assert not own & set(names(ask(album, "foto senza Nuvola", NUMBER)))


def test_an_indefinite_article_says_that_a_thing_is_meant(album: Library, tmp_path: Path) -> None:
    for at in range(3):
        write(tmp_path / "Foto/Gatti/Nuvola" / f"n{at}.png", (40, 30 + at, 40))
    album.index([tmp_path / "Foto"])
    own = {"n0", "n1", "n2"}
    assert set(names(ask(album, "Nuvola", NUMBER))[:3]) == own
    assert all(hit.confidence < 0.9 for hit in ask(album, "una nuvola", NUMBER).hits)


def test_a_rare_word_is_left_out_as_a_name_too(album: Library, tmp_path: Path) -> None:
    """The model looks for pepper, and cannot know the dog."""
    for at in range(2):
        write(tmp_path / "Foto/Cani/Pepe" / f"p{at}.png", (200, 30, 30 + at))
    album.index([tmp_path / "Foto"])
    assert {"p0", "p1"} <= set(names(ask(album, "rosso", NUMBER + 2)))
    assert not {"p0", "p1"} & set(names(ask(album, "rosso tranne pepe", NUMBER + 2)))


def test_a_file_is_not_left_out_by_its_name_for_what_is_seen(
    album: Library, tmp_path: Path
) -> None:
    for at in range(2):
        write(tmp_path / "Foto" / f"Sole {at}.png", (200, 30, 30 + at))
    album.index([tmp_path / "Foto"])
    with album.archive.reading() as rows:
        assert contents_called(rows, "sole") is None
    write(tmp_path / "Foto/Sole" / "s.png", (200, 30, 40))
    album.index([tmp_path / "Foto"])
    with album.archive.reading() as rows:
        assert len(contents_called(rows, "sole") or ()) == 1


@pytest.mark.parametrize("question", ["pepe", "le foto più recenti di pepe", "le ultime di Pepe"])
def test_a_pet_that_is_called_by_a_word_is_asked_for(
    album: Library, tmp_path: Path, question: str
) -> None:
    """Also in an order, which would mix in all that only looks like pepper."""
    for at in range(2):
        write(tmp_path / "Foto/Cani/Pepe" / f"p{at}.png", (200, 30, 30 + at))
    write(tmp_path / "Foto/cucina" / "sale e pepe.png", (90, 90, 90))
    album.index([tmp_path / "Foto"])
    own = {"p0", "p1"}
    found = ask(album, question, NUMBER)
    assert own <= {Path(os.fsdecode(hit.path)).stem for hit in found.hits if hit.confidence > 0.89}
    assert all(each.is_sure for each in album.parse(Question((question,))).heard)
    for thing in ("il pepe", "un pepe"):
        assert not any(each.is_sure for each in album.parse(Question((thing,))).heard), thing


@pytest.mark.parametrize("question", ["pepe sul divano", "foto di pepe sul divano"])
def test_a_pet_that_is_called_by_a_word_comes_first_beside_what_is_seen(
    album: Library, tmp_path: Path, question: str
) -> None:
    """Also by the names of files, which have a number."""
    for at in range(2):
        write(tmp_path / "Foto" / f"Pepe {at}.png", (200, 30, 30 + at))
    write(tmp_path / "Foto/cucina" / "sale e pepe.png", (90, 90, 90))
    album.index([tmp_path / "Foto"])
    assert album.parse(Question((question,))).heard_beside == ("pepe",)
    for thing in ("il pepe sul divano", "un pepe sul divano", "sale e pepe sul divano"):
        assert album.parse(Question((thing,))).heard_beside != ("pepe",), thing


def test_a_word_in_small_letters_is_a_pet_only_where_it_is_or_does_something(
    album: Library, tmp_path: Path
) -> None:
    for at in range(3):
        write(tmp_path / "Foto" / f"Pepe {at}.png", (200, 30, 30 + at))
    for at in range(2):
        write(tmp_path / "Foto/Perla" / f"{at}.png", (200, 40, 30 + at))
    write(tmp_path / "Foto" / "Miele.png", (200, 50, 30))
    album.index([tmp_path / "Foto"])
    for pet in (
        "pepe", "pepe che dorme", "foto di pepe al mare", "pepe sotto il tavolo",
        "pepe sul divano", "pepe in giardino", "pepe nel prato", "pepe su un divano",
        "pepe sopra il divano", "pepe in un prato",
    ):  # fmt: skip
        asked = album.parse(Question((pet,)))
        assert [each.words for each in asked.heard if each.is_sure] == ["pepe"], pet
    for pet in ("perla di Luca", "perla sul prato", "perla e il gatto"):
        assert album.parse(Question((pet,))).heard_beside == ("perla",), pet
    for thing in (
        "pepe nero", "pepe nero in grani", "foto di pepe nero", "pepe verde sul tavolo",
        "pepe e sale", "pepe, sale e olio", "perla nera", "perla di fiume", "pepe in grani",
        "pepe in polvere", "pepe sulla bistecca", "pepe nero sulla bistecca", "perla e sabbia",
        "una perla", "pepe su una bistecca", "pepe sopra la bistecca", "pepe in un macinino",
        "miele in un vasetto", "perla e la collana",
    ):  # fmt: skip
        asked = album.parse(Question((thing,)))
        assert asked.heard_beside == (), thing
        assert not any(each.is_sure for each in asked.heard), thing


def test_a_pet_beside_a_person_in_small_letters(album: Library, tmp_path: Path) -> None:
    """Whether or not the person is known; without such a pet nothing is heard."""
    for at in range(2):
        photo = tmp_path / "Foto/casa" / f"l{at}.png"
        write(photo, (9, 30 + at, 190))
        photo.with_name(f"{photo.name}.xmp").write_bytes(packet_with(lightroom(region("Luca"))))
    album.index([tmp_path / "Foto"])
    for question in ("perla e luca", "Perla e Luca"):
        asked = album.parse(Question((question,)))
        assert "people" in asked.filters and not asked.heard, question
    for at in range(2):
        write(tmp_path / "Foto/Perla" / f"{at}.png", (200, 40, 30 + at))
    album.index([tmp_path / "Foto"])
    for question in ("perla e luca", "luca e perla", "luca con perla"):
        asked = album.parse(Question((question,)))
        assert "people" in asked.filters, question
        assert [each.words for each in asked.heard if each.is_sure] == ["perla"], question
    for question in ("luca e una perla", "una perla e luca"):
        asked = album.parse(Question((question,)))
        assert not any(each.is_sure for each in asked.heard), question


def test_a_name_is_left_out_by_files_that_are_called_so(album: Library, tmp_path: Path) -> None:
    """And not by those that only have the word, nor by what files show."""
    for name in ("Pepe 0", "Pepe al mare", "sale e pepe", "Sole 2", "Zorba 1"):
        write(tmp_path / "Foto" / f"{name}.png", (200, 30, len(name)))
    album.index([tmp_path / "Foto"])
    with album.archive.reading() as rows:
        left_out = {
            word: {
                Path(os.fsdecode(rows.photos.of_content(content)[0].path)).stem
                for content in contents_named(rows, word) or ()
            }
            for word in ("Pepe", "Sole", "pepe", "Zorba")
        }
    assert left_out["Pepe"] == {"Pepe 0", "Pepe al mare"}
    assert left_out["Sole"] == left_out["pepe"] == set()
    assert left_out["Zorba"] >= {"Zorba 1"}


@pytest.mark.parametrize("word", ["gorilla", "skateboard", "innevata", "zuppiera", "volley"])
def test_what_the_model_learnt_to_see_is_no_name(album: Library, tmp_path: Path, word: str) -> None:
    """Though the dictionary lacks it, and a single photo has it."""
    write(tmp_path / "Foto/gite" / f"{word}.png", (40, 30, 40))
    album.index([tmp_path / "Foto"])
    query = album.parse(Question((f"{word} sul prato rosso",)))
    assert query.text == f"{word} sul prato rosso" and query.heard_beside == ()
    assert not query.is_only_names


def test_a_name_alone_has_only_its_photos(album: Library) -> None:
    """The model does not know whom it means, and takes it for anything."""
    for asked in ("Zorba", "foto di zorba"):
        result = album.search(album.parse(Question((asked,))), NUMBER, drop_unlikely=True)
        assert sorted(names(result)) == ["070", "071", "072"] and result.total == 3


def test_a_colour_beside_a_thing_is_not_heard(album: Library, tmp_path: Path) -> None:
    write(tmp_path / "Foto/Rosa in giardino" / "r.png", (40, 30, 40))
    write(tmp_path / "Foto/2021-01 Settimana bianca" / "s.png", (40, 30, 41))
    album.index([tmp_path / "Foto"])
    assert heard(album, "una maglia bianca") == heard(album, "un vestito rosa") == []
    assert heard(album, "Rosa sul prato") == ["Rosa"]
    assert heard(album, "la settimana bianca sul prato") == ["settimana bianca"]


def test_an_order_of_a_name_has_only_photos_of_it(album: Library) -> None:
    query = album.parse(Question(("Zorba, le più recenti",)))
    assert query.order is not None
    found = names(album.search(query, NUMBER, drop_unlikely=True))
    assert sorted(found) == ["070", "071", "072"]


def test_a_colour_is_no_name(album: Library, tmp_path: Path) -> None:
    write(tmp_path / "Foto/2021-01 Settimana bianca" / "s.png", (40, 30, 40))
    album.index([tmp_path / "Foto"])
    query = album.parse(Question(("settimana bianca con Zorba",)))
    assert query.text == "settimana bianca"
    assert set(query.heard_beside) == {"Zorba", "settimana bianca"}


def test_a_rare_folder_is_found_by_its_whole_name(album: Library, tmp_path: Path) -> None:
    """Whatever its photos show: who types "documenti" means the folder of this name."""
    for at in range(2):
        write(tmp_path / "Foto/documenti" / f"d{at}.png", (40, 30 + at, 40))
    album.index([tmp_path / "Foto"])
    result = ask(album, "i documenti")
    assert set(names(result)[:2]) == {"d0", "d1"} and result.verdict == FOUND
