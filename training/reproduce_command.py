"""Run the command `reproduce`: from what was downloaded to the two published tables.

`reproduce_steps` lists its commands, each a line that a person could type. What each needs is told
before it runs. What is done is noted, so that the same command goes on after an interruption.
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

from cercafoto.training.reproduce_steps import SOURCES, TABLES, Step, steps_of_all
from cercafoto.training.training_errors import InputError

RunCommand = Callable[[Sequence[str]], int]  # of the training program, in this process
DONE = "reproduce.done"  # commands that are done, a line each


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

    Raises InputError if a download is missing, or the disk is too small for the next step.
    """
    steps, done = list(steps_of_all(chosen)), _done()
    left = [step for step in steps if step.line not in done]
    if missing := [text for step in left for text in _missing(step)]:
        lines = "\n".join(f"  {text}" for text in dict.fromkeys(missing))
        raise InputError(f"to be downloaded first, into this folder:\n{lines}")
    for number, step in enumerate(steps, 1):
        print(f"[{number}/{len(steps)}] {step.about}", file=sys.stderr)
        if step.line in done or (step.instead and not _inputs(step)):
            print("    done", file=sys.stderr)
            if step.table and not chosen.plan:
                print(Path(step.table).read_text(encoding="utf-8"))
            continue
        needs = f"disk {step.disk:g} GB, time: {step.time}, money: {step.money}"
        print(f"    needs {needs}\n    {step.line}", file=sys.stderr)
        if chosen.plan:
            continue
        free = shutil.disk_usage(".").free / 1e9
        if free < step.disk:
            raise InputError(f"{step.about}: needs {step.disk:g} GB of disk, {free:.0f} are free")
        if code := _do(step, chosen.run_command):
            return code
        with Path(DONE).open("a", encoding="utf-8") as note:
            note.write(step.line + "\n")
    return 0


def _do(step: Step, run_command: RunCommand) -> int:
    words = [word for given in step.words for word in (_found(given) if "*" in given else [given])]
    if words[0] == "img2dataset":
        if not shutil.which("img2dataset"):
            raise InputError("img2dataset is not installed: pipx install img2dataset==1.47.0")
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


def _done() -> set[str]:
    path = Path(DONE)
    return set(path.read_text(encoding="utf-8").splitlines()) if path.is_file() else set()


def _found(pattern: str) -> list[str]:
    return sorted(path.as_posix() for path in Path().glob(pattern)) or [pattern]


def _inputs(step: Step) -> bool:
    return all(any(Path().glob(pattern)) for pattern, _ in step.inputs)


def _missing(step: Step) -> list[str]:
    if step.instead and Path(step.instead).is_dir():
        return []
    return [f"{p}, from {where}" for p, where in step.inputs if not any(Path().glob(p))]
