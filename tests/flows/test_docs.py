"""The commands in the documents work: those of the first pages run, all others exist.

JSON examples and tables match the code.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cercafoto.cli.app import program
from cercafoto.cli.main import run as cercafoto
from cercafoto.models.confidence import Calibration
from cercafoto.question.filters.all_filters import OPTIONS
from tests.demo import LABELS, collect
from tests.manual import commands
from tests.support.program import put_on_path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BEGINNINGS = [ROOT / "README.md", ROOT / "README.en.md", DOCS / "primi-passi.md"]
PAGES = [*BEGINNINGS[:2], *sorted(DOCS.glob("*.md"))]
# Pages whose options lack a command; every option on them belongs to cercafoto.
PAGES_OF_OPTIONS = [
    *("cerca.md", "comandi.md", "etichette.md", "index.md", "json.md", "modelli.md", "pagina.md"),
    "perche-non-la-trova.md",
]
ADDING = sorted((DOCS / "adding").glob("*.md"))
SOURCES = [ROOT / name for name in ("cercafoto", "training", "tests", "docs")]
WORKS = [*PAGES, *ADDING, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]
BLOCK = re.compile(r"(<!-- not run: (?P<why>[^>]+) -->\n)?```(?P<kind>\w+)\n(?P<body>.*?)```", re.S)
JSON_BLOCK = re.compile(
    r"```sh\n(?P<command>[^\n]+ --json)\n```\n\n```json\n(?P<body>.*?)```", re.S
)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")

pytest.importorskip("skimage", reason="the demo's photos are in the scikit-image wheel")
pytest.importorskip("sklearn", reason="the demo's photos are in the scikit-learn wheel")

needs_shell = pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell")


def each_of(pages: list[Path]) -> pytest.MarkDecorator:
    names = [page.relative_to(ROOT).as_posix() for page in pages]
    return pytest.mark.parametrize("page", pages, ids=names)


@pytest.fixture
def person(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home with photos in ~/Foto (one twice), a label file, and cercafoto on the PATH."""
    photos = collect(home / "Foto")
    with Image.open(photos / "coffee.png") as picture:
        picture.save(photos / "colazione.jpg")
    (photos / "coffee.png").unlink()
    shutil.copy(photos / "colazione.jpg", photos / "copia.jpg")
    (home / "etichette.txt").write_text(LABELS, "utf-8")
    put_on_path(home, monkeypatch)
    return home


def blocks(page: Path, kind: str) -> list[tuple[str, str | None]]:
    """Return (body, reason not to run it) of every fenced block of a kind."""
    return [
        (m["body"], m["why"]) for m in BLOCK.finditer(page.read_text("utf-8")) if m["kind"] == kind
    ]


