"""A sentence -> what is seen (the text) and what must hold (dates, hours, place, exclusions).

The grammars go over the sentence again and again, each taking its phrases out, until none finds
anything more: so reading what is left of a reading changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from cercafoto.question.grammar.days import Span, today, union
from cercafoto.question.grammar.exclusion_phrases import EXCEPT, read_without
from cercafoto.question.grammar.periods import read_period
from cercafoto.question.grammar.place_phrases import Place, Places, Where, read_where, read_whole
from cercafoto.question.grammar.sayings import say_hours, say_place, say_span, say_weekdays
from cercafoto.question.grammar.time_phrases import read_when
from cercafoto.question.grammar.tokens import Token, join, lexicon, tidy, tokens
from cercafoto.question.grammar.vocabulary import AND, ARTICLES, OF, SEASONS, Context, When
from cercafoto.question.grammar.yearly import Yearly
from cercafoto.question.grammar.years import year_at

TEXT, TIME, PLACE, EXCLUDED, SERVICE, IGNORED = (
    "testo", "tempo", "luogo", "escluso", "di servizio", "ignorato"
)  # fmt: skip
# Streets and squares are called after days: via 25 aprile, piazza Primo Maggio.
STREETS = lexicon(
    "via viale piazza piazzale piazzetta corso largo vicolo ponte borgo vico lungomare stazione "
    "metro metropolitana fermata scuola caserma brigata strada"
)
PHOTOS = lexicon("foto fotografia fotografie immagine immagini scatto scatti ricordo ricordi")
TAKEN = lexicon("scattate scattata scattati scattato fotografate fotografata fotografati "
                  "fotografato")  # fmt: skip
MADE = lexicon("fatte fatta fatti fatto prese riprese")  # only of photos: torta fatta
THOSE = lexicon("quelle quelli quella quello che")
AROUND_PHOTOS = lexicon("le la i gli il lo una un tutte tutti di mie nostre mia nostra delle "
                          "della e che ho abbiamo hai ha hanno fatto scattato tutto")  # fmt: skip
MARKS = frozenset(",;.:")


class Part(NamedTuple):
    """Some words of the sentence, what they were taken for (`kind`: one of the six above) and
    what that means, in Italian."""

    words: str
    kind: str
    meaning: str


class Reading(NamedTuple):
    """text: what goes to the text tower, or "". spans: alternatives, in order and disjoint; empty:
    any day. yearly: days of any year, alternatives too. weekdays: 0 is Monday. hours: from the
    first up to but not including the second; over midnight when it is smaller. notes: what the
    person should know. parts: every word of the sentence, in order."""

    text: str
    spans: tuple[Span, ...] = ()
    yearly: tuple[Yearly, ...] = ()
    weekdays: frozenset[int] = frozenset()
    hours: tuple[int, int] | None = None
    place: Place | None = None
    exclude: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()


def together(readings: Sequence[Reading]) -> Reading:
    """One reading of several phrases: days that hold for all, what any of them excludes, the
    first place and the first hours."""
    spans: tuple[Span, ...] = ()
    for one in readings:
        if one.spans and spans:
            spans = union(both for a in spans for b in one.spans if (both := a & b) is not None)
        spans = spans or one.spans
    return Reading(
        " + ".join(one.text for one in readings if one.text),
        spans,
        tuple(yearly for one in readings for yearly in one.yearly),
        frozenset(day for one in readings for day in one.weekdays),
        next((one.hours for one in readings if one.hours), None),
        next((one.place for one in readings if one.place), None),
        tuple(dict.fromkeys(concept for one in readings for concept in one.exclude)),
        tuple(note for one in readings for note in one.notes),
        tuple(part for one in readings for part in one.parts),
    )


def read(
    sentence: str,
    *,
    now: date | None = None,
    places: Places | None = None,
    literal: bool = False,
) -> Reading:
    """Read a sentence. now: today. places: None when there is no gazetteer to ask, so that no
    word is a place. literal: take the words as they are. Raises UsageError for a CERCAFOTO_OGGI
    that is no date."""
    if literal:
        # What is no text at all no tower can read: bytes of the command line in another encoding.
        words = " ".join(sentence.encode("utf-8", "replace").decode("utf-8").split())
        return Reading(words, parts=(Part(words, TEXT, "alla lettera"),) if words else ())
    reader = _Reader(tokens(tidy(sentence)), now or today(), places)
    return reader.read()


class _Reader:
    """One sentence being read. taken: place of a token -> (number of its phrase, kind, meaning);
    kept: place of a token -> why it stays text."""

    def __init__(self, words: Sequence[Token], now: date, places: Places | None) -> None:
        self.words, self.now, self.places = words, now, places
        self.spans: tuple[Span, ...] = ()
        self.yearly: list[Yearly] = []
        self.weekdays: set[int] = set()
        self.hours: tuple[int, int] | None = None
        self.place: Place | None = None
        self.exclude: list[str] = []
        self.notes: list[str] = []
        self.taken: dict[int, tuple[int, str, str]] = {}
        self.kept: dict[int, str] = {}
        self.group = 0

    def read(self) -> Reading:
        live = list(self.words)
        before = -1
        while before != len(self.taken):
            before = len(self.taken)
            for grammar in (self._when, self._without, self._where):
                live = self._pass(live, grammar)
            if self.place is None and self.places is not None:
                whole = read_whole(live, self.places)
                if whole is not None:
                    self._take_place(live, whole)
                    live = self._left(live)
            if before == len(self.taken):  # "scattate" has told every phrase what it had to
                live = self._tidied(live)
        self._lone_year(live)
        return Reading(
            join(live),
            self.spans,
            tuple(dict.fromkeys(self.yearly)),
            frozenset(self.weekdays),
            self.hours,
            self.place,
            tuple(dict.fromkeys(self.exclude)),
            tuple(dict.fromkeys(self.notes)),
            self._parts(),
        )

    def _pass(
        self, live: list[Token], grammar: Callable[[list[Token], int, list[Token]], int]
    ) -> list[Token]:
        """Go along the words once; a grammar takes some at `i` and returns where it ends, or
        returns `i`."""
        left: list[Token] = []
        i = 0
        while i < len(live):
            end = i
            if live[i].key and live[i].at not in self.kept:
                end = grammar(live, i, left)
            if end == i:
                left.append(live[i])
                i += 1
            else:
                left += [t for t in live[i:end] if t.at not in self.taken]
                i = end
        return [t for t in left if t.at not in self.taken]

    def _left(self, live: list[Token]) -> list[Token]:
        return [t for t in live if t.at not in self.taken]

    def _take(self, words: Sequence[Token], kind: str, meaning: str) -> None:
        self.group += 1
        for word in words:
            self.taken[word.at] = self.group, kind, meaning

    def _keep(self, words: Sequence[Token], why: str) -> None:
        for word in words:
            self.kept[word.at] = why
        self.notes.append(f"«{join(words)}» resta nel testo: {why}")

    # -- the grammars ---------------------------------------------------------------------------

    def _context(self, left: list[Token]) -> Context:
        one = left[-1].key if left else ""
        two = left[-2].key if len(left) > 1 else ""
        made = one in TAKEN or (one in MADE and two in PHOTOS)
        street = one in STREETS or (one in OF and two in STREETS)  # sul ponte del 25 aprile
        return Context(made, one in PHOTOS, one, not left and not self.taken, street)

    def _when(self, live: list[Token], i: int, left: list[Token]) -> int:
        context = self._context(left)
        found = read_when(live, i, self.now, context)
        if found is None:
            return i
        words = live[i : found.end]
        if any(w.at in self.kept for w in words):
            return i
        if found.problem:
            self._keep(words, found.problem)
            return found.end
        excepted = self._excepted(left)
        if excepted:
            self._ignore([*excepted, *words], "un periodo non si può ancora escludere")
            return found.end
        if found.hours and self.hours and found.hours != self.hours:
            self._keep(words, "c'è già un'altra fascia oraria")
            return found.end
        self.spans = _both(self.spans, found.spans)
        self.yearly += found.yearly
        self.weekdays |= found.weekdays
        self.hours = found.hours or self.hours
        self._take(words, TIME, _say_when(found))
        return found.end

    def _excepted(self, left: list[Token]) -> list[Token]:
        """The words before a phrase that leave it out: "tranne", "escluse le foto"."""
        n = len(left)
        while n and left[n - 1].key in PHOTOS | ARTICLES | THOSE:
            n -= 1
        return left[n - 1 :] if n and left[n - 1].key in EXCEPT | {"non"} else []

    def _without(self, live: list[Token], i: int, left: list[Token]) -> int:
        found = read_without(live, i, left[-1].key if left else "")
        if found is None:
            return i
        words = live[i : found.end]
        if any(w.at in self.kept for w in words):
            return i
        if self.places is not None and len(found.concepts) == 1:
            where = self._is_place(found.concepts[0])
            if where:
                self._ignore(words, "un luogo non si può ancora escludere")
                return found.end
        self.exclude += found.concepts
        self._take(words, EXCLUDED, f"senza: {', '.join(found.concepts)}")
        return found.end

    def _is_place(self, concept: str) -> bool:
        assert self.places is not None
        words = tokens(concept)
        where = read_where(words, 0, self.places, Context()) or read_whole(words, self.places)
        return where is not None and where.end == len(words)

    def _ignore(self, words: Sequence[Token], why: str) -> None:
        self.notes.append(f"«{join(words)}» è ignorato: {why}")
        self._take(words, IGNORED, why)

    def _where(self, live: list[Token], i: int, left: list[Token]) -> int:
        if self.places is None:
            return i
        found = read_where(live, i, self.places, self._context(left))
        if found is None:
            return i
        words = live[i : found.end]
        if any(w.at in self.kept for w in words):
            return i
        if found.place is None:
            self._keep(words, "nessuna foto ha quella posizione")
        elif self.place not in (None, found.place):
            self._keep(words, "si cerca in un luogo per volta")
        else:
            self._take_place(words, found)
        return found.end

    def _take_place(self, words: Sequence[Token], found: Where) -> None:
        if found.place is None or any(w.at in self.kept for w in words):
            return
        self.place = found.place
        self._take(words, PLACE, say_place(found.place))

    # -- what is left ---------------------------------------------------------------------------

    def _tidied(self, live: list[Token]) -> list[Token]:
        """Without the words that only held the others together: a comma beside a condition, "e"
        between two, "scattate" before one, "foto" when nothing else is said."""
        if not self.taken:
            return live
        last = len(self.words) - 1
        free: list[Token] = []
        for n, word in enumerate(live):
            gone_before = word.at == 0 or word.at - 1 in self.taken
            gone_after = word.at == last or word.at + 1 in self.taken
            verb = word.key in TAKEN or (word.key in MADE and n > 0 and live[n - 1].key in PHOTOS)
            if (
                (word.key in MARKS and (gone_before or gone_after))
                or (word.key in AND | {"ma", "pero"} and gone_before and gone_after)
                or (verb and self._is_condition(word.at + 1))
            ):
                free.append(word)
        if not free and all(w.key in PHOTOS | AROUND_PHOTOS for w in live):
            free = live
        for word in free:
            self._take([word], SERVICE, "serviva a legare il resto")
        return self._left(live)

    def _is_condition(self, at: int) -> bool:
        return self.taken.get(at, (0, "", ""))[1] in (TIME, PLACE)

    def _lone_year(self, live: list[Token]) -> None:
        """A year and nothing else stays text, and the line says how to make it a date."""
        period = read_period(live, 0, self.now) if live and not self.taken else None
        if period is None or period.end != len(live) or self.kept:
            return
        year = year_at(live, 0, self.now)
        if year is not None:
            self._keep(live, f"per le foto di quell'anno scrivi «nel {year}»")
        elif live[0].key in SEASONS:
            self._keep(live, f"per il periodo scrivi «{live[0].text} {self.now.year - 1}»")
        elif period.yearly:
            self._keep(live, f"per il periodo scrivi «{period.yearly.phrase}»")

    def _parts(self) -> tuple[Part, ...]:
        parts: list[Part] = []
        run: list[Token] = []
        for word in self.words:
            if run and self._tag(run[-1]) != self._tag(word):
                parts.append(self._part(run))
                run = []
            run.append(word)
        return (*parts, self._part(run)) if run else ()

    def _tag(self, word: Token) -> tuple[int, str, str]:
        return self.taken.get(word.at) or (0, TEXT, self.kept.get(word.at, "si vede nella foto"))

    def _part(self, run: list[Token]) -> Part:
        _, kind, meaning = self._tag(run[0])
        return Part(join(run), kind, meaning)


def _both(known: tuple[Span, ...], new: tuple[Span, ...]) -> tuple[Span, ...]:
    """Two phrases that share some days mean those ("ad agosto 2019, dal 3"); two that share none
    are alternatives ("nel 2018 e nel 2020")."""
    if not known or not new:
        return known or new
    shared = [both for a in known for b in new if (both := a & b) is not None]
    return union(shared or [*known, *new])


def _say_when(found: When) -> str:
    days = [say_span(s) for s in found.spans] + [f"{y.phrase} di ogni anno" for y in found.yearly]
    if found.weekdays:
        days.append(say_weekdays(found.weekdays))
    said = [" o ".join(days)] if days else []
    return ", ".join([*said, say_hours(found.hours)] if found.hours else said)
