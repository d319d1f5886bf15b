"""Names that files give as people's: who may not know them learns them from no page."""

from __future__ import annotations

import itertools
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from httpx import Response
from starlette.routing import Mount, Route

from cercafoto import Library, Question, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.indexing.completion_names import names_of
from cercafoto.question.filters.filter import Filters
from cercafoto.web.page_answers import PageArchive
from cercafoto.web.server import user_app
from tests.support.named_people import FULVIA, NAMED, TULLIA, write_named_photos
from tests.support.office import ACCESS, HEADER, SECURE_OWN, USERS, office
from tests.support.web_client import PORT

# The files themselves: whoever may have a photo has all that is written in it, see docs/ufficio.md.
WHOLE_FILES = ("/originale/{photo_id:photo}", "/scarica")
PHOTOS = range(1, 9)
# Words that a visitor may have heard elsewhere, and words that say nothing about anybody.
ABOUT_HER = (TULLIA, "tullia", "bardazzi", "le foto con Tullia", "senza Tullia", "Tullia o Luca",
             "torta Tullia", "«Tullia»", "Tulia", "tull")  # fmt: skip
OTHERS = ("", "torta", "rosso", "scoglio", "eclissi", "poltrona", "Persone", "Famiglia")
PARAMETERS = ("persona", "etichetta", "luogo", "fotocamera", "raccolta", "testo", "in")


def files_of(settings: Settings) -> dict[str, str]:
    """Return digest -> name of the file, for all photos of an archive."""
    with Catalog.open(settings.catalog) as catalog:
        rows = catalog.rows(
            "SELECT digest, path FROM photos JOIN contents ON contents.id = content_id"
        )
        return {digest.hex()[:16]: Path(path.decode()).name for digest, path in rows}


def addresses(route: Route | Mount, versions: dict[int, str]) -> Iterator[tuple[str, str]]:
    """Yield (method, address) of requests to a route, with the words of every kind in every
    parameter. versions: photo id -> what the addresses of its small copies say."""
    if isinstance(route, Mount):
        yield "GET", f"{route.path}/stile.css"
        return
    numbers = PHOTOS if "photo_id" in route.param_convertors else [1]
    for method, number in itertools.product(sorted((route.methods or set()) - {"HEAD"}), numbers):
        path = re.sub(r"\{(photo_id|face_id)(:\w+)?\}", str(number), route.path)
        path = re.sub(r"\{(version|key)\}", versions[number], path)
        yield method, path
        asked = [("q", TULLIA)]
        if number == 1:
            asked = [("q", word) for word in (*ABOUT_HER, *OTHERS)]
            asked += itertools.product(PARAMETERS, (TULLIA, "tullia", "Feste"))
        for pair in asked:
            yield method, f"{path}?{urlencode([pair, ('foto', 'f1')])}"
        for more in ("letterale=1", "tutte=1", "come=f1", "piu=1", "meno=2", "cartella=1"):
            yield method, f"{path}?{more}&q={quote(TULLIA)}"


def told(answer: Response, files: dict[str, str]) -> bytes:
    """Return what an answer says, with the names of files in place of their digests."""
    body: bytes = answer.content
    for digest, name in files.items():
        body = body.replace(digest.encode(), name.encode())
    kind = answer.headers.get("content-type", "")
    return f"{answer.status_code} {kind} ".encode() + body


@pytest.fixture
def world(settings: Settings, tmp_path: Path) -> Callable[[str], Settings]:
    """Make an archive of the photos of a person, at the same path whoever the person is."""

    def made(name: str) -> Settings:
        folder = tmp_path / "foto"
        shutil.rmtree(folder, ignore_errors=True)
        write_named_photos(folder, name)
        own = replace(settings, archive=tmp_path / name.split()[0], thumbnails=tmp_path / name)
        library = Library(own)
        library.index([folder])
        # A question that the person at this computer kept under another name.
        library.collections.keep("Feste", Question((f"con {TULLIA}",)))
        return own

    return made


def test_no_route_tells_a_visitor_a_name(world: Callable[[str], Settings]) -> None:
    answers: dict[str, list[bytes]] = {}
    wanted: list[tuple[str, str]] = []
    for name in (TULLIA, FULVIA):
        own = world(name)
        files = files_of(own)
        versions = dict(enumerate(sorted(files, key=lambda d: files[d]), start=1))
        hidden = replace(own, people=False)
        headers = {HEADER: "bruno"} | SECURE_OWN
        answers[name], wanted = [], []
        routes = user_app(PageArchive(hidden), ACCESS, USERS, PORT).routes
        with office(hidden) as client:
            for route in routes:
                assert isinstance(route, Route | Mount)
                for method, target in addresses(route, versions):
                    body = json.dumps({"foto": "f1", "testo": TULLIA, "aggiungi": [TULLIA]})
                    answer = client.request(
                        method, target, headers=headers,
                        content=body if method == "POST" else None,
                    )  # fmt: skip
                    assert answer.status_code < 500, target
                    wanted.append((route.path, target))
                    whole = route.path in WHOLE_FILES
                    answers[name].append(b"" if whole else told(answer, files))
    told_of_her, told_of_another = answers[TULLIA], answers[FULVIA]
    assert len(told_of_her) == len(told_of_another) > 1000
    assert sum(body.startswith(b"200") for body in told_of_her) > 500
    for (_, target), one, other in zip(wanted, told_of_her, told_of_another, strict=True):
        # Her name finds, changes and completes nothing: the answer is that of an archive of others.
        assert one == other, target
        if not any(word in target.lower() for word in ("tull", "tulia", "bardazzi")):
            assert not re.search(rb"(?i)tulli|bardaz", one), target


def test_who_may_know_the_names_finds_them(world: Callable[[str], Settings]) -> None:
    own = world(TULLIA)
    library = Library(own)
    for words in (TULLIA, "con tullia", "Tullia"):
        hits = library.search(library.parse(Question((words,)))).hits
        assert {Path(hit.path.decode()).stem for hit in hits if hit.confidence > 0.5} == NAMED
    assert library.photos.people() == [(TULLIA, len(NAMED))]
    # Words that are nobody's name are keywords as before.
    keywords = ("torta", "scoglio", "poltrona", "cancello", "eclissi")
    for word in keywords:
        typed = Question(typed=Filters(keywords=(word,)))
        assert len(library.search(library.parse(typed)).hits) == 1
    assert names_of(own, "person") == [TULLIA]
    assert names_of(own, "keyword") == sorted(keywords)
    for number in PHOTOS:
        detail = library.photos.detail(number)
        assert detail is not None and "people" not in detail.data
        assert {*detail.data["keywords"]} <= {*keywords}
