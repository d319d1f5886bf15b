"""The parser accepts every training command in the documents."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from cercafoto.training.__main__ import parser
from cercafoto.training.clip_italian import config_text, presets
from cercafoto.training.data.steps import STEPS

DOCS = sorted((Path(__file__).parents[2] / "docs").glob("*.md"))
START = re.compile(r"^    (?:torchrun .* -m|python -m) cercafoto\.training (.*)$")


def commands(path: Path) -> list[str]:
    lines = path.read_text("utf-8").replace("\\\n", " ").splitlines()
    return [found[1] for line in lines if (found := START.match(line))]


def test_the_documents_show_commands() -> None:
    shown = [command for path in DOCS for command in commands(path)]
    told = {command.split()[0] for command in shown}
    assert {words.split()[1] for words in shown if words.startswith("prepare ")} == set(STEPS)
    assert {"prepare", "train", "evaluate", "export", "ablate", "throughput", "mini"} <= told


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_they_are_understood(path: Path) -> None:
    for command in commands(path):
        words = shlex.split(command)
        chosen = parser().parse_args(words)
        if chosen_preset := getattr(chosen, "preset", None):
            config_text.override(presets.preset(chosen_preset), chosen.set)
