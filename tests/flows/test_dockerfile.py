"""The steps of the Dockerfile make a program that works, in a folder that stands for the container.

There need be no Docker here: what it would copy is copied, what it would run is run, with the
paths of the container moved into the folder. Only what needs a system of its own is left out: the
system's packages, and owners. The packages that cercafoto needs are those of this environment.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.conftest import paint

ROOT = Path(__file__).parents[2]
# Installs the system's packages; the container's own compiler is not needed here.
OF_THE_SYSTEM = "apt-get "

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the container is Linux")


@dataclass
class Container:
    """The container's files in `root`, and what the Dockerfile said of its start."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    folder: Path = Path()
    start: list[str] = field(default_factory=list)
    user: str = "root"
    volumes: list[str] = field(default_factory=list)

    def moved(self, text: str) -> str:
        """Return a text with the container's absolute paths moved into `root`."""
        own = "|".join(re.escape(str(path)) for path in ("/opt", "/src", "/archivio", "/foto"))
        return re.sub(rf"(?<![\w.])(?:{own})(?=[/\s:\"']|$)", lambda m: f"{self.root}{m[0]}", text)

    def run(self, command: str | list[str]) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command, shell=isinstance(command, str), cwd=self.folder, env=self.environment,
            capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done


def _instructions() -> list[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def _is_sent(name: str) -> bool:
    """Whether .dockerignore lets a file or folder at the root reach the Dockerfile."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines():
        pattern = line.strip().removeprefix("!")
        if pattern and not pattern.startswith("#") and fnmatch(name, pattern):
            sent = line.startswith("!")
    return sent


@pytest.mark.slow
def test_the_steps_make_a_program_that_works(tmp_path: Path) -> None:
    made = Container(tmp_path)
    for word, rest in _instructions():
        _follow(made, word, rest)
    assert made.user == "1000:1000" and made.volumes == ["/archivio", "/foto"]
    program, *arguments = made.start
    assert arguments == ["index", "--osserva", "/foto"]
    run = [shutil.which(program, path=made.environment["PATH"]) or program]
    assert run[0] == f"{tmp_path}/opt/cercafoto/bin/cercafoto"
    paint(tmp_path / "foto" / "rosso.png", (200, 0, 0))
    report = json.loads(made.run([*run, "index", f"{tmp_path}/foto", "--json"]).stdout)
    assert (report["model"], report["new"]) == ("mini", 1)
    status = json.loads(made.run([*run, "stato", "--json"]).stdout)
    assert Path(status["archive"]).is_relative_to(tmp_path / "archivio")
    # The installed package, not the checkout; with every file that it needs.
    where = "import cercafoto; print(cercafoto.__file__)"
    python = Path(run[0]).with_name("python")
    assert str(tmp_path) in made.run([str(python), "-c", where]).stdout
    copied = {p.name for p in (tmp_path / "opt").rglob("cercafoto/models/prepare/drawn/*")}
    assert copied == {p.name for p in (ROOT / "cercafoto/models/prepare/drawn").iterdir()}


def _follow(made: Container, word: str, rest: str) -> None:
    match word:
        case "FROM":
            made.environment = {
                "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
                # The packages of this environment stand for those from PyPI.
                "PIP_NO_DEPS": "1",
                "PIP_NO_BUILD_ISOLATION": "0",
                "PIP_NO_COMPILE": "1",
                "PYTHONPATH": sysconfig.get_path("purelib"),
            }
            made.folder = made.root
        case "ENV":
            for name, value in re.findall(r"(\w+)=(\S+)", made.moved(rest)):
                made.environment[name] = os.path.expandvars(
                    value.replace("$PATH", made.environment["PATH"])
                )
        case "ARG":
            name, _, value = rest.partition("=")
            made.environment[name] = value
        case "WORKDIR":
            made.folder = Path(made.moved(rest))
            made.folder.mkdir(parents=True, exist_ok=True)
        case "COPY" if not rest.startswith("--from="):
            *names, target = rest.split()
            for name in names:
                assert _is_sent(name), f".dockerignore leaves out {name}"
                source, place = ROOT / name, made.folder / target
                (place if source.is_dir() else place / name).symlink_to(source)
        case "RUN" if not rest.startswith(OF_THE_SYSTEM):
            made.run(re.sub(r"--(owner|group)=\d+ ", "", made.moved(rest)))
        case "USER":
            made.user = rest
        case "VOLUME":
            made.volumes = json.loads(rest)
        case "ENTRYPOINT" | "CMD":
            made.start += json.loads(rest)
        case "COPY" | "RUN" | "EXPOSE":
            pass
        case _:
            raise AssertionError(f"{word}: what does it do?")
