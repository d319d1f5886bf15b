"""etichette.txt -> labels with their synonyms, and the sentences that stand for them.

One label a line; `etichetta: sinonimo, sinonimo` adds synonyms; `#` starts a comment; blank lines
count for nothing. UTF-8, with or without a byte-order mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cercafoto.errors import LabelFileError


@dataclass(frozen=True)
class Label:
    name: str
    synonyms: tuple[str, ...] = ()

    @property
    def phrases(self) -> tuple[str, ...]:
        """The label's own name first, then its synonyms."""
        return (self.name, *self.synonyms)

    def prompts(self, templates: Sequence[str]) -> list[str]:
        """Every phrase in every template: the sentences whose vectors stand for the label."""
        return [t.replace("{}", phrase) for phrase in self.phrases for t in templates]


def read_labels(path: Path) -> list[Label]:
    """Labels in the order of the file.

    Raises LabelFileError, with path and line: no such file, not UTF-8, no label in it, a label
    given twice (letter case and spaces apart), a line with synonyms but no label.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise LabelFileError(
            f"Il file di etichette {path} non si può leggere ({error.strerror}).",
            "Controlla il nome: serve un file di testo con un'etichetta per riga.",
        ) from error
    except UnicodeDecodeError as error:
        at = path.read_bytes()[: error.start].count(b"\n") + 1
        raise LabelFileError(
            f"Il file di etichette {path} non è in UTF-8 (riga {at}).",
            f"Convertilo, per esempio: iconv -f WINDOWS-1252 -t UTF-8 {path} > etichette.txt",
        ) from error
    labels: list[Label] = []
    first_seen: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.split("#", 1)[0].strip()
        if not content:
            continue
        name, _, rest = content.partition(":")
        name = " ".join(name.split())
        synonyms = tuple(s for part in rest.split(",") if (s := " ".join(part.split())))
        if not name:
            raise LabelFileError(
                f"{path}, riga {number}: ci sono sinonimi ma manca l'etichetta.",
                "Scrivi «etichetta: sinonimo, sinonimo».",
            )
        key = name.casefold()
        if key in first_seen:
            raise LabelFileError(
                f"{path}, riga {number}: l'etichetta «{name}» è già alla riga {first_seen[key]}.",
                "Togline una, oppure unisci i loro sinonimi in una sola riga.",
            )
        first_seen[key] = number
        labels.append(Label(name, synonyms))
    if not labels:
        raise LabelFileError(
            f"Il file di etichette {path} non contiene nessuna etichetta.",
            "Scrivi un'etichetta per riga, per esempio: spiaggia",
        )
    return labels
