"""Find the model that sees things in photos: the one in the package, beside any archive's model."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from cercafoto.errors import ModelError
from cercafoto.models.model_folder import THINGS, ModelFolder
from cercafoto.models.registry import EMBEDDED_PATH

PERSON = "person"


class ThingsModel(NamedTuple):
    """A model that sees things.

    edition: changes whenever stored results must be computed again.
    classes: names of the things, in the order of the graph's outputs.
    curve: slope and intercept that turn the logit of a presence into the logit of a probability.
    """

    folder: ModelFolder
    edition: str
    classes: tuple[str, ...]
    curve: tuple[float, float]


def things_model() -> ThingsModel | None:
    """Return the model that sees things; None if the package has none, or a damaged one."""
    return _opened(EMBEDDED_PATH)


@cache  # searches ask often, and a package does not change while it runs
def _opened(path: Path) -> ThingsModel | None:
    try:
        folder = ModelFolder.open(path)
    except ModelError:
        return None
    if THINGS not in folder.files or not folder.things:
        return None
    slope, intercept = folder.things["curve"]
    classes = tuple(folder.things["classes"])
    return ThingsModel(folder, str(folder.things["edition"]), classes, (slope, intercept))
