"""`persone nomina` in a terminal: its questions, and the effect of each answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from cercafoto import Library
from cercafoto.cli.commands import ask_faces, name_faces
from tests.conftest import Cli
from tests.faces.conftest import EACH, PEOPLE, doubt, family, name_all, name_one, painted
from tests.faces.test_album import photos_with

__all__ = ["family", "painted"]  # fixtures


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list of answers to type; each question replaces the answer it used."""
    typed: list[str] = []

    def answer(question: str) -> str:
        if not typed:
            raise EOFError
        return typed.pop(0)

    monkeypatch.setattr(ask_faces, "can_ask", lambda: True)
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


# -- is it still … ------------------------------------------------------------------------------


@pytest.fixture
def two_asked(family: Library) -> Library:
    """Pina's photos only may show Rosa or Ugo: the first two Rosa, the others Ugo."""
    family.faces.find()
    for name in ("rosa", "ugo"):
        name_one(family, name)
    doubt(family, {"pina0", "pina1"}, "rosa", group=100)
    doubt(family, {"pina2", "pina3"}, "ugo", group=101)
    return family


def test_enter_confirms_several_people_at_once(
    two_asked: Library, cli: Cli, answers: list[str]
) -> None:
    assert [each.person for each in two_asked.faces.questions()] in (
        ["rosa", "ugo"],
        ["ugo", "rosa"],
    )
    answers += [""]
    code, out, told = cli("persone", "nomina")
    assert code == 0 and "4 volti in 4 foto · domande: 2" in out, told
    assert dict(two_asked.photos.people()) == {"rosa": EACH + 2, "ugo": EACH + 2}
    assert "Non c'è altro da chiedere" in told
    for name, photos in (("rosa", "pina0 pina1"), ("ugo", "pina2 pina3")):
        assert set(photos.split()) <= {*photos_with(two_asked, name)}


def test_numbers_are_the_faces_that_are_wrong(
    two_asked: Library, cli: Cli, answers: list[str]
) -> None:
    answers += ["9", "salta"]
    out, told = cli("persone", "nomina")[1:]
    assert "Quel numero non c'è" in told
    rows = " ".join(out.split())
    (first,) = {name for name in ("rosa", "ugo") if f"1 {name}" in rows}
    answers += ["1, 2"]  # both faces of the first person
    cli("persone", "nomina")
    assert len(photos_with(two_asked, first)) == EACH
    (other,) = {"rosa", "ugo"} - {first}
    assert {"pina0", "pina1"} <= {*photos_with(two_asked, other)} or {"pina2", "pina3"} <= {
        *photos_with(two_asked, other)
    }


@pytest.mark.parametrize(("said", "named"), [("no", 0), ("Sì", 2), ("Zia Pina", 0), ("-", 0)])
def test_answers_about_one_person(
    family: Library, cli: Cli, answers: list[str], said: str, named: int
) -> None:
    family.faces.find()
    for name in ("rosa", "ugo"):
        name_one(family, name)
    doubt(family, {f"pina{n}" for n in range(EACH)}, "rosa", group=100)
    answers += [said]
    cli("persone", "nomina")
    people = dict(family.photos.people())
    assert people.pop("rosa") == EACH + (EACH if named else 0)
    assert people.pop("ugo") == EACH
    assert people == ({"Zia Pina": EACH} if said == "Zia Pina" else {})


def test_the_rest_is_put_aside(family: Library, cli: Cli, answers: list[str]) -> None:
    family.faces.find()
    answers += ["zia Pina", "resto"]
    code, _, told = cli("persone", "nomina")
    assert code == 0 and "Non c'è altro da chiedere" in told
    assert family.photos.people() == [("zia Pina", EACH)]


def test_it_says_what_the_next_answers_are_worth(
    family: Library, cli: Cli, answers: list[str]
) -> None:
    family.faces.find()
    answers += ["basta"]
    told = cli("persone", "nomina")[2]
    assert "Le prossime 3 risposte valgono circa 100 foto su cento." in told
    answers += ["zia Pina", "zia Rosa", "basta"]
    told = cli("persone", "nomina")[2]
    assert "La prossima risposta vale circa 33 foto su cento." in told


def test_it_says_so_after_many_answers_too(
    family: Library, cli: Cli, answers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    family.faces.find()
    monkeypatch.setattr(ask_faces, "TOLD_EVERY", 1)
    answers += ["zia Pina", "zia Rosa", "zio Ugo"]
    told = cli("persone", "nomina")[2]
    assert told.index("Le prossime 2 risposte") < told.index("La prossima risposta vale")


# -- after `attiva` -------------------------------------------------------------------------------


def test_after_the_search_the_next_step_is_told(family: Library, cli: Cli, tmp_path: Path) -> None:
    def told() -> str:
        return cli("persone", "attiva", "--conferma")[2]

    assert "Per rispondere (3 domande): cercafoto persone nomina" in told()
    name_all(family)
    assert "già una risposta" in told()
    family.faces.forget_all()
    for name in [*PEOPLE][1:]:
        for photo in (tmp_path / "foto").glob(f"{name}*"):
            photo.unlink()
    for photo in ("rosa2", "rosa3"):
        (tmp_path / "foto" / f"{photo}.png").unlink()
    family.index([tmp_path / "foto"])
    assert "nessun volto è in almeno 3 foto" in told()
    family.faces.forget_all()
    for photo in (tmp_path / "foto").glob("rosa*"):
        photo.unlink()
    family.index([tmp_path / "foto"])
    assert "non ci sono volti" in told()


def test_what_it_explains_has_no_line_breaks_of_its_own() -> None:
    for text in (name_faces.EXPLAINED, name_faces.LOST_WITH_OLDER):
        for line in text.splitlines():
            assert line.rstrip().endswith((".", "attivi", "conferma", "md", "{path}")), line
