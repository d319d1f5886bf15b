"""A damaged file of faces is told, mended, and stops nothing but what is about faces."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cercafoto import Library, Question, Settings
from cercafoto.archive.local import checked_file, checksums, face_tables
from cercafoto.archive.local.face_store import FaceStore
from cercafoto.archive.local.face_tables import FACE_TABLES, VERSION
from cercafoto.errors import ArchiveError
from cercafoto.indexing.completion_names import names_of
from tests.conftest import paint
from tests.faces.conftest import EACH, PEOPLE, name_all
from tests.faces.test_album import photos_with
from tests.support.web_client import visitor

Cli = Callable[..., tuple[int, str, str]]
SEED, A_PAGE = 5, 7  # bytes flipped in each page


@pytest.fixture
def named(family: Library, tmp_path: Path) -> Library:
    """Return an archive with rows in every table of the file of faces."""
    family.faces.find()
    name_all(family)
    for name, colour in (("altra", (246, 16, 26)), ("nuova", (251, 21, 31))):
        paint(tmp_path / "foto" / f"{name}.png", colour)
    family.index()
    family.faces.find()  # the new faces are guessed
    with FaceStore.open(family.settings.faces) as store, store.transaction():
        store.refuse([int(store.table().ids[-1])], 1)
    return family


def answers(settings: Settings) -> list[object]:
    """Return what is shown of people. Raises ArchiveError if damage is told."""
    library = Library(settings)
    if problem := library.photos.people_problem():
        raise problem
    found: list[object] = [sorted(library.photos.people()), library.faces.names()]
    found += [photos_with(library, name) for name in PEOPLE]
    for question in library.faces.questions():
        found.append((question, library.faces.shown(question.faces, 9)))
    with library.archive.reading() as archive:
        for content in range(1, 16):
            found.append(archive.people.regions_of(content))
            found.append(archive.people.faces.boxes_of(content))  # type: ignore[attr-defined]
    found.append(library.status().senses["volti"].lacking)
    return found


def test_every_table_is_declared_and_has_rows(named: Library) -> None:
    with closing(sqlite3.connect(named.settings.faces)) as db:
        there = {
            name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")
        }
        assert there == {table.name for table in FACE_TABLES}
        for table in FACE_TABLES:
            assert db.execute(f"SELECT 1 FROM {table.name}").fetchone(), table.name
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({table.name})")]
            if table.columns:
                assert columns == [*table.columns, "checksum"]


def test_no_flipped_bit_changes_an_answer_silently(named: Library) -> None:
    path = named.settings.faces
    expected, good = answers(named.settings), path.read_bytes()
    size = int.from_bytes(good[16:18], "big")
    chosen = random.Random(SEED)
    told = 0
    for start in range(0, len(good), size):
        used = [at for at in range(start, start + size) if good[at]]
        for at in chosen.sample(used, min(A_PAGE, len(used))):
            bad = bytearray(good)
            bad[at] ^= 1 << chosen.randrange(8)
            path.write_bytes(bad)
            try:
                assert answers(named.settings) == expected, at
            except ArchiveError as error:
                told += 1
                assert "volti" in error.message, at
    assert told > 30


def test_a_large_file_is_checked_whole_after_a_change_and_once_a_day(
    named: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, checks = named.settings.faces, list[object]()

    def opened(**how: bool) -> int:
        checks.clear()
        FaceStore.open(path, **how).close()
        return len(checks)

    check = face_tables.check_file

    def counting(open_file: sqlite3.Connection) -> None:
        checks.append(open_file)
        check(open_file)

    monkeypatch.setattr(face_tables, "check_file", counting)
    assert [opened(), opened()] == [1, 1]  # small
    monkeypatch.setattr(checked_file, "SMALL", 0)
    assert [opened(), opened(), opened(check_again=True), opened()] == [1, 0, 1, 0]
    with FaceStore.open(path) as store, store.transaction():
        store.make_person("Zeno")
    assert [opened(), opened()] == [1, 0]
    shutil.copy2(path, path.with_suffix(".copia"))  # the same size and time, another file
    path.with_suffix(".copia").replace(path)
    assert [opened(), opened()] == [1, 0]
    mark = path.with_name("volti.db.controllato")
    assert mark.stat().st_mode & 0o077 == 0
    a_day_ago = time.time() - checked_file.DAY - 1
    os.utime(mark, (a_day_ago, a_day_ago))
    assert [opened(), opened()] == [1, 0]
    named.faces.forget_all()
    assert not [*path.parent.glob("volti.db*")]


def test_a_row_that_rots_after_a_check_is_not_shown(
    named: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = named.settings.faces
    monkeypatch.setattr(checked_file, "SMALL", 0)
    expected = answers(named.settings)
    before, good = path.stat(), path.read_bytes()
    name = next(iter(PEOPLE)).encode()
    for at in range(len(good)):
        if good.startswith(name, at):
            with path.open("r+b") as stream:
                stream.seek(at)
                stream.write(bytes([name[0] ^ 1]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert checked_file.is_checked(path)
    with pytest.raises(ArchiveError, match="volti"):
        assert answers(named.settings) == expected
    assert [finding.kind for finding in named.check().findings if not finding.harmless] == ["faces"]


def rows_of(path: Path) -> dict[str, list[Any]]:
    with FaceStore.open(path) as store:
        return {"names": sorted(store.people().values()), "faces": store.named_faces()}


@pytest.mark.parametrize("kind", ["zero", "cut", "flip"])
def test_what_can_be_read_is_saved(named: Library, kind: str, cli: Cli) -> None:
    path = named.settings.faces
    good, expected = path.read_bytes(), rows_of(path)
    size = int.from_bytes(good[16:18], "big")
    chosen = random.Random(SEED)
    saved = 0
    for page in range(kind == "cut", len(good) // size):
        bad = bytearray(good)
        if kind == "zero":
            bad[page * size : (page + 1) * size] = bytes(size)
        elif kind == "cut":
            del bad[page * size :]
        else:
            used = [at for at in range(page * size, (page + 1) * size) if good[at]]
            bad[chosen.choice(used)] ^= 1 << chosen.randrange(8)
        path.write_bytes(bad)
        before = Library(named.settings).photos.people_problem()
        report = Library(named.settings).check(mend=True)
        kinds = {finding.kind for finding in report.findings}
        if "faces" not in kinds:
            assert before is None
            continue
        found = next(finding for finding in report.findings if finding.kind == "faces")
        if not found.mended:  # the list of tables is not even in the file any more
            assert kind == "cut" and page < 3 and "--tutto" in found.hint, (kind, page)
            continue
        after = rows_of(path)
        assert set(after["faces"]) <= set(expected["faces"]) or "names" in kinds, (kind, page)
        lost = len(expected["faces"]) - len(after["faces"])
        assert not lost or "perdute" in found.message or "names" in kinds, (kind, page)
        saved += not lost
        assert "faces" not in {f.kind for f in Library(named.settings).check().findings}
        (aside,) = path.parent.glob("volti.db.danneggiato-*")
        assert aside.read_bytes() == bytes(bad)
        aside.unlink()
        assert not [*path.parent.glob("volti.db.nuovo*")]
    assert saved >= 3


def test_a_lost_vector_costs_no_name_and_a_damaged_name_is_told(named: Library, cli: Cli) -> None:
    path = named.settings.faces
    with closing(sqlite3.connect(path)) as db:
        vectors = [v for (v,) in db.execute("SELECT vector FROM vectors ORDER BY face LIMIT 3")]
    content = path.read_bytes()
    for vector in vectors:
        content = content.replace(vector, bytes(len(vector)))
    path.write_bytes(content.replace(b"pina", b"pjna"))
    code, out, _ = cli("persone")
    assert code == 1
    code, out, _ = cli("controlla")
    assert code == 1 and "file dei volti" in out and "controlla --ripara" in out
    out = cli("controlla", "--ripara")[1]
    assert "numeri di volti: 3" in out and "«pjna»" in out and "persone attiva" in out
    assert "volti: " not in out.split("Righe perdute")[1].replace("numeri di volti: ", "")
    assert {name for name, _ in named.photos.people()} == {"pjna", "rosa", "ugo"}
    assert len(photos_with(named, "rosa")) >= EACH
    named.faces.find()


def crafted(path: Path, *statements: str, values: tuple[object, ...] = ()) -> None:
    """Change rows with right checksums, as an evil program would."""
    with closing(sqlite3.connect(path)) as db:
        checksums.register(db)
        made = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in made:
            db.execute(f"DROP TRIGGER {name}")
        for sql in statements:
            db.execute(sql, values if "?" in sql else ())
        for table in FACE_TABLES:
            text = (
                f"CAST(row_text({', '.join(table.columns)}) AS BLOB)" if table.columns else "vector"
            )
            with suppress(sqlite3.OperationalError):  # of what is no text there is no checksum
                db.execute(f"UPDATE {table.name} SET checksum = crc32({text})")
        for _, sql in made if "no table" not in statements else ():
            with suppress(sqlite3.OperationalError):
                db.execute(sql)
        db.commit()


NAN = np.full(128, np.nan, "<f2").tobytes()


def become_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "version -1": lambda path: crafted(path, "PRAGMA user_version = -1"),
    "version 0": lambda path: crafted(path, "PRAGMA user_version = 0"),
    "older": lambda path: crafted(path, f"PRAGMA user_version = {VERSION - 1}"),
    "newer": lambda path: crafted(path, "PRAGMA user_version = 99"),
    "a name as blob": lambda path: crafted(path, "UPDATE people SET name = x'ff00' WHERE id = 1"),
    "no UTF-8": lambda path: crafted(
        path, "UPDATE people SET name = CAST(x'7fff' AS TEXT) WHERE id = 1"
    ),
    "short vectors": lambda path: crafted(path, "UPDATE vectors SET vector = x'00'"),
    "text vectors": lambda path: crafted(path, "UPDATE vectors SET vector = 'abc'"),
    "NaN": lambda path: crafted(path, "UPDATE vectors SET vector = ?", values=(NAN,)),
    "a text as place": lambda path: crafted(path, "UPDATE faces SET x = 'qui', person = 'io'"),
    "no table": lambda path: crafted(path, "DROP TABLE guesses"),
    "garbage": lambda path: path.write_bytes(bytes(range(256)) * 40),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-4096]),
    "cut in a page": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    "a folder": become_folder,
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_stops_only_what_is_about_faces(
    named: Library, cli: Cli, kind: str, tmp_path: Path
) -> None:
    settings = named.settings
    DAMAGES[kind](settings.faces)
    photo = tmp_path / "foto" / "mare.png"
    shown = 0
    for command in (
        ["index"],
        ["cerca", "rosso"],
        ["stato"],
        ["stato", "--json"],
        ["cerca", "--come", photo],
        ["tag", "--aggiungi", "vacanze", photo],
        ["cerca", "--spiega", "con rosa al mare"],
        ["pulisci"],
        ["persone"],
        ["cerca", "--persona", "rosa"],
        ["cerca", "mare senza ugo"],
        ["persone", "unisci", "rosa", "ugo"],
        ["persone", "dimentica", "rosa"],
        ["tag", "--xmp", "--persone", "--prova"],
        ["index", "--persone"],
        ["controlla"],
    ):
        code, out, err = cli(*command)
        assert "inatteso" not in err and "Traceback" not in err, (command, err)
        said = " ".join(map(str, command))
        if "person" in said or "ugo" in said:  # about people
            shown += bool(code) and "volti" in err.lower()
        elif command[0] != "controlla":
            assert code == 0, (command, err)
            assert (out + err).lower().count("volti") <= 2, (command, err)
    assert shown, kind
    names_of(settings, "person")
    with visitor(settings) as page:
        assert page.get("/").status_code == 200
        assert page.get("/?q=rosso").status_code == 200
        answer = page.get("/persone/chiedi")
        assert answer.status_code < 500 and "inatteso" not in answer.text
    code, out, err = cli("controlla", "--ripara")
    assert "inatteso" not in err
    if code:  # beyond repair, or another version: it says what to do
        assert "dimentica --tutto" in out or "persone attiva" in out or "Aggiorna" in out
    else:
        assert Library(settings).photos.people_problem() is None
    if kind != "a folder":
        assert cli("persone", "dimentica", "--tutto", "--conferma")[0] == 0
        assert not [*settings.archive.glob("volti*")]
        assert cli("persone", "attiva", "--conferma")[0] == 0


def test_forgetting_follows_no_link_and_leaves_no_log(
    named: Library, cli: Cli, tmp_path: Path
) -> None:
    path = named.settings.faces
    other = tmp_path / "importante.txt"
    for link in (path, path.with_name("volti.db-journal"), path.with_name("volti.db-wal")):
        shutil.copyfile(path, tmp_path / "copia.db")
        other.write_text("da tenere")
        link.unlink(missing_ok=True)
        link.symlink_to(other)
        path.with_name("volti.db-shm").write_bytes(b"x")
        if link != path:
            path.unlink(missing_ok=True)
            shutil.copyfile(tmp_path / "copia.db", path)
        assert cli("persone", "dimentica", "--tutto", "--conferma")[0] == 0
        assert other.read_text() == "da tenere"
        assert not [*path.parent.glob("volti*")]
        shutil.copyfile(tmp_path / "copia.db", path)


def test_forgetting_a_name_clears_the_last_search_and_tells_the_rest(
    named: Library, cli: Cli, tmp_path: Path
) -> None:
    settings = named.settings
    assert cli("cerca", "--persona", "rosa", "--salva", "Festa di Rosa")[0] == 0
    named.collections.keep("Altro", Question(("rosati",)))
    cli("tag", "--aggiungi", "nonna rosa", tmp_path / "foto" / "rosa0.png")
    damaged = settings.faces.with_name("volti.db.danneggiato-20250101-000000")
    shutil.copyfile(settings.faces, damaged)
    last = settings.archive / "ultima_ricerca.json"
    assert b"rosa" in last.read_bytes()
    told = cli("persone", "dimentica", "rosa")[2]
    assert "«Festa di Rosa»" in told and "«nonna rosa»" in told and "Altro" not in told
    assert last.exists() and damaged.exists()
    told = cli("persone", "dimentica", "rosa", "--conferma")[2]
    assert "«Festa di Rosa»" in told and "«nonna rosa»" in told
    assert not last.exists() and not damaged.exists()
    assert names_of(settings, "person") == ["pina", "ugo"]
    bearing = [
        path.name
        for path in settings.archive.rglob("*")
        if path.is_file() and b"rosa" in path.read_bytes().lower()
    ]
    assert {name.split(".")[0] for name in bearing} <= {"catalogo"}
    assert cli("cerca", "--piu", "1")[0] == 2


def test_half_an_action_is_not_undone(named: Library) -> None:
    path = named.settings.faces
    named.faces.rename("rosa", "Rosalinda")
    good = path.read_bytes()
    with closing(sqlite3.connect(path)) as db:
        ((vector,),) = db.execute("SELECT vector FROM vectors LIMIT 1").fetchall()
    # A vector is lost: what people gave is whole, and can be undone.
    path.write_bytes(good.replace(vector, bytes(len(vector))))
    assert named.check(mend=True).findings
    undone = named.faces.undo()
    assert undone is not None and undone.who == "rosa → Rosalinda"
    assert "rosa" in named.faces.names()
    # A row of an action is damaged.
    path.write_bytes(good.replace("rosa → Rosalinda".encode(), "rosa → Rosalindo".encode()))
    (found,) = (each for each in named.check(mend=True).findings if each.kind == "faces")
    assert "azioni da annullare" in found.message and found.mended
    assert named.faces.undo() is None
    assert "Rosalinda" in named.faces.names()
