"""A run of `leggi`: which photos are read, in which order, which are left out, and the report."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from cercafoto import Library
from cercafoto.errors import ArchiveBusyError, ArchiveError, UsageError
from cercafoto.looking import catch_up as catching
from cercafoto.ocr import ocr_processes, read_run
from cercafoto.ocr.engine import EngineError
from tests.conftest import PAINT, paint
from tests.support.fake_engine import NAME
from tests.support.recorder import Recorder
from tests.support.waiting import PATIENCE


@pytest.fixture
def archive(library: Library, photos: Path, fake: Callable[..., None]) -> Library:
    library.index([photos])
    return library


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Return how likely each photo name shows words; unlisted names get 0."""
    sure: dict[str, float] = {}

    def text_confidence(archive, folders, frames):  # type: ignore[no-untyped-def]
        with archive.catalog() as catalog:
            paths = catalog.photos.paths(folders)
        return {content: sure.get(Path(path.decode()).stem, 0.0) for path, content in paths}

    monkeypatch.setattr(read_run, "text_confidence", text_confidence)
    return sure


def texts(library: Library) -> dict[str, list[str]]:
    """Return the stored texts by the photo's name."""
    with library.archive.catalog() as catalog:
        return {
            Path(path.decode()).stem: [line.text for line in text.lines]
            for path, content in catalog.photos.paths()
            if (text := catalog.texts.of_content(content)) is not None
        }


def test_every_photo_is_read_once_by_content(archive: Library, photos: Path) -> None:
    paint(photos / "nero.png", (0, 0, 0))
    (photos / "copia.png").write_bytes((photos / "rosso.png").read_bytes())
    archive.index([photos])
    report = archive.texts.read(every=True)
    assert (report.read, report.found, report.engine) == (len(PAINT) + 1, len(PAINT), NAME)
    assert texts(archive) == {n: [n] for n in PAINT} | {"copia": ["rosso"], "nero": []}
    again = archive.texts.read(every=True)
    assert (again.read, again.present, again.engine) == (0, len(PAINT) + 1, "")
    state = archive.status().senses["testi"]
    assert (state.looked, state.found, state.unread) == (len(PAINT) + 1, len(PAINT), 0)


def test_the_likeliest_come_first_and_the_unlikely_are_left(
    archive: Library, order: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catching, "usable_cores", lambda: 1)
    monkeypatch.setattr(catching, "AHEAD", 0)
    order |= {"blu": 0.9, "giallo": 0.5, "verde": 0.7}
    names: list[str] = []
    recorder = Recorder(lambda done, total, name: names.append(Path(name).stem))
    report = archive.texts.read(reporter=recorder)
    assert (report.read, report.unlikely) == (3, 2)
    assert names == ["", "blu", "verde", "giallo"]  # what there is to do is told at once
    assert set(texts(archive)) == {"blu", "verde", "giallo"}
    rest = archive.texts.read(every=True)
    assert (rest.read, rest.present, rest.unlikely) == (2, 3, 0)


def test_a_photo_that_is_named_is_read_however_unlikely(
    archive: Library, order: dict[str, float], photos: Path
) -> None:
    assert archive.texts.read([photos]).read == 0
    report = archive.texts.read([photos / "rosso.png", photos / "manca.png"])
    assert (report.read, len(report.unknown)) == (1, 1)
    assert texts(archive) == {"rosso": ["rosso"]}
    with pytest.raises(UsageError, match="nell'archivio"):
        archive.texts.read([photos / "manca.png"])


def test_a_photo_that_cannot_be_read_is_a_problem_and_not_tried_again(
    archive: Library, photos: Path, fake: Callable[..., None]
) -> None:
    fake(rosso="crolla", verde="sbaglia")
    report = archive.texts.read(every=True)
    assert report.read == len(PAINT) - 2
    told = {Path(path.decode()).stem: why for path, why in archive.problems()}
    assert set(told) == {"rosso", "verde"}
    assert dict(report.problems) == dict(archive.problems())
    assert archive.status().senses["testi"].unread == 2
    fake()
    again = archive.texts.read(every=True)
    assert (again.read, again.known_problems) == (0, 2)
    mended = archive.texts.read(every=True, again=True)
    assert (mended.read, mended.problems, archive.problems()) == (2, (), [])


