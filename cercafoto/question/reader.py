"""Read a sentence: take out the phrases that mean filters, exclusions, an order or a limit; the
rest is text for the model.

Each grammar goes over the sentence and takes its phrases. All of them are applied again until none
finds anything more, so reading the remaining text once more changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date
from functools import cache
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from cercafoto.base.word_stems import is_telling
from cercafoto.question.alternatives import alternatives_of
from cercafoto.question.brackets import Group, read_brackets
from cercafoto.question.filters.all_filters import given
from cercafoto.question.filters.days import DAYS, Days
from cercafoto.question.filters.excepted import EXCEPTED, Case, called_so
from cercafoto.question.filters.file_filters import (
    CAMERA,
    FORMAT,
    LENS,
    MONOCHROME,
    ORIENTATION,
    RATING,
    VIDEO,
)
from cercafoto.question.filters.filter import NO_FILTERS, Filter, Filters
from cercafoto.question.filters.hours import HOURS, WEEKDAYS
from cercafoto.question.filters.kinds import FILE_KIND
from cercafoto.question.filters.missing import MISSING, in_order
from cercafoto.question.filters.names import COLLECTIONS
from cercafoto.question.filters.place import PLACE
from cercafoto.question.filters.with_people import NOT_PEOPLE, PEOPLE
from cercafoto.question.grammar.calendar_days import Span, current_day, of_two_phrases
from cercafoto.question.grammar.camera_phrases import read_cameras
from cercafoto.question.grammar.collection_phrases import read_collection
from cercafoto.question.grammar.colour_phrases import read_colour
from cercafoto.question.grammar.exclusion_phrases import (
    BEFORE_NO,
    EXCEPT,
    NO,
    NOT_BEFORE_LESS,
    is_minus,
    read_without,
)
from cercafoto.question.grammar.format_phrases import read_format
from cercafoto.question.grammar.kind_phrases import read_kind, read_video
from cercafoto.question.grammar.lens_phrases import read_lenses
from cercafoto.question.grammar.missing_phrases import kind_excluded, read_missing
from cercafoto.question.grammar.order_phrases import read_order
from cercafoto.question.grammar.place_phrases import (
    Places,
    Where,
    is_exact_at,
    read_bare,
    read_next,
    read_where,
    read_whole,
    telling_name,
)
from cercafoto.question.grammar.quantity_phrases import read_quantity
from cercafoto.question.grammar.rating_phrases import read_rating
from cercafoto.question.grammar.request_phrases import (
    read_count,
    read_how_many,
    read_request,
    read_together,
    read_written,
    trailing_marks,
)
from cercafoto.question.grammar.sayings import say_limit, say_order, say_span
from cercafoto.question.grammar.shape_phrases import read_shape
from cercafoto.question.grammar.time_phrases import read_when
from cercafoto.question.grammar.tokens import Token, join, tidy, tokens, word_set
from cercafoto.question.grammar.vocabulary import (
    AND,
    ARTICLES,
    IN,
    MADE,
    MOST_SMALL,
    OF,
    OR,
    PAPERS,
    PHOTOS,
    TAKEN,
    TO,
    Context,
    Phrase,
    When,
    Words,
    key,
    skip,
)
from cercafoto.question.grammar.yearly import Yearly
from cercafoto.question.leftovers import (
    CONJUNCTIONS,
    NO_CHOICE,
    drop_connectives,
    drop_lone_or,
    note_lone_period,
)
from cercafoto.question.quoted import NOTHING_READ
from cercafoto.question.values import ABROAD, LATEST
from cercafoto.question.word_roles import (
    EXCLUDED,
    FILE,
    ORDER,
    PERSON,
    QUANTITY,
    SERVICE,
    TEXT,
    TIME,
    WRITTEN,
    WordRole,
    WordRoles,
)
from cercafoto.question.word_roles import PLACE as WHERE

if TYPE_CHECKING:
    from cercafoto.question.grammar.person_phrases import KnownPeople

V = TypeVar("V")

# After these words a date is a name: via 25 aprile, piazza Primo Maggio.
STREETS = word_set(
    "via viale piazza piazzale piazzetta corso largo vicolo ponte borgo vico lungomare stazione "
    "metro metropolitana fermata scuola caserma brigata strada"
)
# Grammars of phrases about the file, each with its filter.
OF_FILES: tuple[tuple[Callable[[Words, int, Context], Phrase[Any] | None], Filter[Any]], ...] = (
    (read_lenses, LENS),
    (read_shape, ORIENTATION),
    (read_format, FORMAT),
    (read_rating, RATING),
)
EITHER = (CAMERA.name, LENS.name)  # a photo needs one of their values
# Questions of people have up to six phrases, and are read in four rounds. Other ones cost no more.
MOST_PHRASES, MOST_ROUNDS = 24, 8
MOST_GROUPS = 50  # of people, after "o": each of two groups with each of two others makes four
# "ma senza data", "né data né luogo", "nessuna data"
BEFORE_WITHOUT = word_set("ma e ed o pero ,")
LACKS = NO | word_set("senza ne")
ALBUM = word_set("foto fotografie immagini")
ASKED = "serviva a chiedere"
BY_MEANS = word_set("con col coi fatte fatta scattate scattata")
# "Che non sono del 2019", "che non siano state fatte a Roma"
BEING = word_set("sono siano e sia era erano ho abbiamo stata state fatto fatta fatte scattato "
                 "scattata scattate")  # fmt: skip
NO_SUCH_CAMERA = "nessuna foto ha quella fotocamera"
ENDS_WRITTEN = frozenset(",;?!")
THOSE = word_set("quelle quelli quella quello che")


class Reading(NamedTuple):
    """What one sentence means, or several phrases joined by `together`.

    text: the words for the text tower, or "".
    exclude: concepts that a photo must not show.
    notes: what the person should know, in Italian.
    words: the roles of all words of the sentence, in order.
    own: (name of a filter, the words that gave it and may also be a photo's own words); several
        of one filter are alternatives.
    order: one of ORDERS; None if the sentence does not say.
    limit: how many photos to show; None if the sentence does not say.
    counts: whether the sentence asks how many photos there are.
    together: whether all who are named must be in one photo ("insieme").
    written: the phrases that must be written in a photo.
    alternatives: the sentences that "o" joins in the text; see `alternatives_of`.
    """

    text: str
    filters: Filters = NO_FILTERS
    exclude: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    words: tuple[WordRole, ...] = ()
    order: str | None = None
    limit: int | None = None
    own: tuple[tuple[str, str], ...] = ()
    counts: bool = False
    together: bool = False
    written: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()


def together(readings: Sequence[Reading]) -> Reading:
    """Return one reading of several phrases: their texts joined with " + ", all filters,
    exclusions, notes and words, the first order and the first limit. `own` stays empty; only a
    single text has alternatives."""
    filters = NO_FILTERS
    for reading in readings:
        for each, value in given(reading.filters):
            before = each.of(filters)
            both = value if before is None else each.both(before, value)
            filters = filters.but(**{each.name: both})
    with_text = [reading for reading in readings if reading.text]
    return Reading(
        " + ".join(reading.text for reading in with_text),
        filters,
        tuple(dict.fromkeys(concept for reading in readings for concept in reading.exclude)),
        tuple(note for reading in readings for note in reading.notes),
        tuple(role for reading in readings for role in reading.words),
        next((reading.order for reading in readings if reading.order), None),
        next((reading.limit for reading in readings if reading.limit), None),
        counts=any(reading.counts for reading in readings),
        together=any(reading.together for reading in readings),
        written=tuple(phrase for reading in readings for phrase in reading.written),
        alternatives=with_text[0].alternatives if len(with_text) == 1 else (),
    )


def read(
    sentence: str,
    *,
    now: date | None = None,
    places: Places | None = None,
    cameras: Collection[str] | None = None,
    people: KnownPeople | None = None,
    written: bool = False,
    literal: bool = False,
    has_kind: Callable[[str], bool] = lambda kind: True,
    has_dates: Callable[[], bool] = lambda: True,
    collections: Callable[[], Sequence[str]] = lambda: (),
) -> Reading:
    """Return what a sentence means.

    now: today; None for the day of this machine.
    places: looks up names of places; None: no word is a place.
    cameras: names of the archive's cameras; None without an archive.
    people: the people of the archive; None if it has none.
    has_kind: whether the archive has photos of one of `kinds.FILE_KINDS`.
    has_dates: whether it has photos with a date.
    collections: returns the names of the collections.
    written: whether words were read in any photo.
    literal: take all words as text, and no word as a date or place.

    Raises UsageError if CERCAFOTO_OGGI is not a date.
    """
    if literal:
        # A command line in another encoding has bytes that are not text: the model takes only text.
        words = " ".join(sentence.encode("utf-8", "replace").decode("utf-8").split())
        return Reading(words, words=(WordRole(words, TEXT, "alla lettera"),) if words else ())
    asked = read_brackets(tokens(tidy(sentence)))
    now = now or current_day()
    known = (places, cameras, people, written, has_kind, has_dates, collections)
    reader = _Reader(asked.words, now, *known)
    return reader.read(asked.groups, asked.notes)


class _Reader:
    """Reads one sentence; holds the filters found so far and the roles of the words.

    In its methods, `free` are the words that no phrase has taken, `at` is the index in `free` where
    a phrase may begin, and `before` are the free words before it. A method that reads one phrase
    returns where the phrase ends in `free`, or `at` if there is none.
    """

    def __init__(
        self,
        words: Sequence[Token],
        now: date,
        places: Places | None,
        cameras: Collection[str] | None,
        people: KnownPeople | None,
        are_read: bool,
        has_kind: Callable[[str], bool],
        has_dates: Callable[[], bool],
        collections: Callable[[], Sequence[str]],
    ) -> None:
        self.collections = cache(collections)
        self.has_kind = cache(has_kind)
        self.has_dates = has_dates
        self.now, self.places, self.cameras, self.people = now, places, cameras, people
        self.are_read = are_read
        self.roles = WordRoles(words)
        self.spans: tuple[Span, ...] = ()
        self.yearly: list[Yearly] = []
        self.weekdays: set[int] = set()
        self.hours: tuple[int, int] | None = None
        self.filters = NO_FILTERS  # except days, weekdays and hours
        self.exclude: list[str] = []
        self.order: str | None = None
        self.limit: int | None = None
        self.own: dict[str, list[list[Token]]] = {}
        self.left_out = False  # whether words were not looked at, after MOST_PHRASES phrases
        self.counts = self.together = False
        self.written: list[str] = []
        self.looked_at = set[int]()  # indexes of words where `_except_those` looked
        self.excepted_at = -2  # index of the last word of a phrase that leaves out photos
        self.relates = False  # whether a phrase is relative to other days: "prima del 2010"

    def read(self, groups: Sequence[Group] = (), notes: Sequence[str] = ()) -> Reading:
        """Return what the sentence means: apply the grammars until none finds anything more, which
        takes two rounds, rarely four.

        groups: see `alternatives_of`.
        notes: what the person should know of its brackets.
        """
        self.roles.notes += notes
        free = list(self.roles.words)
        grammars = (
            self._written,
            self._position,
            self._in_collection,
            self._except_those,
            *([self._people] if self.people else []),
            *(self._colour, self._when, self._kind, self._missing, self._without, self._where),
            *(self._file, self._which_first, self._how_many),
        )
        for _ in range(MOST_ROUNDS):
            taken = self.roles.taken
            for grammar in grammars:
                free = self._pass(free, grammar)
            free = self._bare_place(free)
            # Only when no grammar finds more: words such as "foto di" and "scattate" tell the
            # grammars what follows.
            if taken == self.roles.taken:
                free = self._drop_request(free)
            if taken == self.roles.taken:
                free = drop_connectives(free, self.roles)
            if taken == self.roles.taken:
                break
        if self.left_out:
            self.roles.notes.append("le condizioni sono troppe: le altre parole restano testo")
        alternatives = alternatives_of(free, groups)
        if not alternatives:
            free = drop_lone_or(free, self.roles)
        note_lone_period(free, self.roles, self.now)
        days = Days(self.spans, tuple(dict.fromkeys(self.yearly)), self.now)
        times = {
            DAYS.name: days or None,
            WEEKDAYS.name: frozenset(self.weekdays),
            HOURS.name: self.hours,
        }
        return Reading(
            join(free),
            self.filters.but(**times),
            tuple(dict.fromkeys(self.exclude)),
            tuple(dict.fromkeys(self.roles.notes)),
            self.roles.all(),
            self.order,
            self.limit,
            tuple(
                (name, join(words))
                for name, each in self.own.items()
                for words in each
                if not (name == DAYS.name and self.relates)
            ),
            self.counts,
            self.together,
            tuple(self.written),
            alternatives,
        )

    def _pass(
        self, free: list[Token], grammar: Callable[[list[Token], int, list[Token]], int]
    ) -> list[Token]:
        """Return the words that are still free after one grammar went over them."""
        before: list[Token] = []
        at = 0
        while at < len(free):
            if self.roles.phrases >= MOST_PHRASES:
                self.left_out = True
                before += free[at:]
                break
            end = at
            if free[at].key and not self.roles.has_kept(free[at : at + 1]):
                end = grammar(free, at, before)
            if end == at:
                before.append(free[at])
                at += 1
            else:
                before += self.roles.free(free[at:end])
                at = end
        return self.roles.free(before)

    def _context(self, before: list[Token]) -> Context:
        """Return what the words before a phrase say about it."""
        last = before[-1].key if before else ""
        last_but_one = before[-2].key if len(before) > 1 else ""
        made = last in TAKEN or (last in MADE and last_but_one in PHOTOS)
        # "sul ponte del 25 aprile"
        street = last in STREETS or (last in OF and last_but_one in STREETS)
        alone = not before and not self.roles.taken
        loose = not before or last_but_one in IN | TO
        begin = before[:MOST_SMALL]
        first = next((w.key for w in begin if w.key not in ARTICLES | PHOTOS | OF), "")
        videos = not before and VIDEO.name in self.filters  # "i video più recenti"
        photos, papers = last in PHOTOS or videos, first in PAPERS
        return Context(made, photos, last, alone, street, loose, papers, self.has_dates)

    def _when(self, free: list[Token], at: int, before: list[Token]) -> int:
        """Take a phrase of time."""
        when = read_when(free, at, self.now, self._context(before))
        if when is None or self.roles.has_kept(free[at : when.end]):
            return at
        words = free[at : when.end]
        exception = self._exception(before, words[0])
        if when.problem:
            self.roles.keep(words, when.problem)
        elif exception:
            days = Days(when.spans, when.yearly, self.now)
            pairs: Case = ((DAYS, days), (WEEKDAYS, when.weekdays), (HOURS, when.hours))
            case = tuple((which, value) for which, value in pairs if value)
            self._leave_out([*exception, *words], [case])
        elif when.hours and self.hours and when.hours != self.hours:
            self.roles.keep(words, "c'è già un'altra fascia oraria")
        else:
            self.spans = of_two_phrases(self.spans, when.spans)
            self.yearly += when.yearly
            self.weekdays |= when.weekdays
            self.hours = when.hours or self.hours
            self.roles.take(words, TIME, _say_when(when))
            if when.is_name:
                joined = before[-1] if before and before[-1].key in AND | {","} else None
                is_other = joined is not None and self.roles.kind_at(joined.at - 1) == TIME
                self._may_be_own(DAYS, words, is_other)
            elif when.spans or when.yearly:
                self.relates = True
        return when.end

    def _in_collection(self, free: list[Token], at: int, before: list[Token]) -> int:
        """Take "nella raccolta Viaggi" or "fra le foto della raccolta Viaggi"."""
        found = read_collection(free, at, self.collections)
        if found is None or self.roles.has_kept(free[at : found.end]):
            return at
        words = free[at : found.end]
        names: tuple[str, ...] = (found.value,)
        if exception := self._exception(before, words[0]):
            self._leave_out([*exception, *words], [((COLLECTIONS, names),)])
        else:
            self._add(COLLECTIONS, names)
            self.roles.take(words, FILE, COLLECTIONS.say(names))
        return found.end

    def _except_those(self, free: list[Token], at: int, before: list[Token]) -> int:
        """Take "tranne quelle", "ma non le foto" or "che non sono" with the conditions after it up
        to a comma, all of which a photo that is left out must fulfil: "tranne quelle di Roma nel
        2019"."""
        if free[at].key not in THOSE | PHOTOS or free[at].at in self.looked_at:
            return at
        if read_missing(free, at) is not None:
            return at  # "che non sono in nessuna raccolta"
        self.looked_at.add(free[at].at)
        begin = _not_being(free, at)
        exception = self._exception(before, free[at]) if begin == at + 1 else []
        if begin == at + 1 and (not exception or exception[0].key == "-"):
            return at
        ends = EXCEPT | ENDS_WRITTEN | {"non", "ma", "pero"}
        end = next((i for i in range(begin, len(free)) if free[i].key in ends), len(free))
        joined = (i for i in range(begin, end - 1) if free[i].key in AND)
        bounds = [begin, *(i + 2 for i in joined if key(free, i + 1) in THOSE), end + 2]
        cases = list[Case]()
        for first, until in pairwise(bounds):
            words = [free[at]._replace(key="foto"), *free[first : until - 2]]
            case = self._cases(words)
            if not case:
                return at
            cases += case
        self._leave_out([*exception, *free[at:end]], cases)
        return end

    def _cases(self, words: Sequence[Token]) -> list[Case]:
        """Return the photos that some words ask for by their data, and those that bear the name of
        their place and have no position; [] if the words ask for anything else."""
        reader = _Reader(
            [word._replace(at=at) for at, word in enumerate(words)],
            *(self.now, self.places, self.cameras, self.people, self.are_read),
            *(self.has_kind, self.has_dates, self.collections),
        )
        asked = reader.read()
        filters = given(asked.filters)
        rest = (asked.text, asked.exclude, asked.order, asked.limit, asked.counts, asked.written)
        if any(rest) or not filters or EXCEPTED.name in asked.filters:
            return []
        if len(filters) == 1 and isinstance(filters[0][1], bool):
            return []  # "tranne quelle a colori" asks for those in black and white
        others = tuple((which, value) for which, value in filters if which is not PLACE)
        named = [words for name, words in asked.own if name == PLACE.name]
        return [tuple(filters), *((*others, *called_so(name)) for name in named)]

    def _exception(self, before: list[Token], first: Token) -> list[Token]:
        """Return the words right before a phrase that exclude it ("tranne", "escluse le foto",
        "-"); [] if there are none.

        first: the first word of the phrase.
        """
        before = self.roles.free(before)
        n = len(before)
        if n and is_minus([before[-1], first], 0):
            return before[n - 1 :]
        for word in before[: -MOST_SMALL - 1 : -1]:
            if word.key not in PHOTOS | ARTICLES | THOSE:
                break
            n -= 1
        if n and before[n - 1].key in AND | {"ne"} and before[n - 1].at - 1 == self.excepted_at:
            return before[n - 1 :]  # "tranne il 2019 e quelle del 2020"
        has_comma = 0 < n < len(before) and before[n - 1].key == ","
        if has_comma and before[n - 1].at - 1 == self.excepted_at:
            return before[n - 1 :]  # "tranne il 2019, il 2020"
        if n > 1 and (before[n - 2].key, before[n - 1].key) == ("a", "parte"):
            return before[n - 2 :]
        if not n or before[n - 1].key not in EXCEPT | {"non", "meno", "no"}:
            return []
        if before[n - 1].key == "no" and key(before, n - 2) not in BEFORE_NO:
            return []
        if before[n - 1].key == "meno" and (n < 2 or before[n - 2].key in NOT_BEFORE_LESS):
            return []  # "più o meno nel 2019"
        n -= 1
        return before[n - 1 :] if n and before[n - 1].key in CONJUNCTIONS else before[n:]

    def _written(self, free: list[Token], at: int, before: list[Token]) -> int:
        """Take "con scritto" with the words after it, which must be written in a photo."""
        begin = read_written(free, at)
        if begin == at or begin == len(free):
            return at
        end = next((i for i in range(begin, len(free)) if free[i].key in ENDS_WRITTEN), len(free))
        if self.are_read:
            self.written.append(join(free[begin:end]))
            if trailing_marks(free) <= end:
                end = len(free)
            self.roles.take(free[at:end], WRITTEN, "è scritto nella foto")
            return end
        self.roles.take(free[at:begin], SERVICE, ASKED)
        self.roles.notes.append(NOTHING_READ)
        return begin

    def _together(self, free: list[Token]) -> list[Token]:
        """Return the free words without "insieme" if people, or anyone beside it, are asked for:
        all of them must be there anyway."""
        for at in range(len(free)):
            end = read_together(free, at)
            is_last = end == len(free) or self.roles.is_taken(free[end - 1].at + 1)
            after_a_person = free[at].at and self.roles.kind_at(free[at].at - 1) == PERSON
            if end > at and is_last and (at or after_a_person):
                self.together = True
                self.roles.take(free[at:end], SERVICE, "tutti nella stessa foto")
                return self.roles.free(free)
        return free

    def _people(self, free: list[Token], at: int, before: list[Token]) -> int:
        """Take a phrase that names people of the archive, or excludes them."""
        # Imported here: few archives know people by name.
        from cercafoto.question.grammar.person_phrases import read_people, read_without_people

        assert self.people is not None
        without = read_without_people(free, at, before[-1].key if before else "", self.people)
        if without is not None and not self.roles.has_kept(free[at : without.end]):
            self._add(NOT_PEOPLE, without.groups)
            self.exclude += without.concepts
            said = [NOT_PEOPLE.say(without.groups).removeprefix("senza "), *without.concepts]
            self.roles.take(free[at : without.end], EXCLUDED, f"senza: {', '.join(said)}")
            return without.end
        found = read_people(free, at, before, self.people)
        if isinstance(found, str):
            self.roles.notes.append(found)
        if found is None or isinstance(found, str) or self.roles.has_kept(free[at : found.end]):
            return at
        groups, earlier = found.groups, PEOPLE.of(self.filters)
        # Own words fulfil the whole filter, so they need the words of every group.
        may_be_own = earlier is None or PEOPLE.name in self.own
        if either := found.after_or and earlier is not None:
            # "Luca al mare o Anna": "(a and b) or c" is "(a or c) and (b or c)".
            pairs = (tuple(dict.fromkeys(a + b)) for a in earlier for b in groups)
            groups = tuple(dict.fromkeys(islice(pairs, MOST_GROUPS + 1)))
            if len(groups) > MOST_GROUPS:
                self.roles.keep(free[at : found.end], "sono troppe persone insieme")
                return found.end
            self.filters = self.filters.but(people=groups)
        else:
            self._add(PEOPLE, groups)
        words = [*before[len(before) - found.lead :], *free[at : found.end]]
        if words[-1].key in OR:
            self.roles.notes.append(NO_CHOICE)
        self.roles.take(words, PERSON, PEOPLE.say(groups))
        if found.own and may_be_own and not either:
            self._may_be_own(PEOPLE, found.own)
        else:
            self.own.pop(PEOPLE.name, None)
        return found.end

    def _add(self, which: Filter[V], value: V) -> None:
        """Add a filter, beside another value that it may have."""
        before = which.of(self.filters)
        both = value if before is None else which.both(before, value)
        self.filters = self.filters.but(**{which.name: both})

    def _colour(self, free: list[Token], at: int, before: list[Token]) -> int:
        """Take a phrase that says whether photos have colour."""
        colour = read_colour(free, at, self._context(before))
        if colour is None or self.roles.has_kept(free[at : colour.end]):
            return at
        words = free[at : colour.end]
        exception = self._exception(before, words[0])
        monochrome = colour.value != bool(exception)
        if MONOCHROME.of(self.filters) not in (None, monochrome):
            self.roles.keep(words, f"{MONOCHROME.say(not monochrome)} è già chiesto")
        else:
            self.filters = self.filters.but(monochrome=monochrome)
            self.roles.take([*exception, *words], FILE, MONOCHROME.say(monochrome))
        return colour.end

    def _kind(self, free: list[Token], at: int, before: list[Token]) -> int:
        """Take a phrase that names the kind of file."""
        context = self._context(before)
        video = read_video(free, at, context)
        if video is not None and not self.roles.has_kept(free[at : video.end]):
            words = free[at : video.end]
            exception = self._exception(before, words[0])
            only = video.value != bool(exception)
            if VIDEO.of(self.filters) not in (None, only):
                self.roles.keep(words, f"{VIDEO.say(not only)} è già chiesto")
            else:
                self.filters = self.filters.but(**{VIDEO.name: only})
                self.roles.take([*exception, *words], FILE, VIDEO.say(only))
            return video.end
        kind = read_kind(free, at, context, self.has_kind)
        if kind is None or self.roles.has_kept(free[at : kind.end]):
            return at
        words = free[at : kind.end]
        if self._exception(before, words[0]):
            return at  # "ritratti tranne i selfie": what these show is excluded
        self._add(FILE_KIND, kind.value)
        self.roles.take(words, FILE, FILE_KIND.say(kind.value))
        return kind.end

    def _missing(self, free: list[Token], at: int, before: list[Token]) -> int:
        """Take a phrase that asks for photos without some data."""
        missing = read_missing(free, at)
        if missing is None or self.roles.has_kept(free[at : missing.end]):
            return at
        self._take_missing(free[at : missing.end], before, missing.value)
        return missing.end

    def _take_missing(
        self, words: list[Token], before: list[Token], kinds: Sequence[str], seen: str = ""
    ) -> None:
        """Take the words of a phrase that asks for photos without some kinds of data.

        seen: what the phrase also excludes, in Italian, or "".
        """
        if exception := self._exception(before, words[0]):
            self._leave_out([*exception, *words], [((MISSING, in_order(kinds)),)])
            return
        self._add(MISSING, in_order(kinds))
        said = MISSING.say(in_order(kinds))
        self.roles.take(words, EXCLUDED, ", ".join(filter(None, [said, seen])))

    def _without(self, free: list[Token], at: int, before: list[Token]) -> int:
        """Take a phrase that excludes concepts."""
        if at == 0 and free[0].key == "non" and read_request(free):
            return at  # "non trovo le foto di un gatto"
        last = before[-1] if before else None
        thing = ""
        if last is not None and last.at == free[at].at - 1:
            thing = last.text if is_telling(last.key) or last.key in PHOTOS else ""
        without = read_without(free, at, last.key if last is not None else "", thing)
        if without is None or self.roles.has_kept(free[at : without.end]):
            return at
        words = free[at : without.end]
        lacking = self._lacking(without.value, words, before, free)
        if lacking:
            shown = [concept for concept in without.value if concept not in lacking]
            self.exclude += shown
            seen = f"senza: {', '.join(shown)}" if shown else ""
            self._take_missing(words, before, [*lacking.values()], seen)
        elif (cases := self._of_file(words, before)) is not None:
            words = words[words[0].key == "," :]
            if cases:
                self._leave_out(words, cases)
            else:
                self.roles.ignore(words, NO_SUCH_CAMERA)
        else:
            places = {concept: self._of_place(concept) for concept in without.value}
            shown = [concept for concept, where in places.items() if not where]
            cases = [case for where in places.values() for case in where]
            self.exclude += shown
            self._leave_out(words, cases, f"senza: {', '.join(shown)}" if shown else "")
        return without.end

    def _leave_out(self, words: list[Token], cases: Sequence[Case], seen: str = "") -> None:
        """Take the words of a phrase that leaves out photos by their data.

        seen: what the phrase also excludes, in Italian, or "".
        """
        said = []
        if cases:
            self._add(EXCEPTED, tuple(cases))
            said.append(EXCEPTED.say(tuple(cases)))
            self.excepted_at = words[-1].at
        self.roles.take(words, EXCLUDED, ", ".join(filter(None, [*said, seen])))

    def _of_file(self, words: Sequence[Token], before: list[Token]) -> list[Case] | None:
        """Return what a phrase that excludes says of the camera, the format and so on: "foto non
        verticali", "ma non con la Canon"; None if it says nothing of them, [] if it names a camera
        of no photo."""
        context = self._context(before)
        for at in (1, 2):
            cameras = read_cameras(words, at, self.cameras, context, after_article=True)
            if cameras is not None and cameras.end == len(words):
                known = tuple(name for name in cameras.value if name)
                return [((CAMERA, known),)] if known else []
            for read_phrase, which in OF_FILES:
                phrase = read_phrase(words, at, context)
                if phrase is not None and phrase.end == len(words):
                    return [((which, phrase.value),)]
            kind = read_kind(words, at, context, self.has_kind)
            if kind is not None and kind.end == len(words) and key(words, at) in BY_MEANS:
                return [((FILE_KIND, kind.value),)]
        return None

    def _lacking(
        self,
        concepts: Sequence[str],
        words: Sequence[Token],
        before: list[Token],
        free: list[Token],
    ) -> dict[str, str]:
        """Return the excluded concepts that are no sight but data that photos may lack ("senza
        data"), each with its kind.

        words: of the phrase that excludes. "tranne la data" and "-data" are about what is seen, and
            so are words in quotes, and "senza: data" of a line "cerco:".
        """
        trigger = next((word.key for word in words if word.key not in BEFORE_WITHOUT), "")
        if trigger not in LACKS or any(word.key in ("", ":") for word in words):
            return {}
        kinds = {concept: kind_excluded(concept, before, free) for concept in concepts}
        return {concept: kind for concept, kind in kinds.items() if kind}

    def _of_place(self, concept: str) -> list[Case]:
        """Return the photos taken in a place, and those that bear its name and have no position, if
        an excluded concept names a place, with or without a preposition; else []."""
        if self.places is None:
            return []
        words = tokens(concept)
        where = read_where(words, 0, self.places, Context()) or read_whole(words, self.places)
        return _in_place(words, where) if where is not None and where.end == len(words) else []

    def _position(self, free: list[Token], at: int, before: list[Token]) -> int:
        """Take a phrase of place with a position, before its numbers are read as times."""
        return self._where(free, at, before) if is_exact_at(free, at) else at

    def _where(self, free: list[Token], at: int, before: list[Token]) -> int:
        """Take a phrase of place, which begins with a preposition."""
        if self.places is None:
            return at
        if self._joins_place(free[at]):
            return self._other_place(free, at, self.places)
        where = read_where(free, at, self.places, self._context(before))
        if where is None or self.roles.has_kept(free[at : where.end]):
            return at
        words = free[at : where.end]
        exception = self._exception(before, words[0])
        if where.place is None and where.found.is_own and not exception:
            return at  # its photos are found by their own words
        if exception:
            self._leave_out([*exception, *words], _in_place(words, where))
        elif where.place is None:
            self.roles.keep(words, self.places.why_none())
        else:
            self._take_place(words, where)
        return where.end

    def _joins_place(self, word: Token) -> bool:
        """Whether a word may join another place to one that was taken right before it."""
        if word.key not in AND | {","} or not word.at:
            return False
        place = PLACE.of(self.filters)
        return place is not None and self.roles.kind_at(word.at - 1) == WHERE

    def _other_place(self, free: list[Token], at: int, places: Places) -> int:
        """Take the place after a conjunction, of which a photo may be as well: "a Roma o a
        Firenze", "a Roma, Firenze e Siena"."""
        where = read_where(free, at + 1, places, Context()) or read_next(free, at + 1, places)
        earlier = PLACE.of(self.filters)
        words = free[at : where.end] if where is not None else []
        is_more = free[at].key != "," or key(free, where.end if where else 0) in AND | {","}
        if where is None or where.place is None or self.roles.has_kept(words) or not is_more:
            return at
        assert earlier is not None
        self.filters = self.filters.but(place=earlier.or_in(where.place))
        self.roles.take(words, WHERE, PLACE.say(where.place))
        if where.place.radius_km is None and where.place.kind != ABROAD:
            self._may_be_own(PLACE, telling_name(words[1:]), is_other=True)
        return where.end

    def _bare_place(self, free: list[Token]) -> list[Token]:
        """Take the name of a place without a preposition. Return the words that are still free."""
        if self.places is None:
            return free
        begin, where = 0, read_whole(free, self.places)
        if where is None:
            begin, where = read_bare(free, self.places) or (0, None)
        if where is not None and not self.roles.has_kept(free[begin : where.end]):
            self._take_place(free[begin : where.end], where)
        return self.roles.free(free)

    def _file(self, free: list[Token], at: int, before: list[Token]) -> int:
        """Take a phrase about the file: its camera, lens, shape, format or rating."""
        context = self._context(before)
        cameras = read_cameras(free, at, self.cameras, context)
        if cameras is not None:
            words = free[at : cameras.end]
            if self.roles.has_kept(words):
                return at
            known = tuple(name for name in cameras.value if name)
            if not known:
                self.roles.keep(words, NO_SUCH_CAMERA)
                return cameras.end
            if len(known) < len(cameras.value):
                self.roles.notes.append(f"«{join(words)}»: di una fotocamera non c'è nessuna foto")
            return self._take(words, CAMERA, known, before) + at
        for read_phrase, which in OF_FILES:
            if (phrase := read_phrase(free, at, context)) is not None:
                return self._take(free[at : phrase.end], which, phrase.value, before) + at
        return at

    def _take(
        self, words: Sequence[Token], which: Filter[V], value: V, before: Sequence[Token]
    ) -> int:
        """Add a filter for the words of a phrase, or keep them as text if the filter already has
        another value. Return how many words the phrase has; 0 if one of them was kept before."""
        if self.roles.has_kept(words):
            return 0
        earlier = which.of(self.filters)
        if earlier is not None and which.name in EITHER and before and before[-1].key in OR:
            # "con la Canon al mare o con la Nikon"
            self._add(which, value)
            self.roles.take(words, FILE, which.say(value))
        elif earlier not in (None, value):
            self.roles.keep(words, f"{which.say(earlier)} è già chiesto")
        else:
            self.filters = self.filters.but(**{which.name: value})
            self.roles.take(words, FILE, which.say(value))
        return len(words)

    def _which_first(self, free: list[Token], at: int, before: list[Token]) -> int:
        """Take a phrase that says which photos come first."""
        order = read_order(free, at, self._context(before))
        if order is None or self.roles.has_kept(free[at : order.end]):
            return at
        words = free[at : order.end]
        if self.order not in (None, order.order):
            self.roles.keep(words, "c'è già un altro ordine")
        else:
            self.order = order.order
            self.limit = self.limit or order.limit
            many = [say_limit(order.limit)] if order.limit else []
            self.roles.take(words, ORDER, ", ".join([say_order(order.order), *many]))
        return order.end

    def _how_many(self, free: list[Token], at: int, before: list[Token]) -> int:
        """Take a phrase that says how many photos to show."""
        quantity = None if self.limit else read_quantity(free, at, before)
        if quantity is None or self.roles.has_kept(free[at : quantity.end]):
            return at
        self.limit = quantity.value
        self.roles.take(free[at : quantity.end], QUANTITY, say_limit(quantity.value))
        return quantity.end

    def _drop_request(self, free: list[Token]) -> list[Token]:
        """Return the free words without words that only ask ("mostrami le foto di") and without
        final question marks; [] for "tutte le foto", which asks for the latest first."""
        free = self._together(free)
        if key(free, 0) in PHOTOS and key(free, 1) in TAKEN | MADE and key(free, 2) in TO | IN:
            self.roles.take(free[1:2], SERVICE, ASKED)  # "foto fatte a Lisbona"
            return self.roles.free(free)
        begin = last = end = read_count(free)
        if not end:
            end, begin, last = read_how_many(free)
        if end and not self.roles.has_kept([*free[:end], *free[begin:last]]):
            self.counts = True
            asking = [*free[:end], *free[begin:last], *free[max(last, trailing_marks(free)) :]]
            self.roles.take(asking, SERVICE, "si vuole sapere quante sono")
            return self.roles.free(free)
        end = read_request(free)
        marks = trailing_marks(free)
        if not end or self.roles.has_kept(free[:end]):
            return free
        if end >= marks and not self.roles.taken:
            if free[end - 1].key not in ALBUM or free[0].key in ("una", "un'"):
                return free
            self.order = LATEST
            self.roles.take(free, ORDER, say_order(LATEST))
            return []
        asking = [*free[:end], *(free[marks:] if marks >= end else [])]
        self.roles.take(asking, SERVICE, ASKED)
        return self.roles.free(free)

    def _take_place(self, words: Sequence[Token], where: Where) -> None:
        """Add the filter of a place; if another place is already asked for, keep the words as text.
        Do nothing if no photo lies in the place."""
        if where.place is None:
            return
        if PLACE.of(self.filters) not in (None, where.place):
            self.roles.keep(words, "si cerca in un luogo per volta")
        else:
            self.filters = self.filters.but(place=where.place)
            self.roles.take(words, WHERE, PLACE.say(where.place))
            if where.place.radius_km is None and where.place.kind != ABROAD:
                self._may_be_own(PLACE, telling_name(words))

    def _may_be_own(self, which: Filter[V], words: Sequence[Token], is_other: bool = False) -> None:
        """Remember for `Reading.own` the telling words of a phrase that gave a filter.

        is_other: whether a photo that has these words needs none of the phrases before.
        """
        telling = [word for word in words if word.key.isdecimal() or is_telling(word.key)]
        own = self.own.setdefault(which.name, [])
        if is_other or not own:
            own.append(telling)
        else:
            own[-1].extend(telling)


def _not_being(t: Words, i: int) -> int:
    """Return where "che non sono" at `i` ends; `i` + 1 if it is not there."""
    if (key(t, i), key(t, i + 1)) != ("che", "non") or key(t, i + 2) not in BEING:
        return i + 1
    return skip(t, i + 3, BEING)


def _in_place(words: Sequence[Token], where: Where) -> list[Case]:
    """Return the photos taken in a place, and those that bear its name and have no position.

    words: of the phrase that names the place.
    """
    cases: list[Case] = [((PLACE, where.place),)] if where.place is not None else []
    if where.place is None or (where.place.radius_km is None and where.place.kind != ABROAD):
        name = [word for word in telling_name(words) if is_telling(word.key)]
        cases += [called_so(join(name))] if name else []
    return cases


def _say_when(when: When) -> str:
    """Return the days, weekdays and hours of a phrase, in Italian."""
    days = [say_span(span) for span in when.spans]
    days += [f"{yearly.phrase} di ogni anno" for yearly in when.yearly]
    if when.weekdays:
        days.append(WEEKDAYS.say(when.weekdays))
    phrases = [" o ".join(days)] if days else []
    return ", ".join([*phrases, HOURS.say(when.hours)] if when.hours else phrases)
