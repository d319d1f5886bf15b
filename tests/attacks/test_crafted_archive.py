"""An archive that somebody else made: whatever it says, no command writes, moves or deletes a file
outside of it by itself."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest

from cercafoto import Library, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.model_settings import COLLECTIONS_FOLDER
from cercafoto.assistants.photo_tools import PhotoTools
from cercafoto.base.run_journal import coded
from cercafoto.base.seals import KEY, UNSIGNED
from cercafoto.errors import CercafotoError
from cercafoto.faces import face_run
from cercafoto.question.question import Question
from tests.conftest import Cli, paint
from tests.support.assistant import ask
from tests.support.painted_faces import PaintedFaces
from tests.support.pressed_keys import on_a_terminal
from tests.support.web_client import visitor

# Command lines without a confirmation of what the archive says. {photo}: an indexed photo.
LINES = (
    "index", "index --riprova", "stato", "stato --problemi", "controlla", "controlla --completo",
    "controlla --ripara", "controlla --copia {copy}", "cerca rosso", "cerca rosso --json",
    "cerca rosso --salva Altra", "dove rosso {photo}", "leggi", "doppioni", "doppioni --annulla",
    "doppioni --annulla --json", "doppioni --confronta {links}", "doppioni --sposta-in {aside}",
    "pulisci", "pulisci --prova", "tag --annulla --prova", "tag --annulla", "tag --annulla --json",
    "tag --aggiungi mare {photo}", "tag --aggiungi monti --xmp {photo}",
    "tag --labels predefinite --soglia 0 --xmp", "tag --dimentica predefinite --xmp",
    "tag --xmp --persone", "raccolte", "raccolte R", "raccolte --nuove", "raccolte R --mai {photo}",
    "raccolte --xmp", "raccolte --senza-cartella", "raccolte --cartella {links}",
    "raccolte --togli R", "persone", "persone attiva", "persone attiva --conferma",
    "persone nomina", "persone unisci Ada Bea", "persone volti", "persone volti Ada",
    "persone volti --foto {photo}", "persone correggi 1 --foto {photo} --nome Bea",
    "persone rinomina Ada Lia", "persone togli-nome Lia", "persone annulla --prova",
    "persone annulla", "persone dimentica Ada --conferma",
    "persone dimentica --tutto --conferma", "modello", "modello elenco", "modello usa tiny",
    "modello scarica", "modello aggiungi {photo}", "modello verifica", "completamento bash",
    "pulisci --conferma", "index",
)  # fmt: skip
# Commands with a test of their own: they show a page or a screen, answer an assistant, or send the
# catalogue away.
APART = {
    "web": "test_the_page_does_nothing_that_an_archive_says",
    "sfoglia": "test_the_screen_does_nothing_that_an_archive_says",
    "mcp": "test_an_assistant_does_nothing_that_an_archive_says",
    "pubblica": "test_what_is_published_does_nothing_that_an_archive_says",
}
Snapshot = dict[str, tuple[str, bytes]]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Return a folder with a person's files that no archive has to do with."""
    folder = tmp_path / "documenti"
    (folder / "R").mkdir(parents=True)
    (folder / "cv.txt").write_text("il mio curriculum")
    (folder / "lista.m3u8").write_text("#EXTM3U\n")
    (folder / "R" / "tesi.odt").write_text("la mia tesi")
    (folder / "R" / "collegamento").symlink_to(folder / "cv.txt")
    (folder / "nota.xmp").write_text("non è di una foto")
    (folder / "doppia.txt").write_text("il mio curriculum")
    return folder


@pytest.fixture
def crafted(
    library: Library, settings: Settings, photos: Path, outside: Path, tmp_path: Path
) -> Settings:
    """Return an archive of these photos that another person has made and altered."""
    shutil.copy2(photos / "rosso.png", photos / "rosso copia.png")
    library.index([photos])
    library.collections.keep("R", Question(("rosso",)))
    library.collections.refresh_folder(tmp_path / "Raccolte")
    library.labels.write_xmp(library.labels.give([photos / "blu.png"], ["mare"]))
    (settings.configuration / KEY).unlink()  # the key of the other person
    with Catalog.create(settings.catalog) as catalog, catalog.transaction():
        for path in (*outside.iterdir(), *(outside / "R").iterdir()):
            catalog.collections.announce(
                (os.fsencode(path), kind, mark, b"0" * 16) for kind, mark in _marks(path)
            )
    write(settings, "doppioni", move(outside, "cv.txt", "doppia.txt"), number=7)
    write(settings, "doppioni", move(outside, "cv.txt", "sparita.txt"), number=8)
    write(settings, "doppioni", move(outside, "R/nuova.odt", "R/tesi.odt"), number=9)
    for number, name in enumerate((".profile", "nota.xmp", "nuova.xmp"), 7):
        write(settings, "xmp", sidecar(outside / name), number=number)
    return settings


