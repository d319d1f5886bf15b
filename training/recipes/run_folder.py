"""The folder of a run: its configuration, and where what is computed once is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cercafoto.base.atomic_file import replacing
from cercafoto.training.recipes.recipe import Recipe, load, to_json
from cercafoto.training.training_errors import InputError

CONFIG = "config.json"


def resolved(recipe: Recipe) -> Recipe:
    """Name the towers that the run begins from, where an earlier run knows them.

    Raises InputError for a recipe that cannot be run, or an earlier run that cannot be read.
    """
    recipe.check()
    if not recipe.start:
        return recipe
    earlier = load(Path(recipe.start) / CONFIG)
    return replace(
        recipe,
        teacher=recipe.teacher or earlier.teacher,
        student=recipe.student or earlier.student,
    )


def claim(recipe: Recipe, out: Path, resume: bool) -> None:
    """Write the configuration of a new run, or check that of one to resume.

    Raises InputError for a folder with another run, or one that is not to be resumed.
    """
    path = out / CONFIG
    if path.exists():
        if not resume:
            raise InputError(f"{out}: holds a run already; --resume goes on with it")
        if not load(path).same_run(recipe):
            raise InputError(f"{path}: another configuration than the one to resume")
    out.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        partial.write_text(to_json(recipe), encoding="utf-8")


def cache_of(recipe: Recipe, out: Path) -> Path:
    """Where vectors are kept: beside the run, or where several share them."""
    return Path(recipe.cache) if recipe.cache else out / "cache"
