"""Places for processes on the machines of a cluster: one for each core or GPU, as far as there is
memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cercafoto.errors import CercafotoError, ClusterError, DeviceError
from cercafoto.indexing.cluster.work_parts import Part
from cercafoto.models.encode.devices import AUTO, CPU
from cercafoto.photos.decoding import memory_cost


@dataclass(eq=False)
class Seat:
    """A place for a process.

    machine: Ray's id of it. name: what a person calls it.
    opening: what it does before it may have parts. parts: what it has.
    orphans: what the process before it had, which is gone.
    deaths: processes that ended here since something was read.
    """

    machine: str
    name: str
    cores: int
    gpus: float
    actor: Any = None
    opening: Any = None
    parts: dict[Any, Part] = field(default_factory=dict)
    orphans: list[Part] = field(default_factory=list)
    deaths: int = 0


def seats_of(node: Mapping[str, Any], device: str, weight: int) -> list[Seat]:
    """List the places of a machine, as `ray.nodes` describes it.

    device: one of `devices.CHOICES`.
    weight: bytes that a process takes, beside what it decodes.
    """
    resources = node["Resources"]
    who = node["NodeID"], node["NodeManagerHostname"]
    cores, gpus = int(resources.get("CPU", 0)), int(resources.get("GPU", 0))
    if gpus and device != CPU:
        return [Seat(*who, max(1, cores // gpus), 1) for _ in range(gpus)]
    if device not in (AUTO, CPU):
        return []
    room = int(resources.get("memory", 0)) // (memory_cost.MOST_BYTES + weight)
    return [Seat(*who, 1, 0) for _ in range(min(cores, max(1, room)))]


def no_seats(device: str) -> CercafotoError:
    """Make the error to raise where no machine has any."""
    if device not in (AUTO, CPU):
        return DeviceError(
            "Nessun computer del cluster ha una GPU.", "Usa i processori: --dispositivo cpu"
        )
    return ClusterError(
        "Il cluster non ha processori da usare.", "«ray status» dice quali ne conosce."
    )
