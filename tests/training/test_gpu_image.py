"""The Dockerfile for training names what exists, and its lock file has what the extras need."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "training" / "gpu" / "Dockerfile"
LOCK = ROOT / "training" / "gpu" / "requirements.txt"
LINUX = {"python_version": "3.12", "sys_platform": "linux", "platform_machine": "x86_64"}


def lines(instruction: str) -> list[str]:
    return re.findall(rf"^{instruction} (.*)$", DOCKERFILE.read_text("utf-8"), re.M)


def locked() -> dict[str, tuple[str, int]]:
    """Return each package of the lock file -> its version and its number of hashes."""
    found = {}
    for entry in re.split(r"\n(?=\S)", LOCK.read_text("utf-8")):
        if match := re.match(r"([\w.-]+)==(\S+)", entry):
            found[canonicalize_name(match[1])] = match[2], entry.count("--hash=sha256:")
    return found


def required(extra: str | None, project: dict) -> list[Requirement]:
    """Return the packages that an extra requires, with those of the extras inside it. extra: None
    for the program alone."""
    texts = project["optional-dependencies"][extra] if extra else project["dependencies"]
    found = []
    for requirement in map(Requirement, texts):
        if requirement.name == "cercafoto":
            found += [each for inner in requirement.extras for each in required(inner, project)]
        elif requirement.marker is None or requirement.marker.evaluate(LINUX):
            found.append(requirement)
    return found


def test_what_is_copied_and_run_exists() -> None:
    copied = [source for line in lines("COPY") for source in line.split()[:-1]]
    assert copied and all((ROOT / source).exists() for source in copied)
    # What the package is built from, which pyproject.toml names.
    assert {"pyproject.toml", "setup.py", "README.md", "LICENSE", "cercafoto"} <= set(copied)
    python, option, module = json.loads(lines("ENTRYPOINT")[0])
    assert (python, option) == ("python", "-m")
    assert importlib.util.find_spec(module) is not None
    (installed,) = re.findall(r"--require-hashes -r (\S+)", DOCKERFILE.read_text("utf-8"))
    assert ROOT / installed == LOCK


def test_the_page_builds_this_file() -> None:
    page = (ROOT / "docs" / "reproduction.md").read_text("utf-8")
    (path, image) = re.findall(r"docker build -f (\S+) -t (\S+) \.", page)[0]
    assert ROOT / path == DOCKERFILE
    (run,) = re.findall(rf"docker run .* {image} (.*)", page)
    assert f"python -m cercafoto.training {run}\n" in page


@pytest.mark.parametrize("extra", [None, "train", "data"])
def test_the_lock_file_has_what_is_needed(extra: str | None) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    versions = locked()
    for requirement in required(extra, project):
        version, _ = versions[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), requirement


def test_every_version_has_hashes_and_no_place_is_named() -> None:
    assert len(locked()) > 50
    assert all(hashes for _, hashes in locked().values())
    entries = [line for line in LOCK.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert not any("://" in line or line.startswith("-") or "+cpu" in line for line in entries)
    build = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["build-system"]["requires"]
    for requirement in map(Requirement, build):
        assert requirement.specifier.contains(locked()[requirement.name][0])
