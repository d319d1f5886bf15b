"""Videos in an archive: found by their moments, moved, deleted, repaired."""

from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from cercafoto import Library, Query, Question
from cercafoto.indexing.index_run import IndexRun
from cercafoto.photos.decoding import file_kind
from cercafoto.photos.facts import Facts
from cercafoto.photos.read_file import FoundFile, ReadFile, ReadMoment
from cercafoto.question.filters.filter import Filters
from cercafoto.results.answer import Hit, Moment
from cercafoto.search.moments import joined
from tests.conftest import paint
from tests.support.clips import BLUE, GREEN, RED, make_clip
from tests.support.optional_packages import needs
from tests.support.tiny_model import make_tiny_model

pytestmark = needs("av")


@pytest.fixture
def film(photos: Path) -> Path:
    """Make a video of three two-second scenes beside the photos: red, green, blue."""
    return make_clip(photos / "film.mp4", [RED, GREEN, BLUE], 2)


def found(library: Library, words: str, **typed: object) -> dict[str, Hit]:
    query = Query.of(Question((words,) if words else (), typed=Filters(typed)))
    return {Path(os.fsdecode(hit.path)).name: hit for hit in library.search(query).hits}


def rows(library: Library) -> tuple[int, int, int]:
    """Return how many frames, contents and vectors there are."""
    with library.archive.local().catalog() as catalog:
        return tuple(
            catalog.number(f"SELECT count(*) FROM {table}")
            for table in ("moments", "contents", "vectors")
        )  # type: ignore[return-value]


def test_a_video_is_one_row_with_its_best_moment(library: Library, photos: Path, film: Path):
    report = library.index([photos])
    assert (report.new, report.problems, report.pending) == (len(list(photos.iterdir())), (), 0)
    for words, start in (("rosso", 0), ("verde", 2), ("blu", 4)):
        hits = found(library, words)
        assert len(hits) == len(list(photos.iterdir()))  # one row each
        best = hits["film.mp4"].moments[0]
        assert (best.start, best.frame) == pytest.approx((start, start), abs=0.51)
        assert best.end == pytest.approx(start + 2, abs=0.51)
        assert hits["film.mp4"].confidence == best.confidence > 0.1
        assert all(not hit.moments for name, hit in hits.items() if name != "film.mp4")
    assert library.index([photos]).unchanged == len(list(photos.iterdir()))
    assert not [finding for finding in library.check(full=True).findings if not finding.harmless]


def test_filters_hold_for_all_moments_of_a_video(library: Library, photos: Path, film: Path):
    make_clip(photos / "altro" / "b.mkv", [GREEN])
    library.index([photos])
    only = found(library, "blu", only_videos=True)
    assert set(only) == {"film.mp4", "b.mkv"}
    assert only["film.mp4"].frame == pytest.approx(4, abs=0.51)
    assert "film.mp4" not in found(library, "blu", no_videos=True)
    assert set(found(library, "verde", folders=(photos / "altro",))) == {"b.mkv"}
    assert set(found(library, "", format="mkv")) == {"b.mkv"}
    listed = found(library, "", only_videos=True)
    assert set(listed) == {"film.mp4", "b.mkv"} and not any(h.moments for h in listed.values())


def test_a_moved_video_keeps_its_moments_and_a_deleted_one_leaves_none(
    library: Library, photos: Path, film: Path
):
    library.index([photos])
    before = rows(library)
    assert before[0] == 3 and before[1] == before[2]
    film.rename(photos / "nuovo.mp4")
    report = library.index([photos])
    assert (report.moved, report.embedded) == (1, 0) and rows(library) == before
    assert found(library, "blu")["nuovo.mp4"].frame == pytest.approx(4, abs=0.51)
    copy = shutil.copy(photos / "nuovo.mp4", photos / "copia.mp4")
    library.index([photos])
    assert rows(library) == before
    assert len([h for h in found(library, "blu").values() if h.moments]) == 1  # a row and its copy
    (photos / "nuovo.mp4").unlink()
    Path(copy).unlink()
    library.index([photos])
    assert not any(hit.moments for hit in found(library, "blu").values())
    with library.archive.writing() as catalog, catalog.transaction():
        gone = [row[0] for row in catalog.purge.hidden()]
        assert catalog.purge.orphans() == 0
        catalog.purge.delete(gone)
    assert rows(library)[0] == 0
    assert before[1] - rows(library)[1] == 3


