"""The wheel: what it contains, and that it works without the checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("build", reason="the wheel is built with the package `build`")

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CHECKOUT_ONLY = ("gpu", "log.md", "places")  # in training/


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import shutil

    # Built from a copy: setuptools leaves its build folder beside the sources.
    source = tmp_path_factory.mktemp("source")
    for name in ("cercafoto", "training"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    out = tmp_path_factory.mktemp("dist")
    # Through the source distribution, with the installed setuptools: an isolated build would need
    # the network.
    pytest.importorskip("setuptools", minversion="77", reason="builds with setuptools 77 or later")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", out, source],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = out.glob("*.whl")
    return path


def test_the_wheel_carries_the_model_the_photos_and_the_training(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {
        f"cercafoto/{path.relative_to(ROOT / 'cercafoto')}"
        for path in (ROOT / "cercafoto").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    } | {
        f"cercafoto/training/{path.relative_to(ROOT / 'training')}"
        for path in (ROOT / "training").rglob("*")
        if path.is_file() and not {"__pycache__", *CHECKOUT_ONLY} & {*path.parts}
    }
    assert sources <= names
    assert not any(name in path.split("/")[2:] for name in CHECKOUT_ONLY for path in names)
    assert "cercafoto/models/mini/text.onnx" in names
    # Nothing at the top level but the package and its metadata.
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"cercafoto"}


def test_it_works_away_from_the_checkout(wheel: Path, tmp_path: Path, photos: Path) -> None:
    target = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); import cercafoto; "
        "assert cercafoto.__file__.startswith(sys.path[0]), cercafoto.__file__; "
        "import cercafoto.training; assert cercafoto.training.__file__.startswith(sys.path[0]); "
        "from cercafoto.cli.main import run; "
        "assert run(['index', sys.argv.pop(1), '--modello', 'mini', '-q']) == 0; "
        "assert run(['cerca', 'rosso', '--percorsi']) == 0"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, target, photos],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 5


@pytest.fixture
def metadata(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("METADATA")]
        return archive.read(name).decode("utf-8")


def test_the_links_of_its_description_lead_somewhere_from_pypi(metadata: str) -> None:
    links = re.findall(r"\]\(([^)]+)\)", metadata)
    repository = "https://github.com/cercafoto/cercafoto"
    assert f"{repository}/blob/main/docs/primi-passi.md" in links
    assert f"{repository}/raw/main/docs/img/terminale.webp" in links
    assert [link for link in links if not link.startswith(("https://", "#"))] == []


def test_nothing_has_to_be_compiled_unless_the_graph_is_asked_for(metadata: str) -> None:
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist: hnswlib")]
    assert required == ['Requires-Dist: hnswlib>=0.8; extra == "grafo"']


def test_the_workshop_runs_from_a_checkout_that_is_not_installed() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-S",
            "-c",
            "import cercafoto.training; print(cercafoto.training.__file__)",
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).samefile(ROOT / "training" / "__init__.py")