def _marks(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_symlink():
        yield "link", os.fsencode(path.readlink())
    elif path.is_file():
        status = path.stat()
        yield "hard", b"%d:%d" % (status.st_dev, status.st_ino)
        for kind in ("copy", "text"):
            yield kind, hashlib.sha256(path.read_bytes()).digest()


def move(folder: Path, source: str, target: str) -> dict[str, Any]:
    """Return the entry of a move that was interrupted: the file is at both places, or at one."""
    known = next(p for p in (folder / target, folder / source) if p.exists() or p.name == "cv.txt")
    return {
        "in": coded(os.fsencode(folder)),
        "files": [
            {
                "from": coded(os.fsencode(folder / source)),
                "to": coded(os.fsencode(folder / target)),
                "sha256": hashlib.sha256(known.read_bytes()).hexdigest(),
            }
        ],
    }


def sidecar(path: Path, before: bytes = b"touch /tmp/preso") -> dict[str, Any]:
    """Return the entry of a sidecar that an undo would write."""
    there = path.read_bytes() if path.exists() else None
    after = None if there is None else hashlib.sha256(there).hexdigest()
    return {"action": 2**62, "sidecar": coded(os.fsencode(path)), "before": coded(before),
            "after": after}  # fmt: skip


def write(settings: Settings, name: str, *entries: Any, number: int) -> Path:
    """Write a journal with these lines, each with a seal that is not this person's."""
    folder = settings.archive / name
    folder.mkdir(exist_ok=True)
    path = folder / f"{number:06}.jsonl"
    lines = (e if isinstance(e, bytes) else json.dumps(e).encode() for e in entries)
    path.write_bytes(b"".join(b"%b %b\n" % (line, b"a1" * 16) for line in lines))
    return path


def snapshot(folder: Path) -> Snapshot:
    """Return path -> (kind, content) of everything in a folder."""
    found: Snapshot = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path)] = "link", os.fsencode(path.readlink())
        else:
            found[str(path)] = ("file", path.read_bytes()) if path.is_file() else ("folder", b"")
    return found


def changes(before: Snapshot, after: Snapshot) -> Mapping[str, object]:
    return dict(before.items() ^ after.items())


def filled(line: str, photos: Path, tmp_path: Path) -> list[str]:
    return [
        word.format(
            photo=photos / "verde.png",
            links=tmp_path / "Raccolte",
            copy=tmp_path / "copia",
            aside=tmp_path / "Doppie",
        )
        for word in line.split()
    ]


class Outside:
    """The files outside of an archive that must stay as they are."""

    def __init__(self, *places: Path) -> None:
        self.places = places
        self.before = [*map(snapshot, places)]

    def check(self, *told: object) -> None:
        after = [*map(snapshot, self.places)]
        assert after == self.before, (*told, [*map(changes, self.before, after)])


@pytest.fixture
def unharmed(crafted: Settings, photos: Path, outside: Path, tmp_path: Path) -> Outside:
    return Outside(outside, photos, tmp_path / "Raccolte")


def test_no_command_does_what_an_archive_says(
    cli: Cli,
    unharmed: Outside,
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    no_sockets: None,
) -> None:
    monkeypatch.setattr(face_run, "FaceModels", PaintedFaces)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for line in LINES:
        code, out, told = cli(*filled(line, photos, tmp_path))
        assert "inattes" not in told, (line, told)
        unharmed.check(line, code, out, told)


def leaves(command: click.Command, context: click.Context, *words: str) -> Iterator[str]:
    """Yield the commands of the program that do something, with the words of their groups."""
    if not isinstance(command, click.Group):
        yield " ".join(words)
        return
    if words and command.invoke_without_command:
        yield " ".join(words)
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        assert below is not None
        yield from leaves(below, click.Context(below, parent=context), *words, name)


