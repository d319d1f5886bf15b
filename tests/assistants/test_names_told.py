"""No tool tells the name of a person, wherever it is written, unless that is allowed."""

from __future__ import annotations

import itertools
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cercafoto import Library, Question, Settings
from cercafoto.assistants.photo_tools import PhotoTools
from cercafoto.assistants.tool_server import ECHO
from cercafoto.faces import face_run
from cercafoto.faces.face_sense import Faces
from cercafoto.question.filters.all_filters import OPTIONS
from tests.conftest import PAINT, paint
from tests.photos.test_metadata import bag, packet
from tests.support.assistant import Call, ask, refused, results, said
from tests.support.named_people import FULVIA, NAMED, TULLIA, write_named_photos
from tests.support.painted_faces import PaintedFaces
from tests.support.read_texts import write_texts

PHOTOS = range(1, 10)
# Words that the person may have said to the assistant, and words that say nothing about anybody.
ABOUT_HER = (TULLIA, "tullia", "le foto con Tullia", "senza Tullia", "Tulia", "«Tullia»", "Bardazi")
OTHERS = ("torta", "rosso", "festa", "scoglio", "auguri", "eclissi", "le ultime 5", "nel 1950",
          "quante foto ho", "foto senza nomi", "compleani")  # fmt: skip
# What repeats the words of the question.
HERS = re.compile(r"(?i)tull?ia|bardaz")


def calls() -> Iterator[Call]:
    """Yield calls of all tools, with words of both kinds in all parameters that take words."""
    for words in (*OTHERS, *ABOUT_HER):
        yield "cerca", {"domanda": words, "tutte": True, "n": 20}
        yield "conta", {"domanda": words}
    names = {option.name for option in OPTIONS if option.kind is str}
    for name, value in itertools.product(sorted(names), (TULLIA, "Feste")):
        repeatable = next(option.repeatable for option in OPTIONS if option.name == name)
        given = {"filtri": {name: [value] if repeatable else value}}
        yield ("conta" if value == TULLIA else "cerca"), given
    for number in PHOTOS:
        yield "foto", {"id": number, "immagine": number == 1}
    yield "simili", {"id": 9}
    for name in ("persone", "raccolte", "stato"):
        yield name, {}


def write_everywhere(folder: Path, library: Library, name: str) -> None:
    """Write a name wherever the person's own words are: titles, texts, labels, collections."""
    first = name.split()[0]
    words = (
        bag("dc:title", f"{first} e la festa", kind="Alt"),
        bag(
            "dc:description",
            f"La festa di {name.upper()}, con #{name.replace(' ', '')}",
            kind="Alt",
        ),
        bag("dc:subject", "torta", f"compleanno di {first.lower()}"),
    )
    picture = paint(folder / "auguri.jpg", PAINT["rosso"])
    picture.with_suffix(".jpg.xmp").write_bytes(packet("".join(words)))
    library.index([folder])
    write_texts(library, {"auguri.jpg": ["Tanti auguri", first.upper()]})
    photos = [folder / "auguri.jpg"]
    library.labels.give(photos, add=[name, f"festa di {first}", "auguri", "compleanni"])
    library.collections.keep("Feste", Question((f"con {name}",)))
    library.collections.keep(f"Per {first}", Question((f"festa senza {first}",)))
    library.collections.keep(name, Question(("rosso",)))


def made(settings: Settings, folder: Path, name: str) -> Settings:
    """Make an archive of the photos of a person, at the same path whoever the person is."""
    shutil.rmtree(folder, ignore_errors=True)
    write_named_photos(folder, name)
    own = replace(
        settings,
        archive=settings.archive / name.split()[0],
        thumbnails=settings.archive.with_name(name),
        people=False,
    )
    write_everywhere(folder, Library(own), name)
    return own


