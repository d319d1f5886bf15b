"""Some hundred damaged files through a real index; `python -m tests.bench.fuzz` takes 2,000."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cercafoto import Library, Settings
from cercafoto.photos.decoding import decoder_processes as decoding
from tests.bench.fuzz import bad_rows, sound_files, write_damaged
from tests.conftest import paint
from tests.photos.test_decoding import INJECTED
from tests.support.open_catalogue import open_catalogue

COUNT, SEED = 120, 1


def test_damaged_files_leave_no_bad_row(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "foto"
    folder.mkdir()
    write_damaged(folder, COUNT, SEED)
    library = Library(settings)
    report = library.index([folder])
    assert report.new + len(report.problems) + sum(report.lacking.values()) == COUNT
    assert 10 < len(report.problems) < COUNT - 10
    assert bad_rows(settings.catalog, str(library.status().fingerprint)) == []
    assert all(why for _, why in report.problems)


def test_the_undamaged_files_are_all_read(settings: Settings, tmp_path: Path) -> None:
    files = sound_files()
    for number, (ending, content) in enumerate(files):
        (tmp_path / f"{number}.{ending}").write_bytes(content)
    report = Library(settings).index([tmp_path])
    assert report.problems == ()
    assert report.new == len(files)


def test_the_look_at_the_rows_sees_a_bad_one(settings: Settings, photos: Path) -> None:
    library = Library(settings)
    library.index([photos])
    fingerprint = str(library.status().fingerprint)
    assert bad_rows(settings.catalog, fingerprint) == []
    assert len(bad_rows(settings.catalog, "of another model")) == 5
    with open_catalogue(settings.catalog) as db:
        db.execute("UPDATE photos SET state = 'problem' WHERE id = (SELECT min(id) FROM photos)")
    assert len(bad_rows(settings.catalog, fingerprint)) == 1


def test_the_command_line_says_which_photo_it_was(
    cli: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "PROGRAM", INJECTED)
    paint(tmp_path / "foto" / "abort.png", (250, 10, 10))
    paint(tmp_path / "foto" / "buona.png", (10, 250, 10))
    code, _, err = cli("index", tmp_path / "foto")
    assert code == 3
    assert "abort.png" in err and "decod" in err