def test_every_command_was_tried() -> None:
    from cercafoto.cli.app import program

    listed = {*leaves(program, click.Context(program))}
    tried = {max((c for c in listed if f"{line} ".startswith(f"{c} ")), key=len) for line in LINES}
    assert listed == tried | APART.keys()
    assert not tried & APART.keys() and globals().keys() >= {*APART.values()}


def test_the_page_does_nothing_that_an_archive_says(crafted: Settings, unharmed: Outside) -> None:
    with visitor(crafted) as client:
        for route in client.app.routes:  # type: ignore[attr-defined]
            for method in sorted((getattr(route, "methods", None) or {"GET"}) - {"HEAD"}):
                for value in ("1", "2", "blu"):
                    path = re.sub(r"\{.*?\}", value, route.path)
                    words = {"d": "rosso", "foto": "1", "etichetta": "mare", "nome": "Ada"}
                    sent = {"params": words} if method == "GET" else {"data": words}
                    assert client.request(method, path, **sent).status_code < 500, (method, path)
                    unharmed.check(method, path)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such terminals")
def test_the_screen_does_nothing_that_an_archive_says(crafted: Settings, unharmed: Outside) -> None:
    pytest.importorskip("textual")
    code, screen, _ = on_a_terminal(
        [sys.executable, "-m", "cercafoto", "sfoglia", "rosso"],
        os.environ
        | {
            "CERCAFOTO_ARCHIVIO": str(crafted.archive),
            "CERCAFOTO_MODELLI": str(crafted.models),
            "TERM": "xterm-256color",
        },
        *(b" ", b"d", b"\x1b", b"q"),
    )
    assert code == 0 and b"rosso" in screen
    unharmed.check(screen)


def test_an_assistant_does_nothing_that_an_archive_says(
    crafted: Settings, unharmed: Outside
) -> None:
    tools = PhotoTools(replace(crafted, people=False))
    number = ask(tools, "cerca", domanda="rosso")["photos"][0]["id"]
    for name, given in {
        "foto": {"id": number, "immagine": True},
        "simili": {"id": number},
        "conta": {"filtri": {"raccolta": ["R"]}},
        "raccolte": {},
        "stato": {},
    }.items():
        ask(tools, name, **given)
        unharmed.check(name)
    tools.close()


def test_what_is_published_does_nothing_that_an_archive_says(
    cli: Cli, unharmed: Outside, shared_address: str
) -> None:
    code, out, told = cli("pubblica", shared_address)
    assert code == 0 and "inattes" not in told
    unharmed.check(code, out, told)


def test_what_waits_is_told_with_the_command_that_confirms_it(
    cli: Cli, crafted: Settings, photos: Path, outside: Path, tmp_path: Path
) -> None:
    for _ in range(2):  # it is told each time, and no failure: every photo was indexed
        code, _, told = cli("index")
        assert code == 0 and told.count(UNSIGNED) == 2
    assert "cercafoto doppioni --annulla" in told and "raccolte --cartella" in told
    code, out, told = cli("doppioni", "--annulla")
    assert code == 3 and f"{outside}/R/tesi.odt → {outside}/R/nuova.odt" in out
    assert "cercafoto doppioni --annulla --conferma" in told
    code, out, told = cli("tag", "--annulla")
    assert code == 3 and "cercafoto tag --annulla --conferma" in told
    code, _, told = cli("raccolte", "--cartella", tmp_path / "Raccolte")
    assert code == 2 and "--conferma" in told
    code, _, told = cli("raccolte", "--senza-cartella")
    assert code == 2 and str(outside) in told and "--senza-cartella --conferma" in told
    code, out, _ = cli("controlla")
    assert code == 1 and UNSIGNED in out  # a line about .profile is none of a sidecar
    assert str(crafted.archive / "xmp" / "000007.jsonl") in out.partition(UNSIGNED)[0]


