"""Whole flows with the tiny model: index, search, tag, and what happens to files over time."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from cercafoto import Library, Query, Settings
from cercafoto.catalog.catalog import Catalog
from cercafoto.catalog.lock import archive_lock
from cercafoto.errors import (
    ArchiveBusyError,
    ArchiveError,
    FolderNotFoundError,
    ImageError,
    ModelError,
    UsageError,
)
from cercafoto.labels.label_file import Label
from cercafoto.photos.decoding.picture import open_upright
from cercafoto.session import ResidentSession
from cercafoto.vectors import store as vectors
from cercafoto.vectors.cache import CODES
from tests.conftest import PAINT, names, paint
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
    assert best.taken_at == datetime.fromtimestamp(1_500_000_000).isoformat()
    assert result.hits[0].score >= result.hits[1].score


def test_an_example_finds_its_like_alone_and_with_words(library: Library, photos: Path) -> None:
    library.index([photos])
    example = paint(photos.parent / "esempio.jpg", (240, 20, 20))
    alone = library.search(Query.parse([], [example]))
    assert alone.hits[0].path.endswith(b"rosso.png")
    assert alone.hits[0].confidence > 0.9
    both = library.search(Query.parse(["blu"], [example]))
    assert both.hits[0].path.endswith(b"viola.png")  # red and blue


def test_an_example_that_is_no_picture_is_told(library: Library, photos: Path) -> None:
    library.index([photos])
    wrong = photos.parent / "a.jpg"
    wrong.write_text("ciao")
    with pytest.raises(ImageError, match="non è un'immagine"):
        library.search(Query.parse([], [wrong]))


def test_a_folder_filters(library: Library, photos: Path) -> None:
    paint(photos / "sotto" / "rosso2.png", (240, 0, 0))
    library.index([photos])
    assert names(library, "rosso", folders=[photos / "sotto"]) == ["rosso2"]
    with pytest.raises(UsageError, match="nessuna foto in"):
        names(library, "rosso", folders=[photos.parent / "altrove"])


def test_copies_count_as_one_result(library: Library, photos: Path) -> None:
    shutil.copy(photos / "rosso.png", photos / "copia.png")
    report = library.index([photos])
    assert report.new == 6
    assert names(library, "rosso").count("rosso") + names(library, "rosso").count("copia") == 1
    assert library.status().counts.vectors == 5


def test_a_second_run_does_nothing(library: Library, photos: Path) -> None:
    library.index([photos])
    report = library.index()
    assert (report.unchanged, report.embedded, report.new) == (5, 0, 0)


def test_a_moved_file_keeps_its_vector_and_its_tags(library: Library, photos: Path) -> None:
    library.index([photos])
    library.tag([Label("rosso")], "e.txt")
    (photos / "nuova").mkdir()
    (photos / "rosso.png").rename(photos / "nuova" / "altra.png")
    report = library.index([photos])
    assert (report.moved, report.new, report.missing, report.embedded) == (1, 0, 0, 0)
    (hit,) = library.search(Query.parse(["rosso"], labels=["rosso"])).hits
    assert hit.path.endswith(b"nuova/altra.png")
    assert hit.tags == ("rosso",)


def test_a_changed_file_is_embedded_again(library: Library, photos: Path) -> None:
    library.index([photos])
    paint(photos / "rosso.png", PAINT["blu"], size=(33, 33))
    report = library.index([photos])
    assert (report.changed, report.embedded) == (1, 1)
    assert set(names(library, "blu")[:2]) == {"blu", "rosso"}


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


@pytest.mark.parametrize("name", [b"a\nb.png", "è 🌊.png".encode(), b"\xff\xfe.png"])
def test_any_file_name_is_found_again(library: Library, tmp_path: Path, name: bytes) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"f", name)
    try:
        os.rename(paint(tmp_path / "f" / "a.png", PAINT["rosso"]), path)
    except OSError:
        pytest.skip("this file system does not allow the name")
    library.index([tmp_path / "f"])
    assert library.search(Query.parse(["rosso"])).hits[0].path == path


def test_tags_are_scored_stored_and_filter(library: Library, photos: Path) -> None:
    library.index([photos])
    result = library.tag([Label("rosso"), Label("mare", ("blu", "azzurro"))], "e.txt")
    tagged = {Path(os.fsdecode(p.path)).stem: [t[0] for t in p.tags] for p in result.photos}
    assert tagged == {"rosso": ["rosso"], "blu": ["mare"], "verde": [], "giallo": [], "viola": []}
    assert names(library, "verde", labels=["mare"]) == ["blu"]
    (hit,) = library.search(Query.parse([], labels=["mare"])).hits
    assert hit.tags == ("mare",)
    assert hit.confidence > 0.5
    assert library.search(Query.parse(["rosso"], labels=["ignota"])).verdict == "none"


def test_tagging_again_replaces_what_the_same_file_said(library: Library, photos: Path) -> None:
    library.index([photos])
    library.tag([Label("rosso")], "e.txt")
    library.tag([Label("blu")], "e.txt")
    assert library.status().labels == (("blu", 1),)
    library.tag([Label("rosso")], "altre.txt")
    assert library.status().labels == (("blu", 1), ("rosso", 1))


def test_only_the_named_photos_are_tagged(library: Library, photos: Path) -> None:
    library.index([photos])
    stranger = paint(photos.parent / "x.png", PAINT["blu"])
    labels = [Label("rosso"), Label("blu")]
    result = library.tag(labels, "e.txt", [photos / "blu.png", stranger])
    assert [p.path for p in result.photos] == [os.fsencode(photos / "blu.png")]
    assert result.unknown == (os.fsencode(stranger),)
    assert library.status().labels == (("blu", 1),)
    with pytest.raises(UsageError, match="Nessuna delle foto"):
        library.tag(labels, "e.txt", [stranger])


def test_threshold_and_number_of_labels(library: Library, photos: Path) -> None:
    library.index([photos])
    labels = [Label(name) for name in PAINT]
    all_of_them = library.tag(labels, "e.txt", threshold=0.0, most=3)
    assert all(len(p.tags) == 3 for p in all_of_them.photos)
    assert not any(p.tags for p in library.tag(labels, "e.txt", threshold=1.0).photos)


def test_scores_of_labels_equal_the_obvious_loop(library: Library, photos: Path) -> None:
    library.index([photos])
    labels = [Label("rosso", ("viola",)), Label("blu")]
    result = library.tag(labels, "e.txt", threshold=0.0)
    encoder = library.session.encoder
    for photo in result.photos:
        image = encoder.embed_images([open_upright(Path(os.fsdecode(photo.path)), 32)])[0]
        for name, score, _ in photo.tags:
            phrases = next(label.phrases for label in labels if label.name == name)
            slow = max(float(image @ encoder.embed_texts([p])[0]) for p in phrases)
            assert abs(score - slow) < 2e-3  # stored in half precision


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
    tagged = Library(settings).tag([Label("rosso")], "e.txt").photos
    assert [bool(photo.tags) for photo in tagged] == [
        photo.path.endswith(b"rosso.png") for photo in tagged
    ]
    shutil.rmtree(settings.vectors)
    assert names(Library(settings), "rosso") == expected


def test_a_resident_library_answers_the_same_through_the_graph(
    settings: Settings, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cercafoto.session.GRAPH_FROM", 1)
    Library(settings).index([photos])
    resident = Library(settings, ResidentSession(settings))
    for colour in PAINT:
        assert names(resident, colour) == names(Library(settings), colour)
    assert list(settings.vectors.glob("*/grafo.hnsw"))
    paint(photos / "rosso2.png", (255, 0, 0))
    Library(settings).index()
    assert names(resident, "rosso")[0] in {"rosso", "rosso2"}
    assert len(names(resident, "rosso")) == 6


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
    # Without naming it again: the switch that was begun goes on.
    report = Library(replace(settings, model="auto")).index()
    assert (report.model, report.embedded, report.pending) == ("altro", 4, 0)
    result = Library(settings).search(Query.parse(["rosso"]))
    assert result.model == "altro"
    assert len(result.hits) == 10
    # And back: the old vectors are still there.
    assert Library(settings).index().embedded == 0
    assert Library(settings).search(Query.parse(["rosso"])).model == "tiny"


def test_an_index_keeps_its_model(settings: Settings, photos: Path) -> None:
    Library(settings).index([photos])
    recorder = Recorder()
    report = Library(replace(settings, model="auto")).index(reporter=recorder)
    assert report.model == "tiny"
    assert recorder.lines == []


def test_a_model_that_is_gone_is_told(settings: Settings, photos: Path) -> None:
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


def test_two_runs_at_once_take_turns(settings: Settings, photos: Path) -> None:
    with (
        archive_lock(settings.archive, wait=False),
        pytest.raises(ArchiveBusyError, match=f"processo {os.getpid()}") as caught,
    ):
        Library(settings).index([photos])
    assert "--aspetta" in caught.value.hint
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


def test_wrong_folders_are_told(library: Library, tmp_path: Path) -> None:
    with pytest.raises(FolderNotFoundError, match="non esiste"):
        library.index([tmp_path / "no"])
    with pytest.raises(UsageError, match="nessuna cartella"):
        library.index()
    assert not library.settings.archive.exists()
    (tmp_path / "vuota").mkdir()
    report = library.index([tmp_path / "vuota"])
    assert report.searchable == 0
    assert report.complete


def test_there_is_nothing_to_search_before_the_first_index(library: Library) -> None:
    with pytest.raises(ArchiveError, match="non esiste ancora"):
        library.search(Query.parse(["rosso"]))


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
                catalog.photos_of(int(ids[1]))[0].path: row.tobytes()
                for chunk_ids, rows in catalog.vectors_after(1, 0)
                for ids, row in zip(chunk_ids, rows, strict=True)
            }
        results.append(vectors)
    assert len(results[0]) == 37
    assert results[0] == results[1] == results[2]
