"""WIT in its published format."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.proper_nouns import ONLY_NAMES
from cercafoto.training.data.sources import wit
from cercafoto.training.data.tally import JOINED, MISSING, NO_CAPTION
from cercafoto.training.training_errors import InputError
from tests.support.downloaded_photos import hashed, sha

UPLOAD = "https://upload.wikimedia.org/wikipedia/commons/"
# https://github.com/google-research-datasets/wit/blob/main/DATA.md, in its order.
WIT_COLUMNS = (
    "language,page_url,image_url,page_title,section_title,hierarchical_section_title,"
    "caption_reference_description,caption_attribution_description,caption_alt_text_description,"
    "mime_type,original_height,original_width,is_main_image,attribution_passes_lang_id,"
    "page_changed_recently,context_page_description,context_section_description"
)
COLUMNS = WIT_COLUMNS.split(",")


def wit_row(language: str, url: str, caption: str, context: str = "") -> list[str]:
    named = {
        "language": language,
        "image_url": url,
        "caption_reference_description": caption,
        "caption_alt_text_description": "testo alternativo, mai preso",
        "mime_type": "image/jpeg",
        "context_page_description": context,
    }
    return [named.get(column, "") for column in COLUMNS]


def wit_file(path: Path, rows: Iterable[Sequence[str]]) -> Path:
    """Write a file like WIT's: tabs, and values with a quote or line break quoted."""
    text = io.StringIO()
    csv.writer(text, delimiter="\t", lineterminator="\n").writerows([COLUMNS, *rows])
    data = text.getvalue().encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def test_wit_takes_italian_reference_descriptions(tmp_path: Path) -> None:
    duomo, gatto, absent = UPLOAD + "Duomo.jpg", UPLOAD + "Gatto%27.jpg", UPLOAD + "no.jpg"
    context = 'Milano\nè "una città"\tdel nord'
    first = wit_file(
        tmp_path / "wit_v1.train.all-00000-of-00010.tsv.gz",
        [
            wit_row("it", duomo, "La facciata del\nduomo", context),
            wit_row("en", duomo, "The cathedral", context),
            wit_row("it", gatto, 'Il gatto detto "Romeo"', "x" * 200_000),
            wit_row("it", absent, "Una foto mai scaricata"),
            wit_row("it", UPLOAD + "senza.jpg", " "),
        ],
    )
    second = wit_file(
        tmp_path / "wit_v1.train.all-00001-of-00010.tsv",
        [
            wit_row("it", duomo, "Il duomo di notte"),
            wit_row("it", duomo, "La facciata del duomo"),
        ],
    )
    photos = hashed(tmp_path / "images", duomo, gatto)
    pairs, tally = wit.build([first, second], photos, tagger=None)
    assert pairs == [
        Pair(f"{sha(duomo)}.jpg", ("La facciata del duomo", "Il duomo di notte"), "wit"),
        Pair(f"{sha(gatto)}.jpg", ('Il gatto detto "Romeo"',), "wit"),
    ]
    assert tally.read == 6
    assert tally.left_out == {MISSING: 1, NO_CAPTION: 1, JOINED: 2}
    assert tally.kept == len(pairs)
    assert list(wit.urls([first, second])) == [duomo, gatto, absent]


def test_wit_drops_captions_that_are_only_names(tmp_path: Path) -> None:
    urls = [UPLOAD + f"{n}.jpg" for n in range(3)]

    class Capitals:
        def tag(self, captions: Sequence[str]) -> list[list[str]]:
            return [["PROPN" if w.istitle() else "NOUN" for w in c.split()] for c in captions]

    captions = ["Dora Riparia", "un ponte sulla Dora", "Kim Rhodes"]
    rows = [wit_row("it", url, c) for url, c in zip(urls, captions, strict=True)]
    rows.append(wit_row("it", urls[2], "attrice americana"))
    table = wit_file(tmp_path / "wit.tsv", rows)
    pairs, tally = wit.build([table], hashed(tmp_path / "images", *urls), Capitals())
    assert [p.captions for p in pairs] == [("un ponte sulla Dora",), ("attrice americana",)]
    assert tally.left_out == {ONLY_NAMES: 1, JOINED: 1}
    assert tally.kept == 2


def test_a_damaged_table_is_named(tmp_path: Path) -> None:
    photos = hashed(tmp_path / "images")
    rows = [wit_row("it", UPLOAD + f"{n}.jpg", f"foto {n * 7919}") for n in range(500)]
    table = wit_file(tmp_path / "wit.tsv.gz", rows)
    table.write_bytes(table.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"wit\.tsv\.gz: cannot be read"):
        wit.build([table], photos, None)
    table.write_bytes(b"no gzip")
    with pytest.raises(InputError, match=r"wit\.tsv\.gz: cannot be read"):
        wit.build([table], photos, None)
    plain = tmp_path / "other.tsv"
    plain.write_text("language\timage_url\nit\thttps://x\n")
    with pytest.raises(InputError, match="no column caption_reference_description"):
        wit.build([plain], photos, None)
    plain.write_text("\t".join(COLUMNS) + "\nit\tshort\n")
    with pytest.raises(InputError, match=r"other\.tsv, line 2"):
        wit.build([plain], photos, None)
    with pytest.raises(InputError, match=r"absent\.tsv"):
        wit.build([tmp_path / "absent.tsv"], photos, None)
