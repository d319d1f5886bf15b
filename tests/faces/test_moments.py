"""Faces in videos: every frame is looked at, and a person counts once in each video."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cercafoto import Library, Query, Question
from cercafoto.archive.local.face_store import FaceStore
from cercafoto.errors import UsageError
from cercafoto.faces import face_run
from cercafoto.faces.album import face_picture
from cercafoto.labels.label_file import Label
from cercafoto.looking import catch_up as catching
from cercafoto.photos.thumbnails import Thumbnails
from cercafoto.question.filters.filter import Filters
from cercafoto.results.answer import Hit
from tests.faces.conftest import EACH, name_all
from tests.support.clips import make_clip
from tests.support.optional_packages import needs
from tests.support.painted_faces import PaintedFaces, interrupted_at
from tests.support.web_client import visitor

pytestmark = needs("av")

# Scenes with the face of a person of the family, see `painted_faces.vector`.
ROSA, UGO = (240, 10, 90), (10, 240, 90)


@pytest.fixture
def film(family: Library, tmp_path: Path) -> Path:
    """A video that shows Ugo, Rosa, and Ugo again, two seconds each."""
    path = make_clip(tmp_path / "foto" / "ugo9.mp4", [UGO, ROSA, UGO], 2)
    family.index()
    return path


def with_person(library: Library, person: str, *words: str) -> dict[str, Hit]:
    query = library.parse(Question(words, typed=Filters(people=(person,))))
    return {Path(hit.path.decode()).stem: hit for hit in library.search(query, 50).hits}


def in_film(library: Library, film: Path) -> list[int]:
    """The ids of the faces in the video, by time: Ugo, Rosa, Ugo."""
    digest = hashlib.sha256(film.read_bytes()).digest()
    with FaceStore.open(library.settings.faces) as store:
        faces = [face for face in store.faces(range(1, 99)) if face.digest == digest]
    return [face.face_id for face in sorted(faces, key=lambda face: face.start or 0)]


def test_a_video_counts_once_and_is_found_at_the_face(family: Library, film: Path) -> None:
    report = family.faces.find()
    assert (report.read, report.frames, report.found) == (14, 2, 15)
    asked = family.faces.questions()
    assert [(len(q.faces), q.photos) for q in asked] == [(EACH + 1,) * 2] * 2 + [(EACH,) * 2]
    name_all(family)
    assert family.photos.people() == [("rosa", EACH + 1), ("ugo", EACH + 1), ("pina", EACH)]
    hit = with_person(family, "rosa")["ugo9"]
    assert [(m.start, m.end) for m in hit.moments] == [pytest.approx((2, 4), abs=0.51)]
    # Of the two who are in the video, the one at this moment comes first, with the box.
    assert [(p.name, p.box is None) for p in hit.people] == [("rosa", False), ("ugo", True)]
    found = with_person(family, "ugo")
    assert [m.start for m in found["ugo9"].moments] == pytest.approx([0, 4], abs=0.51)
    assert not found["ugo0"].moments
    # The moment is Ugo's even if another fits the words better.
    assert with_person(family, "rosa", "verde")["ugo9"].frame == pytest.approx(2, abs=0.51)
    assert "ugo9" not in with_person(family, "pina")
    left = family.search(family.parse(Question(("senza ugo",), typed=Filters(people=("rosa",)))))
    assert len(left.hits) == EACH  # whoever is in a part of a video is in the video
    assert family.faces.find().frames == 0


def test_the_moment_is_of_the_person_if_a_label_is_asked_for_too(
    family: Library, film: Path
) -> None:
    family.faces.find()
    name_all(family)
    family.labels.tag([Label("rosso")], "e.txt", threshold=0.01)
    query = Query.of(Question((), typed=Filters(people=("rosa",), labels=("rosso",))))
    hits = {Path(hit.path.decode()).stem: hit for hit in family.search(query, 50).hits}
    assert hits["ugo9"].frame == pytest.approx(2, abs=0.51) and not hits["rosa0"].moments


def test_the_page_shows_the_right_frame_and_lists_of_photos_too(
    family: Library, film: Path, tmp_path: Path
) -> None:
    family.faces.find()
    first, rosa, _ = in_film(family, film)
    with Thumbnails(tmp_path / "miniature") as thumbnails:
        for face, brightest in ((first, 1), (rosa, 0)):
            (shown,) = family.faces.shown([face], 1)
            r, g, b = face_picture(thumbnails, shown).resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
            assert max(r, g, b) == (r, g, b)[brightest]
    with visitor(family.settings) as client:
        pages = client.get("/persone/chiedi").text + client.get("/persone/chiedi?salta=1").text
        assert "2" in re.findall(r'href="/foto/\d+\?t=(\d)\.\d{3}">Il video<', pages)
        name_all(family)
        listed = client.get("/", params={"q": "con rosa"}).text
        assert re.search(r'<img src="[^"]+\?t=2\.\d{3}" alt="ugo9.mp4"', listed)


def test_an_answer_is_about_all_frames_of_the_person(family: Library, film: Path) -> None:
    family.faces.find()
    ugos = set(in_film(family, film)[::2])
    # One of both stands for the video: the one that was looked at first, whichever that was.
    of_ugo = next(q.faces for q in family.faces.questions() if ugos & {*q.faces})
    (first,) = ugos & {*of_ugo}
    photos = [face for face in of_ugo if face != first]
    family.faces.name(photos, "Ugo")
    assert with_person(family, "Ugo")["ugo9"].moments  # by likeness
    family.faces.deny([first], "Ugo")
    assert "ugo9" not in with_person(family, "Ugo")
    family.faces.name([first], "Gino")
    assert len(with_person(family, "Gino")["ugo9"].moments) == 2
    assert family.faces.forget("Gino", confirmed=True) == 2
    assert family.faces.find().frames == 0  # nor is he found again
    with FaceStore.open(family.settings.faces) as store:
        assert len(store.table().ids) == 13


def test_a_video_of_a_known_person_asks_nothing(family: Library, tmp_path: Path) -> None:
    family.faces.find()
    name_all(family)
    make_clip(tmp_path / "foto" / "film.mp4", [UGO, ROSA], 2)
    family.index()
    family.faces.find()
    assert family.faces.questions() == []
    assert with_person(family, "rosa")["film"].frame == pytest.approx(2, abs=0.51)


def test_an_interrupted_run_keeps_the_frames_it_has_looked_at(
    family: Library, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catching, "usable_cores", lambda: 1)
    monkeypatch.setattr(face_run, "FaceModels", interrupted_at(16))
    with pytest.raises(KeyboardInterrupt):
        family.faces.find()
    monkeypatch.setattr(face_run, "FaceModels", PaintedFaces)
    report = family.faces.find()
    assert report.present + report.read + report.frames == 16
    # What was on its way is looked at again.
    assert 1 <= report.read + report.frames <= 1 + catching.AHEAD
    assert report.found == report.read + report.frames


def test_a_video_that_is_gone_leaves_no_face(family: Library, film: Path) -> None:
    family.faces.find()
    film.unlink()
    family.index()
    family.clean(confirmed=True)
    with FaceStore.open(family.settings.faces) as store:
        assert (len(store.digests()), len(store.table().ids)) == (13, 12)


def test_metadata_name_the_people_of_a_whole_video(
    family: Library, film: Path, tmp_path: Path
) -> None:
    (tmp_path / "foto" / "ugo9.mp4.json").write_text('{"people": [{"name": "Bea"}]}')
    family.index()
    assert not with_person(family, "Bea")["ugo9"].moments
    assert with_person(family, "Bea", "rosso")["ugo9"].frame == pytest.approx(2, abs=0.51)
    family.faces.find()
    family.faces.name([in_film(family, film)[1]], "Bea")
    assert with_person(family, "Bea")["ugo9"].frame == pytest.approx(2, abs=0.51)
    assert dict(family.photos.people())["Bea"] == EACH + 1  # with Rosa's photos


def twice_in_a_photo(library: Library) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two groups, of which the first face of the second is in a photo of the first."""
    library.faces.find()
    first, second, _ = (question.faces for question in library.faces.questions())
    with FaceStore.open(library.settings.faces) as store, store.transaction():
        (twin,) = store.faces(first[:1])
        store.connection.execute(
            "UPDATE faces SET digest = ? WHERE id = ?", (twin.digest, second[0])
        )
    return first, second


def test_a_second_group_puts_nobody_twice_in_a_photo(family: Library) -> None:
    first, second = twice_in_a_photo(family)
    family.faces.name(first, "Zia Pina")
    with pytest.raises(UsageError, match="Zia Pina c'è già"):
        family.faces.name(second[:1], "zia pina")
    family.faces.name(second, "zia pina")
    with FaceStore.open(family.settings.faces) as store:
        named = [face.digest for face in store.named_faces()]
    assert len(named) == len({*named}) == 2 * EACH - 1


def test_nor_do_two_people_who_become_one(family: Library) -> None:
    first, second = twice_in_a_photo(family)
    family.faces.name(first, "Zia Pina")
    family.faces.name(second, "Giuseppina")
    family.faces.merge("Giuseppina", "Zia Pina")
    with FaceStore.open(family.settings.faces) as store:
        named = [face.digest for face in store.named_faces()]
    assert len(named) == len({*named}) == 2 * EACH - 1


def test_the_run_says_how_many_moments(family: Library, film: Path, cli: Callable) -> None:  # type: ignore[type-arg]
    told = cli("persone", "attiva", "--conferma")[2]
    assert "13 foto guardate, 1 video guardato, 2 altri momenti di video, 15 volti" in told
