"""Write rows by the template of --formato-riga, for example '{percorso}\\t{fiducia}'."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING, Self

from cercafoto.cli.render.formatting import shown
from cercafoto.errors import UsageError
from cercafoto.results.photo_fields import ROW_FIELDS, needed_for

if TYPE_CHECKING:
    from cercafoto.results.answer import Hit

_OTHER_SPELLINGS = {"perché": "perche"}
_ESCAPE = re.compile(r"\\([tn0\\])")
_ESCAPED = {"t": "\t", "n": "\n", "0": "\0", "\\": "\\"}
ENDS = (b"\n", b"\0")


@dataclass(frozen=True)
class RowFormat:
    """A parsed template.

    pieces: pairs of literal text and the name of the field that follows it, "" if none does.
    end: bytes added after each row; b"" if the template itself ends the row.
    """

    pieces: tuple[tuple[bytes, str], ...]
    end: bytes

    @classmethod
    def read(cls, template: str) -> Self:
        """Parse a template. Raises UsageError if it is wrong."""
        try:
            parsed = list(Formatter().parse(template))
        except ValueError as error:
            raise _wrong("una graffa si apre o si chiude da sola") from error
        pieces = []
        for text, field, spec, conversion in parsed:
            name = _OTHER_SPELLINGS.get(field or "", field or "")
            if field is not None and (name not in ROW_FIELDS or spec or conversion):
                shown = f"{field}{f'!{conversion}' if conversion else ''}{f':{spec}' * bool(spec)}"
                raise _wrong(f"il campo {{{shown}}} non esiste")
            plain = _ESCAPE.sub(lambda match: _ESCAPED[match[1]], text)
            pieces.append((os.fsencode(plain), name))
        last, field = pieces[-1] if pieces else (b"", "")
        return cls(tuple(pieces), b"" if last.endswith(ENDS) and not field else b"\n")

    @property
    def needs(self) -> frozenset[str]:
        """The keys that `Hit.data` must have for these rows."""
        return needed_for({field for _, field in self.pieces if field})

    def rows(self, hits: Iterable[Hit]) -> bytes:
        """Return the rows of hits. Paths are exact bytes, unless stdout is a terminal."""
        return b"".join(self._row(hit) for hit in hits)

    def _row(self, hit: Hit) -> bytes:
        parts = []
        for text, field in self.pieces:
            value = ROW_FIELDS[field].row(hit) if field else b""
            parts += [text, shown(value if isinstance(value, bytes) else os.fsencode(value))]
        return b"".join([*parts, self.end])


def _wrong(reason: str) -> UsageError:
    return UsageError(
        f"--formato-riga non si capisce: {reason}.",
        f"I campi sono {', '.join(f'{{{name}}}' for name in ROW_FIELDS)}; "
        "\\t, \\n e \\0 sono tabulazione, a capo e NUL; {{ e }} le graffe.",
    )