def test_an_interrupted_run_writes_a_video_whole_or_not_at_all(
    library: Library, photos: Path, film: Path, monkeypatch: pytest.MonkeyPatch
):
    write = IndexRun._write

    def stop(self: IndexRun, batch: list[tuple[ReadFile, str]]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(IndexRun, "_write", stop)
    with pytest.raises(KeyboardInterrupt):
        library.index([photos])
    assert rows(library) == (0, 0, 0)
    monkeypatch.setattr(IndexRun, "_write", write)
    library.index([photos])
    assert rows(library)[0] == 3


def test_a_lost_vector_of_a_frame_is_computed_again(library: Library, photos: Path, film: Path):
    library.index([photos])
    before = rows(library)
    with library.archive.writing() as catalog, catalog.transaction():
        (frame,) = catalog.row("SELECT max(content_id) FROM moments WHERE content_id <> video_id")
        catalog.execute(
            "UPDATE vectors SET vector = zeroblob(length(vector)) WHERE content_id = ?", (frame,)
        )
        catalog.vectors.drop(catalog.vectors.bad())
    assert rows(library)[2] == before[2] - 2
    report = library.index([photos])
    assert (report.recomputed, report.pending) == (1, 0) and rows(library) == before
    assert found(library, "blu")["film.mp4"].frame == pytest.approx(4, abs=0.51)


def test_damaged_rows_of_moments_are_repaired(library: Library, photos: Path, film: Path):
    library.index([photos])
    before = rows(library)
    with library.archive.writing() as catalog:
        with catalog.transaction():
            catalog.execute("DROP TRIGGER moments_changed")
            catalog.execute("UPDATE moments SET start_ms = 77 WHERE content_id <> video_id")
        damaged = catalog.damaged_rows.find()
        assert len(damaged["moments"]) == 2
        with catalog.transaction():
            catalog.damaged_rows.mend(damaged, True)
    library.index([photos])
    assert rows(library) == before
    assert found(library, "blu")["film.mp4"].frame == pytest.approx(4, abs=0.51)


def test_another_model_sees_the_same_moments(library: Library, photos: Path, film: Path):
    library.index([photos])
    make_tiny_model(library.settings.models / "altro", "altro", turn=1)
    other = Library(dataclasses.replace(library.settings, model="altro"))
    assert other.index([photos]).pending == 0
    assert rows(library)[0] == 3
    assert found(other, "blu")["film.mp4"].frame == pytest.approx(4, abs=0.51)


def test_the_video_of_a_live_photo_folds_into_it(library: Library, photos: Path):
    paint(photos / "IMG_1.jpg", RED)
    make_clip(photos / "IMG_1.mov", [BLUE])
    make_clip(photos / "IMG_2.MOV", [GREEN])
    report = library.index([photos])
    assert report.left_aside == {"video": 1, "live_photos": 1}
    assert {n for n, h in found(library, "blu").items() if h.moments} == {"IMG_2.MOV"}


def test_the_video_in_a_motion_photo_is_not_one_of_its_own(library: Library, photos: Path):
    clip = make_clip(photos / "film.mp4", [BLUE]).read_bytes()
    (photos / "film.mp4").unlink()
    photo = paint(photos / "PXL_1.MP.jpg", RED)
    photo.write_bytes(photo.read_bytes() + clip)
    library.index([photos])
    assert rows(library)[0] == 0 and "PXL_1.MP.jpg" in found(library, "rosso")


def test_without_the_extra_known_videos_stay_and_new_ones_are_counted(
    library: Library, photos: Path, film: Path, monkeypatch: pytest.MonkeyPatch
):
    library.index([photos])
    before = rows(library)
    monkeypatch.setitem(file_kind.EXTRAS, file_kind.VIDEO, ("non_installato", "video"))
    shutil.copy(film, photos / "altro.mp4")
    report = library.index([photos])
    assert (report.missing, report.new, report.left_aside) == (0, 0, {"video": 2})
    assert rows(library) == before and "film.mp4" in found(library, "blu")
    film.unlink()
    assert library.index([photos]).missing == 1


def test_videos_that_begin_alike_are_no_duplicates(library: Library, photos: Path):
    first = make_clip(photos / "a.mp4", [RED, GREEN])
    make_clip(photos / "b.mp4", [RED, BLUE])
    shutil.copy(first, photos / "c.mp4")
    library.index([photos])
    groups = library.duplicates.find().groups
    videos = [{g.best.path, *(o.path for o in g.others)} for g in groups]
    assert [v for v in videos if any(p.endswith(b".mp4") for p in v)] == [
        {os.fsencode(photos / name) for name in ("a.mp4", "c.mp4")}
    ]


def test_a_video_that_is_not_wanted_is_left_out_whole(library: Library, photos: Path, film: Path):
    library.index([photos])
    less = Question(("blu",), less=(os.fsencode(film),))
    assert "film.mp4" in found(library, "blu")
    names = {Path(os.fsdecode(hit.path)).name for hit in library.search(Query.of(less)).hits}
    assert "film.mp4" not in names and "blu.png" in names


def test_a_scene_seen_many_times_is_less_sure(library: Library, tmp_path: Path):
    """Only rows: the frames of one video are alike, those of the other differ."""
    red, green = np.eye(4, dtype=np.float32)[:2]

    def video(name: str, *vectors: np.ndarray) -> ReadFile:
        moments = (ReadMoment(n, n + 1, embedding=v) for n, v in enumerate(vectors))
        return ReadFile(
            FoundFile(os.fsencode(tmp_path / name), 1, 1), name.encode().ljust(32), Facts(), 4, 4,
            monochrome=False, embedding=vectors[0], moments=tuple(moments),
        )  # fmt: skip

    with library.archive.writing() as catalog, catalog.transaction():
        model = catalog.models.add_model("f", "m", "1", 4)
        catalog.intake.write(
            [video("a", red, red, red), video("b", red, green)], model, roots=[b"/"]
        )
        contents = [row[0] for row in catalog.rows("SELECT id FROM contents ORDER BY id")]
        assert [m.looks for m in catalog.photos.moments_of(contents).values()] == [3, 3, 3, 1, 1]


def test_frames_that_follow_each_other_are_one_moment():
    sure = (0.1, 0.5, 0.9, 0.6, 0.2, 0.1, 0.8, 0.01)
    told = joined([Moment(n, n + 1, n, s, n) for n, s in enumerate(sure)], 0.1)
    assert [(m.start, m.end, m.frame) for m in told] == [(1, 4, 2), (6, 7, 6), (4, 6, 4), (0, 1, 0)]
