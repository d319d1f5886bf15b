"""The README does what it says: its commands run, its JSON and its tables are those of the code."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cercafoto.cli.app import program
from tests.demo import LABELS, collect
from tests.manual import commands

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
BLOCK = re.compile(r"(<!-- not run: (?P<why>[^>]+) -->\n)?```(?P<kind>\w+)\n(?P<body>.*?)```", re.S)

pytest.importorskip("skimage", reason="the demo's photos are in the scikit-image wheel")
pytest.importorskip("sklearn", reason="the demo's photos are in the scikit-learn wheel")


@pytest.fixture
def person(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person with photos in ~/Foto, a label file at hand and cercafoto on the path."""
    collect(home / "Foto")
    (home / "etichette.txt").write_text(LABELS, "utf-8")
    binaries = home / "bin"
    binaries.mkdir()
    script = binaries / "cercafoto"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cercafoto "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{binaries}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(home)
    return home


def blocks(kind: str) -> list[tuple[str, str | None]]:
    """(body, why it is not run) of every fenced block of a kind."""
    return [(m["body"], m["why"]) for m in BLOCK.finditer(README) if m["kind"] == kind]


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell")
def test_every_command_block_runs(person: Path) -> None:
    run = [body for body, why in blocks("sh") if why is None]
    assert len(run) >= 2
    for body in run:
        for line in body.splitlines():
            if not line.strip():
                continue
            done = subprocess.run(
                ["sh", "-c", line], capture_output=True, text=True, stdin=subprocess.DEVNULL
            )
            assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"


def test_the_python_block_runs(person: Path) -> None:
    ((body, _),) = blocks("python")
    done = subprocess.run(
        [sys.executable, "-c", body.replace('Path("~/Foto")', f'Path("{person}/Foto")')],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "chelsea.png" in done.stdout.splitlines()[0]


def test_the_json_block_has_the_keys_of_the_answer(person: Path) -> None:
    ((body, _),) = blocks("json")
    for command in ("index ~/Foto", 'cerca "un gatto" --json'):
        done = subprocess.run(["sh", "-c", f"cercafoto {command}"], capture_output=True, text=True)
    shown, real = json.loads(body), json.loads(done.stdout)
    assert list(shown) == list(real)
    for key in ("query", "model"):
        assert set(shown[key]) <= set(real[key])
    assert list(shown["hits"][0]) == list(real["hits"][0])


def test_the_table_names_every_command_and_no_other() -> None:
    real = {name for name, _ in commands(program, "cercafoto")}
    told = set(re.findall(r"^\| `(cercafoto (?:modello )?[a-z]+)", README, re.M))
    assert told == real


def test_every_option_in_the_readme_exists() -> None:
    real = {
        option
        for _, command in commands(program, "cercafoto")
        for param in command.params
        for option in (*param.opts, *param.secondary_opts)
    } | {"--version", "--help"}
    table = README[README.index("## Commands") : README.index("### What `index`")]
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", table)) <= real


def test_links_to_files_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
