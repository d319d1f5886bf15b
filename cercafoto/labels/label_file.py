"""Read a label file.

A label file has one label on each line, in UTF-8, with or without a byte-order mark; `#` starts a
comment.

    gatto: micio, gattino          synonyms after a colon
    animale > cane > bassotto      a photo of a "bassotto" also gets "cane" and "animale"
    spiaggia @0.4                  threshold of this label only
    [uno: stagione]                from here on, an exclusive section: one label wins
    altro                          given if no other label of the section passes
    [più]                          from here on, any number of labels again

The last name on a line is the label that the line defines; the names before it are its genera. A
genus may be under another genus elsewhere in the file. A genus without a line of its own is not
searched for: its species tell how likely it is (`genera`); `own_names` has exceptions.
"""

from __future__ import annotations

import os
import re
import shlex
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from cercafoto.base.italian_counts import thousands
from cercafoto.base.os_reasons import unreadable
from cercafoto.base.paths import printable
from cercafoto.errors import LabelFileError
from cercafoto.labels.prompts import sentences
from cercafoto.photos.opening import open_file

# Bounds of a file: its bytes, its labels, the letters of a name, the genera above a label.
MOST_BYTES, MOST_LABELS, MOST_LETTERS, MOST_GENERA = 1_000_000, 10_000, 200, 20
DEFAULT = "predefinite"  # name of the list that comes with cercafoto
REST = "altro"
ONE, MANY = "uno", ("più", "piu", "più'", "piu'")


class Section(NamedTuple):
    """A part of the file that begins with a heading.

    number: 0 for the part before any heading.
    name: name in the heading, or "".
    exclusive: whether a photo gets at most one label of the section.
    """

    number: int = 0
    name: str = ""
    exclusive: bool = False


class Label(NamedTuple):
    """A label, as the file defines it.

    synonyms: other words for the same thing.
    genera: the labels above it, outermost first.
    threshold: least confidence of the label; None for the common threshold.
    searched: False for a genus without a line of its own, and for "altro".
    rest: whether the label is "altro", given if no other label of its section passes.
    """

    name: str
    synonyms: tuple[str, ...] = ()
    genera: tuple[str, ...] = ()
    threshold: float | None = None
    section: Section = Section()
    searched: bool = True
    rest: bool = False

    @property
    def phrases(self) -> tuple[str, ...]:
        """The name of the label, then its synonyms."""
        return (self.name, *self.synonyms)

    @property
    def path(self) -> tuple[str, ...]:
        """The names from the outermost genus to the label itself."""
        return (*self.genera, self.name)

    def prompts(self, templates: Sequence[str]) -> list[str]:
        """Return the sentences whose vectors stand for the label: each phrase in each template."""
        return [s for phrase in self.phrases for s in sentences(phrase, templates)]


def read_labels(path: Path) -> list[Label]:
    """Return the labels of a file, in its order.

    Raises LabelFileError, with path and line, if the file cannot be read, is no regular file, has
    more than MOST_BYTES or is not UTF-8, and as `parse_labels`.
    """
    try:
        with open_file(os.fsencode(path)) as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise LabelFileError(
            f"Il file di etichette {printable(path)} {unreadable(error)}.",
            "Controlla il nome: serve un file di testo con un'etichetta per riga.",
        ) from error
    if len(content) > MOST_BYTES:
        line = content.count(b"\n") + 1
        raise LabelFileError(
            f"Il file di etichette {printable(path)} è troppo grande: alla riga {line} supera "
            f"{MOST_BYTES // 1_000_000} MB.",
            "Togli quello che non serve, oppure dividilo in più file.",
        )
    try:
        text, wrong = content.decode("utf-8-sig"), content.find(b"\0")
    except UnicodeDecodeError as error:
        text, wrong = "", error.start
    if wrong >= 0:
        line = content[:wrong].count(b"\n") + 1
        raise LabelFileError(
            f"Il file di etichette {printable(path)} non è in UTF-8 (riga {line}).",
            f"Convertilo, per esempio: iconv -f {_encoding(content)} -t UTF-8 "
            f"{shlex.quote(printable(path))} > etichette.txt",
        )
    return parse_labels(text, printable(path))