def test_even_confirmed_nothing_leaves_its_place(
    cli: Cli, crafted: Settings, photos: Path, outside: Path, tmp_path: Path
) -> None:
    before = snapshot(outside)
    for line in (
        *("tag --annulla --conferma", "tag --annulla --conferma", "tag --annulla --conferma"),
        *("doppioni --annulla --conferma",) * 4,
        "raccolte --cartella {links} --conferma",
        "index",
        "raccolte --senza-cartella --conferma",
    ):
        _, _, told = cli(*filled(line, photos, tmp_path))
        assert "inattes" not in told, (line, told)
        assert snapshot(outside) == before, (line, told)
    assert os.listdir(tmp_path / "Raccolte") == []


def test_a_folder_of_links_is_no_order_either(
    cli: Cli, crafted: Settings, outside: Path, photos: Path
) -> None:
    with Catalog.create(crafted.catalog) as catalog, catalog.transaction():
        data = {"folder": str(outside), "hard": False, "as_of": [], "seal": "00" * 16}
        catalog.models.put(COLLECTIONS_FOLDER, json.dumps(data))
    before = snapshot(outside)
    for line in ("index", "raccolte --togli R", "raccolte --senza-cartella"):
        cli(*line.split())
        assert snapshot(outside) == before, line
    for damaged in ("{", "[]", "7", '{"folder": 1}', '{"folder": "/x", "hard": 0, "seal": 3}'):
        with Catalog.create(crafted.catalog) as catalog, catalog.transaction():
            catalog.models.put(COLLECTIONS_FOLDER, damaged)
        code, _, told = cli("index")
        assert code == 0 and UNSIGNED in told and "inattes" not in told


MALFORMED = (
    b"{}", b"[]", b"7", b"null", b'{"files": []}', b'{"in": 3, "files": 4}',
    b'{"in": "L3g=", "files": []}', b'{"in": "L3g=", "files": [{"from": "L3gvYQ=="}]}',
    b'{"in": "L3g=", "files": [{"from": "%%%", "to": "L3gvYQ==", "sha256": "00"}]}',
    b'{"action": "x", "sidecar": "L3gueG1w", "before": null, "after": null}',
    b'{"action": ' + b"9" * 40 + b', "sidecar": "L3gueG1w", "before": null, "after": null}',
    b'{"action": 1, "sidecar": "L3gueG1w", "before": 5, "after": null}',
    b'{"action": 1, "sidecar": "Li4vYQ==", "before": null, "after": null}',
    b"[" * 100_000, b"\xff\xfe\x00",
)  # fmt: skip


def test_a_malformed_line_is_damage_of_one_file(cli: Cli, settings: Settings, photos: Path) -> None:
    cli("index", photos)
    made = [write(settings, name, *MALFORMED, number=3) for name in ("doppioni", "xmp")]
    for line in ("index", "doppioni --annulla --prova", "tag --annulla --prova", "stato"):
        assert "inattes" not in cli(*line.split())[2]
    assert cli("index")[0] == 0
    code, out, _ = cli("controlla")
    assert code == 1 and all(str(path) in out for path in made) and "--ripara" in out
    assert cli("controlla", "--ripara")[0] == 0
    assert not any(path.exists() for path in made)
    assert cli("controlla")[0] == 0


@pytest.mark.skipif(os.name != "posix", reason="links")
@pytest.mark.parametrize("name", ["vettori", "xmp", "doppioni", "blocco", "blocco.json",
                                  "catalogo.sqlite3-wal", "volti.db", "etichette"])  # fmt: skip
def test_a_link_in_an_archive_is_refused(
    cli: Cli, settings: Settings, photos: Path, outside: Path, name: str
) -> None:
    cli("index", photos)
    place = settings.archive / name
    shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
    place.symlink_to(outside if "." not in name and name != "blocco" else outside / "cv.txt")
    before = snapshot(outside)
    for line in ("index", "controlla --ripara", "cerca rosso", "tag --annulla", "pulisci"):
        code, _, told = cli(*line.split())
        assert code != 0 and name in told and "inattes" not in told, (line, told)
        assert snapshot(outside) == before, line


def test_a_model_of_the_archive_has_its_vectors_in_the_archive(
    cli: Cli, settings: Settings, library: Library, photos: Path
) -> None:
    cli("index", photos)
    with Catalog.create(settings.catalog) as catalog, catalog.transaction():
        catalog.execute("UPDATE models SET fingerprint = '../../fuori/xxxxxxx'")
    for line in ("controlla", "controlla --ripara", "cerca rosso", "index"):
        cli(*line.split())
        assert not (settings.archive.parent / "fuori").exists()
        assert not (settings.archive / "fuori").exists()


