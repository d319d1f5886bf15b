"""Whole flows with the tiny model: search, change of model, damaged files."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cercafoto import Library, Query, Question, Settings
from cercafoto.archive.local.embeddings import vector_store as vectors
from cercafoto.archive.local.embeddings.cache import CODES
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.cli.render.status import status_text
from cercafoto.errors import (
    FolderNotFoundError,
    ModelError,
    UsageError,
)
from cercafoto.labels.label_file import Label
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.results.status import ModelSwitch
from tests.conftest import PAINT, names, paint
from tests.support.optional_packages import needs
from tests.support.recorder import Recorder
from tests.support.tiny_model import make_tiny_model


def test_words_find_the_photo(library: Library, photos: Path) -> None:
    report = library.index([photos])
    assert (report.new, report.embedded, report.complete) == (5, 5, True)
    for colour in PAINT:
        assert names(library, colour)[0] == colour


def test_a_result_tells_all_there_is_to_know(library: Library, photos: Path) -> None:
    os.utime(photos / "blu.png", (1_500_000_000, 1_500_000_000))
    library.index([photos])
    result = library.search(Query.parse(["blu"]), limit=2)
    assert result.model == "tiny"
    assert result.verdict == "found"
    assert len(result.hits) == 2
    best = result.hits[0]
    assert best.path == os.fsencode(photos / "blu.png")
    assert best.score > 0.99
    assert 0.5 < best.confidence <= 1
    assert (best.width, best.height, best.tags) == (60, 40, ())
    assert (best.taken_at, best.date_source) == (None, None)  # the time of a file is no date
    assert result.hits[0].score >= result.hits[1].score


def test_an_example_finds_its_like_alone_and_with_words(library: Library, photos: Path) -> None:
    library.index([photos])
    example = paint(photos.parent / "esempio.jpg", (240, 20, 20))
    alone = library.search(Query.of(Question(like=(example,))))
    assert alone.hits[0].path.endswith(b"rosso.png")
    assert alone.hits[0].confidence > 0.9
    both = library.search(Query.of(Question(("blu",), like=(example,))))
    assert both.hits[0].path.endswith(b"viola.png")  # red and blue


def test_an_example_is_decoded_once_until_its_file_changes(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.index([photos])
    decoded: list[bytes] = []
    look_at = Decoders.look_at
    monkeypatch.setattr(
        Decoders, "look_at", lambda self, path, at: decoded.append(path) or look_at(self, path, at)
    )
    example = paint(photos.parent / "esempio.png", (240, 20, 20))
    first, second = (library.search(Query.of(Question(like=(example,)))) for _ in range(2))
    assert first.hits == second.hits and first.hits[0].path.endswith(b"rosso.png")
    assert decoded == [os.fsencode(example)]
    paint(example, (20, 20, 240), (70, 50))
    assert library.search(Query.of(Question(like=(example,)))).hits[0].path.endswith(b"blu.png")


def test_a_folder_filters(library: Library, photos: Path) -> None:
    paint(photos / "sotto" / "rosso2.png", (240, 0, 0))
    library.index([photos])
    assert names(library, "rosso", folders=(photos / "sotto",)) == ["rosso2"]
    (photos.parent / "altrove").mkdir()
    with pytest.raises(UsageError, match="nessuna foto in"):
        names(library, "rosso", folders=(photos.parent / "altrove",))
    with pytest.raises(FolderNotFoundError):
        names(library, "rosso", folders=(photos.parent / "mai stata",))


def test_damaged_codes_never_change_an_answer(
    settings: Settings, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "FEW", 0)  # else so few are looked up in the catalogue
    Library(settings).index([photos])
    expected = names(Library(settings), "rosso")
    (path,) = settings.vectors.glob(f"*/{CODES}")
    content = bytearray(path.read_bytes())
    content[3] ^= 0x80
    path.write_bytes(content)
    assert names(Library(settings), "rosso", folders=[photos]) == expected
    path.write_bytes(content)
    assert names(Library(settings), "rosso") == expected
    path.write_bytes(content)
    tagged = Library(settings).labels.tag([Label("rosso")], "e.txt").photos
    assert [bool(photo.tags) for photo in tagged] == [
        photo.path.endswith(b"rosso.png") for photo in tagged
    ]
    shutil.rmtree(settings.vectors)
    assert names(Library(settings), "rosso") == expected


@needs("hnswlib")
def test_a_resident_library_answers_the_same_through_the_graph(
    settings: Settings, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cercafoto.archive.local.embeddings.resident.GRAPH_FROM", 1)
    Library(settings).index([photos])
    resident = Library(settings, LocalArchive(settings, resident=True))
    for colour in PAINT:
        assert names(resident, colour) == names(Library(settings), colour)
    assert list(settings.vectors.glob("*/grafo.hnsw"))
    paint(photos / "rosso2.png", (255, 0, 0))
    Library(settings).index()
    assert names(resident, "rosso")[0] in {"rosso", "rosso2"}
    assert len(names(resident, "rosso")) == 6


def test_without_hnswlib_a_resident_library_answers_exactly(
    settings: Settings, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cercafoto.archive.local.embeddings.resident.GRAPH_FROM", 1)
    monkeypatch.setitem(sys.modules, "hnswlib", None)
    Library(settings).index([photos])
    resident = Library(settings, LocalArchive(settings, resident=True))
    for colour in PAINT:
        assert names(resident, colour) == names(Library(settings), colour)
    assert not list(settings.vectors.glob("*/grafo.hnsw"))
    assert not resident.status().graph


def test_an_archive_without_a_graph_stays_without_one(
    settings: Settings, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cercafoto.archive.local.embeddings.resident.GRAPH_FROM", 1)
    Library(settings).index([photos])
    archive = LocalArchive(settings, resident=True, graph=False)
    assert names(Library(settings, archive), "rosso") == names(Library(settings), "rosso")
    make_tiny_model(settings.models / "altro", "altro", turn=1)
    Library(replace(settings, model="altro")).index()
    renewed = archive.renew()
    assert renewed is not archive
    assert Library(settings, renewed).search(Query.parse(["rosso"])).model == "altro"
    assert not list(settings.vectors.glob("*/grafo.hnsw"))


def test_a_switch_of_model_is_complete_before_it_counts(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(20):
        paint(tmp_path / "tante" / f"{i:02}.png", (12 * i, 100, 7))
    Library(settings).index([tmp_path / "tante"])
    make_tiny_model(settings.models / "altro", "altro", turn=1)
    other = replace(settings, model="altro")

    def stop(done: int, total: int, name: str) -> None:
        if done == 18:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Library(other).index(reporter=Recorder(stop))
    assert Library(other).search(Query.parse(["rosso"])).model == "tiny"
    status = Library(settings).status()
    assert (status.model, status.switch) == ("tiny", ModelSwitch("altro", 4))
    told = (
        "«altro» ne ha guardate 16 su 20 (per finire: «cercafoto index»); intanto risponde «tiny»"
    )
    assert told in " ".join(status_text(status).split())
    # Without naming the model again: the switch already begun goes on.
    report = Library(replace(settings, model="auto")).index()
    assert (report.model, report.embedded, report.pending) == ("altro", 4, 0)
    result = Library(settings).search(Query.parse(["rosso"]))
    assert result.model == "altro" and Library(settings).status().switch is None
    assert len(result.hits) == 10
    # And back: the old vectors are still there.
    assert Library(settings).index().embedded == 0
    assert Library(settings).search(Query.parse(["rosso"])).model == "tiny"


def test_an_archive_keeps_its_model(settings: Settings, photos: Path) -> None:
    # An index keeps its model.
    Library(settings).index([photos])
    recorder = Recorder()
    report = Library(replace(settings, model="auto")).index(reporter=recorder)
    assert report.model == "tiny"
    assert recorder.lines == []
    # A model that is gone is told.
    Library(settings).index([photos])
    (settings.models / "tiny").unlink()
    with pytest.raises(ModelError, match="tiny"):
        names(Library(settings), "rosso")
    assert not Library(settings).status().model_available


def test_a_new_edition_of_the_model_is_taken_at_the_next_index(
    settings: Settings, photos: Path
) -> None:
    Library(settings).index([photos])
    (settings.models / "tiny").unlink()
    make_tiny_model(settings.models / "tiny", turn=1)
    report = Library(replace(settings, model="auto")).index()
    assert (report.model, report.embedded, report.recomputed) == ("tiny", 5, 5)
    assert names(Library(settings), "rosso")[0] == "rosso"


def test_errors_name_wrong_folders(library: Library, tmp_path: Path) -> None:
    with pytest.raises(FolderNotFoundError, match="non esiste"):
        library.index([tmp_path / "no"])
    with pytest.raises(UsageError, match="nessuna cartella"):
        library.index()
    assert not library.settings.archive.exists()
    (tmp_path / "vuota").mkdir()
    report = library.index([tmp_path / "vuota"])
    assert report.new == 0
    assert report.complete