def _encoding(content: bytes) -> str:
    """Return the likely encoding of a text that is not in UTF-8, by its name for iconv."""
    if b"\0" not in content:
        return "WINDOWS-1252"
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "UTF-16"
    return "UTF-16BE" if content.startswith(b"\0") else "UTF-16LE"


@cache
def default_labels() -> tuple[Label, ...]:
    """Return the labels that come with cercafoto."""
    text = Path(__file__).with_name(f"{DEFAULT}.txt").read_text("utf-8")
    return tuple(parse_labels(text, DEFAULT))


def parse_labels(text: str, source: str) -> list[Label]:
    """Return the labels of a text, in its order; a genus without a line of its own is where it is
    first named.

    source: name of the text in messages.

    Raises LabelFileError, with source and line: no label at all, several labels on a line, a label
    defined twice (letter case and spaces do not count), synonyms or a genus without a label, a
    threshold that is not a number from 0 to 1, invisible characters, an unknown section, a label
    under two genera or under itself, "altro" under or above a genus or alone in its section, more
    than MOST_LABELS, MOST_LETTERS in a name or MOST_GENERA above a label.
    """
    reader = _Reader(source)
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.split("#", 1)[0].strip()
        if content:
            reader.take(number, content)
    return reader.labels()


@dataclass
class _Reader:
    """Reads a label file line by line. Keys are names of labels in lower case.

    section: the section of the next label.
    lines: key of a label -> number of the line that defines it.
    parents: key of a label -> key of the genus right above it.
    """

    source: str
    section: Section = field(default_factory=Section)
    _labels: dict[str, Label] = field(default_factory=dict)  # without genera
    lines: dict[str, int] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)

    def take(self, number: int, content: str) -> None:
        """Read a line, which is not empty and has no comment. Raises LabelFileError."""
        if content.startswith("[") and content.endswith("]"):
            self.section = self._heading(number, content[1:-1])
            return
        head, _, rest = content.partition(":")
        head, threshold = self._threshold(number, head)
        names = [" ".join(part.split()) for part in head.split(">")]
        synonyms = tuple(s for part in rest.split(",") if (s := " ".join(part.split())))
        if names == [""]:
            raise self._error(
                number,
                "ci sono sinonimi ma manca l'etichetta.",
                "Scrivi «etichetta: sinonimo, sinonimo».",
            )
        if "," in head:
            raise self._error(
                number,
                "su una riga sta un'etichetta sola, senza virgole.",
                "Scrivi un'etichetta per riga; i sinonimi vanno dopo i due punti, per esempio: "
                "gatto: micio, gattino",
            )
        for text in (*names, *synonyms):
            if len(text) > MOST_LETTERS:
                raise self._error(
                    number,
                    f"un nome ha {thousands(len(text))} lettere: al massimo sono "
                    f"{thousands(MOST_LETTERS)}.",
                    "Accorcialo: un'etichetta è una parola, o poche parole.",
                )
            if not text.isprintable() and printable(text) != text:
                raise self._error(
                    number,
                    f"«{printable(text)}» ha caratteri che non si vedono.",
                    "Riscrivi la riga a mano.",
                )
        if "" in names:
            raise self._error(
                number,
                "accanto a «>» manca un'etichetta.",
                "Scrivi «genere > specie», per esempio: animale > cane",
            )
        if len(names) > 1 and REST in (name.casefold() for name in names):
            raise self._error(
                number,
                f"«{REST}» non sta sotto né sopra un genere.",
                f"Scrivilo da solo: vale per tutta la sua sezione. {_SECTIONS}",
            )
        self._define(number, names[-1], synonyms, threshold)
        for genus, species in pairwise(names):
            self._link(number, genus, species)
        if len(self._labels) > MOST_LABELS:
            raise self._error(
                number,
                f"le etichette sono troppe: al massimo {MOST_LABELS}.",
                "Togli quelle che non servono, oppure dividi il file.",
            )

    def labels(self) -> list[Label]:
        """Return the labels of all lines. Raises LabelFileError."""
        if not self._labels:
            raise LabelFileError(
                f"Il file di etichette {self.source} non contiene nessuna etichetta.",
                "Scrivi un'etichetta per riga, per esempio: spiaggia",
            )
        asked = {label.section for label in self._labels.values() if label.searched}
        for key, label in self._labels.items():
            if label.rest and label.section not in asked:
                raise self._error(
                    self.lines[key],
                    f"«{REST}» è sola nella sua sezione, e andrebbe a tutte le foto.",
                    "Sta per nessuna delle altre etichette della sezione: aggiungine.",
                )
        for key in self.lines.keys() & self.parents.keys():
            self._above(self.lines[key], key)
        return [
            label._replace(genera=self._genera(key)) if key in self.parents else label
            for key, label in self._labels.items()
        ]

    def _heading(self, number: int, inside: str) -> Section:
        """Return the section that a heading begins. Raises LabelFileError.

        inside: text of the heading between its brackets.
        """
        kind, _, name = (" ".join(part.split()) for part in inside.partition(":"))
        if kind.casefold() != ONE and kind.casefold() not in MANY:
            raise self._error(number, f"la sezione «[{inside}]» non esiste.", _SECTIONS)
        return Section(self.section.number + 1, name, kind.casefold() == ONE)

    def _threshold(self, number: int, head: str) -> tuple[str, float | None]:
        """Return a line without its threshold, and the threshold; None if the line has none. Raises
        LabelFileError."""
        if "@" not in head:
            return head, None
        match = re.fullmatch(r"(.*?)(?:^|\s)@(\d[\d.,]*)(%?)", head.strip())
        if match is None:
            return head, None
        try:
            value = float(match[2].replace(",", ".")) / (100 if match[3] else 1)
        except ValueError:
            value = -1.0
        if not 0 <= value <= 1:
            raise self._error(
                number,
                f"la soglia «@{match[2]}{match[3]}» non è un numero fra 0 e 1.",
                "Scrivi per esempio: spiaggia @0.4",
            )
        return match[1], value

    def _define(
        self, number: int, name: str, synonyms: tuple[str, ...], threshold: float | None
    ) -> None:
        """Add the label that a line defines. A genus that was named before keeps its place. Raises
        LabelFileError if another line defines the label."""
        rest = name.casefold() == REST and not synonyms
        if rest and self.section.name:
            name = f"{name} ({self.section.name})"
        key = name.casefold()
        if key in self.lines:
            raise self._error(
                number,
                f"l'etichetta «{name}» è già alla riga {self.lines[key]}.",
                "Togline una, oppure unisci i loro sinonimi in una sola riga."
                if not rest
                else "Dai un nome alle sezioni, per esempio: [uno: stagione]",
            )
        self.lines[key] = number
        self._labels[key] = Label(name, synonyms, (), threshold, self.section, not rest, rest)

    def _link(self, number: int, genus: str, species: str) -> None:
        """Put a label under a genus. Raises LabelFileError if the label is already under another
        genus, or would be under itself."""
        above, below = genus.casefold(), species.casefold()
        if below not in self._labels:
            self._labels[below] = Label(species, section=self.section, searched=False)
        if above not in self._labels:
            self._labels[above] = Label(genus, section=self.section, searched=False)
        parent = self.parents.get(below)
        if parent not in (None, above):
            raise self._error(
                number,
                f"«{species}» sta già sotto «{self._labels[str(parent)].name}».",
                "Un'etichetta ha un genere solo: scegli quale.",
            )
        if below in (above, *self._above(number, above)):
            raise self._error(
                number, f"«{species}» finirebbe sotto sé stessa.", "Togli uno dei due «>»."
            )
        self.parents[below] = above

    def _genera(self, key: str) -> tuple[str, ...]:
        """Return the names of the genera above a label, outermost first."""
        above = self._above(0, key)
        return tuple(self._labels[genus].name for genus in reversed(above))

    def _above(self, number: int, key: str) -> list[str]:
        """Return the keys of the genera above a label, innermost first. Raises LabelFileError, with
        the line `number`, if there are more than MOST_GENERA."""
        above: list[str] = []
        while (parent := self.parents.get(key)) is not None:
            if len(above) == MOST_GENERA:
                name = self._labels[above[-1]].name
                raise self._error(
                    number,
                    f"sopra «{name}» ci sono altri generi: al massimo sono {MOST_GENERA}, uno "
                    "sotto l'altro.",
                    "Togli quelli che non servono.",
                )
            key = parent
            above.append(key)
        return above

    def _error(self, number: int, why: str, hint: str) -> LabelFileError:
        return LabelFileError(f"{self.source}, riga {number}: {why}", hint)


_SECTIONS = "Le sezioni sono [uno], dove vince una sola etichetta, e [più]."
