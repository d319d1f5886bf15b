"""Test the rows of an answer, one for each shot, and their count."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from cercafoto.archive.records import PhotoRow
from cercafoto.search import shots
from cercafoto.search.same_shot import NEVER, alike_from, is_same_shot
from cercafoto.search.shots import NONE_BEHIND, Candidates, Shots, gather

PHOTO = PhotoRow(0, 0, b"", b"", 4000, 3000, None)


def photo(number: int, taken_at: str | None = None, path: str = "") -> PhotoRow:
    source = "exif" if taken_at else None
    name = (path or f"/f/{number}.jpg").encode()
    return PHOTO._replace(
        photo_id=number, content_id=number, path=name, taken_at=taken_at, date_source=source
    )


def turned(degrees: float) -> np.ndarray:
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], np.float32)


def candidates(*sure: float, degrees: list[float] | None = None) -> Candidates:
    """Return candidates 0, 1, ... with these confidences, and no more candidates. Their vectors are
    far apart, or at the given angles."""
    n = len(sure)
    pictures = (
        np.eye(n, dtype=np.float32) if degrees is None else np.stack(list(map(turned, degrees)))
    )
    return Candidates(
        np.arange(n),
        np.array(sure, np.float32),
        np.array(sure, np.float32),
        pictures,
        NONE_BEHIND,
    )


def rows(
    found: Candidates,
    photos: list[PhotoRow],
    limit: int = 10,
    alike: float = 0.95,
    one_row_per_file: bool = False,
    least: float = 0.1,
    at_once: int = 32,
) -> Shots:
    by_content = {p.content_id: [p] for p in photos}
    return gather(
        [found],
        lambda contents: {c: by_content[c] for c in contents if c in by_content},
        lambda content: "",
        limit,
        lambda best: least * best,
        lambda: alike,
        one_row_per_file,
        at_once,
    )


def test_all_answers_are_counted_whatever_the_limit() -> None:
    sure = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.05, 0.04, 0.03, 0.02, 0.01]
    photos = [photo(n) for n in range(len(sure)) if n != 3]
    for limit in (1, 2, 6, 11):
        answer = rows(candidates(*sure), photos, limit, at_once=4)
        assert answer.total == 6
        assert [hit.photo_id for hit in answer.hits] == [p.photo_id for p in photos][:limit]


def test_the_total_is_unknown_beyond_the_candidates_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shots, "LOOKED_AT", 4)
    sure = [0.9] * 8 + [0.01] * 4
    photos = [photo(n) for n in range(12)]
    assert rows(candidates(*sure), photos, 3, at_once=2).total is None
    assert rows(candidates(*sure), photos, 8, at_once=2).total == 8
    assert rows(candidates(*sure[:4]), photos, 3, at_once=2).total == 4


def test_no_more_candidates_are_fetched_than_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No lookup is made only to learn that there are more photos."""
    monkeypatch.setattr(shots, "LOOKED_AT", 4)

    def parts() -> Iterator[Candidates]:
        yield candidates(0.9, 0.9, 0.9, 0.9)._replace(rest=0.9)
        raise AssertionError("nobody wants these")

    photos = {n: [photo(n)] for n in range(4)}
    found = gather(parts(), lambda c: {n: photos[n] for n in c}, lambda c: "", 2, lambda best: 0.1)
    assert found.total is None and len(found.hits) == 2


def test_parts_double_in_size() -> None:
    asked = list[list[int]]()

    def look_up(contents: list[int]) -> dict[int, list[PhotoRow]]:
        asked.append(contents)
        return {content: [photo(content)] for content in contents}

    gather([candidates(*[0.9] * 9)], look_up, lambda c: "", 9, lambda best: 0.1, at_once=2)
    assert [len(contents) for contents in asked] == [2, 4, 3]


