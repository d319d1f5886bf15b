"""Whatever was said of faces can be corrected, and taken back."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from cercafoto import Library
from cercafoto.archive.local import face_history
from cercafoto.archive.local.face_store import FaceStore
from cercafoto.archive.local.face_tables import ATTACHED, CONFIRMED, NEW, NO_FACE, UNASKED
from cercafoto.errors import UsageError
from cercafoto.faces.album import FaceAlbum
from cercafoto.faces.correcting import NameTakenError
from tests.conftest import paint
from tests.faces.conftest import EACH, PEOPLE, name_all
from tests.faces.test_album import photos_with
from tests.support.face_rows import differences, rows_of


@pytest.fixture
def named(family: Library, tmp_path: Path) -> Library:
    """Return an archive in which rosa has a guessed face too, and pina's are not to be asked."""
    family.faces.find()
    name_all(family)
    family.faces.do_not_ask([state.face_id for state in family.faces.faces_of("pina")])
    paint(tmp_path / "foto" / "altra.png", (246, 16, 26))
    family.index()
    family.faces.find()
    return family


def ids(library: Library, *stems: str) -> list[int]:
    """Return the ids of the faces in photos."""
    (folder,) = library.archive.indexed_folders()
    photos = (Path(os.fsdecode(folder)) / f"{stem}.png" for stem in stems)
    return [state.face_id for photo in photos for state in library.faces.faces_in(photo)]