def test_a_row_that_is_no_photo_gets_no_sidecar_and_is_not_moved_or_opened(
    cli: Cli, settings: Settings, photos: Path, outside: Path
) -> None:
    shutil.copy2(photos / "rosso.png", photos / "rosso copia.png")
    cli("index", photos)
    victim = outside / "cv.txt"
    status = victim.stat()
    with Catalog.create(settings.catalog) as catalog, catalog.transaction():
        catalog.execute(
            "UPDATE photos SET path = ?, size = ?, mtime_ns = ? WHERE path = ?",
            (os.fsencode(victim), status.st_size, status.st_mtime_ns,
             os.fsencode(photos / "rosso copia.png")),
        )  # fmt: skip
        digest = hashlib.sha256(victim.read_bytes()).digest()
        catalog.execute("UPDATE contents SET digest = ? WHERE id = (SELECT content_id FROM photos "
                        "WHERE path = ?)", (digest, os.fsencode(victim)))  # fmt: skip
    before = snapshot(outside)
    cli("tag", "--labels", "predefinite", "--xmp", "--soglia", "1")
    cli("doppioni", "--sposta-in", photos.parent / "doppie", "--conferma")
    assert snapshot(outside) == before
    from cercafoto.photos.delivery import open_photo

    with pytest.raises(CercafotoError, match="nome di una foto"):
        open_photo(os.fsencode(victim))


def test_the_archives_own_folder_keeps_no_collections(
    cli: Cli, settings: Settings, photos: Path, tmp_path: Path
) -> None:
    cli("index", photos)
    own = settings.archive
    (tmp_path / "via").symlink_to(own)
    for folder in (own, own / "vettori", own / "nuova", own.parent, tmp_path / "via", ""):
        before = sorted(os.listdir(own))
        code, _, told = cli("raccolte", "--cartella", folder)
        assert code == 2 and ("dell'archivio" in told or "vuota" in told), (folder, told)
        assert sorted(os.listdir(own)) == before


def test_a_copy_of_an_archive_is_another_archive(
    cli: Cli, settings: Settings, library: Library, photos: Path, tmp_path: Path
) -> None:
    library.index([photos])
    library.collections.keep("R", Question(("rosso",)))
    links = tmp_path / "Raccolte"
    library.collections.refresh_folder(links)
    before, copy = snapshot(links), tmp_path / "copia"
    library.copy(copy)
    at = ("--archivio", str(copy))
    paint(photos / "rosso2.png", (240, 20, 20))
    code, _, told = cli(*at, "index")
    assert code == 0 and str(links) in told and snapshot(links) == before
    code, _, told = cli(*at, "raccolte", "--cartella", links)
    assert code == 2 and str(settings.archive) in told and snapshot(links) == before
    assert cli(*at, "raccolte", "--cartella", links, "--conferma")[0] == 0
    taken = snapshot(links)
    assert len([*(links / "R").glob("*.png")]) > len([p for p in before if p.endswith(".png")]) - 1
    code, _, told = cli("index")  # the first archive has lost the folder, and leaves it alone
    assert code == 0 and str(copy) in told and snapshot(links) == taken
    assert cli("raccolte", "--senza-cartella")[0] == 0
    assert snapshot(links) == taken


def test_a_linked_folder_has_its_playlists_refreshed(
    library: Library, photos: Path, tmp_path: Path
) -> None:
    library.index([photos])
    library.collections.keep("R", Question(("rosso",)))
    (tmp_path / "vera").mkdir()
    links = tmp_path / "Raccolte"
    links.symlink_to(tmp_path / "vera")
    library.collections.refresh_folder(links)
    before = (links / "R.m3u8").read_text()
    for path in photos.glob("*.png"):
        path.unlink()
    paint(photos / "altro.png", (240, 20, 20))
    library.index()
    library.collections.refresh_folder()
    assert (links / "R.m3u8").read_text() != before
    library.collections.drop("R")
    library.collections.refresh_folder()
    assert not (links / "R.m3u8").exists()
    library.collections.forget_folder()
    assert os.listdir(links) == []
