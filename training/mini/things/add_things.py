"""Train the head that tells things for a finished model folder, and write it into the folder."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import torch

from cercafoto.models.model_folder import DESCRIPTION, THINGS, ModelFolder
from cercafoto.training.measure.judgments import JUDGMENTS, read_judgments
from cercafoto.training.mini import mini_folder
from cercafoto.training.mini.things.detected import kinds_in, read_detected
from cercafoto.training.mini.things.thing_figures import curve, figures, look_at
from cercafoto.training.mini.things.thing_fit import ThingRecipe, fit
from cercafoto.training.mini.things.thing_graph import save_things_graph
from cercafoto.training.mini.things.tower_maps import middle_of, tower_maps

EDITION = "1"  # of the head; what different editions say of a photo cannot be compared


def add_things(
    path: Path, data: Path, recipe: ThingRecipe, seed: int, cache: Path | None = None
) -> dict[str, Any]:
    """Train a head, and write it into the model folder `path`: graph, classes, curve of presence,
    figures, card. Return the figures.

    An older head is replaced; the folder's vectors stay as they are.

    data: folder with `oggetti.jsonl`, its photos, and the judgments.
    cache: folder to keep the tower's maps in for the next time; None: keep nothing.

    Raises FileNotFoundError if a data file is missing, InputError if one is wrong.
    """
    torch.set_num_threads(1)  # more threads would sum in another order, and are no faster here
    folder = ModelFolder.open(path)
    detected, judgments = read_detected(data), read_judgments(data / JUDGMENTS)
    kinds = kinds_in(detected)
    with tempfile.TemporaryDirectory() as temporary:
        work = cache or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        maps = tower_maps(folder, data, [d.photo for d in detected], recipe.views, work)
        middle = middle_of(maps.cells, folder.image["size"])
        head = fit(maps, detected, kinds, middle, recipe, seed)
    save_things_graph(path / "image.onnx", path / THINGS, head)
    seen = look_at(folder, kinds, data, judgments)
    description = json.loads((path / DESCRIPTION).read_text(encoding="utf-8"))
    description["things"] = {"edition": EDITION, "classes": kinds, "curve": curve(seen, judgments)}
    description["quality"]["things"] = figures(seen, judgments)
    mini_folder.write_card(path, description)
    return dict(description["quality"]["things"])
