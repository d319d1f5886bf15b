"""The manual page matches the commands and reads well."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from cercafoto.cli.app import program
from tests.manual import commands, escaped, is_listed, page


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("man") / "cercafoto.1"
    path.write_text(page(), "utf-8")
    return path


def test_it_names_every_command_and_option() -> None:
    text = page()
    found = dict(commands(program, "cercafoto"))
    assert len(found) > 10
    for name, command in found.items():
        section = text.partition(f'.SS "{escaped(name)}"')[2].partition(".SS")[0]
        for param in command.params:
            # What may follow any command is told of the program.
            if param.param_type_name == "option" and not param.hidden and is_listed(param):
                for option in (*param.opts, *param.secondary_opts):
                    assert escaped(option) in section, f"{name} {option}"


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="needs mandoc")
def test_mandoc_reports_no_problem(made: Path) -> None:
    done = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", made], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")