def run(line: str) -> str:
    """Run a shell line and return what it prints."""
    done = subprocess.run(
        ["sh", "-c", line], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def commands_and_rows(page: Path) -> tuple[list[str], list[str]]:
    """Return the commands to run, and the rows of the first answer without remarks."""
    lines = [line for body, why in blocks(page, "sh") if why is None for line in body.splitlines()]
    rows = [" ".join(row.split()) for body, _ in blocks(page, "text") for row in body.splitlines()]
    return [line.partition("   #")[0].rstrip() for line in lines], rows[1:-1]


@needs_shell
@each_of([BEGINNINGS[0], BEGINNINGS[2]])
def test_the_first_commands_run_and_the_first_answer_is_the_one_shown(
    page: Path, person: Path
) -> None:
    lines, rows = commands_and_rows(page)
    assert sum(line.startswith("cercafoto cerca") for line in lines) >= 6
    told = [run(line).replace(str(person), "~") for line in lines]
    if page == BEGINNINGS[0]:
        assert [" ".join(row.split()) for row in told[1].splitlines()] == rows != []


def test_the_page_in_english_shows_the_same_commands_and_the_same_answer() -> None:
    assert commands_and_rows(BEGINNINGS[1]) == commands_and_rows(BEGINNINGS[0])


def test_the_python_block_runs(person: Path) -> None:
    ((body, _),) = [block for page in PAGES for block in blocks(page, "python")]
    done = subprocess.run(
        [sys.executable, "-c", body.replace('Path("~/Foto")', f'Path("{person}/Foto")')],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "chelsea.png" in done.stdout.splitlines()[0]


def test_the_json_blocks_have_the_keys_of_the_answers(
    person: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def told(line: str) -> str:
        _, *words = (os.path.expanduser(word) for word in shlex.split(line))
        capfd.readouterr()
        assert cercafoto(words) == 0, line
        return capfd.readouterr().out

    pages = [page for page in PAGES if page.name != "calibration.md"]
    shown = [m for page in pages for m in JSON_BLOCK.finditer(page.read_text("utf-8"))]
    assert sum(len(blocks(page, "json")) for page in pages) == len(shown) > 0
    told("cercafoto index ~/Foto -q")
    told("cercafoto tag --labels etichette.txt -q")
    told("cercafoto cerca un gatto --salva Gatti -q")
    for match in shown:
        assert_same_keys(json.loads(match["body"]), json.loads(told(match["command"])))


def test_the_calibration_shown_is_one_of_a_model() -> None:
    ((body, _),) = blocks(DOCS / "calibration.md", "json")
    shown = json.loads(body)
    assert Calibration.of(shown).parts == shown["parts"]
    mini = ROOT / "cercafoto" / "models" / "mini" / "model.json"
    real = json.loads(mini.read_text("utf-8"))["calibration"]
    for few in ("labels", "genera"):  # of many
        assert set(shown[few]) < set(real[few])
        real[few] = shown[few]
    assert_same_keys(shown, {key: real[key] for key in shown})


def assert_same_keys(shown: Any, real: Any, at: str = "") -> None:
    """Assert that two JSON values have the same keys in the same order, at every level."""
    if isinstance(shown, dict) and isinstance(real, dict):
        assert list(shown) == list(real), at
        for key, value in shown.items():
            assert_same_keys(value, real[key], f"{at}.{key}")
    elif isinstance(shown, list) and isinstance(real, list) and shown and real:
        assert_same_keys(shown[0], real[0], f"{at}[0]")


def test_the_table_names_every_command_and_no_other() -> None:
    real = {name for name, _ in commands(program, "cercafoto")}
    text = (DOCS / "comandi.md").read_text("utf-8")
    listed = set(re.findall(r"^\| `(cercafoto (?:(?:modello|persone) )?[a-z-]+)", text, re.M))
    assert listed == real


def options_of(command: Any) -> set[str]:
    """Return all options that a command accepts, common ones included."""
    own = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    return own | {
        "--help",
        "-h",
        "--archivio",
        "--modello",
        "--offline",
        "--quieto",
        "-q",
        "--radice",
    }


def test_every_option_in_the_pages_exists() -> None:
    real = {name for _, command in commands(program, "cercafoto") for name in options_of(command)}
    for page in PAGES_OF_OPTIONS:
        assert set(OPTION.findall((DOCS / page).read_text("utf-8"))) <= real | {"--version"}, page


def command_lines(page: Path) -> Iterator[list[str]]:
    """Yield the words of each `cercafoto ...` line of a page, in text or blocks."""
    text = page.read_text("utf-8")
    shown = re.findall(r"`(cercafoto\s[^`]+)`", text) + re.findall(
        r"^ {4}(cercafoto .*)$", text, re.M
    )
    bodies = [body.replace("\\\n", "") for body, _ in blocks(page, "sh")]
    shown += [line for body in bodies for line in body.splitlines()]
    for line in shown:
        words = shlex.split(line, comments=True)
        while {"|", "&&"} & set(words):
            words.pop()
        if words[:1] == ["cercafoto"]:
            yield words


@each_of(PAGES)
def test_every_command_shown_has_that_name_and_those_options(page: Path) -> None:
    real = dict(commands(program, "cercafoto"))
    for words in command_lines(page):
        name = next((" ".join(words[:n]) for n in (3, 2) if " ".join(words[:n]) in real), None)
        if name is None:
            assert words[1:] == ["modello"] or words[1].startswith("--"), words
            continue
        given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z0]", word)}
        assert given <= options_of(real[name]), words


def slug(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")


@each_of(WORKS)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#:]*)#?([^):]*)\)", page.read_text("utf-8")):
        file = page.parent / target if target else page
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.M)
            assert anchor in {slug(heading) for heading in headings}, f"{target}#{anchor}"


@each_of([DOCS / "architettura.md", *ADDING])
def test_the_files_that_a_page_names_exist(page: Path) -> None:
    named = re.findall(r"`([\w/-]+(?:\.(?:py|tsv|txt|sqlite)|/))`", page.read_text("utf-8"))
    assert named or page.name == "README.md"
    paths = [path for top in SOURCES for path in (top, *top.rglob("*"))]
    files = "\n".join(f"/{path.relative_to(ROOT).as_posix()}" for path in paths) + "\n"
    assert [name for name in named if f"/{name.rstrip('/')}\n" not in files] == []


def test_the_page_about_searching_names_every_filter() -> None:
    page = (DOCS / "cerca.md").read_text("utf-8")
    assert [option.flag for option in OPTIONS if f"`{option.flag}`" not in page] == []


def test_the_search_for_a_filter_finds_every_module_that_knows_it() -> None:
    page = (DOCS / "adding" / "filter.md").read_text("utf-8")
    (words,) = re.findall(r"git grep -iE '([^']+)' -- '\*\.py'", page)
    known = re.compile(r"lens_id|lenses|\bLENS\b|lens_names|\blens\b|obiettiv[oi]", re.I)
    modules = {path: path.read_text("utf-8") for path in (ROOT / "cercafoto").rglob("*.py")}
    knowing = [path for path, text in modules.items() if known.search(text)]
    assert len(knowing) > 20
    assert [path for path in knowing if not re.search(words, modules[path], re.I)] == []


@pytest.mark.parametrize("folder", [DOCS, DOCS / "adding"], ids=lambda folder: folder.name)
def test_every_page_is_in_the_index(folder: Path) -> None:
    index = (folder / "README.md").read_text("utf-8")
    for page in folder.glob("*.md"):
        assert page.name == "README.md" or page.name in index, page.name
