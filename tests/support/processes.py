"""Processes that train, alone or two together as torchrun starts them.

They are forked from a process that has imported torch: the import takes 4 s, a test's few steps a
tenth of that. `test_launch` and `test_walk` run torchrun itself.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import socket
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import torch

from cercafoto.training.weights import cut_tokenizer

HEAVY = ["pytest", "torchvision", "transformers.models.bert.modeling_bert"]
multiprocessing.set_forkserver_preload([*HEAVY, "cercafoto.training.clip_italian.ablate", __name__])


def alone(function: Callable[..., None], *arguments: object) -> BaseProcess:
    """Start a process that calls function(*arguments)."""
    server = multiprocessing.get_context("forkserver")
    process = server.Process(target=_call, args=(dict(os.environ), function, arguments))
    process.start()
    return process


def together(function: Callable[..., None], *arguments: object) -> None:
    """Call function(rank, *arguments) in two processes; raise if one fails."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(probe.getsockname()[1])}
    given = (os.environ | meeting, function, arguments)
    torch.multiprocessing.start_processes(_one_of_two, given, 2, start_method="forkserver")


def _one_of_two(
    rank: int, environment: dict[str, str], function: Callable[..., None], arguments: Any
) -> None:
    place = {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"}
    _call(environment | place, function, (rank, *arguments))


def _call(environment: dict[str, str], function: Callable[..., None], arguments: Any) -> None:
    os.environ.update(environment)
    torch.set_num_threads(1)
    # As tests/training/conftest.py does in the process of the tests.
    cut_tokenizer.frequent_words = lambda count: []
    function(*arguments)


def train_together(words: list[str]) -> str:
    """Run a training command in two processes; return their standard output."""
    out = Path(os.environ["HOME"], "said")
    together(_command, words, str(out))
    return out.read_text("utf-8")


def _command(rank: int, words: list[str], out: str) -> None:
    from cercafoto.training.__main__ import main

    with Path(out).open("a", encoding="utf-8") as said, contextlib.redirect_stdout(said):
        assert main(words) == 0
