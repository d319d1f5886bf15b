"""Test undoing actions on labels, in the archive and in sidecars."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from cercafoto import Library, Settings
from cercafoto.archive.local import label_history
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.label_history import LabelHistory
from cercafoto.errors import ArchiveError
from cercafoto.labels.label_file import Label
from cercafoto.labels.sidecars import write as xmp_run
from cercafoto.labels.sidecars.sidecar import Change
from tests.conftest import paint
from tests.support.colours import PAINT
from tests.support.labelled_archive import rows

RED, BLUE = Label("rosso"), Label("blu")


@pytest.fixture
def indexed(library: Library, photos: Path) -> Path:
    library.index([photos])
    return photos


def kept(settings: Settings, photos: Path) -> tuple[object, ...]:
    """Return everything that an undo must put back: rows and bytes of sidecars."""
    return (
        rows(settings, "SELECT * FROM tags ORDER BY 1, 2, 5"),
        rows(settings, "SELECT * FROM stale_labels ORDER BY 1, 2"),
        {path.name: path.read_bytes() for path in sorted(photos.glob("*.xmp"))},
    )


def test_only_the_last_action_is_undone(
    library: Library, settings: Settings, indexed: Path
) -> None:
    library.labels.write_xmp(library.labels.tag([RED, BLUE], "/e.txt"))
    good = kept(settings, indexed)
    library.labels.give([indexed / "blu.png"], ["mare"], ["blu"])
    rehearsed = library.labels.undo(rehearsal=True)
    undone = library.labels.undo()
    assert kept(settings, indexed) == good
    assert undone.action is not None and undone.action.what == "--aggiungi mare --togli blu"
    assert (rehearsed.action, rehearsed.differences) == (undone.action, undone.differences)
    assert [(d.label, d.was, d.stays, d.photos) for d in undone.differences] == [
        ("blu", True, False, 1),
        ("mare", False, True, 1),
    ]
    assert (undone.photos, undone.sidecars.changed, undone.more) == (1, [], True)
    undone = library.labels.undo()
    assert (len(undone.sidecars.changed), undone.more) == (2, False)
    assert kept(settings, indexed) == ([], [], {})
    assert library.labels.undo().is_empty


def test_any_actions_are_undone_one_by_one(
    library: Library, settings: Settings, indexed: Path
) -> None:
    chance = random.Random(7)
    pictures = sorted(indexed.glob("*.png"))

    def tag() -> None:
        labels = [Label(name) for name in chance.sample(sorted(PAINT), 3)]
        result = library.labels.tag(
            labels, chance.choice(["/e.txt", "/f.txt"]), chance.sample(pictures, 3)
        )
        if chance.random() < 0.5:
            library.labels.write_xmp(result)

    def give() -> None:
        result = library.labels.give(chance.sample(pictures, 2), [chance.choice("abc")])
        if chance.random() < 0.5:
            library.labels.write_xmp(result)

    def take() -> None:
        path = os.fsencode(chance.choice(pictures))
        library.labels.give_one(path, remove=[chance.choice(["a", "rosso", "blu", "b"])])

    def forget() -> None:
        with Catalog.open(settings.catalog) as catalog:
            files = catalog.labels.files()
        if files:
            library.labels.write_xmp(library.labels.forget_file(Path(chance.choice(files))))

    states = [kept(settings, indexed)]
    for _ in range(25):
        chance.choice([tag, give, take, forget])()
        if kept(settings, indexed) != states[-1]:
            states.append(kept(settings, indexed))
    assert len(states) > 15
    while len(states) > 1:
        assert kept(settings, indexed) == states.pop()
        undone = library.labels.undo()
        assert (undone.sidecars.problems, undone.more) == ([], len(states) > 1)
    assert kept(settings, indexed) == states[0]
    for table in ("label_actions", "label_changes"):
        assert len(rows(settings, f"SELECT * FROM {table} WHERE checksum IS NULL")) == 0
    assert rows(settings, "SELECT * FROM label_changes") == []


def test_an_action_that_changed_nothing_is_no_step(library: Library, indexed: Path) -> None:
    library.labels.tag([RED], "/e.txt")
    library.labels.tag([RED], "/e.txt")
    library.labels.give_one(os.fsencode(indexed / "blu.png"), remove=["mai vista"])
    undone = library.labels.undo()
    assert [(d.label, d.photos) for d in undone.differences] == [("rosso", 1)]
    assert library.labels.undo().is_empty


def test_labels_of_an_edited_photo_are_restored(
    library: Library, settings: Settings, indexed: Path
) -> None:
    library.labels.tag([BLUE], "/e.txt")
    library.labels.give([indexed / "blu.png"], ["mare"])
    paint(indexed / "blu.png", (30, 30, 245), size=(20, 20))
    library.index()
    assert library.status().stale_labels == (("/e.txt", 1),)
    library.labels.tag([BLUE], "/e.txt")
    assert library.status().stale_labels == ()
    library.labels.undo()
    assert library.status().stale_labels == (("/e.txt", 1),)
    library.labels.undo()
    assert rows(settings, "SELECT label FROM tags") == [("blu",)]  # of what it showed before


def test_forgotten_photos_do_not_stop_an_undo(
    library: Library, settings: Settings, indexed: Path
) -> None:
    library.labels.give([indexed], ["mare"])
    library.labels.give([indexed], remove=["mare"])
    (indexed / "blu.png").unlink()
    library.index()
    library.clean(confirmed=True)
    paint(indexed / "nuova.png", (1, 2, 3))
    library.index()
    library.labels.undo()
    assert dict(library.status().labels) == {"mare": 4}
    library.labels.undo()
    assert rows(settings, "SELECT * FROM tags") == []


@pytest.mark.parametrize("at", ["sidecar", "labels"])
def test_an_undo_that_is_cut_short_goes_on(
    library: Library,
    settings: Settings,
    indexed: Path,
    monkeypatch: pytest.MonkeyPatch,
    at: str,
) -> None:
    library.labels.give([indexed], ["prima"])
    before = kept(settings, indexed)
    library.labels.write_xmp(library.labels.give([indexed], ["mare"]))
    written = kept(settings, indexed)
    real, calls = xmp_run.write, []

    def stop(change: Change, record: Callable[[], None]) -> None:
        calls.append(change)
        if len(calls) == 3:
            raise KeyboardInterrupt
        real(change, record)

    def stop_at_labels(self: LabelHistory, action: int) -> None:
        raise KeyboardInterrupt

    if at == "sidecar":
        monkeypatch.setattr(xmp_run, "write", stop)
    else:
        monkeypatch.setattr(LabelHistory, "undo", stop_at_labels)
    with pytest.raises(KeyboardInterrupt):
        library.labels.undo()
    monkeypatch.undo()
    assert kept(settings, indexed)[0] == written[0]
    library.labels.undo()
    assert kept(settings, indexed) == before


def test_a_changed_sidecar_is_reported_and_then_skipped(
    library: Library, settings: Settings, indexed: Path
) -> None:
    library.labels.give([indexed / "rosso.png"], ["prima"])
    library.labels.write_xmp(library.labels.give([indexed / "blu.png"], ["mare"]))
    sidecar = indexed / "blu.png.xmp"
    sidecar.write_bytes(sidecar.read_bytes() + b"\n")
    undone = library.labels.undo()
    assert [path for path, _ in undone.sidecars.problems] == [os.fsencode(sidecar)]
    assert dict(library.status().labels) == {"prima": 1}
    undone = library.labels.undo()
    assert [path for path, _ in undone.sidecars.problems] == [os.fsencode(sidecar)]
    assert undone.action is not None and undone.action.what == "--aggiungi prima"
    assert (library.status().labels, undone.more) == ((), False)
    assert sidecar.exists()
    assert library.labels.undo().sidecars.problems == []


def test_a_rehearsal_names_the_actions_own_sidecars_too(
    library: Library, settings: Settings, indexed: Path
) -> None:
    library.labels.write_xmp(library.labels.give([indexed / "rosso.png"], ["prima"]))
    library.labels.write_xmp(library.labels.give([indexed / "blu.png"], ["mare"]))
    changed = indexed / "blu.png.xmp"
    changed.write_bytes(changed.read_bytes() + b"\n")
    library.labels.undo()
    rehearsed, undone = library.labels.undo(rehearsal=True), library.labels.undo()
    assert undone.sidecars.changed == [os.fsencode(indexed / "rosso.png.xmp")]
    for told in (rehearsed, undone):
        assert told.action is not None and told.action.what == "--aggiungi prima"
        assert [path for path, _ in told.sidecars.problems] == [os.fsencode(changed)]
        assert told.sidecars.changed == undone.sidecars.changed


def test_the_history_has_a_limit(
    library: Library, settings: Settings, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_history, "KEPT_ACTIONS", 3)
    for name in "abcde":
        library.labels.give([indexed / "blu.png"], [name])
    steps = 0
    while not library.labels.undo().is_empty:
        steps += 1
    assert steps == 4  # three, and the last
    monkeypatch.setattr(label_history, "KEPT_CHANGES", 7)
    for name in ("1", "2", "3", "4"):
        library.labels.give([indexed], [name])  # five changes each
    assert len(rows(settings, "SELECT * FROM label_actions")) == 2
    assert len(rows(settings, "SELECT * FROM label_changes")) == 10


def test_a_damaged_history_undoes_nothing(
    library: Library, settings: Settings, indexed: Path
) -> None:
    library.labels.give([indexed / "blu.png"], ["mare"])
    library.labels.give([indexed / "blu.png"], remove=["mare"])
    with Catalog.create(settings.catalog) as catalog:
        catalog.connection.execute("DROP TRIGGER label_changes_changed")
        catalog.connection.execute(
            "UPDATE label_changes SET label = 'mart' WHERE score IS NOT NULL"
        )
    with pytest.raises(ArchiveError, match="danneggiati"):
        library.labels.undo()
    assert library.status().labels == ()
    with Catalog.create(settings.catalog) as catalog, catalog.transaction():
        damaged = catalog.damaged_rows.find()
        assert list(damaged) == ["label_changes"]
        catalog.damaged_rows.mend(damaged, True)
    assert library.labels.undo().is_empty
