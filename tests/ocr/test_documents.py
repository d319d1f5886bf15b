"""The documents for measuring OCR are always the same, and turned as they claim."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageOps

from tests.support.document_texts import KINDS, TICKET
from tests.support.documents import CLEAN, FAMILIES, GRADES, document, documents, missing_fonts

pytestmark = pytest.mark.skipif(
    any(set(family) <= set(missing_fonts()) for family in FAMILIES.values()),
    reason="documents are drawn with Debian's fonts-dejavu",
)


def test_the_first_of_many_are_the_same_as_of_few() -> None:
    few, many = list(documents(3)), list(documents(10))
    assert [(each.kind, each.grade) for each in many] == [(k, g) for g in GRADES for k in KINDS]
    for one, other in zip(few, many, strict=False):
        assert one.lines == other.lines and all(one.lines)
        assert ImageChops.difference(one.picture, other.picture).getbbox() is None
    assert few[0].lines != next(documents(1, seed=25)).lines


def test_what_lies_on_its_side_may_say_so(tmp_path: Path) -> None:
    seen = set()
    for seed in range(40):
        drawn = document("a", TICKET, CLEAN, random.Random(seed))
        with Image.open(drawn.save(tmp_path)) as stored:
            upright = ImageOps.exif_transpose(stored)
        # Tickets are wider than high.
        assert (upright.width > upright.height) == (drawn.told or drawn.quarter in (0, 180))
        seen.add((drawn.quarter, drawn.told))
    assert {quarter for quarter, _ in seen} == {0, 90, 180, 270}
    assert {told for quarter, told in seen if quarter} == {True, False}
