"""Train with several processes of this machine, one a GPU, as torchrun starts them.

torchrun itself ends with exit code 1 and a traceback after Ctrl-C, whatever its processes ended
with. This ends as a single process does.
"""

from __future__ import annotations

from collections.abc import Sequence

INTERRUPTED = 130  # as a shell says of a program that Ctrl-C stopped


def launch(processes: int, words: Sequence[str]) -> int:
    """Run the training command `words` in so many processes; return their exit code."""
    from torch.distributed.elastic.multiprocessing import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import main

    try:
        main(["--nproc-per-node", str(processes), "-m", "cercafoto.training", "--", *words])
    except SignalException:
        return INTERRUPTED
    except ChildFailedError as error:
        _, failure = error.get_first_failure()
        return int(failure.exitcode)
    return 0
