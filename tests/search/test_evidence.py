"""Test the kinds of evidence for photos, and their effect on the answer."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from cercafoto import Library, Query, Question
from cercafoto.errors import UsageError
from cercafoto.labels.label_file import parse_labels
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.question.filters.names import LABELS
from cercafoto.results.answer import (
    DESCRIPTION,
    EVIDENCE,
    FILE_NAME,
    FOLDER,
    KEYWORD,
    LABEL,
    NAME,
    TITLE,
    WRITTEN,
    Hit,
)
from cercafoto.search.evidence import NONE, Evidence, with_evidence
from cercafoto.search.evidence_found import WEIGHTS, evidence_for
from tests.conftest import PAINT, paint
from tests.photos.test_metadata import bag, packet


def shades(folder: Path, colour: str, number: int = 3, first: str = "IMG_000") -> list[Path]:
    """Return a folder of photos of similar colours, whose names say nothing."""
    red, green, blue = PAINT[colour]
    return [
        paint(
            folder / f"{first}{at}.png", (max(red - at, 0), max(green - at, 0), max(blue - at, 0))
        )
        for at in range(number)
    ]


def find(library: Library, words: str, limit: int = 50) -> list[Hit]:
    return list(library.search(library.parse(Question((words,))), limit).hits)


def evidence(library: Library, words: str) -> dict[str, str]:
    """Return the names of the photos that have evidence, and its kind."""
    with library.archive.catalog() as catalog:
        found = evidence_for(catalog, [words], NO_FILTERS)
        return {
            Path(os.fsdecode(catalog.photos.of_content(content)[0].path)).name: kind
            for content, (kind, *_) in found.items()
        }


def test_every_kind_has_a_weight() -> None:
    assert {*WEIGHTS, WRITTEN} == set(EVIDENCE)
    assert (
        WEIGHTS[LABEL]
        == WEIGHTS[FILE_NAME]
        > max(weight for kind, weight in WEIGHTS.items() if kind not in (LABEL, FILE_NAME))
    )
    assert min(WEIGHTS.values()) > 0


def test_evidence_is_added_to_sight() -> None:
    folder = Evidence(FOLDER, 4.0)
    seen = np.array([0.001, 0.2, 0.9, 0.3], np.float32)
    sure = with_evidence(seen, [folder, folder, folder, NONE])
    assert sure[0] < 0.1 < 0.9 < sure[1] < sure[2] < 1
    assert sure[3] == seen[3]  # exactly as it was
    by_hand = Evidence(LABEL, WEIGHTS[LABEL])
    assert with_evidence(np.array([0.0, 1.0], np.float32), [by_hand] * 2).tolist() == [1.0, 1.0]
    occasion = with_evidence(np.array([0.0001, 0.9], np.float32), [Evidence(FOLDER, 4.0, 0.9)] * 2)
    assert occasion[0] == np.float32(0.9) < occasion[1]


def test_each_kind_of_evidence_is_named(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "foto"
    paint(root / "Gatti" / "a.png", PAINT["rosso"])
    paint(root / "Vacanze" / "il gatto.png", PAINT["verde"])
    facts = {"c": bag("dc:subject", "gatto"), "d": "", "e": ""}
    facts["d"] = (
        '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Il gatto</rdf:li></rdf:Alt></dc:title>'
    )
    facts["e"] = facts["d"].replace("title", "description")
    for name, colour in zip("cdef", ("blu", "giallo", "viola", "rosso"), strict=True):
        path = shades(root / "Vacanze", colour, 1, f"{name}")[0]
        path = path.rename(path.with_name(f"{name}.png"))
        if name in facts:
            path.with_name(f"{name}.png.xmp").write_bytes(packet(facts[name]))
    library.index([root])
    kinds = {
        "a.png": FOLDER,
        "il gatto.png": NAME,
        "c.png": KEYWORD,
        "d.png": TITLE,
        "e.png": DESCRIPTION,
    }
    assert evidence(library, "dei gatti") == kinds
    library.labels.give_one(os.fsencode(root / "Gatti" / "a.png"), ["Gatto"])
    assert evidence(library, "gatti") == kinds | {"a.png": LABEL}
    # Of several words, the one that tells most says how the photo was found. A copy of a.png is
    # in the other folder.
    assert evidence(library, "un gatto in vacanza") == dict.fromkeys(kinds, FOLDER)
    assert evidence(library, "un gatto nero") == kinds | {"a.png": LABEL}
    assert evidence(library, "una foto") == {}
    assert {hit.evidence for hit in find(library, "un cane o un gatto")} == {
        LABEL,
        *kinds.values(),
    } - {FOLDER}
    assert evidence(library, "gatti 2024") == kinds | {"a.png": LABEL}  # numbers say nothing here
    assert find(library, "gatti")[0].evidence == LABEL


def test_only_labels_given_by_hand_are_evidence(library: Library, photos: Path) -> None:
    library.index([photos])
    library.labels.tag(parse_labels("zia Pina: rosso", "f"), "f", threshold=0.01)
    assert evidence(library, "zia pina") == {}
    library.labels.give_one(os.fsencode(photos / "blu.png"), ["zia Pina"])
    for words in ("zia pina", "Zia Pina", "una foto di zia Pina"):
        first, *others = find(library, words)
        assert (Path(os.fsdecode(first.path)).name, first.confidence) == ("blu.png", 1.0)
        assert (first.word, first.evidence) == ("alta", LABEL)
        assert all(hit.evidence == "" for hit in others)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("DSC00091", ["DSC00091.png"]),
        ("dsc00091.PNG", ["DSC00091.png"]),
        ("DSC0009", ["DSC00091.png", "DSC00092.png"]),
        ("IMG_20130901_100140.jpg", ["IMG_20130901_100140.jpg"]),
        ("20130901_1001", ["IMG_20130901_100140.jpg"]),
        ("il gatto.png", ["il gatto.png"]),
        ("città 12.png", ["Città 12.png"]),
        ("ROMA", []),
    ],
)
def test_a_file_name_typed_in_full_or_in_part_comes_first(
    library: Library, tmp_path: Path, typed: str, found: list[str]
) -> None:
    root = tmp_path / "foto"
    names = ["DSC00091.png", "DSC00092.png", "il gatto.png", "Città 12.png"]
    for name, colour in zip(names, PAINT.values(), strict=False):
        paint(root / name, colour)
    paint(root / "x.png", (9, 90, 90)).rename(root / "IMG_20130901_100140.jpg")
    library.index([root])
    hits = find(library, typed)
    assert len(hits) == 5
    first = [Path(os.fsdecode(hit.path)).name for hit in hits if hit.evidence == FILE_NAME]
    assert sorted(first) == found
    assert all(hit.confidence == 1.0 for hit in hits[: len(found)])


def test_rows_are_in_the_order_of_their_confidence(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "foto"
    shades(root / "Rosso" / "altro", "blu", 6)
    shades(root / "2019 Rosso", "verde", 6)
    shades(root / "Vacanze", "rosso", 6)
    shades(root / "Vacanze", "viola", 6, "DSC_000")
    library.index([root])
    for limit in (3, 10, 24):
        sure = [hit.confidence for hit in find(library, "rosso", limit)]
        assert sure == sorted(sure, reverse=True)
    hits = find(library, "rosso")
    assert {Path(os.fsdecode(hit.path)).parent.name for hit in hits[:6]} == {"Vacanze"}
    # Photos of such a folder that show something else are no longer nearly certain.
    assert all(hit.confidence < 0.75 for hit in hits if hit.evidence == FOLDER)


def test_a_folder_with_other_words_weighs_less(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "foto"
    shades(root / "2019 Prati", "blu", 1)
    shades(root / "Prati della nonna", "verde", 1)
    library.index([root])
    with library.archive.catalog() as catalog:
        weights = sorted(e.weight for e in evidence_for(catalog, ["un prato"], NO_FILTERS).values())
    assert 0 < weights[0] < weights[1] == WEIGHTS[FOLDER]


def test_the_name_of_an_occasion_is_sure_whatever_is_seen(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "foto"
    shades(root / "Natale da Giulia", "blu", 4)
    shades(root / "altro", "rosso", 4)
    library.index([root])
    others = ["altro"] * 4
    for words, after in (
        ("natale", []),
        ("una foto di Giulia", others),
        ("il Natale di giulia", others),
    ):
        hits = find(library, words)
        folders = [Path(os.fsdecode(hit.path)).parent.name for hit in hits]
        assert folders == [*["Natale da Giulia"] * 4, *after], words
        assert all(hit.word == "alta" and hit.evidence == FOLDER for hit in hits[:4])
    assert find(library, "rosso")[0].evidence == ""


def test_the_copy_whose_name_matches_is_shown(library: Library, tmp_path: Path) -> None:
    (old,) = shades(tmp_path / "foto" / "1998", "blu", 1)
    new = tmp_path / "foto" / "Natale" / "x.png"
    new.parent.mkdir()
    shutil.copy(old, new)
    library.index([tmp_path / "foto"])
    for words, shown, other in (("natale", new, old), ("blu", old, new)):
        (hit,) = find(library, words)
        assert (hit.path, hit.copies) == (os.fsencode(shown), (os.fsencode(other),))


def test_a_label_is_found_in_any_form(library: Library, photos: Path) -> None:
    library.index([photos])
    for name, label in (("rosso", "gatto"), ("verde", "zia Pina"), ("blu", "Città")):
        library.labels.give_one(os.fsencode(photos / f"{name}.png"), [label])
    for asked, label in (
        ("gatto", "gatto"), ("Gatto", "gatto"), ("gatti", "gatto"), ("GATTE", "gatto"),
        ("zia pina", "zia Pina"), ("citta", "Città"),
    ):  # fmt: skip
        query = library.parse(Question(typed=Filters(labels=(asked,))))
        assert LABELS.of(query.filters) == (label,)
        assert len(library.search(query).hits) == 1
    for asked, hint in (
        ("pina", "Forse intendevi: zia Pina."),
        ("gsatto", "Forse intendevi: gatto."),
        ("elefante", "stato"),
    ):
        with pytest.raises(UsageError, match=asked) as raised:
            library.parse(Question(typed=Filters(labels=(asked,))))
        assert hint in raised.value.hint


def test_a_label_in_an_archive_without_labels(library: Library, photos: Path) -> None:
    library.index([photos])
    with pytest.raises(UsageError, match="ancora etichette"):
        library.parse(Question(typed=Filters(labels=("gatto",))))
    query = Query.of(Question(typed=Filters(labels=("gatto",))))
    assert LABELS.of(query.filters) == ("gatto",)
