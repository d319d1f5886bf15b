"""`persone nomina` in a terminal: its questions, and the effect of each answer."""

from __future__ import annotations

import pytest

from cercafoto import Library
from cercafoto.cli.commands import name_faces
from tests.conftest import Cli
from tests.faces.conftest import EACH, family, painted

__all__ = ["family", "painted"]  # fixtures


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list of answers to type; each question replaces the answer it used."""
    typed: list[str] = []

    def answer(question: str) -> str:
        if not typed:
            raise EOFError
        return typed.pop(0)

    monkeypatch.setattr(name_faces, "can_ask", lambda: True)
    monkeypatch.setattr("builtins.input", answer)
    monkeypatch.setenv("TERM", "dumb")
    return typed


def test_each_answer(family: Library, cli: Cli, answers: list[str]) -> None:
    family.faces.find()
    # A name; twice no name; skipped; the third is no face.
    answers += ["Zia  Pina", "12", "Sì", "", "-"]
    code, out, told = cli("persone", "nomina")
    assert code == 0, told
    assert f"{EACH} volti in {EACH} foto · domande: 3" in out and "domande: 1" in out
    assert "Questo non è un nome" in told and "ci vuole un nome" in told
    assert "Restano da chiedere: 1" in told
    assert family.photos.people() == [("Zia Pina", EACH)]
    answers += ["."]
    assert "Non c'è altro da chiedere" in cli("persone", "nomina")[2]
    assert family.faces.questions() == []


def test_one_letter_is_asked_again(family: Library, cli: Cli, answers: list[str]) -> None:
    family.faces.find()
    answers += ["t", "", "t", "n", "q", "n", "Q", "s"]  # no name, no name, not to be left, left
    code, _, told = cli("persone", "nomina")
    assert (code, answers) == (0, []), told
    assert "Restano da chiedere: 3" in told
    assert family.photos.people() == []
    answers += ["O", "s", "basta"]
    cli("persone", "nomina")
    assert family.photos.people() == [("O", EACH)]


def test_q_and_enter_leaves(family: Library, cli: Cli, answers: list[str]) -> None:
    family.faces.find()
    answers += ["esci", "", "zia Pina"]
    cli("persone", "nomina")
    assert answers == ["zia Pina"]
    assert family.photos.people() == []


def test_all_faces_are_seen_before_they_are_named(
    family: Library, cli: Cli, answers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    family.faces.find()
    monkeypatch.setenv("COLUMNS", "50")  # one row shows two
    answers += ["+", "zia Pina", "basta"]
    out = cli("persone", "nomina")[1]
    assert "Ne vedi 2; «+» li mostra tutti." in out
    (group,) = {name for name in ("rosa", "ugo", "pina") if f"{name}{EACH - 1}.png" in out}
    assert all(f"/foto/{group}{n}.png\n" in out for n in range(EACH))
    assert family.photos.people() == [("zia Pina", EACH)]


def test_a_terminal_with_graphics_draws_all_faces(
    family: Library, cli: Cli, answers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    family.faces.find()
    monkeypatch.setenv("TERM", "xterm-kitty")
    monkeypatch.setenv("COLUMNS", "50")
    answers += ["basta"]
    before = cli("persone", "nomina")[1]
    answers += ["+", "basta"]
    out = cli("persone", "nomina")[1]
    rows = before.count("\x1b_G")
    assert rows and out.count("\x1b_G") >= 3 * rows  # two rows of two besides the first
    assert "/foto/" not in out


def test_the_end_of_the_input_ends(family: Library, cli: Cli, answers: list[str]) -> None:
    family.faces.find()
    assert cli("persone", "nomina")[0] == 0
    answers += ["basta"]
    assert "Restano da chiedere: 3" in cli("persone", "nomina")[2]


def test_without_a_terminal(family: Library, cli: Cli) -> None:
    family.faces.find()
    code, _, told = cli("persone", "nomina")
    assert code == 2 and "ci vuole un terminale" in told
