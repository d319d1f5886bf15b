"""Define what a check of the archive finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cercafoto.base.json_keys import json_keys

MEND = "Esegui «cercafoto controlla --ripara»."


@json_keys("kind message hint harmless mended paths")
@dataclass(frozen=True)
class Finding:
    """One problem that a check found, or one fact worth knowing.

    kind: a stable word for programs.
    message: what was found, in Italian.
    hint: what to do next, in Italian; "" if there is nothing to do.
    paths: the files or folders concerned.
    harmless: whether the finding is no problem.
    mended: whether this check has repaired the problem.
    """

    kind: str
    message: str
    hint: str = ""
    paths: tuple[bytes, ...] = ()
    harmless: bool = False
    mended: bool = False


def mended(kind: str, message: str, mend: bool, then: str, paths: Sequence[bytes] = ()) -> Finding:
    """Return a finding that this check mends if `mend`. then: what to do after that."""
    return Finding(kind, message, then if mend else MEND, tuple(paths), mended=mend)
