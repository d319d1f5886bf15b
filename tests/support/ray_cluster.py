"""A Ray cluster of several machines on this one, on the loopback interface, in one process.

    python -m tests.support.ray_cluster FOLDER MACHINES [--pinned]

It prints its address in the first line, then obeys its standard input: `kill N` ends machine N (a
driver is connected to machine 0), `add` adds one. It ends with its input. Machines have one core
each, with --pinned each its own core.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cercafoto.indexing.cluster import ray_connection
from tests.support.waiting import PATIENCE

ROOT = Path(__file__).parents[2]


class RayCluster:
    """The client of the process: its `address`, and methods that command it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.address = self._line()

    def kill(self, machine: int) -> None:
        self._tell(f"kill {machine}")

    def add(self) -> None:
        self._tell("add")

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        print(line, file=self._process.stdin, flush=True)
        assert self._line() == line

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@contextlib.contextmanager
def ray_cluster(
    folder: Path, machines: int, *options: str, **environment: str
) -> Iterator[RayCluster]:
    """Start a cluster, and end it with all its processes."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.ray_cluster", str(folder), str(machines), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | environment,
    ) as process:
        try:
            yield RayCluster(process)
        finally:
            process.communicate(timeout=PATIENCE)


def main() -> None:
    folder, machines = Path(sys.argv[1], "ray"), int(sys.argv[2])
    folder.mkdir()
    os.environ |= ray_connection.ENVIRONMENT | {
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # only loopback; see `ray_connection`
        "RAY_TMPDIR": str(folder.parent),
        # A dead machine is noticed after seconds, not after thirty.
        "RAY_health_check_period_ms": "1000",
        "RAY_health_check_failure_threshold": "2",
    }
    from ray.cluster_utils import Cluster

    cluster = Cluster()

    cores = sorted(os.sched_getaffinity(0))

    def add() -> object:
        if sys.argv[3:] == ["--pinned"]:
            os.sched_setaffinity(0, {cores[len(nodes) % len(cores)]})  # and so all that it starts
        return cluster.add_node(
            num_cpus=1,
            object_store_memory=100_000_000,
            include_dashboard=False,
            node_ip_address="127.0.0.1",
            temp_dir=str(folder),
        )

    nodes: list[Any] = []
    for _ in range(machines):
        nodes.append(add())
    print(cluster.address, flush=True)
    for line in sys.stdin:
        command, *number = line.split()
        if command == "kill":
            cluster.remove_node(nodes[int(number[0])], allow_graceful=False)
        else:
            nodes.append(add())
        print(line.strip(), flush=True)
    cluster.shutdown()


if __name__ == "__main__":
    main()
