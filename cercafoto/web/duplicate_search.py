"""Look for duplicates beside the answers to other requests, and remember what was found and moved.

Comparing the pictures of a large archive takes minutes, so a thread does it, one search at a time.
What it found stays until another search begins: a photo that changes meanwhile is not moved.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.base.reporter import Reporter
from cercafoto.errors import CercafotoError, UsageError

if TYPE_CHECKING:
    from cercafoto.duplicates.groups import Duplicates, Group

WAIT = 1.0  # seconds that closing waits for the thread
STALE = "Nel frattempo i doppioni sono stati cercati di nuovo."
Find = Callable[[Reporter], "Duplicates"]


class _StoppedError(Exception):
    """The search is no longer wanted."""


@dataclass(eq=False)
class DuplicateRun:
    """One search; also the `Reporter` of its progress.

    number: of the search, so that a form can name it.
    address: of the page that asked for it.
    done, total: pictures compared, and to compare; 0 before that is known.
    found: what was found; None while it is looked for, or if `error` says why nothing was.
    moved: paths of the photos that were set aside from the page, and are not back.
    """

    number: int
    address: str
    done: int = 0
    total: int = 0
    found: Duplicates | None = None
    error: CercafotoError | None = None
    moved: set[bytes] = field(default_factory=set)
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def is_running(self) -> bool:
        return self.found is None and self.error is None

    @property
    def groups(self) -> dict[int, Group]:
        """The groups of which a photo can still be set aside, by their place in the result."""
        groups = enumerate(self.found.groups) if self.found is not None else ()
        return {
            place: group
            for place, group in groups
            if not {other.path for other in group.others} <= self.moved
        }

    def say(self, line: str) -> None: ...

    def progress(self, task: str, done: int, total: int, name: str) -> None:
        if self.stop.is_set():
            raise _StoppedError
        self.done, self.total = done, total


class DuplicateSearch:
    """The latest search for duplicates of a page.

    folder: where photos are moved to, as typed last; None before.
    told: sentences about the last photos that were moved or brought back.
    """

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.told: tuple[str, ...] = ()
        self._lock = threading.Lock()
        self._run: DuplicateRun | None = None
        self._thread: threading.Thread | None = None

    def run_of(self, address: str) -> DuplicateRun | None:
        """Return the latest search if it was asked for at this address; None if it was not."""
        run = self._run
        return run if run is not None and run.address == address else None

    def begin(self, address: str, find: Find) -> None:
        """Look for duplicates, unless that search runs already. Another one is stopped."""
        with self._lock:
            before = self._run
            if before is not None and before.address == address and before.is_running:
                return
            if before is not None:
                before.stop.set()
            run = self._run = DuplicateRun(before.number + 1 if before else 1, address)
            self.told = ()
            self._thread = threading.Thread(target=_look, args=(run, find), daemon=True)
            self._thread.start()

    def groups(self, number: int, places: Collection[int]) -> list[Group]:
        """Return groups that a page showed. Raises UsageError if there was a newer search.

        number: see `DuplicateRun`. places: of the groups in its result.
        """
        run = self._run
        groups = run.groups if run is not None and run.number == number else None
        if groups is None:
            raise UsageError(STALE, "Torna ai doppioni e guardali di nuovo.")
        return [groups[place] for place in places if place in groups]

    def note(self, moved: Collection[bytes], returned: Collection[bytes], *told: str) -> None:
        """Note which photos were moved and which came back, and what to tell about it."""
        self.told = tuple(filter(None, told))
        if self._run is not None:
            self._run.moved |= {*moved}
            self._run.moved -= {*returned}

    def close(self) -> None:
        """Stop the search."""
        if self._run is not None:
            self._run.stop.set()
        if self._thread is not None:
            self._thread.join(WAIT)


def _look(run: DuplicateRun, find: Find) -> None:
    try:
        run.found = find(run)
    except CercafotoError as error:
        run.error = error
    except _StoppedError:
        run.error = UsageError(STALE)
    except Exception:  # a thread's error would be told nowhere on the page
        run.error = CercafotoError("La ricerca dei doppioni si è interrotta.", "Riprova.")
        raise
