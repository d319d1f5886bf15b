"""python -m cercafoto.training: make models, and measure them.

Heavy imports (torch, transformers) happen inside the commands that need them.
"""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cercafoto.training.measure.torch_source import TorchSource


def parser() -> argparse.ArgumentParser:
    """Build the parser; each subcommand has its function under `run`."""
    from cercafoto.training.clip_italian import commands, fields
    from cercafoto.training.clip_italian.export import export_command as export_command
    from cercafoto.training.data import prepare_command as prepare
    from cercafoto.training.manual import ABOUT, epilog
    from cercafoto.training.measure import answers_command, evaluate_command
    from cercafoto.training.mini import calibrate_command
    from cercafoto.training.mini import mini_command as mini
    from cercafoto.training.mini.photos import photos_command
    from cercafoto.training.mini.things import things_command
    from cercafoto.training.reproduce import reproduce_command
    from cercafoto.training.weights import drawn_towers, face_models

    top = argparse.ArgumentParser(
        prog="python -m cercafoto.training",
        description=ABOUT,
        epilog=epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sub = top.add_subparsers(required=True, metavar="COMMAND")
    preparing = sub.add_parser("prepare", help="published files -> pairs to train on")
    prepare.add_arguments(preparing)
    preparing.set_defaults(run=prepare.run)
    for name, said in commands.TRAINING.items():
        train = sub.add_parser(
            name,
            help=said,
            epilog=fields.manual(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        commands.add_train(train, None if name == "train" else name)
    evaluate_command.add_arguments(sub.add_parser("evaluate", help="measure models"), _open_run)
    answers = sub.add_parser("answers", help="measure answers by complete judgments")
    answers_command.add_arguments(answers, _open_run)
    export_command.add_arguments(sub.add_parser("export", help="a run -> a model to use"))
    commands.add_ablate(sub.add_parser("ablate", help="the recipe's parts, switched on in turn"))
    commands.add_throughput(sub.add_parser("throughput", help="pairs a second on this device"))
    reproduce_command.add_arguments(
        sub.add_parser("reproduce", help="from the downloads to the published tables"), main
    )
    drawn_towers.add_arguments(sub.add_parser("towers", help="draw the graphs that ship"))
    face_models.add_arguments(sub.add_parser("faces", help="convert the face models that ship"))
    mini.add_arguments(sub.add_parser("mini", help="build the embedded model from public weights"))
    photos_command.add_arguments(
        sub.add_parser("mini-photos", help="lay out the photos and texts that `mini` learns from")
    )
    calibrating = sub.add_parser(
        "calibrate", help="verdicts of the embedded model on unseen photos"
    )
    calibrate_command.add_arguments(calibrating)
    things = sub.add_parser("things", help="teach the embedded model to tell things and people")
    things_command.add_arguments(things)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code: 1, after one line on stderr, for a wrong input."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    # torchrun hands on the "--" that ends its own options.
    words = words[1:] if words[:1] == ["--"] else words
    chosen = parser().parse_args(words)
    from cercafoto.errors import CercafotoError
    from cercafoto.training.training_errors import InputError

    try:
        if getattr(chosen, "processes", 1) > 1 and "WORLD_SIZE" not in os.environ:
            from cercafoto.training.clip_italian.commands import checked
            from cercafoto.training.clip_italian.launch import launch

            checked(chosen)  # here, and not in each of the processes
            return launch(chosen.processes, words)
        code: int = chosen.run(chosen)
    except (CercafotoError, InputError, FileNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        print(
            f"error: {error.filename or Path.cwd()}: cannot be written ({error.strerror}). Make "
            "room on the disk; the same command goes on, train with --resume",
            file=sys.stderr,
        )
        return 1
    except ModuleNotFoundError as error:
        print(
            f"error: {error.name} is not installed: pip install 'cercafoto[train]'",
            file=sys.stderr,
        )
        return 1
    return code


def _open_run(folder: Path) -> TorchSource:
    """Open the best checkpoint of a training run, to be measured like any other model."""
    from cercafoto.models.prepare.convert import require_torch

    require_torch()
    from cercafoto.training.clip_italian.model import load_run
    from cercafoto.training.measure.torch_source import TorchSource, device

    run, place = load_run(folder), device()
    model = run.model.to(place)
    return TorchSource(
        run.preprocessing, model.embed_images, model.embed_texts, run.tokenizer, place
    )


if __name__ == "__main__":
    sys.exit(main())
