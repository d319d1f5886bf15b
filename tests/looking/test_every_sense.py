"""Whatever looks at photos is interrupted, repeated, given a photo that cannot be read, and one
that has changed: every sense does the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cercafoto import Library
from cercafoto.errors import UsageError
from cercafoto.faces import face_run
from cercafoto.faces.face_sense import Faces
from cercafoto.indexing.thing_sense import Things
from cercafoto.looking import catch_up as catching
from cercafoto.looking.in_threads import in_threads
from cercafoto.looking.sense import Sense
from cercafoto.models import things_model
from cercafoto.ocr.word_sense import Words
from cercafoto.senses import SENSES
from tests.conftest import PAINT, Cli, paint
from tests.support.painted_faces import PaintedFaces
from tests.support.recorder import Recorder

every_sense = pytest.mark.parametrize("sense", SENSES, ids=lambda sense: sense.name)


@pytest.fixture
def indexed(
    library: Library,
    photos: Path,
    fake: Callable[..., None],
    tiny_things: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Library:
    """Return an archive at which no sense has looked, with engines that need no time."""
    monkeypatch.setattr(face_run, "FaceModels", PaintedFaces)
    monkeypatch.setattr("cercafoto.ocr.read_run.LIKELY_FROM", 0.0)
    library.index([photos])
    monkeypatch.setattr(things_model, "EMBEDDED_PATH", tiny_things)
    return library


def spoil(photo: Path) -> Callable[[], None]:
    """Make a photo unreadable as a failing disk does. Return a function that mends it."""
    sound, status = photo.read_bytes(), photo.stat()

    def write(content: bytes) -> None:
        photo.write_bytes(content)
        os.utime(photo, ns=(status.st_atime_ns, status.st_mtime_ns))

    write(bytes(len(sound)))
    return lambda: write(sound)


@every_sense
def test_a_repeated_run_looks_at_nothing_twice(indexed: Library, sense: Sense[Any]) -> None:
    first, second = indexed.look(sense), indexed.look(sense)
    assert (first.read, first.present, first.problems) == (len(PAINT), 0, ())
    assert (second.read, second.present, second.found) == (0, len(PAINT), 0)


def one_by_one(*args: Any) -> Iterator[list[Any]]:
    """Do what `in_threads` does, and yield one item at a time."""
    for batch in in_threads(*args):
        for item in batch:
            yield [item]


@every_sense
def test_an_interruption_keeps_what_was_found(
    indexed: Library, sense: Sense[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catching, "usable_cores", lambda: 1)
    monkeypatch.setattr("cercafoto.models.encode.encoder.BATCH", 0)
    monkeypatch.setattr("cercafoto.models.encode.encoder.usable_cores", lambda: 1)
    monkeypatch.setattr(catching, "in_threads", one_by_one)  # on a busy machine several end at once

    def interrupt(done: int, total: int, name: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        indexed.look(sense, reporter=Recorder(interrupt))
    rest = indexed.look(sense)
    assert 2 <= rest.present < len(PAINT)
    assert rest.read == len(PAINT) - rest.present
    assert indexed.look(sense).present == len(PAINT)


@every_sense
def test_a_photo_that_cannot_be_read_is_told_and_tried_again_when_asked(
    indexed: Library, sense: Sense[Any], photos: Path, cli: Cli
) -> None:
    mend = spoil(photos / "blu.png")
    report = indexed.look(sense)
    assert report.read == len(PAINT) - 1
    ((path, reason),) = report.problems
    assert indexed.problems() == [(path, reason)] and path == bytes(photos / "blu.png")
    assert f"{path.decode()}: {reason}" in cli("stato", "--problemi")[1].replace("\n  ", " ")
    assert indexed.status().senses[sense.name].unread == 1
    assert sense.wording.unread_title in cli("stato")[1]
    mend()
    again = indexed.look(sense)
    assert (again.read, again.known_problems) == (0, 1)
    mended = indexed.look(sense, retry=True)
    assert (mended.read, mended.problems, indexed.problems()) == (1, (), [])


@every_sense
def test_a_photo_that_could_not_be_read_and_then_changes_is_looked_at(
    indexed: Library, sense: Sense[Any], photos: Path
) -> None:
    spoil(photos / "blu.png")
    indexed.look(sense)
    paint(photos / "blu.png", PAINT["blu"], (90, 50))
    indexed.index()
    indexed.look(sense)
    assert indexed.look(sense).present == len(PAINT)
    assert indexed.problems() == []
    indexed.clean(confirmed=True)
    with indexed.local().catalog() as catalog:
        assert catalog.unread.contents(sense.name) == set()


@every_sense
def test_a_changed_photo_waits_for_the_index(
    indexed: Library, sense: Sense[Any], photos: Path
) -> None:
    paint(photos / "blu.png", PAINT["blu"], (90, 50))
    (photos / "rosso.png").unlink()
    report = indexed.look(sense)
    assert (report.read, report.skipped, report.problems) == (len(PAINT) - 2, 2, ())
    assert indexed.problems() == []
    indexed.index()
    indexed.look(sense)
    assert indexed.look(sense).present == len(PAINT) - 1


@every_sense
def test_a_damaged_copy_does_not_hide_its_photo(
    indexed: Library, sense: Sense[Any], photos: Path
) -> None:
    (photos / "a.png").write_bytes((photos / "blu.png").read_bytes())
    indexed.index()
    spoil(photos / "a.png")
    assert not indexed.look(sense).problems and indexed.problems() == []


@every_sense
def test_photos_that_are_not_in_the_archive_are_refused(
    indexed: Library, sense: Sense[Any], tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="nell'archivio"):
        indexed.look(sense, [tmp_path / "altrove"])


@pytest.mark.parametrize(
    ("command", "sense"),
    [
        (("leggi", "--tutte"), Words),
        (("persone", "attiva", "--conferma"), Faces),
        (("index",), Things),
    ],
)
def test_each_command_counts_what_it_cannot_read_and_tries_again_when_asked(
    indexed: Library, photos: Path, cli: Cli, command: tuple[str, ...], sense: type[Sense[Any]]
) -> None:
    mend = spoil(photos / "blu.png")
    cli(*command)
    assert indexed.status().senses[sense.name].unread == 1
    mend()
    assert cli(*command)[0] == 0
    assert indexed.status().senses[sense.name].unread == 1
    assert cli(*command, "--riprova")[0] == 0
    assert indexed.status().senses[sense.name].unread == 0


def test_what_could_not_be_read_is_forgotten_with_all_the_rest(
    indexed: Library, photos: Path
) -> None:
    spoil(photos / "blu.png")
    for sense, forget in (
        (Words(), lambda: indexed.texts.forget(confirmed=True)),
        (Faces(), indexed.faces.forget_all),
    ):
        indexed.look(sense)
        assert len(indexed.problems()) == 1
        forget()
        assert indexed.problems() == []


def test_every_sense_is_called_something_else() -> None:
    for of in (
        lambda sense: sense.name,
        lambda sense: sense.wording.title,
        lambda sense: sense.wording.unread_title,
        lambda sense: sense.option or sense,
    ):
        assert len({of(sense) for sense in SENSES}) == len(SENSES)
