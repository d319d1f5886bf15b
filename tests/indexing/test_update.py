"""An update follows the folders, and embeds only what changed."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cercafoto import Library, Settings
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.lock import archive_lock
from cercafoto.errors import ArchiveBusyError
from tests.conftest import names, paint
from tests.support.recorder import Recorder


def test_a_deleted_file_is_hidden_and_comes_back_without_embedding(
    library: Library, photos: Path
) -> None:
    library.index([photos])
    (photos / "rosso.png").rename(photos.parent / "via.png")
    assert library.index().missing == 1
    assert "rosso" not in names(library, "rosso")
    assert len(names(library, "rosso")) == 4
    (photos.parent / "via.png").rename(photos / "rosso.png")
    report = library.index()
    assert (report.back, report.embedded) == (1, 0)
    assert names(library, "rosso")[0] == "rosso"


@pytest.mark.parametrize("how", ["gone", "empty"])
def test_an_unmounted_disk_marks_nothing(library: Library, photos: Path, how: str) -> None:
    library.index([photos])
    photos.rename(photos.parent / "smontata")
    if how == "empty":
        photos.mkdir()
    report = library.index()
    assert not report.complete
    assert report.missing == 0
    assert report.unreadable[0][0] == os.fsencode(photos)
    assert len(names(library, "rosso")) == 5
    if how == "empty":
        photos.rmdir()
    (photos.parent / "smontata").rename(photos)
    assert library.index().unchanged == 5


def test_one_bad_photo_costs_one_photo(library: Library, photos: Path) -> None:
    (photos / "rotta.jpg").write_bytes(b"\xff\xd8\xff\xe0 e poi niente")
    (photos / "vuota.png").touch()
    report = library.index([photos])
    assert report.new == 5
    assert [Path(os.fsdecode(p)).name for p, _ in report.problems] == ["rotta.jpg", "vuota.png"]
    assert not report.complete
    again = library.index()
    assert len(again.problems) == 2
    assert [why for _, why in again.problems] == [why for _, why in report.problems]
    shutil.copy(photos / "blu.png", photos / "vuota.png")
    assert len(library.index().problems) == 1


def test_a_folder_inside_a_known_one_is_refreshed_alone(library: Library, photos: Path) -> None:
    library.index([photos])
    (photos / "rosso.png").unlink()
    paint(photos / "sotto" / "nuova.png", (1, 2, 3))
    report = library.index([photos / "sotto"])
    assert (report.new, report.missing) == (1, 0)
    assert [root for root, _, _ in library.status().roots] == [os.fsencode(photos)]


def test_an_interrupted_run_keeps_what_it_wrote_and_goes_on(
    library: Library, tmp_path: Path
) -> None:
    for i in range(50):
        paint(tmp_path / "tante" / f"{i:02}.png", (5 * i, 100, 7))

    def stop(done: int, total: int, name: str) -> None:
        if done == 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.index([tmp_path / "tante"], reporter=Recorder(stop))
    written = library.status().counts.photos
    assert written == 32  # two batches of 16
    report = library.index()
    assert (report.unchanged, report.new, report.embedded) == (32, 18, 18)


def test_two_runs_at_once_take_turns(settings: Settings, photos: Path) -> None:
    with (
        archive_lock(settings.archive, wait=False),
        pytest.raises(ArchiveBusyError, match=f"processo {os.getpid()}") as caught,
    ):
        Library(settings).index([photos])
    assert caught.value.hint == "Aspetta che finisca, poi riprova."
    assert Library(settings).index([photos], wait=True).new == 5


def test_searching_goes_on_while_an_index_runs(settings: Settings, photos: Path) -> None:
    Library(settings).index([photos])
    paint(photos / "altra.png", (3, 3, 3))
    seen: list[list[str]] = []
    Library(settings).index(
        reporter=Recorder(lambda done, total, name: seen.append(names(Library(settings), "rosso")))
    )
    assert seen
    assert all(found[0] == "rosso" for found in seen)


def test_batches_of_many_sizes_give_the_same_catalogue(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    for i in range(37):
        colour = tuple(int(c) for c in rng.integers(0, 255, 3))
        paint(tmp_path / "f" / f"{i}.png", colour)  # type: ignore[arg-type]
    results = []
    for batch in (1, 5, 16):
        size = property(lambda encoder, n=batch: n, lambda encoder, n: None)
        monkeypatch.setattr("cercafoto.models.encode.encoder.Encoder.batch", size, raising=False)
        one = replace(settings, archive=tmp_path / f"archive{batch}")
        Library(one).index([tmp_path / "f"])
        with Catalog.open(one.catalog) as catalog:
            vectors = {
                catalog.photos.of_content(int(ids[1]))[0].path: row.tobytes()
                for chunk_ids, rows in catalog.vectors.vectors_after(1, 0)
                for ids, row in zip(chunk_ids, rows, strict=True)
            }
        results.append(vectors)
    assert len(results[0]) == 37
    assert results[0] == results[1] == results[2]
