"""Parts of a work list, and what is tried again of one that was lost.

A part is lost with the process that had it. Where the whole machine went, the photos are not to
blame: the part goes to another one. Where only the process ended, one of its photos may have ended
it: each is tried once more, alone, and one that ends a second process is a recorded problem.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cercafoto.errors import PassingImageError

# Bytes of files that make a part full: a few seconds of reading from a slow share.
BYTES = 64_000_000
MOST_MACHINES = 3  # that a part may go to after the first


@dataclass(frozen=True)
class Part:
    """Files that are read and embedded together.

    places: theirs in the work list.
    machines: how many were lost with it.
    alone: whether nothing else may be with it in a process, so that it is known who ends it.
    """

    places: Sequence[int]
    machines: int = 0
    alone: bool = False


def cut(sizes: Iterable[int], most: int) -> Iterator[Part]:
    """Cut a work list into parts of up to `most` files, fewer where they are large.

    sizes: of the files, bytes.
    """
    first = bytes_ = place = 0
    for place, size in enumerate(sizes):
        if place > first and (place - first == most or bytes_ + size > BYTES):
            yield Part(range(first, place))
            first, bytes_ = place, 0
        bytes_ += size
    yield Part(range(first, place + 1))


def tried_again(part: Part, machine_lost: bool) -> list[Part]:
    """Say what is to be tried again of a part that was lost: nothing after enough of it."""
    if machine_lost:
        if part.machines == MOST_MACHINES:
            return []
        return [replace(part, machines=part.machines + 1)]
    if part.alone:
        return []
    return [Part((place,), part.machines, alone=True) for place in part.places]


def given_up(machine_lost: bool) -> PassingImageError:
    """Make the problem to record of a file that is not tried again in this run."""
    reason = (
        f"i {MOST_MACHINES + 1} computer che dovevano analizzarla si sono fermati"
        if machine_lost
        else "il processo che la analizzava si è chiuso di colpo due volte, forse per mancanza di "
        "memoria"
    )
    return PassingImageError(f"{reason}.")
