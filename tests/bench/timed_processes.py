"""Whole processes: how long they take, and how much memory they and their children hold."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import psutil

from cercafoto.base.own_process import usable_cores


@dataclass(frozen=True)
class Measured:
    """Medians of whole processes: seconds by the clock (`wall`); `memory`, the largest resident
    set, in bytes, of the process and its children."""

    seconds: float
    memory: float


def watched(
    command: Sequence[str],
    environment: Mapping[str, str] = MappingProxyType({}),
    cwd: Path | None = None,
    accepted: Sequence[int] = (0,),
) -> Measured:
    """Run a command to its end. Raises CalledProcessError for an exit code not `accepted`."""
    started = time.perf_counter()
    child = subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # progress bars
    )
    memory = Memory(child.pid)
    memory.start()
    code = child.wait()
    seconds = time.perf_counter() - started
    if code not in accepted:
        raise subprocess.CalledProcessError(code, command)
    return Measured(seconds, memory.largest())


def here() -> str:
    """Return the machine, the versions and the commit of the figures."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    return (
        f"{platform.processor() or platform.machine()}, {usable_cores()} cores, "
        f"Python {platform.python_version()}, commit {commit or 'unknown'}"
    )


class Memory(threading.Thread):
    """Measures every 20 ms the memory of a process and its children: proportional shares, so that
    shared pages count once and mapped files only as far as they are in memory."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._process = psutil.Process(pid)
        self._most = 0.0

    def run(self) -> None:
        with suppress(psutil.Error):
            while True:
                held = 0.0
                for one in (self._process, *self._process.children(recursive=True)):
                    with suppress(psutil.NoSuchProcess):
                        held += getattr(one.memory_full_info(), "pss", 0) or one.memory_info().rss
                self._most = max(self._most, held)
                time.sleep(0.02)

    def largest(self) -> float:
        self.join(timeout=1)
        return self._most


def median(run: Callable[[], Measured], runs: int) -> Measured:
    run()  # what the system keeps of files is warm, for both alike
    measured = [run() for _ in range(runs)]
    return Measured(
        statistics.median(m.seconds for m in measured),
        statistics.median(m.memory for m in measured),
    )
