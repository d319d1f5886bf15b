"""A later edition looks again at photos, and what was said of a face stays with the face."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cercafoto import Library
from cercafoto.archive.local.face_store import FaceStore
from cercafoto.archive.local.face_tables import EDITION, FIRST, NEVER_AGAIN, VERSION
from cercafoto.errors import ArchiveError
from cercafoto.faces import face_models, face_run
from cercafoto.faces.face_models import Face, FaceModels
from tests.conftest import paint
from tests.faces.conftest import EACH, PEOPLE, name_all
from tests.faces.test_album import photos_with
from tests.support.face_rows import differences, rows_of
from tests.support.older_faces import make_older
from tests.support.painted_faces import BOX, PaintedFaces, vector

SMALL = (0.02, 0.02, 0.05, 0.05)
MOVED = (0.26, 0.24, 0.49, 0.51)  # where the new edition finds the face of BOX


class Finer(PaintedFaces):
    """Finds the painted face a little beside, and a small one that is everywhere the same."""

    def faces(self, picture: Image.Image, turned_by_file: bool) -> list[Face]:
        found = [Face(MOVED, face.score, face.vector) for face in super().faces(picture, True)]
        small = [Face(SMALL, 0.9, vector((202, 201, 200)))] if found else []
        return [*small, *found]


@pytest.fixture
def older(family: Library) -> Library:
    """Return an archive with names and refusals, whose file of faces is of version 3."""
    family.faces.find()
    name_all(family)
    (first, *_) = family.faces.faces_of("rosa")
    family.faces.deny([first.face_id], "rosa")
    family.faces.not_faces([family.faces.faces_of("ugo")[0].face_id])
    make_older(family.settings.faces)
    return family


def test_an_older_file_is_taken_over(older: Library) -> None:
    path = older.settings.faces
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION - 1,)
        before = {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in ("faces",)}
    assert not older.faces.is_older
    assert sorted(older.photos.people()) == [("pina", EACH), ("rosa", EACH - 1), ("ugo", EACH - 1)]
    assert rows_of(path)["faces"] == before["faces"]
    assert {edition for _, edition, *_ in rows_of(path)["editions"]} == {FIRST}
    assert older.faces.last_action() is None
    assert older.status().senses["volti"].lacking == 13
    assert Library(older.settings).check(full=True).sound


@pytest.mark.parametrize("edition", range(FIRST, EDITION))
def test_names_refusals_and_groups_stay_with_the_faces(
    older: Library, monkeypatch: pytest.MonkeyPatch, edition: int
) -> None:
    with FaceStore.open(older.settings.faces) as store:
        with store.transaction():
            store.connection.execute("UPDATE editions SET edition = ?", (edition,))
        before, names = store.table(), store.people()
        said = {name: store.named_faces() for name in ("all",)}
    monkeypatch.setattr(face_run, "FaceModels", Finer)
    report = older.faces.find()
    assert (report.read, report.found) == (13, 2 * len(before.ids))
    with FaceStore.open(older.settings.faces) as store:
        after = store.table()
        assert store.people() == names
        of = {(face.digest, face.name, face.is_said) for face in said["all"]}
        assert {(face.digest, face.name, face.is_said) for face in store.named_faces()} == of
        assert {face.box for face in store.faces(before.ids.tolist())} == {MOVED}
    old = np.isin(after.ids, before.ids)
    assert old.sum() == len(before.ids) and (~old).sum() == len(before.ids)
    assert after.refused == before.refused
    assert after.known[old].tolist() == before.known.tolist()
    assert after.people[old].tolist() == before.people.tolist()
    np.testing.assert_allclose(after.vectors[old], before.vectors, atol=1e-3)
    assert len(set(after.groups[~old].tolist())) == 1  # the small ones are alike
    assert older.faces.find().read == 0
    assert older.status().senses["volti"].lacking == 0


def test_a_face_that_is_not_found_again_stays_if_somebody_spoke_of_it(
    older: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Blind(PaintedFaces):
        def faces(self, picture: Image.Image, turned_by_file: bool) -> list[Face]:
            return []

    monkeypatch.setattr(face_run, "FaceModels", Blind)
    older.faces.find()
    with FaceStore.open(older.settings.faces) as store:
        kept = len(store.named_faces())
        assert kept == 3 * EACH - 2
        assert len(store.table().ids) == kept + 2  # the refused one, and what is no face


def test_an_interrupted_look_goes_on(older: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    class Interrupted(Finer):
        def faces(self, picture: Image.Image, turned_by_file: bool) -> list[Face]:
            seen.append(1)
            if len(seen) == 6:
                raise KeyboardInterrupt
            return super().faces(picture, turned_by_file)

    monkeypatch.setattr("cercafoto.looking.catch_up.usable_cores", lambda: 1)
    monkeypatch.setattr(face_run, "FaceModels", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        older.faces.find()
    assert len(photos_with(older, "pina")) == EACH
    monkeypatch.setattr(face_run, "FaceModels", Finer)
    report = older.faces.find()
    assert 0 < report.present < 13 and report.read + report.present == 13
    assert {edition for _, edition, *_ in rows_of(older.settings.faces)["editions"]} == {EDITION}


def test_who_was_forgotten_is_not_found_by_a_later_edition(
    family: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    family.faces.find()
    name_all(family)
    family.faces.forget("rosa", confirmed=True)
    editions = [edition for _, edition, *_ in rows_of(family.settings.faces)["editions"]]
    assert editions.count(NEVER_AGAIN) == EACH
    with FaceStore.open(family.settings.faces) as store, store.transaction():
        store.connection.execute("UPDATE editions SET edition = 1 WHERE edition = ?", (EDITION,))
    assert family.faces.find().read == 13 - EACH
    # A file of version 3 does not say in which photos.
    make_older(family.settings.faces, forgotten=True)
    monkeypatch.setattr(face_run, "FaceModels", Finer)
    assert family.faces.find().read == 0
    assert family.faces.names() == ["pina", "ugo"]


@pytest.mark.parametrize("at", ["CREATE TABLE changes", "INSERT INTO editions", "COMMIT"])
def test_an_upgrade_that_was_cut_short_begins_again(
    older: Library, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    path, connect = older.settings.faces, sqlite3.connect
    before = path.read_bytes()

    class Dying(sqlite3.Connection):
        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
            if sql.strip().startswith(at):
                raise KeyboardInterrupt
            return super().execute(sql, *values)  # type: ignore[arg-type]

    def dying(*given: object, **options: object) -> sqlite3.Connection:
        return connect(*given, **options, factory=Dying)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(sqlite3, "connect", dying)
    with pytest.raises(KeyboardInterrupt):
        FaceStore.open(path)
    monkeypatch.setattr(sqlite3, "connect", connect)
    with closing(connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION - 1,)
    assert len(before) == len(path.read_bytes())
    assert len(photos_with(older, "pina")) == EACH


def test_a_damaged_older_file_is_told_and_saved(older: Library) -> None:
    path = older.settings.faces
    names = sorted(PEOPLE)
    content = path.read_bytes()
    with closing(sqlite3.connect(path)) as db:
        ((vector,),) = db.execute("SELECT vector FROM vectors LIMIT 1").fetchall()
        (page,) = db.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'guesses_person'"
        ).fetchone()
    size = int.from_bytes(content[16:18], "big")
    bad = bytearray(content.replace(vector, bytes(len(vector))))
    bad[(page - 1) * size : page * size] = bytes(size)
    path.write_bytes(bad)
    with pytest.raises(ArchiveError, match="danneggiato"):
        FaceStore.open(path)
    assert path.read_bytes() == bad
    Library(older.settings).check(mend=True)
    assert older.faces.names() == names


# -- faces of the demo's pictures --------------------------------------------------------------


def astronaut(side: int) -> Image.Image:
    """Return a photo of 1600 × 1200 in which the astronaut's picture has `side` pixels."""
    skimage = pytest.importorskip("skimage")
    picture = Image.open(Path(skimage.__file__).with_name("data") / "astronaut.png").convert("RGB")
    photo = Image.new("RGB", (1600, 1200), (120, 130, 140))
    photo.paste(picture.resize((side, side), Image.Resampling.LANCZOS), (700, 400))
    return photo


def test_a_real_face_of_thirty_pixels_is_found_and_is_hers(monkeypatch: pytest.MonkeyPatch) -> None:
    models = FaceModels()
    (large,) = models.faces(astronaut(1100), turned_by_file=True)
    (small,) = models.faces(astronaut(170), turned_by_file=True)
    assert 24 <= min(small.box[2] * 1600, small.box[3] * 1200) < 40
    assert float(large.vector @ small.vector) > 0.45
    monkeypatch.setattr(face_models, "SMALLEST", 40)
    assert models.faces(astronaut(170), turned_by_file=True) == []


def test_nothing_changes_but_the_faces_that_are_new(
    older: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found at the same places, faces keep their rows."""
    with FaceStore.open(older.settings.faces):
        before = rows_of(older.settings.faces)
    older.faces.find()
    changed = {table for table, _ in differences(rows_of(older.settings.faces), before)}
    assert changed == {"editions"}
    paint(tmp_path / "foto" / "altra.png", (246, 16, 26))
    older.index()
    older.faces.find()
    assert BOX in {row[2:6] for row in rows_of(older.settings.faces)["faces"]}
