"""Conceptual Captions, as published and as translated."""

from __future__ import annotations

from pathlib import Path

import pytest

from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.sources import conceptual
from cercafoto.training.data.tally import JOINED, MISSING, NO_CAPTION
from cercafoto.training.training_errors import InputError
from tests.support.downloaded_photos import hashed, sha


def test_the_published_table_quotes_nothing(tmp_path: Path) -> None:
    table = tmp_path / "Train_GCC-training.tsv"
    table.write_text(
        'a very typical bus station\thttp://x.org/1.jpg\n"quoted" at the start\thttp://x.org/2\n'
        'an inch\tis 1"\thttp://x.org/3.jpg?a=b\n\n',
        "utf-8",
    )
    rows = [
        ("http://x.org/1.jpg", "a very typical bus station"),
        ("http://x.org/2", '"quoted" at the start'),
        ("http://x.org/3.jpg?a=b", 'an inch\tis 1"'),
    ]
    assert list(conceptual.read_published(table)) == rows
    table.write_text("caption\turl\n" + table.read_text("utf-8"), "utf-8")
    assert list(conceptual.read_published(table)) == rows
    table.write_text("a caption\thttp://x.org/1\nno url here\n", "utf-8")
    with pytest.raises(InputError, match=r"Train_GCC-training\.tsv, line 2"):
        list(conceptual.read_published(table))


def test_translated_captions_find_their_photos(tmp_path: Path) -> None:
    urls = [f"http://x.org/{n}.jpg" for n in range(4)]
    translated = [
        (urls[0], 'an "odd" one', 'una "strana"'),
        (urls[1], "tab\there", "con\ttabulazione"),
        (urls[2], "missing", "mancante"),
        (urls[3], "nothing", ""),
        (urls[0], "again", "di nuovo"),
    ]
    table = tmp_path / "cc.tsv"
    conceptual.write_translated(table, translated)
    photos = hashed(tmp_path / "images", urls[0], urls[1], urls[3])
    pairs, tally = conceptual.build(table, photos)
    assert pairs == [
        Pair(f"{sha(urls[0])}.jpg", ('una "strana"', "di nuovo"), "conceptual"),
        Pair(f"{sha(urls[1])}.jpg", ("con tabulazione",), "conceptual"),
    ]
    assert tally.left_out == {MISSING: 1, NO_CAPTION: 1, JOINED: 1}
