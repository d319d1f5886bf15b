"""Each correction of faces is killed at its writes: it is done or not, and never half."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cercafoto import Library, Settings
from cercafoto.archive.local.face_store import FaceStore
from tests.faces.conftest import family, name_all, painted
from tests.faces.test_corrections import ids
from tests.support.face_rows import Rows, rows_of
from tests.support.faults import KILL, KILLED, FaultServer

__all__ = ["family", "painted"]  # fixtures
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing forks there")

VERBS = {
    "rinomina": ["rinomina", "rosa", "Rosalinda"],
    "rinomina --conferma": ["rinomina", "rosa", "ugo", "--conferma"],
    "unisci": ["unisci", "rosa", "ugo"],
    "togli-nome": ["togli-nome", "rosa"],
    "correggi --nome": ["correggi", "{0}", "{1}", "--nome", "zia Nina"],
    "correggi --non-lei": ["correggi", "{0}", "--non-lei"],
    "correggi --non-volto": ["correggi", "{0}", "--non-volto"],
    "correggi --non-chiedere": ["correggi", "{0}", "--non-chiedere"],
    "correggi --richiedi": ["correggi", "{2}", "--richiedi"],
    "annulla": ["annulla"],
}


@pytest.fixture
def server(
    family: Library, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FaultServer]:
    family.faces.find()
    name_all(family)
    family.faces.not_faces(ids(family, "pina0"))
    monkeypatch.setenv("CERCAFOTO_ARCHIVIO", str(settings.archive))
    monkeypatch.setenv("CERCAFOTO_CONFIGURAZIONE", str(tmp_path / "configurazione"))
    monkeypatch.setenv("CERCAFOTO_MODELLI", str(settings.models))
    with FaultServer() as running:
        yield running


def given(path: Path) -> Rows:
    """Return the rows that people gave; the time of an action left out."""
    with FaceStore.open(path) as store:
        store.verify()
    rows = rows_of(path, history=True)
    rows["actions"] = [(*row[:3], row[4]) for row in rows["actions"]]
    return rows


def test_a_kill_loses_nothing(family: Library, server: FaultServer) -> None:
    path = family.settings.faces
    faces = [*map(str, ids(family, "rosa0", "rosa1", "pina0"))]
    whole = path.read_bytes()
    before = given(path)
    for verb, words in VERBS.items():
        line = ["persone", *(word.format(*faces) for word in words)]
        code, writes, said = server.run(line)
        assert code == 0 and writes >= 2, (verb, said)
        after = given(path)
        assert after != before, verb
        for at in range(1, writes + 1):
            path.write_bytes(whole)
            code, _, said = server.run(line, at, KILL)
            assert code == KILLED, (verb, at, said)
            left = given(path)  # SQLite rolls back what was half written
            assert left in (before, after), (verb, at)
            if left == before:
                code, _, said = server.run(line)
                assert code == 0, (verb, at, said)
                assert given(path) == after, (verb, at)
        path.write_bytes(whole)
