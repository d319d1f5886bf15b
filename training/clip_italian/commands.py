"""Run the commands that train: their options, output and exit codes."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from cercafoto.training.clip_italian import config_text, presets
from cercafoto.training.clip_italian.config import TEACHER, Run
from cercafoto.training.clip_italian.launch import INTERRUPTED, check_machine
from cercafoto.training.clip_italian.presets import PRESETS
from cercafoto.training.training_errors import InputError

# The commands that train: all but the first are presets of it.
TRAINING = {
    "train": "train on pairs",
    "distil": "teach an Italian text tower from a teacher's, on sentences in two languages",
    "lit": "train a text tower on pairs, the image tower frozen",
    "unfreeze": "train the last blocks of both towers on pairs",
}
CONFIG = "config.json"  # of a run
GO_ON = "interrupted: the same command with --resume goes on"


def add_train(parser: argparse.ArgumentParser, own_preset: str | None = None) -> None:
    """Add the options of `train`; own_preset: what a new run begins from if none is named."""
    _options(parser)
    parser.add_argument(
        "--teacher",
        type=Path,
        metavar="DIR",
        help="a CLIP, SigLIP or SigLIP 2, or a run: sets towers.teacher",
    )
    parser.add_argument(
        "--student",
        default="",
        metavar="DIR",
        help="a text model, or teacher for the teacher's own: sets towers.text",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument(
        "--init-from",
        dest="start",
        type=Path,
        metavar="RUN",
        help="folder of a run whose weights to begin with",
    )
    parser.add_argument(
        "--start-from",
        metavar="CHECKPOINT",
        help="which weights of that run: best, last or epoch-N, if it kept them (engine.keep=all)",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with the run in --out, or begin it"
    )
    parser.add_argument(
        "--without-gpu", action="store_true", help="train even the published towers on a processor"
    )
    parser.set_defaults(run=train, configured=_of_train, own_preset=own_preset)


def add_ablate(parser: argparse.ArgumentParser) -> None:
    _options(parser, preset="small-stage2")
    parser.add_argument("--out", type=Path, required=True, help="folder for all the runs")
    parser.add_argument("--seeds", type=int, default=3, help="how many, from 0 (default: 3)")
    parser.add_argument(
        "--frozen-epochs", type=int, default=8, help="of the frozen start (default: 8)"
    )
    parser.add_argument(
        "--more",
        type=Path,
        metavar="PAIRS",
        help="what the last rung, more data, trains on (without it, there is no such rung)",
    )
    parser.set_defaults(run=ablate, configured=_run)


def add_throughput(parser: argparse.ArgumentParser) -> None:
    without_teacher = [name for name, run in PRESETS.items() if run.towers.image != TEACHER]
    parser.add_argument("--preset", default="clip-italian-stage2", choices=without_teacher)
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE")
    _processes(parser)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument(
        "--data",
        type=Path,
        metavar="PAIRS",
        help="JSON lines of pairs: the whole way is measured too, reading and decoding included",
    )
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=throughput, configured=_of_throughput)


def checked(chosen: argparse.Namespace) -> Run:
    """Return the run that a command configures. Raises InputError if this machine cannot train it
    with the processes that the command asks for, or torchrun started."""
    run: Run = chosen.configured(chosen)
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", chosen.processes))
    check_machine(run, processes, getattr(chosen, "without_gpu", True))
    return run


def train(chosen: argparse.Namespace) -> int:
    from cercafoto.training.clip_italian import distributed
    from cercafoto.training.clip_italian import resume as resuming
    from cercafoto.training.clip_italian.train import train as run_it

    run = checked(chosen)
    resume = chosen.resume and resuming.begun(chosen.out)
    with distributed.group(60 * run.engine.timeout):
        try:
            result = run_it(run, chosen.out, resume, _Lines(run.name), _told)
        except KeyboardInterrupt:  # before the first step: while features are computed
            _told(GO_ON)
            return INTERRUPTED
        if distributed.rank() == 0:
            for name in sorted(result.broken):
                print(f"could not be read: {name}", file=sys.stderr)
            summary = {
                "steps": result.steps,
                "best_step": result.best_step,
                "best_valid_loss": result.best_loss,
                "samples_per_s": result.samples_per_s,
                "photos_not_read": len(result.broken),
            }
            print(json.dumps(summary | result.metrics, indent=2))
    if result.interrupted:
        _told(GO_ON)
        return INTERRUPTED
    return 0


def ablate(chosen: argparse.Namespace) -> int:
    from cercafoto.training.clip_italian import ablate as ablation
    from cercafoto.training.clip_italian import distributed

    run = checked(chosen)
    with distributed.group(60 * run.engine.timeout):
        try:
            rows = ablation.ablate(
                run,
                chosen.out,
                range(chosen.seeds),
                chosen.frozen_epochs,
                lambda variant, seed: _Lines(f"{variant}, seed {seed}"),
                chosen.more,
            )
        except ablation.RunInterruptedError as stopped:
            _told(str(stopped))
            return INTERRUPTED
        if distributed.rank() == 0:
            print(ablation.table(rows))
    return 0


def throughput(chosen: argparse.Namespace) -> int:
    from cercafoto.training.clip_italian import distributed
    from cercafoto.training.clip_italian.monitor.throughput import measure

    run = checked(chosen)
    with distributed.group(60 * run.engine.timeout):
        speed = measure(run, chosen.steps, data=chosen.data)
        if distributed.rank() == 0:
            figures: dict[str, object] = {
                "device": speed.device,
                "devices": distributed.world(),
                "batch": run.engine.batch,
                "chunk": speed.chunk,
                "precision": speed.precision,
                "samples_per_s": round(speed.samples_per_s, 1),
                "mfu": None if speed.mfu is None else round(speed.mfu, 3),
                "peak_memory_GB": round(speed.peak_memory / 1e9, 2),
                "augment_on": "device" if run.distorts_on(distributed.device().type) else "workers",
                "published_run_hours": round(speed.published_run_hours, 2),
            }
            if whole := speed.whole:
                figures |= {
                    "decoding_processes": whole.workers,
                    "input_samples_per_s": round(whole.input_per_s, 1),
                    "whole_samples_per_s": round(whole.samples_per_s, 1),
                    "photos_not_read": whole.broken,
                    "limit": speed.limit,
                }
            text = "\n".join(f"{name:<20} {value}" for name, value in figures.items())
            print(json.dumps(figures) if chosen.json else text)
    return 0


def _options(parser: argparse.ArgumentParser, preset: str | None = None) -> None:
    parser.add_argument(
        "--preset", default=preset, choices=PRESETS, help="the configuration to begin from"
    )
    parser.add_argument(
        "--train",
        "--pairs",
        "--sentences",
        type=Path,
        metavar="FILE",
        help="JSON lines of pairs; for distil, English and Italian sentences",
    )
    parser.add_argument("--valid", type=Path, help="JSON lines of pairs")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="change a field of the configuration, such as optimizer.learning_rate=3e-5",
    )
    _processes(parser)


def _processes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--processes",
        type=int,
        default=1,
        metavar="N",
        help="so many on this machine, one a GPU, as torchrun starts them (default: 1)",
    )


def _run(chosen: argparse.Namespace) -> Run:
    name = chosen.preset or getattr(chosen, "own_preset", None)
    if not name:
        raise InputError(f"--preset is needed: one of {', '.join(PRESETS)}")
    if not (chosen.train and chosen.valid):
        raise InputError("--train and --valid are needed: files of pairs, as `prepare` writes them")
    return _changed(presets.preset(name), chosen)


def _of_train(chosen: argparse.Namespace) -> Run:
    from cercafoto.training.clip_italian import resume

    if chosen.resume and resume.begun(chosen.out):
        return _resumed(chosen, resume.saved_run(chosen.out))
    return _run(chosen)


def _of_throughput(chosen: argparse.Namespace) -> Run:
    run = presets.preset(chosen.preset)
    towers = replace(run.towers, image="random:vit-b-32", text="random:bert-base")
    return config_text.override(replace(run, towers=towers), chosen.set)


def _resumed(chosen: argparse.Namespace, saved: Run) -> Run:
    """Return the run to resume: as it was saved, or with --preset as the whole command says.

    What the command leaves out stays as it was. `resume` checks that the run is still the same.
    """
    base = saved
    if chosen.preset:
        base = presets.preset(chosen.preset)
        paths = replace(base.data, train=saved.data.train, valid=saved.data.valid)
        towers = saved.towers if base.towers.image == TEACHER else base.towers
        base = replace(
            base, data=paths, start=saved.start, start_from=saved.start_from, towers=towers
        )
    return _changed(base, chosen)


def _changed(run: Run, chosen: argparse.Namespace) -> Run:
    """Return the run with the paths and the settings of a command.

    A run that starts from another one and needs a teacher has the towers of that one.
    """
    data = run.data
    if chosen.train:
        data = replace(data, train=str(chosen.train))
    if chosen.valid:
        data = replace(data, valid=str(chosen.valid))
    start = str(chosen.start) if getattr(chosen, "start", None) else run.start
    start_from = getattr(chosen, "start_from", None) or run.start_from
    towers = run.towers
    if start and towers.image == TEACHER and not towers.teacher:
        towers = config_text.load(Path(start) / CONFIG).towers
    if getattr(chosen, "teacher", None):
        towers = replace(towers, teacher=str(chosen.teacher.absolute()))
    if student := getattr(chosen, "student", ""):
        # A name of the Hub stays as it is; a folder is found from anywhere.
        student = str(Path(student).absolute()) if Path(student).is_dir() else student
        towers = replace(towers, text=student)
    run = replace(run, data=data, start=start, start_from=start_from, towers=towers)
    return config_text.override(run, chosen.set)


def _told(text: str) -> None:
    print(text, file=sys.stderr)


class _Lines:
    """Reports on stderr: a line at every validation, and on a terminal the pace in between."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.live = sys.stderr.isatty()

    def __call__(self, step: int, steps: int, numbers: dict[str, float]) -> None:
        from cercafoto.training.clip_italian import distributed

        if distributed.rank():
            return
        validated = "valid_loss" in numbers
        if not validated and not self.live:
            return
        shown = {k: v for k, v in numbers.items() if k != "learning_rate"}
        text = "  ".join(f"{name} {value:.4g}" for name, value in shown.items())
        start = "\r\x1b[K" if self.live else ""
        print(
            f"{start}{self.name}: {step}/{steps}  {text}",
            end="\n" if validated else "",
            file=sys.stderr,
            flush=True,
        )
