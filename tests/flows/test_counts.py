"""Everything that counts photos counts the same: visible files, including copies."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from cercafoto import Library, Question, Settings
from cercafoto.question.filters.days import DAYS
from cercafoto.question.filters.names import LABELS
from cercafoto.search import shots
from cercafoto.search.answer import RELEVANT_FROM, SHARE_OF_BEST
from tests.conftest import Cli
from tests.support.family_photos import make_family_photos
from tests.support.web_client import visitor


@pytest.fixture
def family(cli: Cli, library: Library, tmp_path: Path) -> Path:
    """Return the folder of an archive of a family's photos, with copies and one deleted photo."""
    root = make_family_photos(tmp_path / "Foto")
    shutil.copytree(root / "2019/Roma", root / "2019/Roma bis")
    (root / "2019/Roma bis/IMG_0004.jpg").unlink()
    assert cli("index", root)[0] == 0
    (root / "Venezia/DSC_0003.jpg").unlink()
    assert cli("index")[0] == 0
    for path in root.glob("2019/Roma/*.jpg"):
        library.labels.give_one(os.fsencode(path), ["gita"])
    library.labels.give_one(os.fsencode(root / "2013 Settembre/DSC00091.jpg"), ["gita"])
    return root


def said_on_the_page(settings: Settings, asked: str) -> int:
    with visitor(settings) as client:
        (said,) = re.findall('<p class="quante">([0-9.]+) foto</p>', client.get(asked).text)
    return int(said.replace(".", ""))


LISTS = [
    (["--in", "{root}"], "/", "**/*"),
    (["--in", "{root}/2019"], "", "2019/**/*"),
    (["nel 2018"], "/?q=nel+2018", "S*/IMG_000[123]*|Città di Perù/*"),
    (["--etichetta", "gita"], "/?etichetta=gita", "2019/Roma*/*|2013 Settembre/DSC*"),
]


@pytest.mark.parametrize("looked_at", [shots.LOOKED_AT, 8])
def test_a_list_counts_the_same_everywhere(
    cli: Cli, settings: Settings, family: Path, monkeypatch: pytest.MonkeyPatch, looked_at: int
) -> None:
    monkeypatch.setattr(shots, "LOOKED_AT", looked_at)
    monkeypatch.setattr("cercafoto.search.run.LOOKED_AT", looked_at)
    for asked, page, files in LISTS:
        words = [word.format(root=family) for word in asked]
        there = {
            path
            for pattern in files.split("|")
            for path in family.glob(pattern)
            if path.is_file() and path.suffix != ".xmp"
        }
        assert cli("cerca", *words, "--conta")[1] == f"{len(there)}\n"
        data = json.loads(cli("cerca", *words, "--json", "-n", "100")[1])
        shown = [path for hit in data["hits"] for path in (hit["path"], *hit["copies"])]
        assert sorted(shown) == sorted(map(str, there))
        assert data["total"] == len(there)
        said = cli("cerca", *words, "-n", "3")[2]
        assert f" di {len(there)}" in said and f"Per vederle tutte: -n {len(there)}\n" in said
        if page:
            assert said_on_the_page(settings, page) == len(there)


def test_the_archive_and_its_counts_by_name(
    cli: Cli, library: Library, settings: Settings, family: Path
) -> None:
    status = library.status()
    facets = library.photos.facets(None)
    assert status.counts.photos == facets.photos == said_on_the_page(settings, "/")
    assert f"{status.counts.photos}\n" == cli("cerca", "--in", family, "--conta")[1]
    assert dict(status.labels) == dict(facets.of(LABELS))
    assert cli("cerca", "--etichetta", "gita", "--conta")[1] == f"{dict(status.labels)['gita']}\n"
    for year, number in facets.of(DAYS):
        assert cli("cerca", f"nel {year}", "--conta")[1] == f"{number}\n"
    # An answer to words counts copies too.
    data = json.loads(cli("cerca", "giallo", "--json", "-n", "100")[1])
    found = library.search(library.parse(Question(("giallo",))), 100)
    best = max(hit.confidence for hit in found.hits)
    likely = [
        hit for hit in found.hits if hit.confidence >= max(RELEVANT_FROM, SHARE_OF_BEST * best)
    ]
    assert any(hit.copies for hit in likely)
    assert data["total"] == found.total == sum(1 + len(hit.copies) for hit in likely)
    assert cli("cerca", "giallo", "--conta")[1] == f"{found.total}\n"
    assert said_on_the_page(settings, "/?q=giallo") == found.total
    ids = library.photos.ids_of(likely)
    assert len(set(ids)) == found.total == library.photos.facets(None, ids).photos
