"""The last answer of `cerca`, kept in the archive: what was asked, and which photo had which
number, so that "--piu 3 --meno 7" mean something."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cercafoto.base.atomic_file import replacing
from cercafoto.errors import UsageError
from cercafoto.question.options import Options

FILE = "ultima_ricerca.json"


@dataclass(frozen=True)
class Asked:
    """A question as it was typed. like and folders: absolute paths."""

    words: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    options: Options = field(default_factory=Options)
    literal: bool = False

    def __bool__(self) -> bool:
        return self != Asked()


@dataclass(frozen=True)
class Last:
    """more, less: the photos that feedback has named so far, which the next one adds to."""

    asked: Asked
    found: tuple[bytes, ...]
    more: tuple[bytes, ...] = ()
    less: tuple[bytes, ...] = ()

    def numbered(self, numbers: Sequence[int]) -> tuple[bytes, ...]:
        """Raises UsageError for a number that the last answer did not have."""
        for number in numbers:
            if not 1 <= number <= len(self.found):
                raise UsageError(
                    f"L'ultima ricerca non ha una foto numero {number}: ne ha {len(self.found)}."
                )
        return tuple(self.found[number - 1] for number in numbers)


def remember(archive: Path, last: Last) -> None:
    """Replace the file; an archive that cannot be written only has no memory."""
    data: dict[str, Any] = {"asked": asdict(last.asked)}
    for name in ("found", "more", "less"):
        data[name] = [os.fsdecode(path) for path in getattr(last, name)]
    with suppress(OSError), replacing(archive / FILE) as partial:
        # Escapes, since a path may hold bytes that are no valid text.
        partial.write_text(json.dumps(data), encoding="ascii")


def recall(archive: Path) -> Last:
    """Raises UsageError where there is no last answer, or it cannot be read."""
    try:
        data = json.loads((archive / FILE).read_text(encoding="ascii"))
        asked = _tuples(data["asked"])
        options = _tuples(asked.pop("options"))
        paths = [tuple(os.fsencode(p) for p in data[name]) for name in ("found", "more", "less")]
        return Last(Asked(**asked, options=Options(**options)), *paths)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            "Non c'è un'ultima ricerca a cui riferire --piu e --meno.",
            'Prima cerca qualcosa, per esempio: cercafoto cerca "un gatto"',
        ) from error


def _tuples(data: dict[str, Any]) -> dict[str, Any]:
    """JSON has no tuples."""
    return {name: tuple(v) if isinstance(v, list) else v for name, v in data.items()}