def test_a_changed_file_is_tried_again(
    archive: Library, photos: Path, fake: Callable[..., None]
) -> None:
    fake(rosso="crolla")
    archive.texts.read([photos / "rosso.png"])
    paint(photos / "rosso.png", PAINT["blu"], (50, 50))
    skipped = archive.texts.read([photos / "rosso.png"], again=True)
    assert (skipped.read, skipped.skipped) == (0, 1)  # it is to be indexed first
    archive.index()
    assert archive.texts.read([photos / "rosso.png"]).read == 1
    assert texts(archive)["rosso"] == ["blu"]


def test_a_photo_that_is_gone_is_left_for_another_day(archive: Library, photos: Path) -> None:
    (photos / "rosso.png").unlink()
    report = archive.texts.read(every=True)
    assert (report.read, report.skipped, report.problems) == (len(PAINT) - 1, 1, ())
    assert archive.problems() == []


def test_another_copy_is_read_where_one_is_gone(archive: Library, photos: Path) -> None:
    (photos / "zeta.png").write_bytes((photos / "rosso.png").read_bytes())
    archive.index([photos])
    (photos / "rosso.png").unlink()
    assert archive.texts.read(every=True).skipped == 0


def test_a_newer_engine_reads_again_what_an_older_one_read(
    archive: Library, photos: Path, fake: Callable[..., None]
) -> None:
    archive.texts.read(every=True)
    assert archive.texts.read(every=True, again=True).read == 0
    fake(nome="finto 2")
    assert archive.texts.read(every=True).read == 0
    archive.texts.read([photos / "rosso.png"], again=True)
    report = archive.texts.read(every=True, again=True)
    assert (report.read, report.present) == (len(PAINT) - 1, 1)
    with archive.archive.catalog() as catalog:
        assert set(catalog.texts.contents_read().values()) == {"finto 2"}


def test_an_interruption_keeps_what_was_read(
    archive: Library, fake: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catching, "usable_cores", lambda: 1)
    fake(**dict.fromkeys(PAINT, "lento"))

    def interrupt(done: int, total: int, name: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive.texts.read(every=True, reporter=Recorder(interrupt))
    assert 2 <= len(texts(archive)) < len(PAINT)
    report = archive.texts.read(every=True)
    assert report.read + report.present == len(PAINT)
    assert texts(archive) == {name: [name] for name in PAINT}
    for thread in [t for t in threading.enumerate() if t.name.startswith("testi")]:
        thread.join(PATIENCE)  # they end by themselves, perhaps a little later
        assert not thread.is_alive()


def test_a_missing_engine_is_said_and_blames_no_photo(
    archive: Library, fake: Callable[..., None]
) -> None:
    fake(motore="manca")
    with pytest.raises(EngineError):
        archive.texts.read(every=True)
    assert archive.problems() == []
    assert archive.status().senses["testi"].looked == 0


def test_an_archive_that_is_not_there_or_busy(
    library: Library, photos: Path, fake: Callable[..., None]
) -> None:
    with pytest.raises(ArchiveError, match="non esiste ancora"):
        library.texts.read()
    assert not library.settings.archive.exists()
    library.index([photos])
    with library.archive.lock(), pytest.raises(ArchiveBusyError):
        library.texts.read()


def test_all_is_forgotten(archive: Library, fake: Callable[..., None]) -> None:
    fake(rosso="sbaglia")
    archive.texts.read(every=True)
    assert archive.texts.forget() == len(PAINT)
    assert len(texts(archive)) == len(PAINT) - 1
    assert archive.texts.forget(confirmed=True) == len(PAINT)
    assert (texts(archive), archive.problems()) == ({}, [])
    assert archive.texts.forget() == 0


def test_purging_a_photo_deletes_its_problem(
    archive: Library, photos: Path, fake: Callable[..., None]
) -> None:
    fake(rosso="sbaglia")
    archive.texts.read(every=True)
    (photos / "rosso.png").unlink()
    archive.index()
    archive.clean(confirmed=True)
    assert archive.problems() == []
    with archive.archive.catalog() as catalog:
        assert catalog.unread.contents("testi") == set()


def test_one_photo_is_told_as_stored_else_read_now(
    archive: Library, photos: Path, fake: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert archive.texts.of_photo(photos / "rosso.png").text == "rosso"
    assert texts(archive) == {}
    archive.texts.read([photos / "rosso.png"])
    monkeypatch.setattr(ocr_processes, "PROGRAM", "raise SystemExit(3)")  # nothing can be read now
    assert archive.texts.of_photo(photos / "rosso.png").text == "rosso"
    with pytest.raises(EngineError):
        archive.texts.of_photo(photos / "verde.png")
