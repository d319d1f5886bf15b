"""The grammar of a label file.

One label a line, UTF-8, with or without a byte-order mark; `#` starts a comment.

    gatto: micio, gattino          synonyms after a colon
    animale > cane > bassotto      a photo of a "bassotto" also bears "cane" and "animale"
    spiaggia @0.4                  the least confidence for this label alone
    [uno: stagione]                from here on, one label of the section wins
    altro                          what is left when nothing else in the section passes
    [più]                          from here on, any number of labels again

The last name of a line is the label that the line defines; those before it are its genera. A
genus may stand under another genus elsewhere in the file, to any depth. A genus with no line of
its own is never searched for: it comes with its species.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.paths import printable
from cercafoto.errors import LabelFileError
from cercafoto.labels.prompts import sentences

DEFAULT = "predefinite"  # name of the list that comes with cercafoto
REST = "altro"
ONE, MANY = "uno", ("più", "piu", "più'", "piu'")


@dataclass(frozen=True)
class Section:
    """A part of the file that begins with a heading.

    number: 0 for what comes before any heading.
    name: the heading's, or "".
    exclusive: at most one of its labels is given.
    """

    number: int = 0
    name: str = ""
    exclusive: bool = False


@dataclass(frozen=True)
class Label:
    """A label, as its line of the file defines it.

    synonyms: other words for it.
    genera: outermost first.
    threshold: its own, or None for the common one.
    searched: False for a genus known only from its species.
    rest: it stands for what is left of its section.
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
        """The label's own name, then its synonyms."""
        return (self.name, *self.synonyms)

    @property
    def path(self) -> tuple[str, ...]:
        """Names from the outermost genus to the label itself."""
        return (*self.genera, self.name)

    def prompts(self, templates: Sequence[str]) -> list[str]:
        """Put every phrase into every template: the sentences whose vectors stand for the label."""
        return [s for phrase in self.phrases for s in sentences(phrase, templates)]


def read_labels(path: Path) -> list[Label]:
    """Read the labels, in the order of the file.

    Raises LabelFileError, with path and line: no such file, not UTF-8, no label in it, and all
    that `parse_labels` refuses.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        why = os_error_in_italian(error)
        raise LabelFileError(
            f"Il file di etichette {printable(path)} non si può leggere ({why}).",
            "Controlla il nome: serve un file di testo con un'etichetta per riga.",
        ) from error
    except UnicodeDecodeError as error:
        at = path.read_bytes()[: error.start].count(b"\n") + 1
        raise LabelFileError(
            f"Il file di etichette {printable(path)} non è in UTF-8 (riga {at}).",
            "Convertilo, per esempio: iconv -f WINDOWS-1252 -t UTF-8 "
            f"{shlex.quote(printable(path))} > etichette.txt",
        ) from error
    return parse_labels(text, printable(path))


@cache
def default_labels() -> tuple[Label, ...]:
    """Read the labels that come with cercafoto."""
    text = Path(__file__).with_name(f"{DEFAULT}.txt").read_text("utf-8")
    return tuple(parse_labels(text, DEFAULT))


def parse_labels(text: str, source: str) -> list[Label]:
    """Parse the labels, in the order of the text; genera without a line of their own where they are
    first named.

    source: what to call the text in messages.

    Raises LabelFileError, with source and line: several labels in a line, a label given twice
    (letter case and spaces apart), synonyms or a genus without a label, a threshold that is none,
    an unknown section, a label under two genera or under itself, a section in which "altro" stands
    alone.
    """
    reader = _Reader(source)
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.split("#", 1)[0].strip()
        if content:
            reader.take(number, content)
    return reader.labels()


@dataclass
class _Reader:
    source: str
    section: Section = Section()
    _labels: dict[str, Label] = field(default_factory=dict)  # by folded name, genera still unknown
    lines: dict[str, int] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)

    def take(self, number: int, content: str) -> None:
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
            if printable(text) != text:
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

    def labels(self) -> list[Label]:
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
        return [replace(label, genera=self._genera(key)) for key, label in self._labels.items()]

    def _heading(self, number: int, inside: str) -> Section:
        kind, _, name = (" ".join(part.split()) for part in inside.partition(":"))
        if kind.casefold() != ONE and kind.casefold() not in MANY:
            raise self._error(number, f"la sezione «[{inside}]» non esiste.", _SECTIONS)
        return Section(self.section.number + 1, name, kind.casefold() == ONE)

    def _threshold(self, number: int, head: str) -> tuple[str, float | None]:
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
        label = Label(name, synonyms, (), threshold, self.section, not rest, rest)
        # A genus named earlier keeps its place, and now has a line of its own.
        self._labels[key] = label

    def _link(self, number: int, genus: str, species: str) -> None:
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
        ancestor: str | None = above
        while ancestor is not None:
            if ancestor == below:
                raise self._error(
                    number, f"«{species}» finirebbe sotto sé stessa.", "Togli uno dei due «>»."
                )
            ancestor = self.parents.get(ancestor)
        self.parents[below] = above

    def _genera(self, key: str) -> tuple[str, ...]:
        genera: list[str] = []
        while (parent := self.parents.get(key)) is not None:
            key = parent
            genera.append(self._labels[key].name)
        return tuple(reversed(genera))

    def _error(self, number: int, why: str, hint: str) -> LabelFileError:
        return LabelFileError(f"{self.source}, riga {number}: {why}", hint)


_SECTIONS = "Le sezioni sono [uno], dove vince una sola etichetta, e [più]."
