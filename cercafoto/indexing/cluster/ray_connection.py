"""Connect to a Ray cluster, or start one on this machine that ends with the run.

A cluster on this machine does not listen to others. Ray gets no dashboard, sends no usage
statistics, prints nothing and leaves no files.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from cercafoto.errors import ClusterError, first_line
from cercafoto.indexing.cluster.cluster_options import ClusterChoices
from cercafoto.indexing.cluster.ray_folder import ray_folder

LEAST_STORE = 100_000_000  # bytes; Ray takes no less than 75 MB

ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # 1 under `uv run` would send the current folder along
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # Ray's future default; unset, it warns each time
    "RAY_gcs_server_request_timeout_seconds": "20",  # to find this machine's part of the cluster
    "RAY_worker_niceness": "0",  # default 15: on a busy machine slower than without Ray
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".*",  # hides Ray's messages about lost machines
}
# Despite its name, 0 makes Ray use 127.0.0.1 as this machine's address on any system, so that it
# listens only there.
_LOOPBACK_ALONE = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
_TOKEN = ".ray", "auth_token"  # where `ray start` keeps it, in the person's home


@contextmanager
def connected(choices: ClusterChoices, cores: int, gpu: bool, shared: int) -> Iterator[Any]:
    """Connect to a cluster, yield the module `ray`, and disconnect after the block.

    Ray reads its environment variables on import, so nothing may import `ray` before.

    cores: how many cores a cluster on this machine may use.
    gpu: whether a cluster on this machine may use its GPUs.
    shared: bytes of the data that the processes of a machine share.

    Raises ClusterError if Ray does not start or the cluster refuses this machine.
    """
    for name, value in (ENVIRONMENT | _secret(choices)).items():
        os.environ.setdefault(name, value)
    if choices.is_local:
        os.environ[_LOOPBACK_ALONE] = "0"
    import ray

    options: dict[str, Any] = {"logging_level": logging.CRITICAL, "log_to_driver": False}
    with ray_folder() if choices.address is None else nullcontext() as folder:
        if folder is not None:
            options |= {
                "address": "local",
                "num_cpus": cores,
                "num_gpus": None if gpu else 0,
                "include_dashboard": False,
                "object_store_memory": max(LEAST_STORE, 2 * shared),
                "_temp_dir": folder,
            }
        else:
            options |= {"address": choices.address}
        try:
            with _handlers_kept(), warnings.catch_warnings(action="ignore"):
                _init(ray, options)
            yield ray
        finally:
            with _handlers_kept():
                ray.shutdown()


def _secret(choices: ClusterChoices) -> dict[str, str]:
    """Return the environment variables for Ray's token; without one, anybody could run code.

    A cluster on this machine gets a random token, stored in no file. For a cluster that was started
    before, Ray takes the person's own token; {} if there is none.
    """
    kept = ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")
    if choices.address is None:
        return {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    if any(os.environ.get(name) for name in kept) or Path.home().joinpath(*_TOKEN).is_file():
        return {"RAY_AUTH_MODE": "token"}
    return {}


def _init(ray: Any, options: dict[str, Any]) -> None:
    try:
        ray.init(**options)
    except (ConnectionError, RuntimeError, ValueError, OSError, ray.exceptions.RayError) as error:
        address = options["address"]
        if address == "local":
            raise ClusterError(
                f"Ray non parte su questo computer ({first_line(error)}).",
                "Senza --ray le foto si analizzano come sempre.",
            ) from error
        raise ClusterError(
            f"Il cluster Ray in {address} non accetta questo computer ({first_line(error)}).",
            "Anche questo computer deve farne parte, con la stessa versione di Ray e di Python: "
            f"ray start --address={address}",
        ) from error


@contextmanager
def _handlers_kept() -> Iterator[None]:
    """Restore this program's signal handlers after the block; Ray replaces them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:  # None: it was not set from Python
                signal.signal(number, handler)
