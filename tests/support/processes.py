"""Several processes that train one model, as torchrun starts them."""

from __future__ import annotations

import socket
import sys


def torchrun(processes: int) -> list[str]:
    """The beginning of a command that runs as so many processes, at a port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", str(processes)]
    return [*launch, "--master_port", str(port)]