def test_the_search_stops_when_no_candidate_can_count() -> None:
    """In a shared archive, fetching more candidates takes another query to the server."""
    photos = {n: [photo(n)] for n in range(8)}

    def parts(rest: float) -> Iterator[Candidates]:
        yield candidates(0.9, 0.8, 0.7, 0.02)._replace(rest=rest)
        taken.append(rest)
        yield candidates(0.02, 0.01)._replace(contents=np.array([6, 7]))

    for rest, asked_again in ((0.02, False), (0.5, True)):
        taken = list[float]()
        shown = gather(
            parts(rest), lambda c: {n: photos[n] for n in c}, lambda c: "", 2, lambda best: 0.05
        )
        assert shown.total == 3 and len(shown.hits) == 2
        assert bool(taken) == asked_again


def test_files_of_one_shot_share_a_row() -> None:
    found = candidates(0.9, 0.8, 0.7, 0.6, degrees=[0, 90, 2, 45])
    photos = [photo(n) for n in range(4)]
    photos[2] = photo(2, path="/f/0 copia.jpg")
    answer = rows(found, photos)
    assert [(hit.photo_id, hit.copies) for hit in answer.hits] == [
        (0, (b"/f/0 copia.jpg",)), (1, ()), (3, ())
    ]  # fmt: skip
    assert answer.total == 4  # photos, each file of a shot
    assert [hit.photo_id for hit in rows(found, photos, one_row_per_file=True).hits] == [0, 1, 2, 3]
    assert len(rows(found, photos, alike=NEVER).hits) == 4


def test_the_cosine_of_copies_is_computed_only_for_photos_that_are_near() -> None:
    photos = {n: [photo(n)] for n in range(3)}
    asked = []

    def alike() -> float:
        asked.append(1)
        return 0.95

    for degrees, times in (([0, 90, 180], 0), ([0, 90, 2], 1)):
        found = candidates(0.9, 0.8, 0.7, degrees=degrees)
        gather([found], lambda c: photos, lambda c: "", 10, lambda best: 0.1, alike)
        assert len(asked) == times


def test_files_with_the_same_bytes_share_a_row_whatever_is_asked() -> None:
    copy = photo(0, path="/f/copia.jpg")
    answer = gather(
        [candidates(0.9)], lambda contents: {0: [photo(0), copy]}, lambda c: "folder", 10,
        lambda best: 0.1, one_row_per_file=True,
    )  # fmt: skip
    (hit,) = answer.hits
    assert (hit.path, hit.copies, hit.evidence) == (b"/f/0.jpg", (b"/f/copia.jpg",), "folder")


NOON, MIDNIGHT = "2019-08-14T10:30:05", "2019-08-14T00:00:00"


@pytest.mark.parametrize(
    ("a", "b", "cosine", "same"),
    [
        (None, None, 0.97, False),  # two papers look like that, too
        (None, None, 0.9, False),
        (None, NOON, 0.97, True),  # a copy that was sent
        (None, NOON, 0.9, False),
        (NOON, NOON, 0.85, True),
        (NOON, NOON, 0.7, False),
        (NOON, "2019-08-14T10:30:07", 0.99, False),  # a series
        (NOON, "2019-08-14T10:30:05.400", 0.99, True),
        ("2019-08-14T10:30:05.100", "2019-08-14T10:30:05.400", 0.99, False),
        (NOON, "2019-08-15T10:30:05", 0.99, False),
        (MIDNIGHT, MIDNIGHT, 0.99, False),  # a scanner that knows the day
    ],
)
def test_camera_clocks_decide_before_likeness(
    a: str | None, b: str | None, cosine: float, same: bool
) -> None:
    first, second = photo(1, a, "/f/roma.jpg"), photo(2, b, "/f/mare.jpg")
    assert is_same_shot(first, second, cosine, 0.96) is same
    assert is_same_shot(second, first, cosine, 0.96) is same


