"""The CI workflow and `.ci/run` run the same steps."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUN = (ROOT / ".ci" / "run").read_text("utf-8")
WORKFLOW = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
RELEASE = (ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def test_the_workflow_and_ci_run_name_the_same_make_targets() -> None:
    here = re.findall(r"^make (.+)$", RUN, re.M)
    check = WORKFLOW.partition("  lowest:")[0]
    assert here == re.findall(r"^ +- run: make (.+)$", check, re.M)
    assert here[0] == "setup" and here[-1] == "test"
    assert set(here) <= set(re.findall(r"^([a-z]+):", MAKEFILE, re.M))


def test_the_workflow_runs_the_pythons_that_the_package_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    matrix = re.search(r"python: \[(.+)\]", WORKFLOW)
    assert matrix is not None
    assert re.findall(r"3\.\d+", matrix[1]) == named
    assert project["requires-python"] == f">={named[0]}"
    tried = re.search(r"for version in (.+); do", RELEASE)
    assert tried is not None and tried[1].split() == named


def test_a_release_checks_what_pypi_would_show_and_tries_the_container() -> None:
    build = re.search(r"^build: setup\n((?:\t.+\n)+)", MAKEFILE, re.M)
    assert build is not None and "twine check --strict" in build[1]
    assert "make build" in RELEASE and "docker build" in RELEASE
    assert "needs: [source, bundle, container]" in RELEASE
