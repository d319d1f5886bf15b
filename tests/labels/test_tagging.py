"""Test that labels are scored, stored and replaced, and can filter a search."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from cercafoto import Library, Query, Question
from cercafoto.errors import UsageError
from cercafoto.labels.label_file import Label, parse_labels
from cercafoto.labels.sidecars.wanted import wanted
from cercafoto.labels.tagging import label_confidences
from cercafoto.photos.decoding.picture import open_upright
from cercafoto.photos.sources import BY_HAND
from cercafoto.question.filters.filter import Filters
from cercafoto.results.labels import Tagged
from tests.conftest import PAINT, names, paint


def test_tags_are_scored_stored_and_filter(library: Library, photos: Path) -> None:
    library.index([photos])
    result = library.labels.tag([Label("rosso"), Label("mare", ("blu", "azzurro"))], "e.txt")
    tagged = {Path(os.fsdecode(p.path)).stem: [t[0] for t in p.tags] for p in result.photos}
    assert tagged == {"rosso": ["rosso"], "blu": ["mare"], "verde": [], "giallo": [], "viola": []}
    assert names(library, "verde", labels=("mare",)) == ["blu"]
    (hit,) = library.search(Query.of(Question(typed=Filters(labels=("mare",))))).hits
    assert hit.tags == ("mare",)
    assert hit.confidence > 0.5
    assert (
        library.search(Query.of(Question(("rosso",), typed=Filters(labels=("ignota",))))).verdict
        == "none"
    )


def test_tagging_again_replaces_labels_of_the_same_file(library: Library, photos: Path) -> None:
    library.index([photos])
    library.labels.tag([Label("rosso")], "e.txt")
    library.labels.tag([Label("blu")], "e.txt")
    assert library.status().labels == (("blu", 1),)
    library.labels.tag([Label("rosso")], "altre.txt")
    assert library.status().labels == (("blu", 1), ("rosso", 1))


def test_only_the_named_photos_are_tagged(library: Library, photos: Path) -> None:
    library.index([photos])
    stranger = paint(photos.parent / "x.png", PAINT["blu"])
    labels = [Label("rosso"), Label("blu")]
    result = library.labels.tag(labels, "e.txt", [photos / "blu.png", stranger])
    assert [p.path for p in result.photos] == [os.fsencode(photos / "blu.png")]
    assert result.unknown == (os.fsencode(stranger),)
    assert library.status().labels == (("blu", 1),)
    with pytest.raises(UsageError, match="Nessuna delle foto"):
        library.labels.tag(labels, "e.txt", [stranger])


def test_threshold_and_number_of_labels(library: Library, photos: Path) -> None:
    library.index([photos])
    labels = [Label(name) for name in PAINT]
    all_of_them = library.labels.tag(labels, "e.txt", threshold=0.0, most=3)
    assert all(len(p.tags) == 3 for p in all_of_them.photos)
    assert not any(p.tags for p in library.labels.tag(labels, "e.txt", threshold=1.0).photos)


def test_sidecars_have_a_higher_threshold_by_default(library: Library, photos: Path) -> None:
    library.index([photos])
    labels = [Label("rosso"), Label("blu", threshold=0.4)]
    assert library.labels.tag(labels, "e.txt").sidecars_from == {"rosso": 0.5, "blu": 0.4}
    named = library.labels.tag(labels, "e.txt", threshold=0.35)
    assert named.sidecars_from == {"rosso": 0.35, "blu": 0.4}


def test_only_sure_labels_go_to_sidecars(library: Library, photos: Path) -> None:
    library.index([photos])
    result = library.labels.tag(
        parse_labels("tinta > rosso\nblu\n[uno: x]\nverde\naltro", "e"), "e.txt"
    )
    tags = (("rosso", 0.2, 0.49), ("tinta", 0.2, 0.5), ("blu", 0.1, 0.45), ("altro (x)", 0.0, 0.9))
    (photo, *_) = result.photos
    (want,) = wanted(library.archive, replace(result, photos=(Tagged(photo.path, tags),)))
    assert want.labels == {"e.txt": [("tinta",)], BY_HAND: []}


def test_scores_of_labels_equal_the_obvious_loop(library: Library, photos: Path) -> None:
    library.index([photos])
    labels = [Label("rosso", ("viola",)), Label("blu")]
    result = library.labels.tag(labels, "e.txt", threshold=0.0)
    encoder = library.archive.encoder
    for photo in result.photos:
        image = encoder.embed_images([open_upright(Path(os.fsdecode(photo.path)), 32)])[0]
        for name, score, _ in photo.tags:
            phrases = next(label.phrases for label in labels if label.name == name)
            slow = max(float(image @ encoder.embed_texts([p])[0]) for p in phrases)
            assert abs(score - slow) < 2e-3  # stored in half precision


def test_a_label_for_a_thing_also_goes_by_what_was_seen(
    library: Library, photos: Path, things: None
) -> None:
    library.index([photos])
    # The tiny things model takes blue for a car; by its words the label is black.
    result = library.labels.tag(
        [Label("automobile", ("nero",)), Label("treno", ("nero",))], "e.txt"
    )
    tagged = {Path(os.fsdecode(p.path)).stem: [t[0] for t in p.tags] for p in result.photos}
    assert tagged == {
        **{"blu": ["automobile"], "viola": ["automobile"]},
        **{"rosso": [], "verde": [], "giallo": []},
    }


def test_a_label_of_a_video_is_less_sure_the_more_frames_show_one_scene(
    library: Library, photos: Path, tmp_path: Path
) -> None:
    library.index([photos])
    vectors = library.archive.encoder.embed_texts(["giallo", "verde"])

    def odds(*looks: int) -> float:
        found = label_confidences(library.archive, vectors, [Label("rosso")], tmp_path, looks)
        return found[0].confidence / (1 - found[0].confidence)

    assert odds(5, 1) == pytest.approx(5**-0.2 * odds(1, 1), rel=1e-4)
    assert odds(1, 5) == odds(1, 1)  # the green frame does not show it best
