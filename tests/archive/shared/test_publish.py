"""Publishing: only changed photos are sent, sources share contents, other versions and models are
refused, and each error says what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cercafoto import Library, Question, Settings
from cercafoto.archive.shared import publisher, schema
from cercafoto.archive.shared.connection import connect
from cercafoto.archive.shared.publisher import Published, Publisher
from cercafoto.errors import ArchiveBusyError, ArchiveError, UsageError
from cercafoto.indexing.sharing import Sharing
from tests.archive.shared.conftest import Open
from tests.conftest import names, paint
from tests.photos.test_metadata import bag, packet
from tests.support.open_catalogue import open_catalogue
from tests.support.postgres import Server
from tests.support.published_archive import everything
from tests.support.tiny_model import make_tiny_model


def told(report: Published) -> tuple[int, ...]:
    counted = report.counted
    return counted.new, counted.changed, counted.unchanged, counted.deleted, counted.embedded


def test_only_changed_photos_are_sent(
    library: Library, photos: Path, shared_address: str, opened: Open
) -> None:
    library.index([photos])
    assert told(library.sharing.publish(shared_address, "casa")) == (5, 0, 0, 0, 5)
    first = everything(shared_address)
    again = library.sharing.publish(shared_address, "casa")
    assert again.unchanged_since and told(again) == (0, 0, 0, 0, 0)

    library.labels.give_one(str(photos / "blu.png").encode(), ["mare"])
    assert told(library.sharing.publish(shared_address, "casa")) == (0, 1, 4, 0, 0)
    (label,) = everything(shared_address)["labels"]
    assert label[1:4] == ("mare", "a mano", "casa")
    library.labels.give_one(str(photos / "blu.png").encode(), remove=["mare"])
    assert told(library.sharing.publish(shared_address, "casa")) == (0, 1, 4, 0, 0)
    assert everything(shared_address) == first

    (photos / "rosso.png").unlink()
    paint(photos / "verde.png", (10, 240, 20))
    paint(photos / "altra" / "nero.png", (0, 0, 0))
    library.index([photos])
    assert told(library.sharing.publish(shared_address, "casa")) == (1, 1, 3, 1, 2)
    assert len(everything(shared_address)["contents"]) == 5  # contents without a photo are gone
    assert names(opened(), "verde")[0] == "verde"
    assert "rosso" not in names(opened(), "rosso")


def test_all_photos_are_sent_again_when_the_form_of_rows_changes(
    library: Library, photos: Path, shared_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.index([photos])
    library.sharing.publish(shared_address, "casa")
    for module in ("rows", "publisher"):
        monkeypatch.setattr(f"cercafoto.archive.shared.{module}.FORM", 99)
    assert told(library.sharing.publish(shared_address, "casa")) == (0, 5, 0, 0, 0)
    assert library.sharing.publish(shared_address, "casa").unchanged_since


def test_one_batch_ends_where_the_next_begins(
    library: Library, photos: Path, shared_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.index([photos])
    library.sharing.publish(shared_address, "intera")
    whole = everything(shared_address)["contents"]
    monkeypatch.setattr(publisher, "BATCH", 1)
    assert told(library.sharing.publish(shared_address, "pezzi")) == (5, 0, 0, 0, 0)
    (photos / "blu.png").unlink()
    (photos / "viola.png").unlink()
    library.index([photos])
    assert told(library.sharing.publish(shared_address, "pezzi")) == (0, 0, 3, 2, 0)
    assert everything(shared_address)["contents"] == whole  # the other source has them


def test_sources_share_contents_and_go_one_by_one(
    library: Library, photos: Path, shared_address: str, opened: Open
) -> None:
    library.index([photos])
    library.sharing.publish(shared_address, "NAS-1")
    (photos / "giallo.png").unlink()
    library.index([photos])
    library.sharing.publish(shared_address, "NAS-2")
    assert len(everything(shared_address)["photos"]) == 9
    assert len(everything(shared_address)["contents"]) == 5
    hits = {hit.path: hit.copies for hit in _search(opened(), "rosso")}
    name = str(photos / "rosso.png").encode()
    assert hits[b"NAS-1:" + name] == (b"NAS-2:" + name,)

    assert Sharing.remove(shared_address, "NAS-1", confirmed=True) == 5
    assert {row[0] for row in everything(shared_address)["photos"]} == {"NAS-2"}
    assert len(everything(shared_address)["contents"]) == 4
    with pytest.raises(UsageError, match="NAS-1") as error:
        Sharing.remove(shared_address, "NAS-1", confirmed=True)
    assert error.value.hint == "Ci sono: NAS-2."
    Sharing.remove(shared_address, "NAS-2", confirmed=True)
    assert not any(everything(shared_address)[name] for name in ("photos", "contents", "labels"))


def _search(library: Library, words: str) -> tuple:  # type: ignore[type-arg]
    return library.search(library.parse(Question((words,)))).hits


def test_a_label_of_one_source_stays_when_another_lacks_it(
    library: Library, photos: Path, shared_address: str
) -> None:
    library.index([photos])
    library.sharing.publish(shared_address, "due")
    library.labels.give_one(str(photos / "blu.png").encode(), ["mare"])
    library.sharing.publish(shared_address, "uno")
    library.labels.give_one(str(photos / "blu.png").encode(), remove=["mare"])
    library.sharing.publish(shared_address, "due")
    (label,) = everything(shared_address)["labels"]
    assert label[3] == "uno"
    library.sharing.publish(shared_address, "uno")
    assert everything(shared_address)["labels"] == []


def test_one_model_for_all_sources(
    library: Library, settings: Settings, photos: Path, shared_address: str, tmp_path: Path
) -> None:
    library.index([photos])
    library.sharing.publish(shared_address, "casa")
    make_tiny_model(settings.models / "altro", "altro", turn=1)
    other = Library(replace(settings, archive=tmp_path / "altro", model="altro"))
    other.index([photos])
    before = everything(shared_address)
    with pytest.raises(ArchiveError, match="modello «tiny», il tuo con «altro»") as error:
        other.sharing.publish(shared_address, "ufficio")
    assert "cercafoto index --modello tiny" in error.value.hint
    assert everything(shared_address) == before
    Sharing.remove(shared_address, "casa", confirmed=True)
    assert told(other.sharing.publish(shared_address, "ufficio"))[0] == 5
    assert names(Library(replace(other.settings, shared=shared_address)), "rosso")[0] == "rosso"


def test_damaged_vectors_are_not_published(
    library: Library, settings: Settings, photos: Path, shared_address: str
) -> None:
    library.index([photos])
    with open_catalogue(settings.catalog) as db:
        db.execute("UPDATE vectors SET vector = zeroblob(8) WHERE id = 2")
    db.close()
    with pytest.raises(ArchiveError, match="dati danneggiati"):
        library.sharing.publish(shared_address, "casa")
    assert everything(shared_address)["photos"] == []


def test_contents_left_by_an_interrupted_run_are_deleted(
    library: Library, photos: Path, shared_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.index([photos])
    library.sharing.publish(shared_address, "casa")
    (photos / "blu.png").unlink()
    library.index([photos])
    with monkeypatch.context() as cut:
        cut.setattr(Publisher, "_delete_orphans", lambda self: (_ for _ in ()).throw(OSError()))
        with pytest.raises(OSError):
            library.sharing.publish(shared_address, "casa")
    assert len(everything(shared_address)["contents"]) == 5
    assert told(library.sharing.publish(shared_address, "casa")) == (0, 0, 4, 0, 0)
    assert len(everything(shared_address)["contents"]) == 4


def test_an_older_archive_is_brought_up_to_date_only_when_told_to(
    library: Library,
    photos: Path,
    shared_address: str,
    opened: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library.index([photos])
    library.sharing.publish(shared_address, "casa")
    before = everything(shared_address)
    step = "ALTER TABLE contents ADD COLUMN blur float8"  # a made-up next version
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, step))
    for attempt in (
        lambda: library.sharing.publish(shared_address, "casa"),
        lambda: opened().status(),
    ):
        with pytest.raises(ArchiveError, match="versione precedente") as error:
            attempt()
        assert "--aggiorna-schema" in error.value.hint
    library.sharing.publish(shared_address, "casa", migrate=True)
    assert everything(shared_address) == before
    with connect(shared_address) as db:
        assert db.execute("SELECT count(*) FROM contents WHERE blur IS NULL").fetchone() == (5,)
        assert schema.version(db) == schema.latest()
    assert opened().status().counts.photos == 5


def test_an_archive_of_a_trial_version_is_refused(
    library: Library, photos: Path, shared_address: str, opened: Open
) -> None:
    library.index([photos])
    library.sharing.publish(shared_address, "casa")
    with connect(shared_address) as db:
        db.execute("UPDATE meta SET value = '5' WHERE key = 'version'")
    for attempt in (
        lambda: library.sharing.publish(shared_address, "casa", migrate=True),
        lambda: opened().status(),
        lambda: Sharing.remove(shared_address, "casa", confirmed=True),
    ):
        with pytest.raises(ArchiveError, match="versione di prova") as error:
            attempt()
        assert "DROP SCHEMA cercafoto CASCADE" in error.value.hint


def test_a_newer_archive_is_refused(
    library: Library, photos: Path, shared_address: str, opened: Open
) -> None:
    library.index([photos])
    library.sharing.publish(shared_address, "casa")
    with connect(shared_address) as db:
        db.execute("UPDATE meta SET value = '99' WHERE key = 'version'")
    for attempt in (
        lambda: library.sharing.publish(shared_address, "casa", migrate=True),
        lambda: opened().status(),
        lambda: Sharing.remove(shared_address, "casa", confirmed=True),
    ):
        with pytest.raises(ArchiveError, match="versione più recente"):
            attempt()


def test_a_source_is_published_by_one_run_at_a_time(
    library: Library, photos: Path, shared_address: str
) -> None:
    library.index([photos])
    library.sharing.publish(shared_address, "casa")
    with Publisher(shared_address, "casa") as first:
        first._lock_source()
        with pytest.raises(ArchiveBusyError, match="«casa» la sta già pubblicando"):
            library.sharing.publish(shared_address, "casa")
        with pytest.raises(ArchiveBusyError):
            Sharing.remove(shared_address, "casa", confirmed=True)
        library.sharing.publish(shared_address, "ufficio")  # a second publisher does not wait
    library.sharing.publish(shared_address, "casa")


@pytest.mark.parametrize("name", ["", "a:b", "a/b", "è un nome", "-x", "x" * 41])
def test_a_source_has_a_name_that_can_stand_before_a_path(
    library: Library, shared_address: str, name: str
) -> None:
    with pytest.raises(UsageError, match="nome di una fonte" if name else "Il nome è vuoto"):
        library.sharing.publish(shared_address, name)


def test_photos_with_paths_too_long_for_the_server_are_reported(
    library: Library, photos: Path, shared_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "cercafoto.archive.shared.write_batch.LONGEST_PATH", len(str(photos / "blu.png"))
    )
    library.index([photos])
    report = library.sharing.publish(shared_address, "casa")
    assert {Path(path.decode()).stem for path in report.refused} == {
        *("rosso", "verde", "giallo", "viola")
    }
    assert told(report)[0] == 1


def test_texts_that_postgresql_refuses_are_cleaned(
    library: Library, photos: Path, shared_address: str, settings: Settings, opened: Open
) -> None:
    odd = str(photos).encode() + b"/\xff\xfe mare.png"
    Path(str(photos / "blu.png")).rename(odd.decode("utf-8", "surrogateescape"))
    library.index([photos])
    with library.archive.catalog() as catalog:
        path = catalog.path
    with open_catalogue(path) as db:
        db.execute("UPDATE contents SET facts = ? WHERE id = 1", ('{"title": "a\x00b"}',))
    db.close()
    library.sharing.publish(shared_address, "casa")
    found = [hit.path for hit in _search(opened(), "mare")]
    assert b"casa:" + odd in found


def test_a_word_too_long_for_postgresql_is_found_by_how_it_begins(
    library: Library, photos: Path, shared_address: str, opened: Open
) -> None:
    """Whatever is read in a photo, or written beside it, may be one endless word."""
    endless = "海" * 900
    photo = photos / "blu.png"
    words = bag("dc:description", endless, kind="Alt")
    photo.with_name("blu.png.xmp").write_bytes(packet(words))
    library.index([photos])
    library.sharing.publish(shared_address, "casa")
    with opened().archive.reading() as rows:
        (found,) = rows.words.photos_with_words([endless])
    assert found.path == b"casa:" + str(photo).encode()


# -- who may do what ------------------------------------------------------------------------------


@pytest.fixture
def roles(shared_address: str, postgres: Server) -> dict[str, str]:
    """Return the addresses of the two users that `pubblica --prepara` creates."""
    with connect(shared_address) as db:
        for role in ("scrive", "legge"):
            db.execute(f"DROP ROLE IF EXISTS cercafoto_{role}")
        db.execute(schema.preparation())
    return {role: postgres.address("archivio", f"cercafoto_{role}") for role in ("scrive", "legge")}


@pytest.fixture
def no_roles_left(postgres: Server) -> object:
    yield
    with connect(postgres.address()) as db:
        db.execute("DROP DATABASE IF EXISTS archivio WITH (FORCE)")
        for role in ("scrive", "legge"):
            db.execute(f"DROP ROLE IF EXISTS cercafoto_{role}")


def test_one_user_publishes_and_another_can_only_search(
    no_roles_left: object,
    roles: dict[str, str],
    library: Library,
    photos: Path,
    opened: Open,
) -> None:
    library.index([photos])
    library.sharing.publish(roles["scrive"], "casa")
    reader = opened(roles["legge"])
    assert names(reader, "rosso")[0] == "rosso"
    assert reader.status().counts.photos == 5
    before = everything(roles["scrive"])
    for attempt in (
        lambda: library.sharing.publish(roles["legge"], "ufficio"),
        lambda: Sharing.remove(roles["legge"], "casa", confirmed=True),
        lambda: reader.labels.give_one(b"casa:" + str(photos / "blu.png").encode(), ["mare"]),
    ):
        with pytest.raises(ArchiveError, match=r"soltanto cercare|mancano i permessi"):
            attempt()
    assert everything(roles["scrive"]) == before


# -- errors ---------------------------------------------------------------------------------------

Run = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("postgresql://ada:segreta@127.0.0.1:1/x", "non risponde"),
        ("postgresql://127.0.0.1:1/x?user=ada&password=segreta", "non risponde"),
        ("postgresql://ada:segreta@127.0.0.1:1/x?colore=blu", "non si capisce"),
        ("/tmp/x", "non è l'indirizzo"),
    ],
)
def test_errors_are_italian_and_say_no_password(
    cli: Run, library: Library, photos: Path, address: str, says: str
) -> None:
    library.index([photos])
    code, out, err = cli("pubblica", address, "--nome", "casa")
    assert code in (1, 2) and out == ""
    assert says in err and "segreta" not in err and "Errore inatteso" not in err


def test_a_server_without_the_database_the_archive_or_the_user(
    cli: Run, library: Library, photos: Path, postgres: Server, shared_address: str
) -> None:
    library.index([photos])
    code, _, err = cli("pubblica", postgres.address("che-non-esiste"), "--nome", "casa")
    assert code == 1 and "non c'è il database" in err
    code, _, err = cli("cerca", "rosso", "--archivio", shared_address)
    assert code == 1 and "non c'è ancora un archivio condiviso" in err
    code, _, err = cli("pubblica", postgres.address(user="nessuno"), "--nome", "casa")
    assert code == 1 and "non accetta l'utente" in err
