"""Tests of the journal of file changes: the latest run, and incomplete lines."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cercafoto.base.run_journal import (
    DAMAGED,
    KEPT,
    Entry,
    Journal,
    RecordedRun,
    coded,
    decoded,
    decoded_path,
    last_run,
)
from cercafoto.base.seals import Seals


def seals(archive: Path) -> Seals:
    return Seals(archive, archive.parent / "configurazione")


def last(folder: Path) -> RecordedRun:
    """Return the last run of the journals in a folder of an archive."""
    return last_run(seals(folder.parent), folder.name, read)


def read(entry: Entry) -> None:
    if not isinstance(entry["a"], int):
        raise TypeError


def run(folder: Path, *entries: Entry) -> None:
    journal = Journal(seals(folder.parent), folder.name)
    for entry in entries:
        journal.record(entry)
    journal.close()


def test_the_last_run_is_the_latest_with_changes(tmp_path: Path) -> None:
    run(tmp_path / "j", {"a": 1}, {"a": 2})
    run(tmp_path / "j", {"a": 3})
    run(tmp_path / "j")
    latest = last(tmp_path / "j")
    assert latest.entries == [{"a": 3}] and not latest.foreign
    latest.forget({0})
    latest = last(tmp_path / "j")
    assert latest.entries == [{"a": 1}, {"a": 2}] and not latest.foreign
    latest.forget({1})
    assert last(tmp_path / "j").entries == [{"a": 1}]
    last(tmp_path / "j").forget({0})
    assert last(tmp_path / "j").entries == []
    assert list((tmp_path / "j").iterdir()) == []


def test_without_a_folder_there_is_nothing_to_undo(tmp_path: Path) -> None:
    latest = last(tmp_path / "j")
    latest.forget({0})
    assert latest.entries == []
    assert not (tmp_path / "j").exists()


def test_a_line_that_was_cut_short_is_left_out(tmp_path: Path) -> None:
    run(tmp_path / "j", {"a": 1}, {"a": 2})
    (path,) = (tmp_path / "j").iterdir()
    path.write_bytes(path.read_bytes()[:-4])
    latest = last(tmp_path / "j")
    assert latest.entries == [{"a": 1}] and latest.problems == []


def test_old_runs_are_forgotten(tmp_path: Path) -> None:
    for number in range(KEPT + 3):
        run(tmp_path / "j", {"a": number})
    assert len(list((tmp_path / "j").iterdir())) == KEPT
    assert last(tmp_path / "j").entries == [{"a": KEPT + 2}]


def test_bytes_survive_the_journal() -> None:
    assert decoded(coded(b"/\xff\n.jpg")) == b"/\xff\n.jpg"
    assert decoded_path(coded(b"/\xff\n.jpg")) == b"/\xff\n.jpg"


@pytest.mark.parametrize("path", [b"", b"a.jpg", b"/a/../b", b"/a/./b", b"/a\0b", b"/a/"])
def test_what_is_no_plain_path_is_none(path: bytes) -> None:
    with pytest.raises(ValueError, match="path"):
        decoded_path(coded(path))


def test_a_line_is_ours_only_in_its_archive_and_its_run(tmp_path: Path) -> None:
    for folder in (tmp_path / "a" / "j", tmp_path / "b" / "j"):
        run(folder, {"a": 1})
        run(folder, {"a": 2})
    run(tmp_path / "a" / "k", {"a": 1})
    first, second = ((tmp_path / "a" / "j" / f"00000{n}.jsonl").read_bytes() for n in (1, 2))
    place = tmp_path / "a" / "j" / "000002.jsonl"
    for foreign in (first, (tmp_path / "b" / "j" / "000002.jsonl").read_bytes(), b'{"a": 2}\n'):
        place.write_bytes(second + foreign)
        assert len(last(place.parent).entries) == 2 and last(place.parent).foreign == {1}
    (tmp_path / "a" / "j" / "000001.jsonl").replace(tmp_path / "a" / "k" / "000001.jsonl")
    assert last(tmp_path / "a" / "k").foreign == {0}


MALFORMED = (
    b"", b"{}", b"[]", b"null", b"7", b'{"a": "1"}', b'{"a": null}', b"[" * 100_000, b"\xff\xfe",
    b'{"a": ' + b"9" * 5000 + b"}", b'{"b": 1}', b'"\\ud800"', b"{'a': 1}",
)  # fmt: skip


@pytest.mark.parametrize("line", MALFORMED)
def test_a_malformed_line_costs_itself(tmp_path: Path, line: bytes) -> None:
    run(tmp_path / "j", {"a": 1}, {"a": 2})
    (path,) = (tmp_path / "j").iterdir()
    first, second, _ = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([first, line, second, b""]))
    latest = last(tmp_path / "j")
    assert (latest.entries, latest.foreign, latest.damaged) == ([{"a": 1}, {"a": 2}], set(), 1)
    assert latest.problems == [(os.fsencode(path), f"1 riga rovinata{DAMAGED}")]


def test_what_is_no_journal_is_left_alone(tmp_path: Path) -> None:
    run(tmp_path / "j", {"a": 1})
    (tmp_path / "j" / "²²².jsonl").touch()
    (tmp_path / "j" / "000007.jsonl").mkdir()
    (tmp_path / "j" / "000009.jsonl").symlink_to(tmp_path / "altrove")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "j" / "000008.jsonl")
    assert last(tmp_path / "j").entries == [{"a": 1}]
    run(tmp_path / "j", {"a": 2})
    assert (tmp_path / "j" / "000010.jsonl").is_file()
    assert last(tmp_path / "j").entries == [{"a": 2}]


def test_a_linked_folder_has_no_journals(tmp_path: Path) -> None:
    mine = tmp_path / "miei"
    mine.mkdir()
    for number in range(KEPT + 3):
        (mine / f"{number:06}.jsonl").write_text(json.dumps({"a": 1}) + "\n")
    (tmp_path / "j").symlink_to(mine)
    assert last(tmp_path / "j").path is None
    with pytest.raises(OSError, match="collegamento"):
        run(tmp_path / "j", {"a": 1})
    assert len(list(mine.iterdir())) == KEPT + 3
