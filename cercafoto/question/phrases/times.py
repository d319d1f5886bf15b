"""Take phrases of time: days, weekdays and hours."""

from __future__ import annotations

from cercafoto.question.filters.days import DAYS, Days
from cercafoto.question.filters.excepted import Case
from cercafoto.question.filters.hours import HOURS, WEEKDAYS
from cercafoto.question.grammar.calendar_days import of_two_phrases
from cercafoto.question.grammar.sayings import say_span
from cercafoto.question.grammar.time_phrases import read_when
from cercafoto.question.grammar.vocabulary import AND, When
from cercafoto.question.phrases.exceptions import leaves_out
from cercafoto.question.phrases.sentence import Sentence, Spot
from cercafoto.question.word_roles import TIME


def take_time(sentence: Sentence, spot: Spot) -> int:
    """Take a phrase of time."""
    today = sentence.known.today
    when = sentence.unkept(spot, read_when(spot.free, spot.i, today, sentence.lead(spot)))
    if when is None:
        return 0
    words = spot.words(when)
    hours = HOURS.of(sentence.filters)
    if when.problem:
        sentence.roles.keep(words, when.problem)
    elif leaves_out(sentence, spot, words, [_case(when, Days(when.spans, when.yearly, today))]):
        pass
    elif when.hours and hours not in (None, when.hours):
        sentence.roles.keep(words, "c'è già un'altra fascia oraria")
    else:
        days = DAYS.of(sentence.filters) or Days()
        spans = of_two_phrases(days.spans, when.spans)
        recurring = tuple(dict.fromkeys((*days.recurring, *when.yearly)))
        weekdays = when.weekdays | (WEEKDAYS.of(sentence.filters) or frozenset())
        asked = {DAYS.name: Days(spans, recurring, today), WEEKDAYS.name: weekdays}
        sentence.filters = sentence.filters.but(**asked, **{HOURS.name: when.hours or hours})
        sentence.roles.take(words, TIME, _say(when))
        if when.is_name:
            joined = spot.before[-1] if spot.before and spot.before[-1].key in AND | {","} else None
            is_other = joined is not None and sentence.roles.kind_at(joined.at - 1) == TIME
            sentence.may_be_own(DAYS, words, is_other)
        elif when.spans or when.yearly:
            sentence.relates = True
    return when.end


def _case(when: When, days: Days) -> Case:
    """Return which photos a phrase of time means."""
    pairs: Case = ((DAYS, days), (WEEKDAYS, when.weekdays), (HOURS, when.hours))
    return tuple((which, value) for which, value in pairs if value)


def _say(when: When) -> str:
    """Return the days, weekdays and hours of a phrase, in Italian."""
    days = [say_span(span) for span in when.spans]
    days += [f"{yearly.phrase} di ogni anno" for yearly in when.yearly]
    if when.weekdays:
        days.append(WEEKDAYS.say(when.weekdays))
    phrases = [" o ".join(days)] if days else []
    return ", ".join([*phrases, HOURS.say(when.hours)] if when.hours else phrases)
