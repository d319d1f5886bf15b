"""Captions that are already on this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.sources import local
from cercafoto.training.data.tally import MISSING, NO_CAPTION
from cercafoto.training.training_errors import InputError
from tests.support.downloaded_photos import photo


def test_local_captions_keep_the_folder_as_source(tmp_path: Path) -> None:
    path = tmp_path / "coppie.jsonl"
    rows = [
        {"image_path": "foto/scene/a.jpg", "captions": ["un lago"], "parole": ["lago", "monti"]},
        {"image_path": "b.jpg", "captions": ["un gatto"], "wnid": "n02123045"},
        {"image_path": "foto/scene/c.jpg", "captions": [], "parole": ["ponte"]},
        {"image_path": "d.jpg", "captions": ["un cane"], "source": "wit"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n\n", "utf-8")
    pairs, tally = local.captioned(path)
    assert pairs == [
        Pair("foto/scene/a.jpg", ("un lago",), "scene"),
        Pair("b.jpg", ("un gatto",), "coppie"),
        Pair("d.jpg", ("un cane",), "wit"),
    ]
    assert tally.left_out == {NO_CAPTION: 1}
    pairs, tally = local.captioned(path, words=True)
    assert [p.captions for p in pairs] == [
        ("un lago", "lago, monti"),
        ("un gatto",),
        ("ponte",),
        ("un cane",),
    ]
    assert tally.kept == 4
    path.write_text('{"image_path": "a.jpg", "captions": ["x"]}\n{"captions": []}\n', "utf-8")
    with pytest.raises(InputError, match=r"coppie\.jsonl, line 2"):
        local.captioned(path)


def test_stamps_are_pictures_with_an_italian_line(tmp_path: Path) -> None:
    def stamp(name: str, *lines: str, picture: bool = True) -> None:
        path = tmp_path / f"{name}.txt"
        path.parent.mkdir(exist_ok=True)
        text = "\n".join(["A picture.", *lines]).encode()
        path.write_bytes(text + b"\nold.latin1=\xe8\n")
        if picture:
            photo(path.with_suffix(".png"))

    stamp("animals/rana", "gl.utf8=Unha ra.", "it.utf8=Una rana.", "zh_TW.utf8=\u9752\u86d9\u3002")
    stamp("animals/papera", "it.utf8=È una\u2028papera ")
    stamp("suono", "it.utf8=Un regalo.", picture=False)
    stamp("senza", "fr.utf8=Une grenouille.")
    pairs, tally = local.stamps(tmp_path)
    assert pairs == [
        Pair("animals/papera.png", ("È una papera",), "stamps"),
        Pair("animals/rana.png", ("Una rana.",), "stamps"),
    ]
    assert tally.left_out == {MISSING: 1, NO_CAPTION: 1}
    with pytest.raises(InputError, match="tuxpaint-stamps-default"):
        local.stamps(tmp_path / "absent")