def answers(settings: Settings, asked: list[Call]) -> list[Any]:
    """Return what the tools answer: of an error its text. Without what the assistant said itself:
    the photos of two people differ in what repeats the question."""
    tools = PhotoTools(settings)
    found: list[Any] = []
    for result in results(tools, asked):
        data = said(result) if result.is_error else dict(result.structured_content or {})
        found.append(data)
    tools.close()
    return found


def test_no_tool_tells_a_name(settings: Settings, tmp_path: Path) -> None:
    asked = [*calls()]
    told = {}
    for name in (TULLIA, FULVIA):
        told[name] = answers(made(settings, tmp_path / "foto", name), asked)
    assert sum(isinstance(answer, dict) for answer in told[TULLIA]) > 40
    assert sum(bool(HERS.search(json.dumps(call))) for call in asked) > 20
    for call, of_her, of_another in zip(asked, told[TULLIA], told[FULVIA], strict=True):
        words = json.dumps(call, ensure_ascii=False)
        if isinstance(of_her, dict):
            echo = json.dumps([of_her.pop(key, "") for key in ECHO], ensure_ascii=False)
            for key in ECHO:
                if isinstance(of_another, dict):
                    of_another.pop(key, "")
        else:
            echo, of_her, of_another = of_her, {}, {}
        assert not HERS.search(json.dumps(of_her, ensure_ascii=False)), (call, of_her)
        # What repeats the question has only the words of the question.
        assert {*HERS.findall(echo.lower())} <= {*HERS.findall(words.lower())}, (call, echo)
        if not HERS.search(words):
            assert of_her == of_another, call


def test_who_allows_names_gets_them(settings: Settings, tmp_path: Path) -> None:
    own = made(settings, tmp_path / "foto", TULLIA)
    tools = PhotoTools(replace(own, people=True))
    assert ask(tools, "persone") == {
        "people": [{"name": TULLIA, "photos": len(NAMED)}],
        "number": 1,
    }
    found = ask(tools, "cerca", filtri={"persona": [TULLIA]}, n=20)["photos"]
    assert {Path(photo["path"]).stem for photo in found} == NAMED
    assert all(photo["people"] == [TULLIA] for photo in found)
    assert ask(tools, "foto", id=found[0]["id"])["people"] == [TULLIA]
    names = [each["name"] for each in ask(tools, "raccolte")["collections"]]
    assert names == ["Feste", "Per Tullia", TULLIA]
    assert "Tullia e la festa" in json.dumps(ask(tools, "cerca", domanda="auguri"))
    tools.close()
    hidden = PhotoTools(own)
    assert "non si dicono" in refused(hidden, "persone")
    assert "filtri.persona" in refused(hidden, "cerca", filtri={"persona": [TULLIA]})
    hidden.close()


def test_a_name_given_to_a_face_is_hidden_at_once(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(face_run, "FaceModels", PaintedFaces)
    names = ("Ugolina", "b", "c", "d")
    photos = [
        paint(tmp_path / "foto" / f"{name}.png", (240 + n, 10 + n, 20 + n))
        for n, name in enumerate(names)
    ]
    library.index([tmp_path / "foto"])
    library.labels.give(photos[:1], add=["Ugolina", "festa"])
    tools = PhotoTools(replace(library.settings, people=False))
    assert {each["label"] for each in ask(tools, "stato")["labels"]} == {"Ugolina", "festa"}
    library.look(Faces())
    library.faces.name(library.faces.questions()[0].faces, "Ugolina Verdi")
    assert [each["label"] for each in ask(tools, "stato")["labels"]] == ["festa"]
    # A path stays whole, or the photo could not be found.
    told = [ask(tools, "foto", id=number) for number in range(1, len(names) + 1)]
    assert {Path(each["path"]).stem for each in told} == {*names}
    assert "Ugolina" not in json.dumps([each | {"path": ""} for each in told])
    library.settings.faces.write_bytes(b"damaged")
    assert "volti" in refused(tools, "stato")
    tools.close()
