"""`index --miniature` makes thumbnails ahead: of the latest photos, as many as fit."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cercafoto import Library, Settings
from cercafoto.archive.local.lock import archive_lock
from cercafoto.errors import ArchiveError, CercafotoError, DiskFullError, UsageError
from cercafoto.indexing import thumbnails_ahead
from cercafoto.indexing.thumbnails_ahead import ThumbnailReport
from cercafoto.indexing.watcher import Watcher
from cercafoto.photos.thumbnails import (
    LARGE,
    SMALL,
    Shrinker,
    Thumbnails,
)
from tests.conftest import paint
from tests.photos.test_thumbnails import digest
from tests.support.recorder import Recorder
from tests.support.web_client import visitor

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cache(settings: Settings) -> Path:
    return settings.thumbnails


@pytest.fixture
def days(library: Library, tmp_path: Path) -> list[Path]:
    """Index photos of ten successive days, the latest last; return their paths."""
    taken = [day(tmp_path, number) for number in range(1, 11)]
    library.index([tmp_path / "giorni"])
    return taken


def day(folder: Path, number: int) -> Path:
    name = f"IMG_201908{number:02}_101010.png"
    return paint(folder / "giorni" / name, (20 * number, 250 - 20 * number, 10))


def copies(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.webp"))


def partial(folder: Path) -> list[Path]:
    return list(folder.rglob("*.parziale"))


def copy_of(cache: Path, photo: Path) -> Path:
    name = digest(photo).hex()
    return cache / name[:2] / f"{name}-{SMALL}.webp"


def prepare(settings: Settings, *folders: list[Path], **options: Any) -> ThumbnailReport:
    return thumbnails_ahead.prepare(Library(settings).local(), *folders, **options)


def numbers(report: ThumbnailReport) -> tuple[int, int, int, bool]:
    return report.made, report.present, report.skipped, report.full


def test_the_page_shows_them_without_the_photos(cli: Cli, photos: Path, settings: Settings) -> None:
    code, out, err = cli("index", photos, "--miniature")
    assert (code, out) == (0, "")
    assert "Miniature: 5 fatte (" in err.splitlines()[1]
    shutil.rmtree(photos)
    with visitor(settings) as client:
        for number in range(1, 6):
            answer = client.get(f"/miniatura/{number}/0.webp")
            assert answer.status_code == 200 and answer.content[8:12] == b"WEBP"


def test_what_is_indexed_is_not_decoded_again(
    library: Library,
    settings: Settings,
    photos: Path,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report = library.index([photos], thumbnails=True)
    assert report.copies == {digest(path) for path in photos.iterdir()}
    monkeypatch.setattr(Shrinker, "__call__", lambda *_: pytest.fail("decoded again"))
    assert numbers(prepare(settings, just_made=report.copies)) == (5, 0, 0, False)
    assert numbers(prepare(settings)) == (0, 5, 0, False)
    with Image.open(copy_of(cache, photos / "rosso.png")) as copy:
        assert copy.size == (60, 40)
    assert library.index([photos], thumbnails=True).copies == frozenset()


def test_an_archive_larger_than_the_cache_gets_its_copies_afterwards(
    library: Library, settings: Settings, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cercafoto.indexing.thumbnails_ahead.MOST_FILES", 5)
    assert library.index([photos], thumbnails=True).copies == frozenset()
    assert not copies(settings.thumbnails)


def test_only_missing_copies_are_made(
    library: Library, photos: Path, settings: Settings, cache: Path
) -> None:
    library.index([photos])
    told: list[tuple[int, int, str]] = []
    recorder = Recorder(lambda *progress: told.append(progress))
    assert numbers(prepare(settings, reporter=recorder)) == (5, 0, 0, False)
    assert [one[:2] for one in told] == [(n, 5) for n in range(1, 6)]
    assert {one[2] for one in told} == {str(path) for path in photos.iterdir()}
    copy_of(cache, photos / "rosso.png").unlink()
    told.clear()
    assert numbers(prepare(settings, reporter=recorder)) == (1, 4, 0, False)
    assert told == [(1, 1, str(photos / "rosso.png"))]
    assert numbers(prepare(settings)) == (0, 5, 0, False)


def test_a_shared_archive_does_not_stand_for_the_local_one(
    library: Library, settings: Settings, photos: Path
) -> None:
    pytest.importorskip("psycopg", reason="a shared archive takes psycopg")
    library.index([photos])
    shared = Library(replace(settings, shared="postgresql://nobody@127.0.0.1:1/foto"))
    with pytest.raises(UsageError, match="condiviso"):
        shared.prepare_thumbnails()
    assert not copies(settings.thumbnails)


def test_a_photo_and_its_copies_share_one(library: Library, photos: Path) -> None:
    shutil.copy(photos / "blu.png", photos / "copia.png")
    library.index([photos])
    assert numbers(prepare(library.settings)) == (5, 0, 0, False)


def test_the_folders_named_and_no_other(library: Library, photos: Path, tmp_path: Path) -> None:
    other = paint(tmp_path / "altre" / "x.png", (3, 3, 3)).parent
    library.index([photos, other])
    assert numbers(prepare(library.settings, [other])) == (1, 0, 0, False)
    assert numbers(prepare(library.settings)) == (5, 1, 0, False)


def test_the_latest_photos_as_many_as_are_kept(
    library: Library,
    settings: Settings,
    cache: Path,
    days: list[Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cercafoto.photos.thumbnails.LOOK_EVERY", 1)
    with Thumbnails(cache, most_files=5) as thumbnails:  # thumbnails that somebody viewed
        for path in days[:5]:
            thumbnails.of(os.fsencode(path), digest(path), LARGE)
    for path in copies(cache):
        os.utime(path, (1.6e9, 1.6e9))  # long ago, clearly older than new ones
    for _ in range(2):  # existing thumbnails are not made again
        report = prepare(settings, most_files=5)
        assert report.full and report.made + report.present == 4
        assert all(copy_of(cache, path).exists() for path in days[-4:])
        assert len(copies(cache)) <= 5
    assert report.made == 0
    newer = [day(days[0].parents[1], number) for number in (11, 12)]
    library.index([days[0].parent])
    assert numbers(prepare(settings, most_files=5)) == (2, 2, 0, True)
    assert all(copy_of(cache, path).exists() for path in (*days[-2:], *newer))
    assert len(copies(cache)) <= 5


def test_bytes_are_bounded_too(
    settings: Settings, cache: Path, days: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cercafoto.indexing.thumbnails_ahead.AHEAD", 1)
    prepare(settings)
    size = max(path.stat().st_size for path in copies(cache))
    shutil.rmtree(cache)
    most = 5 * size
    for made in (True, False):
        report = prepare(settings, most_bytes=most)
        assert report.full and bool(report.made) is made
        assert sum(path.stat().st_size for path in copies(cache)) <= most
        kept = [copy_of(cache, path).exists() for path in days]
        assert kept == sorted(kept) and 4 <= sum(kept) < 10


def test_the_latest_count_as_used_last(settings: Settings, cache: Path, days: list[Path]) -> None:
    prepare(settings)
    for path in days[4:6]:
        copy_of(cache, path).unlink()
    prepare(settings)  # old and new ones alike
    used = [copy_of(cache, path).stat().st_mtime_ns for path in days]
    assert used == sorted(used) and len(set(used)) == len(used)


def test_photos_that_are_gone_or_damaged_are_passed_over(
    cli: Cli, photos: Path, settings: Settings
) -> None:
    cli("index", photos)
    (photos / "rosso.png").unlink()
    (photos / "verde.png").write_bytes(b"non si legge")
    paint(photos / "blu.png", (7, 7, 7))  # another photo by now
    assert numbers(prepare(settings)) == (2, 0, 3, False)


def test_a_photo_whose_disk_is_away_is_read_where_its_copy_is(
    cli: Cli, photos: Path, settings: Settings, tmp_path: Path
) -> None:
    spare = tmp_path / "disco"
    shutil.copytree(photos, spare)
    (photos / "rosso.png").unlink()
    cli("index", photos, spare)
    spare.rename(tmp_path / "via")
    code, _, err = cli("index", "--miniature")
    assert code == 3
    assert "Miniature: 4 fatte, 1 saltata (" in err and "«cercafoto controlla» dice quale." in err
    (tmp_path / "via").rename(spare)
    assert cli("index", "--miniature")[0] == 0


def test_a_cache_that_cannot_be_written_is_told_at_once(
    cli: Cli, photos: Path, cache: Path, library: Library
) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("in the way")
    code, out, err = cli("index", photos, "--miniature")
    assert (code, out) == (1, "")
    assert err.startswith("5 foto nuove (")
    assert err.count(str(cache)) == 1 and "c'è già un file con questo nome" in err
    assert "L'archivio è a posto" in err and "CERCAFOTO_MINIATURE" in err
    assert library.status().counts.photos == 5
    code, out, err = cli("index", "--miniature", "--json")
    assert code == 1 and json.loads(out)["unchanged"] == 5 and "miniature" not in json.loads(out)


def test_a_cache_without_permission_is_told_in_italian(
    settings: Settings, days: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*args: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Thumbnails, "keep", forbidden)
    with pytest.raises(CercafotoError, match="non hai il permesso di scrivere"):
        prepare(settings)


def test_a_full_disk_ends_it(
    library: Library, days: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def full(*args: object) -> None:
        tried.append(args)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Thumbnails, "keep", full)
    monkeypatch.setattr("cercafoto.indexing.thumbnails_ahead.AHEAD", 1)
    with pytest.raises(DiskFullError) as caught:
        prepare(library.settings)
    assert len(tried) == 1
    assert str(library.settings.thumbnails) in caught.value.message
    assert "riprende da dove era arrivato" in caught.value.hint


def test_an_interruption_leaves_whole_copies_and_the_next_run_goes_on(
    settings: Settings, cache: Path, days: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(done: int, total: int, name: str) -> None:
        if done == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("cercafoto.indexing.thumbnails_ahead.AHEAD", 2)
    with pytest.raises(KeyboardInterrupt):
        prepare(settings, reporter=Recorder(interrupt))
    assert partial(cache) == []
    whole = len(copies(cache))
    assert 3 <= whole < 10
    assert numbers(prepare(settings)) == (10 - whole, whole, 0, False)


def test_the_archive_is_free_meanwhile(settings: Settings, days: list[Path]) -> None:
    def somebody_else(done: int, total: int, name: str) -> None:
        with archive_lock(settings.archive, wait=False):
            pass

    assert prepare(settings, reporter=Recorder(somebody_else)).made == 10


def test_without_an_archive(settings: Settings) -> None:
    with pytest.raises(ArchiveError):
        prepare(settings)


def test_what_the_command_says(cli: Cli, photos: Path) -> None:
    said = json.loads(cli("index", photos, "--miniature", "--json")[1])["miniature"]
    seconds = said.pop("seconds")
    assert said == {"made": 5, "present": 0, "skipped": 0, "full": False} and seconds > 0
    assert "miniature" not in json.loads(cli("index", "--json")[1])
    assert "Miniature: 5 già pronte (0," in cli("index", "--miniature")[2]
    assert "Miniature" not in cli("index")[2]
    paint(photos / "nuova.png", (9, 9, 9))
    assert cli("index", "--miniature", "-q") == (0, "", "")
    assert "Miniature: 6 già pronte" in cli("index", "--miniature")[2]


def test_no_copies_are_made_if_indexing_failed(cli: Cli, cache: Path, tmp_path: Path) -> None:
    assert cli("index", tmp_path / "mai", "--miniature")[0] == 2
    assert not cache.exists()


def test_a_watch_makes_copies_of_new_photos(
    cli: Cli, photos: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def run(watch: Watcher) -> None:
        def change() -> None:
            watch._refresh([os.fsencode(photos)])
            made.append(len(copies(cache)))

        change()
        paint(photos / "nuova.png", (9, 9, 9))
        cache.rename(cache.with_name("altrove"))
        cache.write_text("in the way")
        with pytest.raises(CercafotoError):  # the watcher reports the error and tries again
            change()
        cache.unlink()
        cache.with_name("altrove").rename(cache)
        change()
        copies(cache)[0].unlink()
        change()  # nothing came: nothing is looked for
        raise KeyboardInterrupt

    monkeypatch.setattr(Watcher, "run", run)
    code, _, err = cli("index", photos, "--osserva", "--miniature")
    assert (code, made) == (0, [5, 6, 5])
    first, _, later = err.partition("Resto in ascolto")
    assert "Miniature: 5 fatte" in first
    assert later.count("Miniature") == 1 and "Miniature: 1 fatta, 5 già pronte" in later
    assert "Ascolto finito" in later
