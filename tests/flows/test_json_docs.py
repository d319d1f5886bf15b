"""docs/json.md has the keys that the program writes as JSON: all of them, and no others."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from cercafoto.base.json_keys import DECLARED, Key, each_key
from cercafoto.cli.main import run as cercafoto
from cercafoto.photos.sources import DATE_SOURCES
from cercafoto.places.lookup import Places
from cercafoto.question.context import Context
from cercafoto.question.filters.all_filters import FILTERS, OPTIONS
from cercafoto.question.filters.filter import Filters
from cercafoto.question.heard import Heard
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.question.values import NEAREST, ORDERS
from cercafoto.question.wording import query_data
from cercafoto.results.answer import BY_FILTER, EVIDENCE, FOUND, NONE, WEAK
from cercafoto.search.thing_evidence import NUMBERS
from tests.flows.test_docs import DOCS, ROOT, needs_shell, person
from tests.support.named_people import TULLIA, write_named_photos

__all__ = ["person"]

PAGE = (DOCS / "json.md").read_text("utf-8")
# Section of the page -> the classes whose keys it has, and the keys that a command adds itself.
SECTIONS = {
    "index": ("IndexReport ThumbnailReport", "miniature testi volti qualita"),
    "cerca": (
        "SearchResult Hit PlaceNames Moment Region Source "
        "Explanation HitReason CountedThing HiddenPhoto Reason WordRole",
        "question error message hint parts explanation suggestions",
    ),
    "dove": ("PhotoRegion PlacedBox", "map"),
    "dati": ("KnownPhoto KnownMoment PlaceNames Region", ""),
    "doppioni": (
        "Duplicates Group PhotoFile SetAsideReport SetAside ReturnReport "
        "FolderComparison Elsewhere",
        "exact",
    ),
    "leggi": ("LookReport ReadText TextLine", "path start with_words faces poor"),
    "tag": (
        "TagResult HandLabels LabelChange MarkedPhotos ForgottenLabels UndoneLabels "
        "LabelDifference XmpReport",
        "xmp",
    ),
    "raccolte": ("CollectionPhotos FolderReport XmpReport", ""),
    "persone": ("", "name photos"),
    "pubblica": ("Published", "source done deleted archive roots"),
    "stato": (
        "Status ModelSwitch",
        "path reason texts read with_words unseen faces_lacking faces_problem "
        "quality looked poor lacking problems",
    ),
    "controlla": ("CheckReport Finding Copied", ""),
    "pulisci": ("CleanReport Purged", "done texts"),
    "modello elenco": ("ModelInfo", ""),
}
# Keys of data: what these objects contain is no key.
MAPS = {"lacking", "left_aside", "problem_reasons", "other_files"}
# Words of the page in the form of keys, which are values.
VALUES = {
    *(
        FOUND,
        WEAK,
        NONE,
        BY_FILTER,
        "",
        *EVIDENCE,
        *ORDERS,
        NEAREST,
        *NUMBERS.values(),
        *DATE_SOURCES,
    ),
    *("alta", "media", "bassa", "pronto", "danneggiato", "patches", "things", "occlusion"),
    *(
        "null",
        "true",
        "false",
        "cerca",
        "index",
        "leggi",
        "pubblica",
        "stato",
        "tag",
        "os",
        "fsencode",
    ),
    *("heif", "live_photos", "psd", "video"),
}
COMMON = {"path", "reason", "seconds"}  # which the beginning of the page explains
# Commands of each section, in the order in which they can be run.
COMMANDS = {
    "index": ["index ~/Foto --miniature", "index"],
    "persone": ["persone"],
    "cerca": [
        "cerca gatto e razzo --spiega",
        "cerca 'due persone senza gatti' --spiega",
        "cerca 'un razo' --tutte",
        "cerca --persona 'Tullia Bardazzi'",
        "cerca 'gatto nel 1999'",
        "cerca gatto --salva Gatti",
        "cerca 'al mare ad agosto' --spiega --archivio ~/nessuno",
    ],
    "dove": ["dove 'una tazza' ~/Foto/colazione.jpg", "dove gatto ~/Foto/chelsea.png -o ~/m.png"],
    "dati": ["dati ~/Foto/chelsea.png"],
    "tag": [
        "tag --labels ~/etichette.txt",
        "tag --labels ~/etichette.txt --xmp --prova",
        "tag --labels ~/etichette.txt --soglia 0.01 --xmp",
        "tag --aggiungi mare ~/Foto/colazione.jpg",
        "tag --stelle 4 ~/Foto/colazione.jpg --prova",
        "tag --annulla",
        "tag --dimentica ~/etichette.txt",
    ],
    "raccolte": ["raccolte", "raccolte --cartella ~/Raccolte", "raccolte --xmp --prova"],
    "doppioni": [
        "doppioni",
        "doppioni --confronta ~/Foto/copia.jpg",
        "doppioni --sposta-in ~/Doppie --conferma",
        "doppioni --annulla",
    ],
    "stato": ["stato", "stato --problemi"],
    "controlla": ["controlla --completo", "controlla --copia ~/copia"],
    "pulisci": ["pulisci", "pulisci --conferma", "pulisci --dimentica-testi"],
    "modello elenco": ["modello elenco"],
}
# A question with every condition that has an entry in the "filters" of JSON.
ASKED = Question(
    (
        "cane o gatto in bianco e nero scattate di notte, senza Pina, nel 2018 o nel 2020, "
        "ad agosto o a Natale, ogni domenica, tranne il 2019",
    ),
    like=(Path("/a.jpg"),),
    order="data",
    typed=Filters(
        near="Siena",
        camera="Canon",
        lens="50 mm",
        format="jpeg",
        orientation="verticale",
        rating=3,
        color_label=("rosso",),
        quality=("sfocata",),
        focal_length="50",
        iso="100+",
        aperture="8",
        exposure_time="1/60",
        with_flash=True,
        rectangle="43, 11, 44, 12",
        people_count="2+",
        people=("Ada",),
        only_videos=True,
        keywords=("mare",),
        labels=("gatto",),
        collections=("Gatti",),
        folders=(Path("/foto"),),
        outside=(Path("/bozze"),),
        texts=("scontrino",),
        kinds=("selfie",),
        missing=("titolo",),
        mine=("Zorba",),
    ),
)


def keys_of(keys: tuple[Key, ...]) -> Iterator[str]:
    """Yield the names of keys, and of the keys inside them."""
    for key in keys:
        yield key.name
        yield from keys_of(each_key(key.columns) + each_key(key.inside))


def declared() -> dict[str, tuple[type, tuple[Key, ...]]]:
    """Return all classes of the program that declare keys, by their names, with their keys."""
    for path in (ROOT / "cercafoto").rglob("*.py"):
        lacks = "shared" in path.parts and find_spec("psycopg") is None
        if "@json_keys(" in path.read_text("utf-8") and not lacks:
            import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    classes = {each.__name__: (each, keys) for each, keys in DECLARED.items()}
    return {name: it for name, it in classes.items() if it[0].__module__.startswith("cercafoto.")}


def sections() -> dict[str, str]:
    """Return the text about each command. What several questions at once add is in a section of its
    own."""
    before, _, text = PAGE.partition("## JSON\n")
    text = text.partition("\n## ")[0]
    found = dict(re.findall(r"^### (.+)\n((?:(?!^### ).*\n?)*)", text, re.M))
    return found | {"cerca": found["cerca"] + before.partition("## Molte domande\n")[2]}


def keys_in(value: Any) -> Iterator[str]:
    """Yield the keys of JSON data, at every level."""
    if isinstance(value, dict):
        for key, inside in value.items():
            yield key
            if key not in MAPS:
                yield from keys_in(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from keys_in(inside)


def documented(body: str) -> set[str]:
    """Return the keys that a section names: in its blocks, and between backticks."""
    found = set()
    for block in re.findall(r"```json\n(.*?)```", body, re.S):
        found |= set(keys_in(json.loads(block)))
    for words in re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", body, flags=re.S)):
        if re.fullmatch(r"[a-z_]+(\[\])?(\.[a-z_]+(\[\])?)*", words):
            found |= set(re.findall(r"[a-z_]+", words))
        elif words.startswith(("[{", "{")):
            found |= set(re.findall(r'"(\w+)":', words))
    return found


def of_query() -> set[str]:
    """Return the keys of a question that has every condition."""
    heard = (Heard("cane", frozenset(), 3, 0.1, True, 0.5),)
    asked = Query.of(
        ASKED,
        Context(places=Places(None), people=("Ada Neri", "Pina Neri"), hear=lambda _: heard),
    )
    query = replace(asked, limit=3, own=(("place", "siena"),))
    lacking = {each.name for each in FILTERS} - set(query.filters)
    assert not lacking, "conditions that ASKED does not have"
    places = Context(places=Places(None))
    others = (Query.of(Question((words,)), places) for words in ("all'estero", "a Roma o a Pisa"))
    return {key for each in (query, *others) for key in keys_in(query_data(each))}


def written(section: str) -> set[str]:
    """Return the keys that the commands of a section can write."""
    names, more = SECTIONS[section]
    classes = declared()
    keys = {key for name in names.split() if name in classes for key in keys_of(classes[name][1])}
    return keys | {*more.split()} | (of_query() if section == "cerca" else set())


def test_the_page_has_a_section_for_every_result() -> None:
    assert list(sections()) == list(SECTIONS)
    named = {name for names, _ in SECTIONS.values() for name in names.split()}
    assert named - set(declared()) <= {"Published"} and set(declared()) <= named


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_names_the_keys_that_are_written_and_no_others(section: str) -> None:
    if section == "pubblica":
        pytest.importorskip("psycopg")
    named = documented(sections()[section])
    assert written(section) - COMMON <= named
    assert named - written(section) - COMMON <= VALUES


def test_every_declared_key_can_be_had() -> None:
    for name, (declaring, keys) in declared().items():
        has = {*dir(declaring), *getattr(declaring, "__annotations__", {})}
        for key in keys:
            first = key.of or key.name
            assert key.inside or not isinstance(first, str) or first.partition(".")[0] in has, name


def test_people_and_ids_stay_out() -> None:
    for name, (_, keys) in declared().items():
        names = set(keys_of(keys))
        assert not any(key == "digest" or re.search(r"(^|_)id$", key) for key in names), name
        assert name in ("Hit", "KnownPhoto") or "people" not in names, name


@needs_shell
def test_the_commands_write_no_other_keys(person: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def told(line: str) -> list[Any]:
        capfd.readouterr()
        assert cercafoto([*shlex.split(os.path.expanduser(line)), "--json"]) in (0, 1, 3), line
        text, values = capfd.readouterr().out.strip(), []
        while text:
            value, end = json.JSONDecoder().raw_decode(text)
            values.append(value)
            text = text[end:].lstrip()
        return values

    photos = person / "Foto"
    (photos / "rotta.jpg").write_bytes(b"\xff\xd8\xff")
    write_named_photos(photos / "famiglia", TULLIA)
    for section, lines in COMMANDS.items():
        found = set()
        for line in lines:
            found |= set(keys_in(told(line.replace("~", str(person)))))
        assert found and found <= written(section), section
        if section == "raccolte":
            (photos / "famiglia" / "luna.jpg").unlink()


def test_the_page_names_every_filter_of_python() -> None:
    (named,) = re.findall(r"I filtri stanno in `Filters`, con i nomi (.*?)\. Una", PAGE, re.S)
    assert set(re.findall(r"`(\w+)`", named)) == {option.key for option in OPTIONS}
