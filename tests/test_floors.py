"""The import contracts hold, and a broken one is noticed: import-linter on the installed tree."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINT = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
# Modules that import each other, directly or through others, also where a function or only a type
# checker imports; without `training`. Only types go round in the one that is left: `Archive.local`
# returns the subclass.
CIRCLES = {"cercafoto.archive.archive", "cercafoto.archive.local_archive"}
FIND_CIRCLES = """
import grimp
graph = grimp.build_graph("cercafoto", cache_dir=None)
used = {each for each in graph.modules if not each.startswith("cercafoto.training")}
left = {each: graph.find_modules_directly_imported_by(each) for each in used}
while ends := [each for each in left if not left[each] & left.keys()]:
    for each in ends:
        del left[each]
while ends := [each for each in left if not any(each in left[other] for other in left)]:
    for each in ends:
        del left[each]
print(*left, sep="\\n")
"""
BROKEN_ON_PURPOSE = "cercafoto/base/word_stems.py"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(LINT is None, reason="import-linter is not installed"),
    pytest.mark.skipif(shutil.which("make") is None, reason="make lays the tree out"),
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return the packages as installed, with training/ inside cercafoto/."""
    laid_out = tmp_path / "tree"
    subprocess.run(["make", "--silent", "tree", f"TREE={laid_out}"], cwd=ROOT, check=True)
    return laid_out


def lint(tree: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(LINT), "--no-cache", "--config", str(ROOT / ".importlinter"), *options]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True)


def test_every_contract_is_kept(tree: Path) -> None:
    linted = lint(tree)
    assert linted.returncode == 0, linted.stdout


def circles(tree: Path) -> set[str]:
    command = [sys.executable, "-c", FIND_CIRCLES]
    found = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True)
    return set(found.stdout.split())


def test_no_modules_import_each_other(tree: Path) -> None:
    assert circles(tree) == CIRCLES
    module = tree / "cercafoto/search/resolving.py"
    late = "\ndef late() -> None:\n    import cercafoto.search.collection_photos\n"
    module.write_text(module.read_text(encoding="utf-8") + late, encoding="utf-8")
    assert "cercafoto.search.whole_answer" in circles(tree)


def test_what_people_run_must_not_import_the_workshop(tree: Path) -> None:
    module = tree / BROKEN_ON_PURPOSE
    text = module.read_text(encoding="utf-8")
    module.write_text(text + "\nimport cercafoto.training.measure.metrics\n", encoding="utf-8")
    linted = lint(tree, "--contract", "floors")
    assert linted.returncode == 1
    assert "cercafoto.base.word_stems -> cercafoto.training.measure.metrics" in linted.stdout


def test_a_module_without_a_place_is_refused(tree: Path) -> None:
    (tree / "cercafoto/search/stray.py").touch()
    linted = lint(tree, "--contract", "search")
    assert linted.returncode == 1
    assert "cercafoto.search.stray" in linted.stdout


@pytest.mark.parametrize(
    ("module", "imported", "contract"),
    [
        ("mini.mini_card", "clip_italian.config", "workshop-floors"),
        ("mini.mini_card", "data.pairs", "mini"),
        ("clip_italian.config", "mini.class_words", "workshop-floors"),
        ("measure.judgments", "mini.class_words", "workshop-floors"),
    ],
)
def test_each_model_is_made_without_the_other(
    tree: Path, module: str, imported: str, contract: str
) -> None:
    path = tree / "cercafoto" / "training" / (module.replace(".", "/") + ".py")
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\nimport cercafoto.training.{imported}\n", encoding="utf-8")
    linted = lint(tree, "--contract", contract)
    assert linted.returncode == 1
    assert f"cercafoto.training.{module} -> cercafoto.training.{imported}" in linted.stdout


@pytest.mark.parametrize(
    ("module", "imported", "contract"),
    [
        ("search.answer", "cercafoto.photos.decoding.picture", "decoders"),
        ("labels.sidecars.embedded", "pillow_heif", "decoders"),
        ("labels.sidecars.embedded", "xml.etree.ElementTree", "xml"),
        ("search.answer", "cercafoto.archive.local.catalog", "engines"),
        ("archive.queries.photos", "cercafoto.archive.local.catalog", "archive"),
        ("archive.local.photos", "cercafoto.archive.local.catalog", "catalogue"),
    ],
)
def test_whoever_has_the_archive_reads_no_pictures_and_knows_no_engine(
    tree: Path, module: str, imported: str, contract: str
) -> None:
    path = tree / "cercafoto" / (module.replace(".", "/") + ".py")
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\nimport {imported}\n", encoding="utf-8")
    linted = lint(tree, "--contract", contract)
    assert linted.returncode == 1
    assert f"cercafoto.{module} -> {imported.partition('.etree')[0]}" in linted.stdout


def test_the_trainer_must_not_import_the_manual_that_tells_of_it(tree: Path) -> None:
    module = tree / "cercafoto/training/clip_italian/loss.py"
    text = module.read_text(encoding="utf-8")
    module.write_text(text + "\nimport cercafoto.training.manual\n", encoding="utf-8")
    linted = lint(tree, "--contract", "workshop-floors")
    assert linted.returncode == 1
    assert "cercafoto.training.clip_italian.loss -> cercafoto.training.manual" in linted.stdout
