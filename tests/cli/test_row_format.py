"""--formato-riga: rows as a person's own template writes them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click import Command, Context, Option

from cercafoto.cli.render.row_format import RowFormat
from cercafoto.cli.shell_completion import ROW_TEMPLATE
from cercafoto.errors import UsageError
from cercafoto.photos.facts import Facts
from cercafoto.results.answer import KEYWORD, Hit
from cercafoto.results.photo_fields import FIELDS, ROW_FIELDS, PlaceNames, Stored, data_of
from tests.conftest import PAINT, Cli

HIT = Hit(
    path=b"/foto/2019/g\xff {nome}\n.jpg",
    photo_id=1,
    digest=b"",
    score=0.25,
    confidence=0.87654,
    taken_at="2019-08-14T10:30:05",
    date_source="exif",
    width=640,
    height=427,
    tags=("gatto", "città"),
    evidence=KEYWORD,
)


@pytest.mark.parametrize(
    ("template", "row"),
    [
        ("{percorso}", HIT.path + b"\n"),
        ("{nome}|{cartella}", b"g\xff {nome}\n.jpg|/foto/2019\n"),
        (r"{fiducia}\t{punteggio}", b"0.8765\t0.250000\n"),
        (r"{data}\n{etichette}", "2019-08-14T10:30:05\ngatto, città\n".encode()),
        ("{larghezza}x{altezza}", b"640x427\n"),
        ("{perche}{perché}", b"dalla parola chiave" * 2 + b"\n"),
        (r"{percorso}\0", HIT.path + b"\0"),  # what ends a row itself has no second end
        (r"{altezza}\n", b"427\n"),
        (r"\0{altezza}", b"\x00427\n"),
        (r"{{{altezza}}}\\t\x", rb"{427}\t\x" + b"\n"),
        ("è", "è\n".encode()),
        ("", b"\n"),
    ],
)
def test_a_template_is_filled_and_its_row_ended_once(template: str, row: bytes) -> None:
    assert RowFormat.read(template).rows([HIT]) == row
    assert RowFormat.read(template).rows([HIT, HIT]) == 2 * row


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{path}", "il campo {path} non esiste"),
        ("{}", "il campo {} non esiste"),
        ("{nome.x}", "il campo {nome.x} non esiste"),
        ("{nome:>9}", "il campo {nome:>9} non esiste"),
        ("{nome!r}", "il campo {nome!r} non esiste"),
        ("{nome", "una graffa"),
        ("nome}", "una graffa"),
    ],
)
def test_what_is_no_template_is_told_with_the_fields(template: str, reason: str) -> None:
    with pytest.raises(UsageError, match="--formato-riga") as caught:
        RowFormat.read(template)
    assert reason in caught.value.message
    assert all(f"{{{name}}}" in caught.value.hint for name in ROW_FIELDS)


def test_a_photo_of_which_little_is_known(cli: Cli, indexed: Path) -> None:
    template = r"{nome}\t{data}\t{etichette}\t{perche}"
    rows = cli("cerca", "nero", "--formato-riga", template, "-n", "5")[1].splitlines()
    assert sorted(rows) == sorted(f"{name}.png\t\t\t" for name in PAINT)
    likeness = cli("cerca", "--come", indexed / "rosso.png", "--formato-riga", "{nome}", "-n", "2")
    assert likeness[0] == 0 and sorted(likeness[1].split()) == ["giallo.png", "viola.png"]


def test_it_is_an_output_of_its_own(cli: Cli, indexed: Path) -> None:
    for command in (["cerca", "rosso"], ["cerca", "--come", str(indexed / "rosso.png")]):
        for other in ("--json", "--percorsi", "-0"):
            code, out, err = cli(*command, "--formato-riga", "{nome}", other)
            assert (code, out) == (2, "") and "--formato-riga si escludono" in err
        code, _, err = cli(*command, "--formato-riga", "{path}")
        assert code == 2 and "{percorso}, {nome}" in err
    assert cli("cerca", "rosso", "--formato-riga", "{nome}", "--conta")[0] == 2
    assert cli("cerca", "rosso", "--formato-riga", "{nome}", "--anteprima")[0] == 2
    code, out, err = cli("cerca", "rosso", "--formato-riga", "{nome}", "--spiega", "-n", "1")
    assert (code, out) == (0, "rosso.png\n") and "rosso" in err


def test_metadata_are_read_for_the_rows_that_need_them_and_stay_on_one_line() -> None:
    facts = Facts(title="Sul\n molo \ud800", latitude=45.6771, focal=4.25, keywords=("mare", "blu"))
    data = data_of(Stored(PlaceNames("Grado", "Gorizia", "", "Italia"), facts))
    hit = replace(HIT, data={**data, "collections": ("Estate", "Nonna")})
    rows = RowFormat.read("{titolo}|{luogo}|{comune}|{regione}|{latitudine}|{focale}|{obiettivo}")
    assert rows.rows([hit]) == b"Sul molo ?|Grado, Gorizia, Italia|Grado||45.677100|4.25|\n"
    assert rows.needs == {"title", "place", "latitude", "focal_length", "lens"}
    lists = RowFormat.read("{parole_chiave}|{raccolte}|{percorso}")
    assert lists.rows([hit]) == b"mare, blu|Estate, Nonna|" + HIT.path + b"\n"
    assert lists.needs == {"keywords", "collections"}
    assert not RowFormat.read("{percorso}{fiducia}{persone}{perche}").needs


def test_every_field_has_a_value_for_a_photo_of_which_nothing_is_known() -> None:
    nothing = replace(HIT, data=data_of(Stored(None, Facts())) | {"collections": ()})
    for name in (field.name for field in FIELDS if field.stored or field.needs):
        assert RowFormat.read(f"{{{name}}}").rows([nothing]) == b"\n", name


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("{com", ["{comune}"]),
        (r"{nome}\t{lati", [r"{nome}\t{latitudine}"]),
        ("x{nome}", [f"x{{nome}}{{{name}}}" for name in ROW_FIELDS]),
        ("{zz", []),
    ],
)
def test_the_tab_key_completes_a_placeholder(typed: str, offered: list[str]) -> None:
    items = ROW_TEMPLATE.shell_complete(Context(Command("x")), Option(["--x"]), typed)
    assert [item.value for item in items] == offered


def test_the_page_has_a_row_for_every_field() -> None:
    page = (Path(__file__).parents[2] / "docs" / "json.md").read_text("utf-8")
    listed = re.findall(r"^\| `\{(\w+)\}` \| (?:`(\w+)`)? ?\|", page, re.M)
    assert listed == [(field.name, field.key) for field in FIELDS]
