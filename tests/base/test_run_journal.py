"""Tests of the journal of file changes: the latest run, and incomplete lines."""

from __future__ import annotations

from pathlib import Path

from cercafoto.base.run_journal import KEPT, Entry, Journal, LastRun, coded, decoded


def run(folder: Path, *entries: Entry) -> None:
    journal = Journal(folder)
    for entry in entries:
        journal.record(entry)
    journal.close()


def test_the_last_run_is_the_latest_with_changes(tmp_path: Path) -> None:
    run(tmp_path / "j", {"a": 1}, {"a": 2})
    run(tmp_path / "j", {"a": 3})
    run(tmp_path / "j")
    last = LastRun(tmp_path / "j")
    assert last.entries == [{"a": 3}]
    last.forget({0})
    last = LastRun(tmp_path / "j")
    assert last.entries == [{"a": 1}, {"a": 2}]
    last.forget({1})
    assert LastRun(tmp_path / "j").entries == [{"a": 1}]
    LastRun(tmp_path / "j").forget({0})
    assert LastRun(tmp_path / "j").entries == []
    assert list((tmp_path / "j").iterdir()) == []


def test_without_a_folder_there_is_nothing_to_undo(tmp_path: Path) -> None:
    last = LastRun(tmp_path / "j")
    last.forget({0})
    assert last.entries == []
    assert not (tmp_path / "j").exists()


def test_a_line_that_was_cut_short_is_left_out(tmp_path: Path) -> None:
    run(tmp_path / "j", {"a": 1}, {"a": 2})
    (path,) = (tmp_path / "j").iterdir()
    path.write_bytes(path.read_bytes()[:-4])
    last = LastRun(tmp_path / "j")
    assert last.entries == [{"a": 1}] and last.problems == []


def test_old_runs_are_forgotten(tmp_path: Path) -> None:
    for number in range(KEPT + 3):
        run(tmp_path / "j", {"a": number})
    assert len(list((tmp_path / "j").iterdir())) == KEPT
    assert LastRun(tmp_path / "j").entries == [{"a": KEPT + 2}]


def test_bytes_survive_the_journal(tmp_path: Path) -> None:
    run(tmp_path, {"path": coded(b"/\xff\n.jpg")})
    assert decoded(LastRun(tmp_path).entries[0]["path"]) == b"/\xff\n.jpg"
