"""Write rows by the template of --formato-riga, for example '{percorso}\\t{fiducia}'."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Self

from cercafoto.base.paths import folder_of
from cercafoto.cli.render.formatting import shown
from cercafoto.errors import UsageError
from cercafoto.results.answer import EVIDENCE_IN_WORDS, doubt_in_words

if TYPE_CHECKING:
    from cercafoto.results.answer import Hit

FIELDS: dict[str, Callable[[Hit], str | bytes]] = {
    "percorso": lambda hit: hit.path,
    "nome": lambda hit: os.fsencode(Path(os.fsdecode(hit.path)).name),
    "cartella": lambda hit: folder_of(hit.path),
    "fiducia": lambda hit: f"{hit.confidence:.4f}",
    "punteggio": lambda hit: f"{hit.score:.6f}",
    "data": lambda hit: hit.taken_at or "",
    "etichette": lambda hit: ", ".join(hit.tags),
    "larghezza": lambda hit: str(hit.width),
    "altezza": lambda hit: str(hit.height),
    "inizio": lambda hit: _seconds(hit, 0),
    "fine": lambda hit: _seconds(hit, 1),
    "fotogramma": lambda hit: _seconds(hit, 2),
    "dubbio": lambda hit: doubt_in_words(hit.doubtful),
    "perche": lambda hit: EVIDENCE_IN_WORDS[hit.evidence],
}


def _seconds(hit: Hit, which: int) -> str:
    """Return the start, end or frame of a video's best moment, in seconds; "" for a photo."""
    return f"{hit.moments[0][which]:.3f}" if hit.moments else ""


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
            if field is not None and (name not in FIELDS or spec or conversion):
                shown = f"{field}{f'!{conversion}' if conversion else ''}{f':{spec}' * bool(spec)}"
                raise _wrong(f"il campo {{{shown}}} non esiste")
            plain = _ESCAPE.sub(lambda match: _ESCAPED[match[1]], text)
            pieces.append((os.fsencode(plain), name))
        last, field = pieces[-1] if pieces else (b"", "")
        return cls(tuple(pieces), b"" if last.endswith(ENDS) and not field else b"\n")

    def rows(self, hits: Iterable[Hit]) -> bytes:
        """Return the rows of hits. Paths are exact bytes, unless stdout is a terminal."""
        return b"".join(self._row(hit) for hit in hits)

    def _row(self, hit: Hit) -> bytes:
        parts = []
        for text, field in self.pieces:
            value = FIELDS[field](hit) if field else b""
            parts += [text, shown(value if isinstance(value, bytes) else os.fsencode(value))]
        return b"".join([*parts, self.end])


def _wrong(reason: str) -> UsageError:
    return UsageError(
        f"--formato-riga non si capisce: {reason}.",
        f"I campi sono {', '.join(f'{{{name}}}' for name in FIELDS)}; "
        "\\t, \\n e \\0 sono tabulazione, a capo e NUL; {{ e }} le graffe.",
    )
