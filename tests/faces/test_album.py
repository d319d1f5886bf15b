"""Faces: found only on request, named, kept apart from other data, and forgotten for good."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cercafoto import Library, Question, Settings
from cercafoto.archive.local.face_store import FaceStore, FaceTable
from cercafoto.errors import ArchiveError, UsageError
from cercafoto.faces import face_run
from cercafoto.faces.questions import Confirmation
from cercafoto.indexing.completion_names import names_of
from cercafoto.indexing.watcher import Watcher
from cercafoto.looking import catch_up as catching
from cercafoto.photos.decoding import decoder_processes
from cercafoto.photos.person import on_a_face
from cercafoto.question.filters.filter import Filters
from tests.conftest import paint
from tests.faces.conftest import EACH, PEOPLE, name_all
from tests.support.painted_faces import BOX, PaintedFaces, interrupted_at, vector

Cli = Callable[..., tuple[int, str, str]]


def photos_with(library: Library, *people: str) -> list[str]:
    query = library.parse(Question(typed=Filters(people=people)))
    return sorted(Path(hit.path.decode()).stem for hit in library.search(query, 50).hits)


def test_before_somebody_asks_there_is_nothing(
    family: Library, cli: Cli, tmp_path: Path, settings: Settings
) -> None:
    assert cli("index", tmp_path / "foto")[0] == 0
    assert cli("persone")[0] == 0
    assert not family.faces.is_active
    code, _, told = cli("persone", "attiva")  # explains, but nobody is there to answer
    assert code == 2 and "128 numeri" in told and "--conferma" in told
    code, _, told = cli("persone", "attiva", tmp_path / "fota")
    assert code == 2 and "non esiste" in told and "128 numeri" not in told
    with pytest.raises(ArchiveError, match="non sono attivi"):
        family.faces.questions()
    with pytest.raises(UsageError, match="non esiste"):
        family.faces.find([tmp_path / "fota"])
    assert not settings.faces.exists()
    settings.catalog.unlink()  # there is no archive
    code, _, told = cli("persone", "attiva")
    assert code and "non esiste ancora" in told and "128 numeri" not in told


def test_groups_are_named_and_then_answer_questions(family: Library) -> None:
    report = family.faces.find()
    assert (report.read, report.found, report.problems) == (13, 12, ())
    asked = family.faces.questions()
    assert [(len(q.faces), q.photos, q.person) for q in asked] == [(EACH, EACH, "")] * 3
    name_all(family)
    assert family.faces.questions() == [] and family.faces.names() == sorted(PEOPLE)
    assert sorted(family.photos.people()) == [(name, EACH) for name in sorted(PEOPLE)]
    assert photos_with(family, "Rosa") == [f"rosa{n}" for n in range(EACH)]
    assert photos_with(family, "rosa", "ugo") == []
    query = family.parse(Question(("con pina",)))
    assert len(family.search(query).hits) == EACH
    again = family.faces.find()
    assert (again.read, again.present) == (0, 13)


def test_new_photos_of_a_known_person_are_hers(family: Library, tmp_path: Path) -> None:
    family.faces.find()
    name_all(family)
    paint(tmp_path / "foto" / "altra.png", (246, 16, 26))
    family.index()
    assert "altra" not in photos_with(family, "rosa")  # a plain index looks for no faces
    family.faces.find()
    assert "altra" in photos_with(family, "rosa")
    assert family.faces.questions() == []


def test_the_status_tells_how_many_photos_were_not_looked_at(
    family: Library, tmp_path: Path, cli: Cli
) -> None:
    assert family.status().senses["volti"].lacking is None and "Volti" not in cli("stato")[1]
    family.faces.find()
    assert "cercati in tutte le foto" in cli("stato")[1]
    for name in ("altra", "copia"):
        paint(tmp_path / "foto" / f"{name}.png", (246, 16, 26))
    family.index()
    assert family.status().senses["volti"].lacking == 2
    assert "da cercare in 2 foto: «cercafoto index --persone»" in cli("stato")[1]
    assert json.loads(cli("stato", "--json")[1])["faces_lacking"] == 2


def test_a_watch_looks_for_faces_in_new_photos(
    family: Library, tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(watch: Watcher) -> None:
        paint(tmp_path / "foto" / "altra.png", (246, 16, 26))
        watch._refresh([os.fsencode(tmp_path / "foto")])
        raise KeyboardInterrupt

    monkeypatch.setattr(Watcher, "run", run)
    family.faces.find()
    code, _, told = cli("index", "--persone", "--osserva")
    assert code == 0 and "Volti: 1 foto guardata, 1 volto, 13 già guardate" in told
    assert family.status().senses["volti"].lacking == 0


def test_a_likely_face_is_a_question_and_low_in_an_answer(
    family: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    family.faces.find()
    name_all(family)
    own = np.mean([vector((240 + n, 10 + n, 20 + n)) for n in range(EACH)], axis=0)
    own /= np.linalg.norm(own)
    other = np.random.default_rng(77).normal(size=128)
    other -= (other @ own) * own
    other /= np.linalg.norm(other)
    mixed = (0.43 * own + np.sqrt(1 - 0.43**2) * other).astype(np.float32)
    monkeypatch.setattr("tests.support.painted_faces.vector", lambda colour: mixed)
    paint(tmp_path / "foto" / "forse.png", (130, 130, 130))
    family.index()
    family.faces.find()
    (question,) = family.faces.questions()
    assert (question.person, len(question.faces)) == ("rosa", 1)
    hits = family.search(family.parse(Question(typed=Filters(people=("rosa",))))).hits
    assert Path(hits[-1].path.decode()).stem == "forse"
    assert [hit.word for hit in hits] == ["alta"] * EACH + ["bassa"]
    family.faces.deny(question.faces, "rosa")
    assert family.faces.questions() == [] and "forse" not in photos_with(family, "rosa")


def test_no_face_and_do_not_ask(family: Library) -> None:
    family.faces.find()
    first, second, third = family.faces.questions()
    family.faces.not_faces(first.faces)
    family.faces.do_not_ask(second.faces)
    assert family.faces.questions() == [third]
    with FaceStore.open(family.settings.faces) as store:
        face_run.regroup(store)
    assert [set(q.faces) for q in family.faces.questions()] == [set(third.faces)]


def test_a_name_in_other_letters_is_the_same_person(family: Library) -> None:
    family.faces.find()
    first, second, third = (question.faces for question in family.faces.questions())
    assert family.faces.name(first, "  Zia \0 Pina\x1b") == "Zia Pina"
    assert family.faces.name(second, "ZÌA PINA") == "Zia Pina"
    family.faces.name(third, "Giuseppina")
    family.faces.merge("giuseppina", "zia pina")
    with pytest.raises(UsageError, match="già la stessa persona"):
        family.faces.merge("Zia Pina", "zia pina")
    assert family.photos.people() == [("Zia Pina", 3 * EACH)]
    for wrong in ("", " ", "12", "x" * 81):
        with pytest.raises(UsageError):
            family.faces.name(first, wrong)
    with pytest.raises(UsageError, match="nessuno di nome"):
        family.faces.merge("Nessuna", "zia pina")


def test_faces_may_be_deleted_while_a_question_is_shown(family: Library) -> None:
    family.faces.find()
    first = family.faces.questions()[0].faces
    for answer in (family.faces.name, family.faces.deny):
        with pytest.raises(UsageError, match="non ci sono più"):
            answer([99], "Zia Pina")
    assert family.faces.names() == []
    assert family.faces.name([*first, 99], "Zia Pina") == "Zia Pina"
    family.faces.deny([first[0], 99], "Zia Pina")
    assert family.photos.people() == [("Zia Pina", EACH - 1)]


def test_names_of_files_and_of_faces_add_up(family: Library, tmp_path: Path) -> None:
    (tmp_path / "foto" / "ugo0.png.json").write_text('{"people": [{"name": "Rosa"}]}')
    (tmp_path / "foto" / "mare.png.json").write_text('{"people": [{"name": "Bruno"}]}')
    family.index()
    family.faces.find()
    name_all(family)
    assert dict(family.photos.people()) == {"Bruno": 1, "Rosa": EACH + 1, "pina": EACH, "ugo": EACH}
    assert names_of(family.settings, "person") == ["Bruno", "pina", "Rosa", "ugo"]
    assert photos_with(family, "ROSA") == [*(f"rosa{n}" for n in range(EACH)), "ugo0"]
    with family.archive.reading() as archive:
        content = archive.photos.content_at(os.fsencode(tmp_path / "foto" / "ugo0.png"))
        assert content is not None
        named = {region.name: region.box for region in archive.people.regions_of(content)}
    assert named == {"Rosa": None, "ugo": BOX}


def test_an_interrupted_run_goes_on(family: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catching, "usable_cores", lambda: 1)
    monkeypatch.setattr(face_run, "FaceModels", interrupted_at(6))
    with pytest.raises(KeyboardInterrupt):
        family.faces.find()
    monkeypatch.setattr(face_run, "FaceModels", PaintedFaces)
    assert family.faces.questions() == []  # faces without a group form no group together
    report = family.faces.find()
    assert report.read + report.present == 13 and report.present > 0
    assert len(family.faces.questions()) == 3


def test_a_hostile_photo_costs_one_photo(
    family: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_decoders: object
) -> None:
    crashing = (
        "import os, sys\nsys.path += sys.argv[1:]\n"
        "from cercafoto.photos.decoding import decoder_worker as worker\n"
        "read = worker.read_photo\n"
        "worker.read_photo = lambda path, *rest: "
        "os.abort() if b'ugo2' in path else read(path, *rest)\n"
        "worker.main()\n"
    )
    monkeypatch.setattr(decoder_processes, "PROGRAM", crashing)
    report = family.faces.find()
    ((path, why),) = report.problems
    assert path.endswith(b"ugo2.png") and "si è bloccato di colpo" in why
    assert (report.read, report.found) == (12, 11)
    assert family.faces.find().problems == ()  # not tried again


def test_a_damaged_copy_does_not_hide_the_photo(family: Library, tmp_path: Path) -> None:
    copy = tmp_path / "foto" / "altra copia.png"  # the first of its content
    copy.write_bytes((tmp_path / "foto" / "rosa0.png").read_bytes())
    family.index()
    copy.write_bytes(copy.read_bytes()[:60])
    report = family.faces.find()
    assert (report.read, report.found, report.problems) == (13, 12, ())


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_only_the_owner_reads_the_file(family: Library) -> None:
    before = os.umask(0o022)
    try:
        family.faces.find()
        path = family.settings.faces
        with FaceStore.open(path) as store, store.transaction():
            store.make_person("prova")
            beside = [*path.parent.glob("volti.db*")]
            assert len(beside) == 2  # with the journal
            assert {stat.S_IMODE(each.stat().st_mode) for each in beside} == {0o600}
    finally:
        os.umask(before)


def test_copies_and_the_catalogue_have_no_faces(family: Library, tmp_path: Path) -> None:
    family.faces.find()
    name_all(family)
    family.faces.name([1, 2, 3], "Zia Pina")
    family.copy(tmp_path / "copia")
    assert (tmp_path / "copia" / "catalogo.sqlite3").exists()
    assert not list((tmp_path / "copia").rglob("volti*"))
    named = [
        path
        for path in family.settings.archive.rglob("*")
        if path.is_file() and b"Zia Pina" in path.read_bytes()
    ]
    assert named == [family.settings.faces]


def test_names_outlive_a_new_archive_but_not_deleted_photos(
    family: Library, settings: Settings, tmp_path: Path
) -> None:
    family.faces.find()
    name_all(family)
    for path in settings.archive.glob("catalogo*"):
        path.unlink()
    again = Library(settings)
    again.index([tmp_path / "foto"])
    assert photos_with(again, "rosa") == [f"rosa{n}" for n in range(EACH)]
    for n in range(EACH):
        (tmp_path / "foto" / f"rosa{n}.png").unlink()
    again.index()
    again.clean(confirmed=True)
    with FaceStore.open(settings.faces) as store:
        assert (len(store.digests()), len(store.table().ids)) == (9, 8)


def test_forgetting_leaves_no_byte(family: Library, cli: Cli, settings: Settings) -> None:
    family.faces.find()
    name_all(family)
    with sqlite3.connect(settings.faces) as db:
        vectors = dict(
            db.execute(
                "SELECT vector, name FROM faces JOIN vectors ON face = faces.id "
                "JOIN people ON people.id = person"
            )
        )
    db.close()
    before = settings.faces.read_bytes()
    assert all(each in before for each in vectors) and b"rosa" in before
    assert "4 volti di rosa" in cli("persone", "dimentica", "rosa")[2]
    assert settings.faces.read_bytes() == before  # only said
    assert cli("persone", "dimentica", "rosa", "--conferma")[0] == 0
    after = settings.faces.read_bytes()
    assert b"rosa" not in after
    for each, name in vectors.items():
        assert (each in after) is (name != "rosa")
    assert [name for name, _ in family.photos.people()] == ["pina", "ugo"]
    assert family.faces.find().read == 0  # nor is she found again
    kept = settings.faces.with_name("altrove")
    os.link(settings.faces, kept)  # keeps the bytes of the deleted file
    assert cli("persone", "dimentica", "--tutto", "--conferma")[0] == 0
    assert not settings.faces.exists() and family.photos.people() == []
    assert not any(each in kept.read_bytes() for each in vectors)


def test_a_damaged_file_can_be_deleted(family: Library, cli: Cli, settings: Settings) -> None:
    family.faces.find()
    content = bytearray(settings.faces.read_bytes())
    for damaged in (b"x" * len(content), content[:100] + b"x" * (len(content) - 100)):
        settings.faces.write_bytes(damaged)
        code, _, told = cli("cerca", "--persona", "rosa")
        assert code == 1 and "è danneggiato" in told and "dimentica --tutto --conferma" in told
    assert cli("persone", "dimentica", "--tutto", "--conferma")[0] == 0
    assert not settings.faces.exists()
    assert "non ci sono volti" in cli("persone", "dimentica", "--tutto")[2]


def test_a_file_of_another_version(family: Library, settings: Settings, cli: Cli) -> None:
    family.faces.find()
    name_all(family)
    for version, said in ((99, "versione più recente"), (2, "versione precedente")):
        db = sqlite3.connect(settings.faces)
        db.execute(f"PRAGMA user_version = {version}")
        db.close()
        with pytest.raises(ArchiveError, match=said):
            family.faces.questions()
        code, out, _ = cli("controlla", "--ripara")
        assert code == 1 and said in out  # and nothing is changed
    code, _, told = cli("persone", "attiva")
    assert code == 2 and "si perdono" in told and "--conferma" in told
    assert cli("persone", "attiva", "--conferma")[0] == 0
    assert family.faces.names() == [] and len(family.faces.questions()) == len(PEOPLE)


def test_index_finds_faces_only_on_request(family: Library, cli: Cli) -> None:
    code, _, told = cli("index", "--persone")
    assert code == 2 and "Per attivarli: cercafoto persone attiva --conferma" in told
    assert not family.faces.is_active
    family.faces.find()
    code, _, told = cli("index", "--persone")
    assert code == 0 and "13 già guardate" in told


def test_a_face_tells_which_way_a_program_meant_its_box(family: Library) -> None:
    """Some programs write a turned photo's box in stored coordinates, others as displayed."""
    family.faces.find()
    with family.archive.reading() as archive, FaceStore.open(family.settings.faces) as store:
        (face,) = store.faces([1])
        content = archive.photos.content_of(face.digest)
        assert content is not None
        assert archive.people.faces.boxes_of(content) == [BOX]  # type: ignore[attr-defined]
    beside = (0.05, 0.25, 0.2, 0.5)
    near = (0.3, 0.3, 0.5, 0.5)
    assert on_a_face(beside, near, [BOX]) == near
    assert on_a_face(near, beside, [BOX]) == near
    assert on_a_face(beside, (0.7, 0.7, 0.2, 0.2), [BOX]) == beside
    assert on_a_face(beside, near, []) == beside