Verb = Callable[[FaceAlbum, Callable[..., list[int]]], object]
VERBS: dict[str, Verb] = {
    "a new name": lambda album, of: album.name(of("rosa0", "rosa1"), "Zia Nina"),
    "another's name": lambda album, of: album.name(of("rosa0", "rosa1"), "ugo"),
    "the name of a guessed face": lambda album, of: album.name(of("altra"), "Zia Nina"),
    "a face put aside": lambda album, of: album.name(of("pina0"), "pina"),
    "a wrong name": lambda album, of: album.deny(of("rosa0", "rosa1", "ugo0", "pina1"), "rosa"),
    "not whose it seems": lambda album, of: album.take_off(of("rosa0", "altra", "ugo0")),
    "no face": lambda album, of: album.not_faces(of("rosa0", "ugo0", "altra")),
    "not to be asked": lambda album, of: album.do_not_ask(of("rosa0", "altra")),
    "to be asked again": lambda album, of: album.ask_again(of("pina0", "pina2")),
    "one person": lambda album, _: album.merge("rosa", "ugo"),
    "another name": lambda album, _: album.rename("rosa", "Rosa Maria"),
    "other capitals": lambda album, _: album.rename("rosa", "ROSA"),
    "the name of another": lambda album, _: album.rename("rosa", "ugo", merge=True),
    "no name": lambda album, _: album.take_name_off("rosa"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_undone_leaves_the_same_rows(named: Library, verb: str) -> None:
    path, album, of = named.settings.faces, named.faces, partial(ids, named)
    before = rows_of(path)
    VERBS[verb](album, of)
    after = rows_of(path)
    assert after != before
    last = album.last_action()
    undone = album.undo()
    assert undone == last and undone is not None and undone.said
    assert differences(rows_of(path), before) == []
    # Several verbs, then all undone.
    every = [VERBS["not to be asked"], VERBS[verb], VERBS["a new name"]]
    first = album.last_action()
    for each in every:
        each(album, of)
    while album.last_action() != first:
        album.undo()
    assert differences(rows_of(path), before) == []


def test_what_was_done_first_is_undone_last(family: Library) -> None:
    family.faces.find()
    assert family.faces.undo() is None
    name_all(family)
    said = [undone.said for _ in range(5) if (undone := family.faces.undo())]
    assert len(said) == len(PEOPLE) and all(f"{EACH} volti di " in each for each in said)
    assert family.faces.names() == [] and len(family.faces.questions()) == len(PEOPLE)


def test_only_the_last_actions_are_kept(family: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_history, "KEPT_ACTIONS", 2)
    family.faces.find()
    name_all(family)
    assert [bool(family.faces.undo()) for _ in range(3)] == [True, True, False]
    assert len(family.faces.names()) == 1


def test_a_failed_action_is_none(named: Library) -> None:
    before = rows_of(named.settings.faces, history=True)
    for wrong in (
        lambda: named.faces.name(ids(named, "rosa0"), "12"),
        lambda: named.faces.rename("nessuna", "Anna"),
        lambda: named.faces.rename("rosa", ""),
        lambda: named.faces.take_off([999]),
        lambda: named.faces.ask_again(ids(named, "rosa0")),
        lambda: named.faces.take_name_off("nessuna"),
    ):
        with pytest.raises(UsageError):
            wrong()
    with pytest.raises(NameTakenError, match="C'è già") as taken:
        named.faces.rename("rosa", "UGO")
    assert taken.value.name == "ugo"
    assert rows_of(named.settings.faces, history=True) == before


def test_the_faces_of_a_person_said_ones_first(named: Library, tmp_path: Path) -> None:
    own = named.faces.faces_of("ROSA")
    assert [state.known for state in own] == [CONFIRMED] * EACH + [ATTACHED]
    assert [state.face_id for state in own][-1:] == ids(named, "altra")
    assert {state.name for state in own} == {"rosa"} and own[-1].word == "per somiglianza"
    assert [(p.name, p.sure, p.doubtful) for p in named.faces.people()] == [
        ("rosa", EACH + 1, 0),
        ("ugo", EACH, 0),
    ]
    assert named.faces.names() == ["rosa", "ugo"]  # pina has no face any more
    aside = named.faces.put_aside()
    assert {state.known for state in aside} == {UNASKED} and len(aside) == EACH
    with pytest.raises(UsageError, match="non è nell'archivio"):
        named.faces.faces_in(tmp_path / "foto" / "altrove.png")
    paint(tmp_path / "foto" / "nuova.png", (1, 2, 3))
    named.index()
    with pytest.raises(UsageError, match="non sono stati ancora cercati"):
        named.faces.faces_in(tmp_path / "foto" / "nuova.png")
    assert named.faces.faces_in(tmp_path / "foto" / "mare.png") == []


def test_one_face_is_corrected(named: Library, tmp_path: Path) -> None:
    (wrong,) = ids(named, "rosa1")
    assert named.faces.take_off([wrong]) == ["rosa"]
    assert "rosa1" not in photos_with(named, "rosa") and "rosa0" in photos_with(named, "rosa")
    assert named.faces.name([wrong], "Zia Nina") == "Zia Nina"  # a group of one is never asked
    assert photos_with(named, "zia nina") == ["rosa1"]
    assert named.faces.name([wrong], "rosa") == "rosa"  # said again, after it was denied
    assert "rosa1" in photos_with(named, "rosa") and "Zia Nina" not in named.faces.names()
    with FaceStore.open(named.settings.faces) as store:
        assert store.person("zia nina") is not None
        assert not [pair for pair in store.table().refused if pair[0] == wrong]


def test_no_face_and_do_not_ask_are_revoked(named: Library, tmp_path: Path) -> None:
    (rosa,), (pina,) = ids(named, "rosa1"), ids(named, "pina0")
    named.faces.not_faces([rosa])
    known = {state.face_id: state.known for state in named.faces.put_aside()}
    assert (known[rosa], known[pina]) == (NO_FACE, UNASKED)
    named.faces.ask_again([rosa, *(state.face_id for state in named.faces.put_aside())])
    assert named.faces.put_aside() == []
    assert "rosa1" in photos_with(named, "rosa")  # it is like hers
    asked = named.faces.questions()
    assert [(len(q.faces), q.person) for q in asked] == [(EACH, "")]
    assert named.faces.faces_in(tmp_path / "foto" / "pina0.png")[0].known == NEW


def test_a_name_taken_off_is_asked_again(named: Library) -> None:
    assert named.faces.take_name_off("rosa") == EACH + 1
    assert photos_with(named, "ugo") and named.faces.names() == ["ugo"]
    (question,) = named.faces.questions()
    assert len(question.faces) >= EACH and not question.person
    assert named.faces.name(question.faces, "rosa") == "rosa"
    assert len(named.faces.faces_of("rosa")) == EACH + 1


def test_a_person_gets_another_name(named: Library) -> None:
    assert named.faces.rename("rosa", " Rosa  Maria ") == "Rosa Maria"
    assert named.faces.names() == ["Rosa Maria", "ugo"]
    assert len(photos_with(named, "rosa maria")) == EACH + 1
    assert named.faces.rename("rosa maria", "ugo", merge=True) == "ugo"
    assert len(photos_with(named, "ugo")) == 2 * EACH + 1


def test_faces_of_one_frame_group_are_corrected_together(named: Library) -> None:
    """Of groups whose numbers an earlier grouping gave: a later one does not mix them."""
    with FaceStore.open(named.settings.faces) as store:
        table = store.table()
        said = table.known == CONFIRMED
        assert not set(table.groups[said]) & set(table.groups[~said])


def test_an_undo_after_photos_went_and_names_came(named: Library, tmp_path: Path) -> None:
    named.faces.merge("rosa", "ugo")
    (tmp_path / "foto" / "rosa0.png").unlink()
    named.index()
    named.clean(confirmed=True)  # deletes the face
    named.faces.name([named.faces.put_aside()[0].face_id], "Rosa")
    with FaceStore.open(named.settings.faces) as store, store.transaction():
        # As if a file had brought the name, which nobody undoes.
        store.connection.execute("DELETE FROM actions WHERE id = (SELECT max(id) FROM actions)")
    assert named.faces.undo() is not None
    own = {state.face_id for state in named.faces.faces_of("rosa")}
    assert len(own) == EACH + 1  # without the deleted one, with the new one
    assert len(named.faces.faces_of("ugo")) == EACH
    with FaceStore.open(named.settings.faces) as store:
        store.verify()


def test_forgetting_forgets_what_could_be_undone(named: Library) -> None:
    named.faces.rename("rosa", "Rosalinda")
    named.faces.merge("Rosalinda", "ugo")
    named.faces.forget("ugo", confirmed=True)
    assert named.faces.last_action() is None
    content = named.settings.faces.read_bytes().lower()
    assert b"rosa" not in content and b"ugo" not in content
