"""Train with several processes of this machine, one a GPU, as torchrun starts them.

torchrun itself ends with exit code 1 and a traceback after Ctrl-C, whatever its processes ended
with. This ends as a single process does.
"""

from __future__ import annotations

from collections.abc import Sequence

from cercafoto.training.clip_italian.config import Run, Towers
from cercafoto.training.training_errors import InputError

INTERRUPTED = 130  # as a shell says of a program that Ctrl-C stopped


def check_machine(run: Run, processes: int, without_gpu: bool) -> None:
    """Raise InputError if this machine cannot train a run with so many processes.

    without_gpu: whether towers of the published size may train on a processor all the same.
    """
    import torch

    run.share(processes)
    gpus = torch.cuda.device_count()
    if gpus and processes > gpus:
        raise InputError(f"{processes} processes, one a GPU, and torch sees {gpus} here")
    full_size = run.towers.image == Towers.image and not run.schedule.max_steps
    if full_size and not gpus and not without_gpu:
        raise InputError(
            f"torch sees no GPU here, and {run.towers.image} learns for months on a processor: "
            "--without-gpu starts it all the same, --set schedule.max_steps=10 tries a few steps"
        )


def launch(processes: int, words: Sequence[str]) -> int:
    """Run the training command `words` in so many processes; return their exit code."""
    from torch.distributed.elastic.multiprocessing import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import main

    try:
        # Standalone: at a free port, so that a machine may train two runs.
        ours = ["--standalone", "--nproc-per-node", str(processes), "-m", "cercafoto.training"]
        main([*ours, "--", *words])
    except SignalException:
        return INTERRUPTED
    except ChildFailedError as error:
        _, failure = error.get_first_failure()
        return int(failure.exitcode)
    return 0
