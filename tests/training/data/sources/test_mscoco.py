"""MSCOCO-IT, without its held-out photos."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.sources import mscoco
from cercafoto.training.data.tally import MISSING, NO_CAPTION
from cercafoto.training.training_errors import InputError
from tests.support.downloaded_photos import photo


def coco(
    path: Path, names: dict[int, str] | None, captions: Iterable[tuple[int, int, str]]
) -> Path:
    data = {
        "info": {"description": "2014 MS COCO dataset", "version": "1.0"},
        "licenses": [{"id": 1, "name": "Attribution-NonCommercial-ShareAlike License"}],
        "type": "captions",
        "annotations": [{"image_id": i, "id": n, "caption": c} for i, n, c in captions],
    }
    if names is not None:
        data["images"] = [
            {"license": 1, "file_name": name, "id": i, "width": 500, "height": 332}
            for i, name in names.items()
        ]
    text = json.dumps(data)  # ascii, with \u00e8, as published
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def test_mscoco_leaves_out_what_is_held_out(tmp_path: Path) -> None:
    name = "COCO_{}_{:012d}.jpg".format
    images = tmp_path / "images"
    photo(images / "train2014" / name("train2014", 9))
    for number in (359, 241, 42):
        photo(images / "val2014" / name("val2014", number))
    train = coco(
        tmp_path / "captions_ita_trainingset_train2014.json.gz",
        {9: name("train2014", 9), 25: name("train2014", 25), 30: name("train2014", 30)},
        [(9, 700 - n, f"Il gatto è {n}. ") for n in range(7)]
        + [(9, 1, "Il gatto è 6."), (25, 2, "Una foto che manca"), (30, 3, " ")],
    )
    val = coco(
        tmp_path / "captions_ita_trainingset_val2014.json",
        None,
        [(359, 11, "Una panchina"), (241, 12, "Un cane"), (42, 13, "Una torre")],
    )
    dev = coco(tmp_path / "captions_ita_devset_unvalidated.json.gz", {359: "x"}, [])
    test = coco(tmp_path / "captions_ita_testset_validated.json", None, [(241, 12, "Un cane")])
    pairs, tally = mscoco.build([train, val], images, [dev, test])
    assert pairs == [
        Pair(
            "train2014/COCO_train2014_000000000009.jpg",
            ("Il gatto è 6.", "Il gatto è 5.", "Il gatto è 4.", "Il gatto è 3.", "Il gatto è 2."),
            "mscoco-it",
        ),
        Pair("val2014/COCO_val2014_000000000042.jpg", ("Una torre",), "mscoco-it"),
    ]
    assert tally.read == 6
    assert tally.left_out == {mscoco.HELD_OUT: 2, MISSING: 1, NO_CAPTION: 1}


def test_mscoco_photos_may_lie_in_one_folder(tmp_path: Path) -> None:
    photo(tmp_path / "COCO_val2014_000000000001.jpg")
    val = coco(tmp_path / "a.json", None, [(1, 1, "Una foto")])
    pairs, _ = mscoco.build([val], tmp_path, [])
    assert [p.image_path for p in pairs] == ["COCO_val2014_000000000001.jpg"]


@pytest.mark.parametrize("text", ["{", "[]", '{"images": []}', '{"annotations": [{"id": 1}]}'])
def test_a_file_that_is_not_coco_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "captions.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"captions\.json: not COCO captions"):
        mscoco.build([path], tmp_path, [])
