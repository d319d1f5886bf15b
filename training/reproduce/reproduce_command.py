"""Run the command `reproduce`: from what was downloaded to the two published tables.

`reproduce_steps` lists its commands, each a line that a person could type. What all of them need is
told and checked before the first one. What is done is noted, so that the same command goes on after
an interruption.
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path

from cercafoto.training.reproduce.reproduce_notes import Notes, inputs_of, written
from cercafoto.training.reproduce.reproduce_steps import SOURCES, TABLES, Step, steps_of_all
from cercafoto.training.training_errors import InputError

LOCK = ".reproduce.lock"
RunCommand = Callable[[Sequence[str]], int]  # of the training program, in this process


def add_arguments(parser: argparse.ArgumentParser, run_command: RunCommand) -> None:
    """Add the options of `reproduce`; `run_command` runs a command line of this program."""
    parser.add_argument(
        "--only", action="append", choices=SOURCES, help="pairs of this source; may be repeated"
    )
    parser.add_argument(
        "--table", action="append", choices=TABLES, help="only this table; may be repeated"
    )
    parser.add_argument("--plan", action="store_true", help="tell the steps, and do none")
    parser.add_argument(
        "--processes", type=int, default=1, metavar="N", dest="devices", help="as for train"
    )
    parser.add_argument("--without-gpu", action="store_true", help="as for train")
    parser.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="as for train"
    )
    parser.add_argument(
        "--contact", help="your e-mail address: the sites whose photos are downloaded may ask"
    )
    parser.add_argument(
        "--deepl", action="store_true", help="translate by DeepL, not by an open model"
    )
    parser.add_argument("--confirm", action="store_true", help="let DeepL bill what it costs")
    parser.set_defaults(run=run, run_command=run_command)


def run(chosen: argparse.Namespace) -> int:
    """Run the steps that are not done; return the first exit code that is not 0.

    Raises InputError, which lists all that this machine lacks for the steps, before the first one;
    also if another process works in this folder.
    """
    steps, notes = list(steps_of_all(chosen)), Notes()
    left = [step for step in steps if not _is_over(step, notes)]
    lacks = _plan(steps, left)
    if lacks:
        lines = "\n".join(f"  {text}" for text in dict.fromkeys(lacks))
        raise InputError(f"nothing was started: these are missing:\n{lines}")
    if chosen.plan:
        return 0
    from cercafoto.training.clip_italian.one_run import one_run

    with one_run(Path(LOCK)):
        return _do_all(steps, Notes(), chosen.run_command)


def _do_all(steps: Sequence[Step], notes: Notes, run_command: RunCommand) -> int:
    """Do the steps that are not done; return the first exit code that is not 0."""
    for number, step in enumerate(steps, 1):
        print(f"[{number}/{len(steps)}] {step.about}", file=sys.stderr)
        if _is_over(step, notes):  # asked again: a step before may have changed what this one read
            print("    done", file=sys.stderr)
            if step.table:
                print(Path(step.table).read_text(encoding="utf-8"))
            continue
        words = [word for given in step.words for word in _found(given)]
        inputs = inputs_of(words)
        if code := _do(step, words, run_command):
            return code
        notes.add(step.line, inputs)
    return 0


def _plan(steps: Sequence[Step], left: Sequence[Step]) -> list[str]:
    """Tell all steps with their hours, gigabytes and euros; return what this machine lacks."""
    for number, step in enumerate(steps, 1):
        takes = f"{step.hours:.1f} hours, {step.disk:g} GB" if step in left else "done"
        euros = f", about {step.euros:g} €" if step in left and step.euros else ""
        print(f"[{number}/{len(steps)}] {step.about}: {takes}{euros}", file=sys.stderr)
        print(f"    {step.line}", file=sys.stderr)
    # What an interrupted step has written is on the disk already.
    disk = sum(max(0.0, step.disk - written(step.words, step.instead)) for step in left)
    free = shutil.disk_usage(".").free / 1e9
    hours, euros = (sum(getattr(step, name) for step in left) for name in ("hours", "euros"))
    print(
        f"in all {hours:.0f} hours, {disk:.0f} GB of disk ({free:.0f} are free), {euros:g} €",
        file=sys.stderr,
    )
    lacks = [text for step in left for text in _missing(step)]
    for check in (check for step in left for check in step.checks):
        try:
            check()
        except InputError as error:
            lacks.append(str(error))
    if free < disk:
        lacks.append(f"the steps write {disk:.0f} GB, and {free:.0f} GB of the disk are free")
    return lacks


def _is_over(step: Step, notes: Notes) -> bool:
    if step.table and not Path(step.table).is_file():
        return False
    by_hand = bool(step.instead) and Path(step.instead).is_dir() and not _inputs(step)
    return by_hand or notes.holds(step.line)


def _do(step: Step, words: Sequence[str], run_command: RunCommand) -> int:
    if words[0] == "img2dataset":
        return subprocess.run(words, check=False).returncode
    if not step.table:
        return run_command(words)
    said = io.StringIO()
    with redirect_stdout(said):
        code = run_command(words)
    if code == 0:
        Path(step.table).write_text(said.getvalue(), encoding="utf-8")
        print(said.getvalue())
    return code


def _found(word: str) -> list[str]:
    """Return the paths that a word with * stands for, or the word."""
    found = sorted(path.as_posix() for path in Path().glob(word)) if "*" in word else []
    return found or [word]


def _inputs(step: Step) -> bool:
    return all(any(Path().glob(pattern)) for pattern, _ in step.inputs)


def _missing(step: Step) -> list[str]:
    if step.instead and Path(step.instead).is_dir():
        return []
    return [f"{p}, downloaded from {where}" for p, where in step.inputs if not any(Path().glob(p))]
