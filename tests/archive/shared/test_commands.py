"""Commands on a shared archive: paths of photos, labels, refused commands, the page. A local
archive does not import the client for PostgreSQL.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from cercafoto import Library, Settings
from cercafoto.archive.open_archive import open_archive
from cercafoto.archive.shared.mounts import Mounts
from cercafoto.errors import ModelError
from tests.conftest import paint
from tests.support.published_archive import everything
from tests.support.web_client import visitor

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def published(library: Library, photos: Path, shared_address: str) -> str:
    """Publish five photos as the source "casa"; return the shared archive's address."""
    library.index([photos])
    library.sharing.publish(shared_address, "casa")
    return shared_address


def test_an_open_archive_notices_another_model(
    settings: Settings, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_archive(replace(settings, shared=published), resident=True) as archive:
        assert archive.encoder.fingerprint == archive.model.fingerprint
        assert archive.renew() is archive
        with psycopg.connect(published) as db:
            db.execute("UPDATE cercafoto.meta SET value = 'f' WHERE key = 'fingerprint'")
        assert archive.renew() is archive  # not at each question
        monkeypatch.setattr(archive, "_check_model_at", 0.0)
        renewed = archive.renew()
        assert renewed is not archive
        with pytest.raises(ModelError):
            _ = renewed.model


def test_a_source_is_free_before_its_connection_closes(
    library: Library, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []
    close = psycopg.Connection.close

    def counting(db: psycopg.Connection[tuple[int]]) -> None:
        mine = "locktype = 'advisory' AND pid = pg_backend_pid()"
        held.extend(n for (n,) in db.execute(f"SELECT count(*) FROM pg_locks WHERE {mine}"))
        close(db)

    monkeypatch.setattr(psycopg.Connection, "close", counting)
    library.sharing.publish(published, "casa")
    assert held == [0]


def test_the_first_steps(cli: Run, library: Library, photos: Path, shared_address: str) -> None:
    library.index([photos])
    code, out, err = cli("pubblica", shared_address, "--nome", "casa")
    assert (code, out) == (0, "") and err.startswith("Pubblicato come «casa»: 5 nuove (")
    assert cli("pubblica", shared_address, "--nome", "casa")[2].startswith("«casa» è già aggiorn")
    code, out, _ = cli("pubblica", shared_address, "--nome", "casa", "--json")
    told = json.loads(out)
    assert told["unchanged_since"] is True and told["source"] == "casa"
    code, out, _ = cli("cerca", "rosso", "--archivio", shared_address, "--percorsi", "-n", "1")
    assert (code, out) == (0, f"casa:{photos}/rosso.png\n")
    code, out, _ = cli("cerca", "rosso", "--archivio", shared_address, "--json", "-n", "1")
    (hit,) = json.loads(out)["hits"]
    assert (hit["source"], hit["path"]) == ("casa", f"casa:{photos}/rosso.png")
    for line in ((), ("--prova",)):
        code, out, err = cli("pubblica", shared_address, "--togli", "casa", *line)
        assert (code, out) == (0, "") and "(5 foto)" in err and "--conferma" in err
    code, out, err = cli("pubblica", shared_address, "--togli", "casa", "--conferma")
    assert code == 0 and "5 foto tolte" in err


def test_the_address_may_be_in_the_environment(
    cli: Run, published: str, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CERCAFOTO_ARCHIVIO", published)
    assert cli("cerca", "blu", "--percorsi", "-n", "1")[1] == f"casa:{photos}/blu.png\n"
    code, _, err = cli("pubblica", published)
    assert code == 2 and "--archivio ne indica uno condiviso" in err
    monkeypatch.setenv("CERCAFOTO_RADICI", "casa=/mnt/casa")
    assert cli("cerca", "blu", "--percorsi", "-n", "1")[1] == "/mnt/casa/blu.png\n"


def test_photos_are_where_a_root_says(
    cli: Run, published: str, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted = tmp_path / "mnt"
    shutil.copytree(photos, mounted)
    paint(mounted / "altro" / "x.png", (1, 2, 3))
    here = ("--archivio", published, "--radice", f"casa={mounted}")
    assert cli("cerca", "verde", *here, "--percorsi", "-n", "1")[1] == f"{mounted}/verde.png\n"
    assert cli("cerca", "verde", *here, "--percorsi", "--in", mounted)[1] != ""
    code, _, err = cli("cerca", "verde", *here, "--in", mounted / "altro")
    assert code == 2 and "FONTE:/cartella" in err
    copies = tmp_path / "copie"
    assert cli("cerca", "verde", *here, "-n", "1", "--copia-in", copies)[0] == 0
    assert [path.name for path in copies.iterdir()] == ["verde.png"]
    similar = cli("cerca", "--come", mounted / "verde.png", *here, "--percorsi")[1].splitlines()
    assert f"{mounted}/verde.png" not in similar and len(similar) == 4
    monkeypatch.chdir(mounted)
    assert cli("cerca", "verde", *here, "--percorsi", "--in", ".")[1] != ""
    # Without a root, folders have the names that the archive gives them.
    bare = ("--archivio", published, "--in", f"casa:{photos}")
    assert len(cli("cerca", "verde", *bare, "--percorsi")[1].splitlines()) >= 1
    code, _, err = cli("cerca", "x", "--archivio", published, "--radice", "ufficio=/mnt")
    assert code == 2 and "Ci sono: casa." in err
    code, _, err = cli("cerca", "x", "--archivio", published, "--radice", "casa")
    assert code == 2 and "NOME=CARTELLA" in err


def test_feedback_moves_the_next_answer(cli: Run, published: str, photos: Path) -> None:
    there = ("--archivio", published, "--percorsi")
    found = cli("cerca", "rosso", *there)[1].splitlines()
    code, out, _ = cli("cerca", "--piu", "1", "--meno", "2", *there)
    assert code == 0 and found[1] not in out.splitlines() and out.splitlines()
    code, out, _ = cli("cerca", "rosso", "--in", f"casa:{photos}", *there)
    assert out.splitlines() == found
    again = cli("cerca", "--piu", "1", *there)[1].splitlines()
    assert again[0] == found[0]


def test_a_root_is_the_common_folder_of_a_source() -> None:
    mounts = Mounts({"N": [b"/v/foto/a", b"/v/foto/b"], "M": [b"/x"]}, ["N=/mnt/n/"])
    assert mounts.shown(b"N:/v/foto/a/1.jpg") == b"/mnt/n/a/1.jpg"
    assert mounts.stored(b"/mnt/n/a/1.jpg") == b"N:/v/foto/a/1.jpg"
    assert mounts.shown(b"N:/v/foto") == b"/mnt/n"
    assert mounts.shown(b"N:/v/fotografie/1.jpg") == b"N:/v/fotografie/1.jpg"
    assert mounts.shown(b"M:/x/1.jpg") == mounts.stored(b"M:/x/1.jpg") == b"M:/x/1.jpg"
    assert mounts.named(Path("N:/v/foto/a/")) == b"N:/v/foto/a"
    assert mounts.named(Path("/mnt/n/b")) == b"N:/v/foto/b"


def test_status_of_a_shared_archive(cli: Run, published: str, photos: Path) -> None:
    code, out, _ = cli("stato", "--archivio", published)
    assert code == 0 and f"casa:{photos} (5 foto)" in out and published in out
    told = json.loads(cli("stato", "--archivio", published, "--json")[1])
    assert (told["photos"], told["vectors"], told["archive"]) == (5, 5, published)


def test_labels_of_a_source_and_labels_given_here(
    cli: Run, library: Library, published: str, photos: Path
) -> None:
    library.labels.give_one(str(photos / "rosso.png").encode(), ["fuoco"])
    library.sharing.publish(published, "casa")
    there = ("--archivio", published)
    blue, red = f"casa:{photos}/blu.png", f"casa:{photos}/rosso.png"
    assert cli("tag", "--aggiungi", "mare", blue, red, *there)[0] == 0
    assert cli("cerca", "--etichetta", "mare", "--percorsi", *there)[1].splitlines() == [blue, red]
    library.index([photos])
    library.sharing.publish(published, "casa")  # what is given there stays
    assert len(cli("cerca", "--etichetta", "mare", "--percorsi", *there)[1].splitlines()) == 2
    assert cli("tag", "--togli", "mare", red, *there)[0] == 0
    assert cli("cerca", "--etichetta", "mare", "--percorsi", *there)[1] == f"{blue}\n"
    before = everything(published)
    code, _, err = cli("tag", "--togli", "fuoco", red, *there)
    assert code == 2 and "«fuoco» viene da casa" in err
    assert everything(published) == before


def test_a_label_file_is_applied_in_a_shared_archive(
    cli: Run, published: str, photos: Path, tmp_path: Path
) -> None:
    labels = tmp_path / "colori.txt"
    labels.write_text("rosso\nverde\n")
    code, out, _ = cli("tag", "--labels", labels, "--archivio", published, "--elenco")
    assert code == 0 and "rosso" in out
    given = {(row[1], row[3]) for row in everything(published)["labels"]}
    assert given == {("rosso", ""), ("verde", "")}
    again = cli("tag", "--labels", labels, "--archivio", published, "--elenco")[1]
    assert again == out
    assert cli("tag", "--labels", labels, "--xmp", "--archivio", published)[0] == 2


@pytest.mark.parametrize(
    "words",
    ["index .", "doppioni", "controlla", "pulisci", "stato --problemi", "tag --annulla"],
)
def test_commands_for_local_archives_are_refused(cli: Run, published: str, words: str) -> None:
    before = everything(published)
    code, out, err = cli(*words.split(), "--archivio", published)
    assert (code, out) == (2, "")
    assert "di questa macchina" in err and "condivis" in err
    assert everything(published) == before


# -- the page -------------------------------------------------------------------------------------


def test_a_shared_archive_is_not_copied(cli: Run, tmp_path: Path) -> None:
    code, _, err = cli("controlla", "--copia", tmp_path / "c", "--archivio", "postgresql://x/y")
    assert code == 2 and "non su uno condiviso" in err


def test_the_page_of_a_shared_archive(
    library: Library, settings: Settings, photos: Path, shared_address: str, tmp_path: Path
) -> None:
    library.index([photos])
    report = library.sharing.publish(shared_address, "casa", small_copies=True)
    assert report.small_copies == 5
    assert library.sharing.publish(shared_address, "casa", small_copies=True).small_copies == 0
    photos.rename(tmp_path / "altrove")  # a machine that has not the disk
    there = replace(settings, shared=shared_address, thumbnails=tmp_path / "vuote")
    with visitor(there) as page:
        found = page.get("/?q=rosso")
        assert found.status_code == 200 and "rosso.png" in found.text
        with Library(there) as shared:
            (tile, *_) = shared.photos.page(None, 1, "").tiles
        small = page.get(f"/miniatura/{tile.photo_id}/{tile.digest.hex()[:16]}.webp")
        assert small.status_code == 200 and small.content[8:12] == b"WEBP"
        assert page.get(f"/foto/{tile.photo_id}").status_code == 200
        folder = f"casa:{photos}"
        narrowed = page.get("/", params={"in": folder})
        assert narrowed.status_code == 200 and folder in narrowed.text
        assert "nella cartella" in narrowed.text and "rosso.png" in narrowed.text
        refused = page.get(f"/originale/{tile.photo_id}")
        assert refused.status_code == 400 and "--radice casa=CARTELLA" in refused.text


# -- nobody else loads it ------------------------------------------------------------------------


def in_a_process(code: str, settings: Settings) -> subprocess.CompletedProcess[str]:
    """Run code in a new Python process, with the archive of `settings`."""
    environment = {
        **os.environ,
        "CERCAFOTO_ARCHIVIO": str(settings.archive),
        "CERCAFOTO_MODELLI": str(settings.models),
    }
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )


def test_searching_a_local_archive_does_not_import_psycopg(library: Library, photos: Path) -> None:
    library.index([photos])
    done = in_a_process(
        "import sys; from cercafoto.cli.main import run; run(['cerca', 'rosso']); "
        "print([m for m in sys.modules if m.startswith(('psycopg', 'cercafoto.archive.shared'))])",
        library.settings,
    )
    assert done.stdout.splitlines()[-1] == "[]" and "rosso.png" in done.stdout


def test_without_the_extra_it_says_what_to_install(settings: Settings) -> None:
    done = in_a_process(
        "import sys; sys.modules['psycopg'] = None; from cercafoto.cli.main import run; "
        "print(run(['cerca', 'x', '--archivio', 'postgresql://s/a']), "
        "run(['pubblica', 'postgresql://s/a']), run(['pubblica', '--prepara']))",
        settings,
    )
    assert done.stderr.count("manca il pezzo che parla con PostgreSQL") == 2
    assert "[condiviso]" in done.stderr or "condiviso" in done.stderr.rpartition("install")[2]
    assert "CREATE ROLE cercafoto_legge LOGIN" in done.stdout
    assert done.stdout.splitlines()[-1] == "2 2 0"


def test_a_shared_archive_gives_no_sample_of_photos(settings: Settings) -> None:
    shared = replace(settings, shared="postgresql://nessuno@server/foto")
    assert Library(shared).sample() == []