@pytest.mark.parametrize(
    ("a", "b", "clocks", "same"),
    [
        ("roma.jpg", "roma.png", (None, None), True),
        ("roma.jpg", "Roma (1).jpg", (None, None), True),
        ("roma.jpg", "Copia di roma.jpg", (None, None), True),
        ("roma.jpg", "roma.jpg", (NOON, "2019-08-15T10:30:05"), True),  # a clock put right
        ("roma.jpg", "roma.jpg", (MIDNIGHT, MIDNIGHT), True),
        ("IMG_2001.jpg", "IMG_2002.jpg", (NOON, NOON), False),  # frames of a burst
        ("IMG_2001.jpg", "IMG_2001.heic", (NOON, NOON), True),
        ("lettera 1.jpg", "lettera 2.jpg", (None, NOON), False),
        ("2023-05-12 bolletta.jpg", "2023-07-12 bolletta.jpg", (NOON, NOON), False),
        ("IMG-20190812-WA0001.jpg", "IMG-20190813-WA0001.jpg", (None, NOON), False),
        ("Scan_2018_03_01.jpg", "Scan_2018_03_02.jpg", (None, NOON), False),
    ],
)
def test_names_tell_shots_from_copies(
    a: str, b: str, clocks: tuple[str | None, str | None], same: bool
) -> None:
    first, second = photo(1, clocks[0], f"/f/{a}"), photo(2, clocks[1], f"/g/{b}")
    assert is_same_shot(first, second, 0.99, 0.96) is same
    assert is_same_shot(second, first, 0.99, 0.96) is same


def test_documents_with_different_words_have_a_row_each() -> None:
    found = candidates(0.9, 0.8, degrees=[0, 1])
    photos = {n: [photo(n, path=f"/{n}/lettera.jpg")] for n in range(2)}
    for differ, number in ((True, 2), (False, 1)):
        answer = gather(
            [found], lambda c: photos, lambda c: "", 10, lambda best: 0.1, lambda: 0.95,
            differ=lambda a, b, differ=differ: differ,  # type: ignore[misc]
        )  # fmt: skip
        assert (len(answer.hits), answer.total) == (number, 2)


def test_a_reachable_file_is_shown_first() -> None:
    found = candidates(0.9, 0.8, 0.7, degrees=[0, 1, 2])
    large = photo(0, path="/away/roma.jpg")
    photos = {
        0: [large, photo(0, path="/away/roma (1).jpg")],
        1: [photo(1, path="/here/roma.jpg")._replace(width=400, height=300)],
        2: [photo(2, path="/here/mare.jpg")],
    }
    answer = gather(
        [found], lambda c: photos, lambda c: "", 10, lambda best: 0.1, lambda: 0.95,
        reachable=lambda path: path.startswith(b"/here"),
    )  # fmt: skip
    first, second = answer.hits
    assert (first.path, first.reachable, first.confidence) == (
        b"/here/roma.jpg", True, pytest.approx(0.9)
    )  # fmt: skip
    assert first.copies == (b"/away/roma.jpg", b"/away/roma (1).jpg")
    assert second.path == b"/here/mare.jpg"
    (alone,) = gather(
        [candidates(0.9)], lambda c: {0: [large]}, lambda c: "", 10, lambda best: 0.1,
        reachable=lambda path: False,
    ).hits  # fmt: skip
    assert not alone.reachable


def test_another_shape_is_another_picture_unless_the_moment_is_the_same() -> None:
    first = photo(1, path="/f/roma.jpg")
    square = first._replace(width=3000)
    assert not is_same_shot(first, square, 0.99, 0.96)
    assert is_same_shot(first, first._replace(width=2000, height=1500), 0.99, 0.96)
    moment = photo(1, NOON, "/f/roma.jpg")
    assert is_same_shot(moment, moment._replace(width=3000), 0.9, 0.96)


def test_the_cosine_of_copies_depends_on_the_model() -> None:
    assert alike_from(None) == NEVER > 1
    reference = np.stack([turned(0), turned(60), turned(120)])
    assert alike_from(reference) == pytest.approx(0.75)
