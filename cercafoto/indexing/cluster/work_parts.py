"""Cut a work list into parts, and decide which files of a lost part to try again.

A part is lost with its process. If the whole machine was lost, the photos are not to blame, and
another machine gets the part. If only the process died, one of its photos may have killed it: each
photo is tried once more by itself, and one that kills a second process is recorded as a problem.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cercafoto.errors import PassingImageError

# Largest part in bytes of files: a few seconds of reading from a slow network share.
BYTES = 64_000_000
MAX_RETRIES = 3  # machines that may get a part after the first one


@dataclass(frozen=True)
class Part:
    """Files that are read and embedded together.

    places: positions of the files in the work list.
    machines: how many machines were lost while they had this part.
    alone: whether the process that has this part may hold no other, so that it is known which photo
        kills the process.
    """

    places: Sequence[int]
    machines: int = 0
    alone: bool = False


def cut(sizes: Iterable[int], most: int) -> Iterator[Part]:
    """Yield the parts of a work list, each of at most `most` files and BYTES bytes.

    A file larger than BYTES is a part by itself.
    sizes: sizes of all files in bytes, in order; at least one.
    """
    first = bytes_ = place = 0
    for place, size in enumerate(sizes):
        if place > first and (place - first == most or bytes_ + size > BYTES):
            yield Part(range(first, place))
            first, bytes_ = place, 0
        bytes_ += size
    yield Part(range(first, place + 1))


def retry_parts(part: Part, machine_lost: bool) -> list[Part]:
    """Return the parts to try after `part` was lost; [] if it was tried often enough.

    machine_lost: see `fleet.Lost`.
    """
    if machine_lost:
        if part.machines == MAX_RETRIES:
            return []
        return [replace(part, machines=part.machines + 1)]
    if part.alone:
        return []
    return [Part((place,), part.machines, alone=True) for place in part.places]


def lost_problem(machine_lost: bool) -> PassingImageError:
    """Return the problem of a file that this run tries no more. machine_lost: see `fleet.Lost`."""
    reason = (
        f"i {MAX_RETRIES + 1} computer che dovevano analizzarla si sono fermati"
        if machine_lost
        else "il processo che la analizzava si è chiuso di colpo due volte, forse per mancanza di "
        "memoria"
    )
    return PassingImageError(f"{reason}.")
