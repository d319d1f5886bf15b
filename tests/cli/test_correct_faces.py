"""The commands of `persone` that list faces and correct them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cercafoto import Library
from cercafoto.cli.commands import correct_faces
from tests.conftest import Cli, paint
from tests.faces.conftest import EACH, family, name_all, painted
from tests.faces.test_album import photos_with
from tests.faces.test_corrections import ids

__all__ = ["family", "painted"]  # fixtures

NOBODY_ASIDE = (
    "Nessun volto è messo da parte. Quelli di una persona: cercafoto persone volti NOME\n"
)


@pytest.fixture
def named(family: Library, tmp_path: Path) -> Library:
    family.faces.find()
    name_all(family)
    paint(tmp_path / "foto" / "altra.png", (246, 16, 26))
    family.index()
    family.faces.find()
    return family


def test_faces_are_listed_with_numbers_and_corrected(
    named: Library, cli: Cli, tmp_path: Path
) -> None:
    code, out, told = cli("persone", "volti", "ROSA")
    assert code == 0 and "persone correggi NUMERO --non-lei" in told
    rows = [line.split() for line in out.splitlines()[1:]]
    assert len(rows) == EACH + 1 and out.count("detto da te") == EACH
    assert rows[-1][1:4] == ["rosa", "per", "somiglianza"] and rows[-1][-1].endswith("altra.png")
    number = next(row[0] for row in rows if row[-1].endswith("rosa1.png"))
    code, _, told = cli("persone", "correggi", number, "--non-lei")
    assert (code, told) == (
        0,
        f"Il volto {number} non è di rosa. Per tornare indietro: cercafoto persone annulla\n",
    )
    assert "rosa1" not in photos_with(named, "rosa")
    photo = tmp_path / "foto" / "rosa1.png"
    code, _, told = cli("persone", "correggi", "1", "--foto", photo, "--nome", "zia Nina")
    assert code == 0 and "Il volto 1 è di zia Nina." in told
    assert photos_with(named, "zia nina") == ["rosa1"]
    code, out, told = cli("persone", "volti", "--foto", photo)
    assert re.search(r"1 +zia Nina +detto da te +.*rosa1\.png", out)
    assert f'--foto "{photo}" --non-lei' in told
    _, out, told = cli("persone", "volti", "--foto", tmp_path / "foto" / "mare.png")
    assert out == "" and "mare.png non ci sono volti." in told and "correggi" not in told


def test_what_was_put_aside_is_listed_and_revoked(named: Library, cli: Cli) -> None:
    assert cli("persone", "volti")[1:] == ("", NOBODY_ASIDE)
    first, second = map(str, ids(named, "rosa0", "ugo0"))
    assert "non è un volto" in cli("persone", "correggi", first, "--non-volto")[2]
    assert "non si chiede più" in cli("persone", "correggi", second, "--non-chiedere")[2]
    out = cli("persone", "volti")[1]
    assert "non è un volto" in out and "da non chiedere" in out
    code, _, told = cli("persone", "correggi", first, second, "--richiedi")
    assert code == 0 and f"I volti {first}, {second} si chiedono di nuovo." in told
    assert cli("persone", "volti")[1:] == ("", NOBODY_ASIDE)


def test_before_anybody_has_a_name_the_next_step_is_told(family: Library, cli: Cli) -> None:
    assert "Per dare un nome ai volti: cercafoto persone attiva" in cli("persone")[2]
    family.faces.find()
    told = " ".join(cli("persone")[2].split())
    assert told.endswith("Di chi sono i volti? Per rispondere: cercafoto persone nomina")


def test_a_person_is_renamed(named: Library, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, told = cli("persone", "rinomina", "rosa", "Rosalinda")
    assert code == 0 and "rosa ora si chiama Rosalinda." in told and "annulla" in told
    code, _, told = cli("persone", "rinomina", "Rosalinda", "UGO")
    assert code == 2 and "C'è già una persona di nome ugo" in told and "--conferma" in told
    monkeypatch.setattr(correct_faces, "can_ask", lambda: True)
    for answer, merged in (("n", False), ("s", True)):
        monkeypatch.setattr(correct_faces, "asked", lambda question, said=answer: said)
        code, _, told = cli("persone", "rinomina", "Rosalinda", "UGO")
        assert (code == 0) is merged and ("ora si chiama ugo" in told) is merged
    assert named.faces.names() == ["pina", "ugo"]
    cli("persone", "annulla")
    assert cli("persone", "rinomina", "Rosalinda", "ugo", "--conferma")[0] == 0
    assert len(photos_with(named, "ugo")) == 2 * EACH + 1


def test_names_are_taken_off_and_all_is_undone(named: Library, cli: Cli) -> None:
    code, _, told = cli("persone", "togli-nome", "rosa")
    assert code == 0 and f"Nome tolto a {EACH + 1} volti di rosa: si chiedono di nuovo." in told
    assert named.faces.names() == ["pina", "ugo"]
    told = cli("persone", "annulla", "--prova")[2]
    assert "Da annullare: nome tolto a rosa (del " in told and named.faces.names() == [
        "pina",
        "ugo",
    ]
    code, _, told = cli("persone", "annulla")
    assert (
        code == 0
        and "Annullato: nome tolto" in told
        and re.search(r"«cercafoto persone annulla» annulla: \d+ volt. di \w+\.$", told)
    )
    assert named.faces.names() == ["pina", "rosa", "ugo"]
    for _ in range(3):
        assert "Annullato: " in cli("persone", "annulla")[2]
    code, _, told = cli("persone", "annulla")
    assert (code, told) == (0, "Non c'è niente da annullare.\n")


def test_forgetting_names_the_other_command_first(named: Library, cli: Cli) -> None:
    told = cli("persone", "dimentica", "rosa")[2]
    assert "non si guarderanno mai più" in told
    assert 'cercafoto persone togli-nome "rosa"' in told
    assert named.faces.names() == ["pina", "rosa", "ugo"]
    assert "togli-nome" not in cli("persone", "dimentica", "--tutto")[2]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["volti", "nessuna"], "Fra i volti non c'è nessuno di nome «nessuna»"),
        (["volti", "rosa", "--foto", "{foto}"], "Di' di chi, oppure in quale foto"),
        (["volti", "--foto", "altrove.png"], "non è nell'archivio"),
        (["correggi", "999", "--non-lei"], "Non c'è nessun volto 999. I numeri: cercafoto persone"),
        (["correggi", "2", "--foto", "{foto}", "--non-lei"], "Non c'è nessun volto 2 in "),
        (["correggi", "1", "--non-lei", "--nome", "Anna"], "si escludono a vicenda"),
        (["correggi", "1"], "Di' che cosa correggere"),
        (["correggi", "uno", "--non-lei"], "NUMERO vuole un numero intero"),
        (["correggi", "1", "--foto", "{foto}", "--nome", "12"], "Questo non è un nome"),
        (["correggi", "1", "--foto", "{foto}", "--richiedi"], "Di nessuno di questi volti"),
        (["rinomina", "nessuna", "Anna"], "Fra i volti non c'è nessuno di nome «nessuna»"),
        (["rinomina", "rosa", " "], "Questo non è un nome"),
        (["togli-nome", "nessuna"], "Fra i volti non c'è nessuno di nome «nessuna»"),
    ],
)
def test_mistakes(named: Library, cli: Cli, tmp_path: Path, line: list[str], said: str) -> None:
    photo = str(tmp_path / "foto" / "rosa0.png")
    code, _, told = cli("persone", *(word.replace("{foto}", photo) for word in line))
    assert code == 2 and said in " ".join(told.split()), told
    assert named.faces.names() == ["pina", "rosa", "ugo"]


def test_without_faces(family: Library, cli: Cli) -> None:
    for line in (["volti", "rosa"], ["annulla"], ["rinomina", "a", "b"], ["togli-nome", "a"]):
        code, _, told = cli("persone", *line)
        assert code == 1 and "i volti non sono attivi" in told.lower(), line


def test_a_terminal_with_pictures_shows_the_faces(
    named: Library, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-kitty")
    assert "\x1b_G" not in cli("persone", "volti", "rosa")[1]  # into a pipe
    monkeypatch.setattr(correct_faces, "can_ask", lambda: True)
    out = cli("persone", "volti", "rosa")[1]
    assert "\x1b_G" in out and str(ids(named, "rosa0")[0]) in out
