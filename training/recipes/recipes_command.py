"""`distil`, `lit`, `unfreeze`: options, output, exit codes."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from cercafoto.training.recipes.recipe import DISTIL, PRESETS, Recipe

HELP = {
    "distil": "teach an Italian text tower from a teacher's, on sentences in two languages",
    "lit": "train a text tower on pairs, the image tower frozen",
    "unfreeze": "train the last blocks of both towers on pairs",
}
DATA = {True: "--sentences", False: "--pairs"}
SAID = {
    True: "English and Italian: TSV, or JSON lines with en and it",
    False: "JSON lines of pairs, as `prepare` writes them",
}
INTERRUPTED = 130


def add_stages(sub: Any) -> None:
    """Add the three commands to a parser's subcommands."""
    for stage, said in HELP.items():
        _add(sub.add_parser(stage, help=said, description=said), PRESETS[stage])


def _add(parser: argparse.ArgumentParser, preset: Recipe) -> None:
    distil = preset.stage == DISTIL
    parser.add_argument(DATA[distil], dest="data", required=True, metavar="FILE", help=SAID[distil])
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the run")
    parser.add_argument("--name", default="", help="name of the model (default: that of --out)")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --out")
    for field in dataclasses.fields(Recipe):
        said = field.metadata
        if not said or (said["only"] and preset.stage not in said["only"]):
            continue
        default = getattr(preset, field.name)
        shown = "" if default in ("", ()) else f" (here: {default})"
        several: dict[str, Any] = (
            {"type": int, "nargs": "+"} if isinstance(default, tuple) else {"type": type(default)}
        )
        parser.add_argument(
            "--" + field.name.replace("_", "-"),
            default=default,
            metavar=said["kind"] or ("N" if isinstance(default, int) else "X"),
            help=said["help"] + shown,
            **several,
        )
    parser.set_defaults(run=run, stage=preset.stage)


def run(chosen: argparse.Namespace) -> int:
    """Run a stage and write its model folder; return the exit code. Raises InputError."""
    from cercafoto.models.prepare.convert import require_torch
    from cercafoto.models.registry import name_from

    require_torch()
    from cercafoto.training.recipes import run_folder, stages, teacher_vectors
    from cercafoto.training.recipes.export import export
    from cercafoto.training.recipes.recipe_towers import open_student, open_teacher

    fields = [field.name for field in dataclasses.fields(Recipe)]
    named = {name: getattr(chosen, name) for name in fields if hasattr(chosen, name)}
    named["matryoshka"] = tuple(named["matryoshka"])
    # Paths are kept as they are from anywhere: the next stage may be run from another folder.
    for path in ("teacher", "student", "start", "data", "valid", "cache"):
        named[path] = str(Path(named[path]).absolute()) if named[path] else ""
    recipe = run_folder.resolved(replace(PRESETS[chosen.stage], **named))
    teacher = open_teacher(Path(recipe.teacher))
    student = open_student(Path(recipe.student), recipe.max_tokens)
    out: Path = chosen.out
    run_folder.claim(recipe, out, chosen.resume)
    try:
        model, result = stages.run(recipe, out, teacher, student, _Lines(recipe.stage), _say)
        interrupted = result.interrupted
    except KeyboardInterrupt:  # while vectors were computed, before the first step
        interrupted = True
    if interrupted:
        print("interrupted: the same command with --resume goes on", file=sys.stderr)
        return INTERRUPTED
    summary: dict[str, float] = {"steps": result.steps, "loss": result.loss}
    if recipe.valid:
        summary |= teacher_vectors.measure(recipe, out, model, teacher, _say)
    folder = out / "model"
    name = chosen.name or name_from(out.absolute().name)
    export(model, recipe, teacher, student, out, folder, name, _say)
    print(json.dumps(summary, indent=2))
    print(f"written: {folder}  (cercafoto modello aggiungi {folder})", file=sys.stderr)
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class _Lines:
    """A reporter: a hundred lines on stderr, whatever the number of steps."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, step: int, steps: int, numbers: dict[str, float]) -> None:
        if step == steps or step % max(1, steps // 100) == 0:
            text = "  ".join(f"{name} {value:.4g}" for name, value in numbers.items())
            _say(f"{self.name}: {step}/{steps}  {text}")
