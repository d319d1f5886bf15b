"""Take phrases of time: days, weekdays and hours."""

from __future__ import annotations

from cercafoto.question.filters.days import DAYS, Days
from cercafoto.question.filters.excepted import Case
from cercafoto.question.filters.filter import each_once
from cercafoto.question.filters.hours import HOURS, WEEKDAYS
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
    days = Days(when.spans, each_once(when.yearly), today)
    pairs: Case = ((DAYS, days), (WEEKDAYS, when.weekdays), (HOURS, when.hours))
    case = tuple((which, value) for which, value in pairs if value)
    if when.problem:
        sentence.roles.keep(words, when.problem)
    elif leaves_out(sentence, spot, words, [case]):
        pass
    elif when.hours and HOURS.of(sentence.filters) not in (None, when.hours):
        sentence.roles.keep(words, "c'è già un'altra fascia oraria")
    else:
        for which, value in case:
            sentence.add(which, value)
        sentence.roles.take(words, TIME, _say(when))
        if when.is_name:
            joined = spot.before[-1] if spot.before and spot.before[-1].key in AND | {","} else None
            is_other = joined is not None and sentence.roles.kind_at(joined.at - 1) == TIME
            sentence.may_be_own(DAYS, words, is_other)
        elif when.spans or when.yearly:
            sentence.relates = True
    return when.end


def _say(when: When) -> str:
    """Return the days, weekdays and hours of a phrase, in Italian."""
    days = [say_span(span) for span in when.spans]
    days += [f"{yearly.phrase} di ogni anno" for yearly in when.yearly]
    if when.weekdays:
        days.append(WEEKDAYS.say(when.weekdays))
    phrases = [" o ".join(days)] if days else []
    return ", ".join([*phrases, HOURS.say(when.hours)] if when.hours else phrases)
