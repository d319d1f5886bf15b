"""What a photo lacks, asked of an archive: `cerca --manca` and "senza data", collections, `stato`,
the facet of the page, a shared archive."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cercafoto import Library, Question
from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import Filters
from cercafoto.question.filters.kinds import FILE_KIND
from cercafoto.question.filters.missing import KINDS, MISSING
from tests.conftest import PAINT, Cli, paint
from tests.photos.test_metadata import bag, packet
from tests.support.postgres import Server

PEOPLE = 'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'


@pytest.fixture
def family(library: Library, photos: Path) -> Path:
    """Index a photo of each colour without any data, and two whose sidecars have all of it."""
    facts = (
        "<exif:DateTimeOriginal>2019-08-14T10:00:00</exif:DateTimeOriginal>"
        "<exif:GPSLatitude>41,53.68N</exif:GPSLatitude>"
        "<exif:GPSLongitude>12,29.03E</exif:GPSLongitude>"
        "<xmp:Rating>4</xmp:Rating>"
        + bag("dc:subject", "gita")
        + "<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>La gita</rdf:li></rdf:Alt></dc:title>"
        + bag("Iptc4xmpExt:PersonInImage", "Luca")
    )
    none = "<xmp:Rating>0</xmp:Rating>"
    for name, data, colour in (("tutto", facts, (240, 101, 48)), ("zero", none, (48, 240, 101))):
        picture = paint(photos / f"{name}.png", colour)
        Path(f"{picture}.xmp").write_bytes(packet(data, PEOPLE))
    library.index([photos])
    library.labels.give([photos / "tutto.png"], ["gita"])
    return photos


def found(cli: Cli, *asked: str | Path) -> set[str]:
    code, out, err = cli("cerca", *asked, "--percorsi", "-n", "50")
    assert code in (0, 1), err
    return {Path(line).stem for line in out.splitlines()}


EVERY = {*PAINT, "zero"}


@pytest.mark.parametrize(
    ("kind", "words"),
    [("data", "senza data"), ("posizione", "senza GPS"), ("etichette", "foto senza etichette"),
     ("parole-chiave", "senza parole chiave"), ("titolo", "senza titolo"),
     ("nomi", "senza nomi"), ("stelle", "senza stelle")],
)  # fmt: skip
def test_photos_without_some_data(cli: Cli, family: Path, kind: str, words: str) -> None:
    assert found(cli, "--manca", kind) == EVERY
    assert found(cli, words) == EVERY
    assert found(cli, "--manca", kind, "--in", family / "tutto.png") == set()


def test_several_at_once_and_beside_what_is_seen(cli: Cli, family: Path) -> None:
    assert found(cli, "--manca", "data", "--manca", "titolo") == EVERY
    assert found(cli, "rosso senza data") == EVERY and "tutto" in found(cli, "rosso")
    assert "tutto" not in found(cli, "rosso senza data né posizione")
    code, out, _ = cli("cerca", "senza data", "--json")
    assert code == 0 and json.loads(out)["query"]["filters"]["missing"] == ["data"]
    code, _, err = cli("cerca", "--manca", "fortuna")
    assert code == 2 and "--manca non conosce «fortuna»" in err and "parole-chiave" in err


def test_in_no_collection(cli: Cli, family: Path) -> None:
    assert found(cli, "in nessuna raccolta") == {*EVERY, "tutto"}
    assert cli("cerca", "--parola-chiave", "gita", "--salva", "Gite")[0] == 0
    assert found(cli, "in nessuna raccolta") == EVERY
    assert cli("raccolte", "Gite", "--sempre", family / "blu.png")[0] == 0
    assert found(cli, "--manca", "raccolta") == EVERY - {"blu"}
    # Collections that ask for it, directly or not, do not count, and do not ask for themselves.
    assert cli("cerca", "in nessuna raccolta", "--salva", "Sparse")[0] == 0
    assert found(cli, "--raccolta", "Sparse") == EVERY - {"blu"}
    assert cli("cerca", "--raccolta", "Sparse", "--salva", "Ancora")[0] == 0
    assert found(cli, "in nessuna raccolta") == EVERY - {"blu"}
    assert found(cli, "--raccolta", "Ancora") == EVERY - {"blu"}
    assert cli("raccolte")[0] == 0


def test_status_says_the_command_beside_its_counts(cli: Cli, family: Path) -> None:
    code, out, _ = cli("stato")
    assert code == 0
    for kind, row in (("data", "Con data"), ("posizione", "Con posizione")):
        (line,) = [line for line in out.splitlines() if row in line]
        assert f"le altre: «cercafoto cerca --manca {kind}»" in line
    cli("index", "--escludi", "*.txt")
    assert cli("cerca", "--manca", "data", "--conta")[1] == f"{len(EVERY)}\n"


def test_the_facets_count_what_the_choice_finds(cli: Cli, family: Path, library: Library) -> None:
    counted = dict(library.photos.facets(None, only=MISSING).of(MISSING))
    # Nobody has kept a question yet: that photos are in no collection says nothing.
    assert counted == {kind: len(EVERY) for kind in KINDS if kind != "raccolta"}
    assert cli("cerca", "--parola-chiave", "gita", "--salva", "Gite")[0] == 0
    query = library.parse(Question(("senza titolo",)))
    counted = dict(library.photos.facets(query, only=MISSING).of(MISSING))
    assert counted["raccolta"] == counted["data"] == len(EVERY)
    assert dict(library.photos.facets(None, only=FILE_KIND).of(FILE_KIND)) == {}


def test_an_archive_without_names_or_collections_says_so(
    family: Path, library: Library, postgres: Server
) -> None:
    address = postgres.new_database("manca")
    library.sharing.publish(address, "casa")
    hidden = replace(library.settings, people=False)
    shared = replace(library.settings, shared=address)
    for settings, kinds in ((hidden, ["nomi"]), (shared, ["nomi", "raccolta"])):
        with Library(settings) as other:
            for kind in kinds:
                asked = other.parse(Question(typed=Filters(missing=(kind,))))
                with pytest.raises(UsageError):
                    other.search(asked)
            rest = other.parse(Question(("senza data né titolo né stelle né parole chiave",)))
            assert len(other.search(rest, 50).hits) == len(EVERY)
            assert not set(kinds) & set(dict(other.photos.facets(None, only=MISSING).of(MISSING)))


def test_words_for_kinds_count_only_where_there_are_such_files(cli: Cli, family: Path) -> None:
    assert "  file  " not in cli("cerca", "selfie", "--spiega")[1]
    assert "  file  «screenshot»: schermate" in cli("cerca", "screenshot", "--spiega")[1]
    assert found(cli, "screenshot") == set()  # sight does not tell them
    paint(family / "Screenshot_2020.png", (10, 10, 250))
    assert cli("index")[0] == 0
    assert "schermate" in cli("cerca", "screenshot", "--spiega")[1]
    assert found(cli, "screenshot") == found(cli, "--tipo", "schermata") == {"Screenshot_2020"}
    code, _, err = cli("cerca", "--tipo", "olio")
    assert code == 2 and "--tipo non conosce «olio»" in err
