"""List the places for processes on a cluster's machines: one for each core or GPU, if memory
suffices."""

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
    """A place for a process on a machine.

    machine: Ray's id of the machine.
    name: host name of the machine.
    cores, gpus: what the process may use.
    actor: Ray's handle of the process.
    opening: Ray's reference to the pending call of `open`; None once the process is ready.
    parts: Ray's reference -> part that the process is working on.
    orphans: parts of the previous process, which died.
    deaths: processes that died here since a part was last read.
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
    """Return the places for processes on a machine; [] if it has none for the device.

    node: the machine, as `ray.nodes` describes it.
    device: one of `devices.CHOICES`.
    weight: memory of a process in bytes, without the memory for decoding.
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
    """Return the error for a cluster without any place. device: one of `devices.CHOICES`."""
    if device not in (AUTO, CPU):
        return DeviceError(
            "Nessun computer del cluster ha una GPU.", "Usa i processori: --dispositivo cpu"
        )
    return ClusterError(
        "Il cluster non ha processori da usare.", "«ray status» dice quali ne conosce."
    )
