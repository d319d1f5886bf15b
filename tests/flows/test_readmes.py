"""The two READMEs name the same extras, commands and figures, and both name the commands of a
clone near the top."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from cercafoto.cli.app import program
from tests.manual import commands

ROOT = Path(__file__).parents[2]
ITALIAN, ENGLISH = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.en.md"))
# Extras of those who train models; CONTRIBUTING.md is for them.
FOR_DEVELOPERS = {"mini", "data", "train"}
# A number as each language writes it: 1.000 and 25,8 are 1,000 and 25.8. Versions such as 4.0.8
# are no figures.
ENGLISH_NUMBER = re.compile(r"(?<![\w.,'-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w-]|[.,]\d)")
ITALIAN_NUMBER = re.compile(r"(?<![\w.,'-])\d+(?:\.\d{3})*(?:,\d+)?(?![\w-]|[.,]\d)")


def extras() -> set[str]:
    """Return the extras that a person may want."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return set(project["optional-dependencies"]) - FOR_DEVELOPERS


def listed(text: str) -> set[str]:
    """Return the extras of the sentence that lists all of them, and what each is for."""
    sentence = re.search(r"Extras?: |Gli extra: ", text)
    assert sentence is not None
    return set(re.findall(r"`(\w+)`(?=\s\(| e | and )", text[sentence.start() :]))


def installed(text: str) -> list[set[str]]:
    """Return the extras of each command that installs cercafoto."""
    return [set(names.split(",")) for names in re.findall(r"'\.\[([\w,]+)\]'", text)]


def named(text: str) -> set[str]:
    """Return the commands that a page names, and those of `make`."""
    spans = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.S) + re.findall(r"`([^`\n]+)`", text))
    first = {name.split()[1] for name, _ in commands(program, "cercafoto") if " " in name}
    shown = {name for name in first if re.search(rf"^(?:cercafoto )?{name}\b", spans, re.M)}
    return shown | set(re.findall(r"^make \w+", spans, re.M))


def figures(text: str, number: re.Pattern[str]) -> set[str]:
    """Return the numbers of a page's prose and tables, as English writes them: no code, no links,
    no versions of licences."""
    licences = r"(?:Apache|PP-OCRv|SigLIP|GPL)[- \d.]+"
    for code in (r"```.*?```", r"`[^`]*`", r"\]\([^)]*\)", licences):
        text = re.sub(code, "", text, flags=re.S)
    found = set(number.findall(text))
    if number is ITALIAN_NUMBER:
        found = {one.translate({ord("."): ",", ord(","): "."}) for one in found}
    return found


@pytest.mark.parametrize("text", [ITALIAN, ENGLISH], ids=["README.md", "README.en.md"])
def test_every_extra_is_listed_and_those_installed_exist(text: str) -> None:
    assert listed(text) == extras()
    assert installed(text) and all(names <= extras() for names in installed(text))


def test_the_page_about_installing_has_every_extra() -> None:
    page = (ROOT / "docs" / "installazione.md").read_text("utf-8")
    assert set().union(*installed(page)) == extras()


def test_both_install_the_same_extras() -> None:
    assert installed(ITALIAN) == installed(ENGLISH)


@pytest.mark.parametrize(
    ("text", "heading"),
    [(ITALIAN, "## Installare"), (ENGLISH, "## Install\n")],
    ids=["README.md", "README.en.md"],
)
def test_the_commands_of_a_clone_come_first(text: str, heading: str) -> None:
    first = text.partition(heading)[0]
    for target in ("demo", "test"):
        assert re.search(rf"^make {target} +# ", first, re.M)
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.M)


def test_both_name_the_same_commands() -> None:
    assert named(ITALIAN) == named(ENGLISH)
    assert {"make demo", "make test", "index", "cerca", "persone"} <= named(ITALIAN)


def test_the_italian_figures_are_in_the_english_page() -> None:
    ours = figures(ITALIAN, ITALIAN_NUMBER)
    assert ours - figures(ENGLISH, ENGLISH_NUMBER) == set()
    assert {"217", "25.8", "0.31", "1,000,000"} <= ours


def test_the_figures_of_the_english_page_are_those_measured() -> None:
    measured = [*(ROOT / "docs").glob("*.md"), ROOT / "cercafoto" / "models" / "mini" / "README.md"]
    known = "\n".join(page.read_text("utf-8") for page in measured)
    for part in ("## How good", "## How fast"):
        text = ENGLISH.partition(part)[2].partition("\n## ")[0]
        rates = {one for one in figures(text, ENGLISH_NUMBER) if "." in one}
        assert rates and {one for one in rates if one not in known} == set()