def test_of_two_faces_in_a_photo_one_gets_the_name(family: Library) -> None:
    family.faces.find()
    first = family.faces.questions()[0].faces
    with FaceStore.open(family.settings.faces) as store, store.transaction():
        (twin,) = store.faces([first[0]])
        store.write(b"x" * 32, [])
        for face in (first[1], first[2]):  # both in the photo of the twin
            store.connection.execute(
                "UPDATE faces SET digest = ? WHERE id = ?", (twin.digest, face)
            )
    family.faces.name(first, "Ugo")
    with FaceStore.open(family.settings.faces) as store:
        table = store.table()
        assert len(store.named_faces()) == 2 and len({f.digest for f in store.named_faces()}) == 2
        assert len(table.refused) == 2


def test_faces_are_read_once_and_again_after_a_change(
    family: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    family.faces.find()
    album, reads, table = family.faces, list[FaceStore](), FaceStore.table

    def counted(store: FaceStore) -> FaceTable:
        reads.append(store)
        return table(store)

    monkeypatch.setattr(FaceStore, "table", counted)
    questions = album.questions()
    assert album.people() == [] and album.names() == [] and album.put_aside() == []
    assert album.gain(questions).answers == len(questions) and len(reads) == 1
    for group, name in zip(questions, PEOPLE, strict=True):
        family.faces.name(group.faces, name)  # another program, at the same moment
        assert name in album.names()


def test_answers_about_one_person_in_other_letters_count_as_one(family: Library) -> None:
    family.faces.find()
    first, second, _ = family.faces.questions()
    both = [Confirmation("Zia Pina", first.faces), Confirmation("zia pina", second.faces)]
    assert family.faces.confirm(both) == ["Zia Pina"]
    assert len(photos_with(family, "zia pina")) == 2 * EACH
