"""The model card of an exported run: only facts that the run's files contain.

Written as README.md beside the weights, with the front matter that the Hub reads.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from itertools import starmap
from pathlib import Path
from typing import Any

from cercafoto.training.clip_italian import checkpoint, config, config_text, model
from cercafoto.training.clip_italian.config import Run
from cercafoto.training.clip_italian.fields import written
from cercafoto.training.clip_italian.sentences import read_sentences
from cercafoto.training.data.pairs import read_pairs
from cercafoto.training.training_errors import InputError

_BODY = """---
language: it
{licence_line}pipeline_tag: zero-shot-image-classification
tags: [clip, italian]
---
# {name}

A photo and an Italian text each become {projection} numbers; the nearer, the better they fit.

| Part | Begins from |
|---|---|
| photos, {size} pixels | `{image}` |
| texts, up to {tokens} tokens{layers} | `{text}` |

Made with [cercafoto](https://github.com/cercafoto/cercafoto), which searches a person's own photos
with it, by the recipe of {recipe_of} as it stands under "Recipe".

## Data

{data}

Photos and captions belong to their owners; none is contained here.

## Figures

{figures}

## Recipe

{recipe}

## Licence

{licence} What it begins from and was trained on has licences of its own, which bind as well.

## What it must not be used for

Recognising or tracking persons, faces or identity; guessing origin, religion, health, opinions,
sexual orientation or any other sensitive attribute; decisions about people; surveillance. It
repeats the stereotypes of its captions and of the towers that it begins from.
"""


CLIP_ITALIAN = "CLIP-Italian ([arXiv:2108.08688](https://arxiv.org/abs/2108.08688))"
RECIPES = "[docs/recipes.md](https://github.com/cercafoto/cercafoto/blob/main/docs/recipes.md)"


def of_run(
    folder: Path, which: str, name: str, licence: str, numbers: int = 0, side: int = 0
) -> str:
    """Return the card of a run's checkpoint.

    licence: "" if none was stated.
    numbers, side: of an embedding and of a picture; 0: as the configuration says.
    Raises InputError for a folder that is not a run.
    """
    stages = _stages(folder)
    run = stages[-1][1]
    towers = run.towers
    return _BODY.format(
        name=name,
        licence_line=f"license: {licence}\n" if licence else "",
        licence=f"Of these weights: {licence}." if licence else "None was stated.",
        recipe_of=RECIPES if towers.teacher else CLIP_ITALIAN,
        projection=numbers or towers.projection,
        size=side or towers.image_size,
        tokens=towers.max_tokens,
        image=_begins(towers.image, towers.teacher),
        text=_begins(towers.text, towers.teacher),
        layers=f", its first {towers.text_layers} layers" if towers.text_layers else "",
        data="\n\n".join(starmap(_pairs, _files(stages))),
        figures=_figures(checkpoint.read(folder, which), which),
        recipe="\n\n".join(_recipe(*stage) for stage in stages),
    )


def _stages(folder: Path) -> list[tuple[str, Run]]:
    """Return the run and the runs it started from, the first one first; runs that were deleted are
    missing."""
    stages: list[tuple[str, Run]] = []
    seen: set[Path] = set()
    while folder not in seen and (not stages or (folder / model.CONFIG).is_file()):
        seen.add(folder)
        run = config_text.load(folder / model.CONFIG)
        stages.insert(0, (folder.name, run))
        folder = Path(run.start) if run.start else folder
    return stages


def _begins(tower: str, teacher: str) -> str:
    """Return what a tower begins from, without the folders of one's machine."""
    return _name(teacher if tower == config.TEACHER else tower)


def _name(path: str) -> str:
    return Path(path).name if Path(path).is_absolute() else path


def _files(stages: Sequence[tuple[str, Run]]) -> list[tuple[str, Path, bool]]:
    """Return the data files: purpose and stages, path, whether the file holds sentences."""
    users: dict[tuple[str, str, bool], list[str]] = {}
    for name, run in stages:
        for what, path in (("Trained on", run.data.train), ("Validated on", run.data.valid)):
            is_text = run.loss.name in config.DISTANCES
            users.setdefault((what, path, is_text), []).append(f"`{name}`")
    return [
        (f"{what} ({', '.join(names)})", Path(path), is_text)
        for (what, path, is_text), names in users.items()
    ]


def _pairs(what: str, path: Path, is_text: bool) -> str:
    try:
        if is_text:
            return f"{what}: {len(read_sentences(path)):,} sentences in English and Italian."
        pairs = read_pairs(path)
    except InputError:
        kind = "sentences" if is_text else "pairs"
        return f"{what}: {kind} that were no longer there when this card was written."
    captions = Counter[str]()
    for pair in pairs:
        captions[pair.source] += len(pair.captions)
    photos = Counter(pair.source for pair in pairs)
    rows = [f"| {s} | {n:,} | {captions[s]:,} |" for s, n in photos.most_common()]
    if len(rows) > 1:
        rows.append(f"| in all | {photos.total():,} | {captions.total():,} |")
    return "\n".join([f"{what}:\n", "| source | photos | captions |", "|---|---|---|", *rows])


def _figures(state: dict[str, Any], which: str) -> str:
    metrics: dict[str, float] = state.get("metrics") or {}
    if not metrics:
        return "None is known."
    rows = [f"| {name} | {value:.4f} |" for name, value in metrics.items()]
    said = (
        f"The {which} checkpoint, after {state['step']:,} steps, on the run's own validation "
        "pairs; those of other photos are not to be compared with them.\n"
    )
    return "\n".join([said, "| | |", "|---|---|", *rows])


def _recipe(name: str, run: Run) -> str:
    settings = "\n".join(_settings(run))
    return f"`{name}`, preset `{run.name}`:\n\n```\n{settings}\n```"


def _settings(part: Any, prefix: str = "") -> list[str]:
    lines = []
    for field in dataclasses.fields(part):
        value, path = getattr(part, field.name), f"{prefix}{field.name}"
        if dataclasses.is_dataclass(value):
            lines += _settings(value, f"{path}.")
        elif path not in {"name", "start", "data.train", "data.valid", "engine.cache"}:
            # Only the last part of a path: the rest belongs to one machine.
            lines.append(f"{path}={_name(value) if isinstance(value, str) else written(value)}")
    return lines
