"""Read phrases of time, and decide which words are meant as a date and which name what photos show.

A date has its year, or counts from today, or follows a preposition of time: "agosto 2019", "ieri",
"ad agosto". Photos show "Maggio", "foglie d'autunno" and "albero di Natale", so these stay text;
"Natale" alone is a time. A season without its year (snow, leaves) and a part of the day ("una città
di notte") also stay text, unless the question says that the photos were taken then ("foto di
sera"), or no thing stands before them ("d'estate", "in estate", "al mare d'estate"). A century is
that of a church or a chair, unless the question says so.
"""

from __future__ import annotations

from datetime import date

from cercafoto.question.grammar.calendar_days import Span, union
from cercafoto.question.grammar.exclusion_phrases import EXCEPT, MARKS, SCENE
from cercafoto.question.grammar.from_today import read_recent
from cercafoto.question.grammar.hours import (
    read_hours,
    read_on_weekday,
    read_weekday,
    read_weekend,
    read_when_of_day,
)
from cercafoto.question.grammar.past_years import read_in_past_years
from cercafoto.question.grammar.periods import CENTURIES, THIRDS, decade_at, read_period
from cercafoto.question.grammar.ranges import (
    numbered,
    read_between,
    read_since,
    read_until,
    when_of,
)
from cercafoto.question.grammar.request_phrases import trailing_marks
from cercafoto.question.grammar.tokens import word_set
from cercafoto.question.grammar.vocabulary import (
    AND,
    ARTICLES,
    HOURS,
    IN,
    MOST_LISTED,
    OF,
    SEASONS,
    SEASONS_MANY,
    TO,
    WEEKDAY,
    Lead,
    Period,
    When,
    Words,
    key,
    read_number,
)
from cercafoto.question.grammar.yearly import Yearly, every_year
from cercafoto.question.grammar.years import read_year, short_year, whole_year

# Words after which "anni '80" is a style.
STYLES = word_set("stile abito abiti vestito vestiti vestiario abbigliamento mobile mobili "
                   "arredamento arredo auto automobile automobili macchina macchine acconciatura "
                   "acconciature look moda musica poster manifesto giacca giacche occhiali "
                   "cucina salotto tappezzeria lampada radio televisore telefono discoteca festa "
                   "pubblicita design moto motocicletta scarpe")  # fmt: skip

# Words after which a number like a year is not one: makes of car with their models (Peugeot 2008),
# streets and other things that have numbers.
NUMBERED = word_set("peugeot bmw porsche volvo fiat alfa romeo ford modello mod matricola numero n "
                    "targa windows office codice pagina quota via viale vicolo da")  # fmt: skip

# Words before which it is not one either, since they are counted: 2000 lire, 2001 odissea nello
# spazio.
COUNTED = word_set("lire euro dollari franchi metri chilometri km m persone anni volte passi pezzi "
                   "posti grammi calorie giri odissea")  # fmt: skip

# "Nel mese di agosto", "nel corso dell'estate".
WHOLE = word_set("mese giorno corso")

# Plurals -> singulars.
MANY = SEASONS_MANY | {
    "natali": "natale", "pasque": "pasqua", "domeniche": "domenica", "sabati": "sabato",
}  # fmt: skip

# After a word of STYLES, an earlier year is when the thing was made ("un'auto del 1965"), not when
# the photo was taken.
DIGITAL = 1990


def read_when(t: Words, i: int, now: date, lead: Lead) -> When | None:
    """Return the phrase of time that begins at token `i`; None if there is none."""
    if lead.street and read_year(t, i + (key(t, i) in OF), now) is None:
        return None
    in_years = key(t, i) in IN | OF | ARTICLES and key(t, i + 1) == "anni"
    at = i + 2 * in_years  # "degli anni prima del 1980"
    for reader in (read_until, read_since, read_between):
        when = reader(t, at, now)
        if when is not None:
            return when
    for reader in (read_in_past_years, read_recent, _every):
        when = reader(t, i, now)
        if when is not None:
            return when
    if lead.taken:
        when = read_hours(t, i) or read_weekday(t, i)
        if when is not None:
            return when
    if lead.loose or lead.photos:
        when = read_when_of_day(t, i)
        if when is not None:
            return when
    return _at(t, i, now, lead) or read_on_weekday(t, i) or read_weekend(t, i)


def _at(t: Words, i: int, now: date, lead: Lead) -> When | None:
    """Return the period, or the list of periods, at `i` if it is meant as a date; else None. A
    preposition before the period is part of the phrase."""
    prep, at, part = "", i, ""
    if key(t, i) in ("durante", "per", "in") and key(t, i + 1) in ("tutto", "tutta"):
        prep, at = "durante", i + 2 + (key(t, i + 2) in ARTICLES)
    elif key(t, i) == "durante":
        prep, at = "durante", i + 1 + (key(t, i + 1) in ARTICLES)
    elif key(t, i) in IN | TO | OF | ARTICLES | {"per"}:
        prep, at = key(t, i), i + 1
        if prep == "per" and key(t, at) in ARTICLES:
            at += 1
        whole = key(t, at) in WHOLE | HOURS.keys()
        if whole and key(t, at + 1) in OF and prep in IN | ARTICLES | OF:
            part = key(t, at)  # "la mattina di Natale"
            prep, at = "in the", at + 2
    period = read_period(t, at, now)
    if prep == "nel" and not period and (short := short_year(t, at, now, "year")):  # "nel 58"
        period = Period(short[2], "year", whole_year(short[1]))
    if part in HOURS and (period is None or period.kind not in ("feast", "day")):
        return None  # "una mattina di maggio"
    if period is None and at > i:
        period, prep = read_period(t, i, now), ""  # "un anno fa": "un" is no article here
    if period is None:
        prep = key(t, i)
        number = read_number(t, at) if prep in ARTICLES | OF | IN else None
        if number is None:
            return None
        return _list(t, number, now)
    listed = _list(t, period, now)
    with_year = listed is not None and not listed.yearly  # "luglio e agosto 2019"
    when = listed or when_of(period)
    # "Natale", "Natale e Capodanno a Roma": the question names no thing that a photo shows.
    alone = lead.loose and not lead.before and period.kind == "feast"
    alone = alone and prep in ARTICLES | {""} and when.end == trailing_marks(t)
    alone = alone and lead.has_dates()  # otherwise it is better looked for by sight
    if not (with_year or alone or _is_meant(t, i, period, prep, lead)):
        return None
    when = when._replace(is_name=period.kind != "relative")
    return when._replace(hours=HOURS[part]) if part in HOURS else when


def _is_meant(t: Words, i: int, period: Period, prep: str, lead: Lead) -> bool:
    """Whether a period is meant as a date, not as a thing that photos show.

    prep: the preposition before the period, or "".
    """
    kind, end = period.kind, period.end
    known = period.span is not None or bool(period.problem)  # its year is known
    about = lead.photos or lead.taken
    # "albero di Natale 2019": the tree is a thing; "2019" is read later as a year.
    if kind == "feast" and prep in OF and not (about or lead.alone):
        return False
    if kind == "feast" and prep == "" and lead.before in OF:
        return False
    if kind == "year":
        return _is_year_meant(t, period, prep, lead)
    if kind == "decade":
        if prep in IN or about:
            return True
        return prep in OF | {""} and lead.before not in STYLES | NUMBERED | OF
    if kind == "century":
        return _is_century_meant(t, i, period, prep, lead)
    if kind == "relative" or known:
        return True
    if kind == "day":
        return prep != "" or key(t, i) != "primo" or key(t, i + 1) != "piano"
    is_apart = lead.loose or lead.before == ","
    if kind in ("month", "season") and is_apart and prep in ("di", "d'", "in"):
        return not t[end - 1].is_name
    if kind == "month" and lead.paper and prep in ("di", "d'"):
        return not t[end - 1].is_name
    if kind == "month":
        if prep in ("a", "ad", "in", "in the", "durante"):
            return True
        # "foto di agosto"; with a capital it may be a name: "foto di Maggio".
        return about and (prep in OF or prep == "") and not t[end - 1].is_name
    if kind == "season":
        return lead.taken or prep == "durante" or (about and prep in OF | {"", "in"})
    if kind == "third":
        return prep in TO | IN | ARTICLES | {"in the", "durante"}
    if kind == "feast":
        if period.yearly is not None and period.yearly.bridge:
            return prep in IN | {"per", "durante", "in the"} or about or lead.alone
        if about and (prep in OF or prep == ""):
            return True
        name = key(t, end - 1)
        article = prep in TO and prep not in ("a", "ad")
        if key(t, end) in OF:  # Carnevale di Venezia, Santo Stefano di Camastra
            return False
        if article and name in ("carnevale", "befana", "natale", "pasqua", "ferragosto"):
            return False
        fixed = end - i > 2 and prep in ARTICLES  # "la vigilia di Natale", "il giovedì grasso"
        return prep in TO | IN | {"durante", "in the"} or fixed
    return False


def _is_century_meant(t: Words, i: int, period: Period, prep: str, lead: Lead) -> bool:
    """Whether the century at `i` is when the photos were taken, not when what they show was made:
    "foto del secolo scorso", "nel Novecento", "inizio Novecento", but not "una chiesa
    dell'Ottocento".

    prep: the preposition before the century, or "".
    """
    if lead.photos or lead.taken:
        return prep in OF | IN | TO | {""}
    by_name = key(t, period.end - 1) in CENTURIES
    if prep in IN | {"durante"} and not by_name:
        return True
    if lead.before in EXCEPT:
        return True
    if lead.before:
        return False
    if key(t, i + (prep != "")) in THIRDS:
        return True  # "alla fine dell'Ottocento"
    return prep in OF | IN | {"durante"} or (prep == "" and not by_name)


def _is_year_meant(t: Words, period: Period, prep: str, lead: Lead) -> bool:
    """Whether a number that may be a year is meant as one.

    prep: the preposition before the number, or "".
    """
    assert period.span is not None and period.span.first is not None
    year = period.span.first.year
    spelled = key(t, period.end - 2) == "anno"
    if (prep in IN and prep != "in") or prep == "durante" or spelled:
        return True
    if lead.photos or lead.taken:
        return prep in OF or prep == ""
    if prep in ("del", "dell'"):
        return year >= DIGITAL or lead.before not in STYLES | NUMBERED
    if prep or lead.before in NUMBERED | OF | {"anni"}:
        return False
    return key(t, period.end) not in COUNTED


def _list(t: Words, first: Period, now: date) -> When | None:
    """Return the days of a list of periods of the same kind ("a luglio e agosto 2019", "il 24 e 25
    dicembre"), which begins with `first`; None if `first` is the only period. A period without a
    month or year takes it from the next."""
    periods, at = [first], first.end
    while len(periods) < MOST_LISTED and key(t, at) in AND | {","}:
        begin = at + 1 + (key(t, at + 1) in ARTICLES)
        if key(t, at + 1) in ("il", "l'") and first.kind == "year":
            begin = at + 1  # "nel 2018 e il mare"
        following = _other_decade(t, begin, now) if first.kind == "decade" else None
        following = following or read_period(t, begin, now)
        if following is None and first.kind == "number":
            following = read_number(t, begin)
        again = periods[-1].origin
        if again and following and following.kind == "year" and following.span and begin == at + 1:
            assert following.span.first is not None  # "a Natale 2019 e 2020"
            span = again.in_year(following.span.first.year)
            following = following._replace(kind=first.kind, span=span, origin=again)
        if following is None or following.problem or following.kind not in (
            (first.kind, "day") if first.kind == "number" else (first.kind,)):  # fmt: skip
            break
        if key(t, at) == "," and following.kind == "number" and key(t, following.end) not in AND:
            break
        periods.append(following)
        at = following.end
    if len(periods) == 1 or periods[-1].kind == "number":
        return None
    spans: list[Span] = []
    yearly: list[Yearly] = []
    last = periods[-1]
    for period in reversed(periods):
        if period.problem or period.hours:
            return None
        if period.kind == "number":
            period = numbered(period, last)
            if period.problem:
                return None
            if period.span is not None:
                period = period._replace(span=Span(period.span.first, period.span.first))
        if period.span is None and period.yearly is not None and last.span is not None:
            edge = last.span.first
            period = period._replace(span=period.yearly.in_year(edge.year) if edge else None)
        if period.span is not None:
            spans.append(period.span)
        elif period.yearly is not None:
            yearly.append(period.yearly)
        last = period
    return When(at, union(spans), tuple(reversed(yearly)))


def _other_decade(t: Words, i: int, now: date) -> Period | None:
    """Return the decade at `i`, after another one and a conjunction: "anni '70 e '80"; None if
    there is none, or if the number may count things: "anni '70 e 20 gatti"."""
    decade = decade_at(t, i, now)
    is_sure = key(t, i).startswith("'") or key(t, i + 1) in SCENE | EXCEPT | AND | OF | MARKS | {""}
    return decade if is_sure else None


def _every(t: Words, i: int, now: date) -> When | None:
    """Return the days at `i` like "ogni estate", "tutti i Natali", "tutte le domeniche"; None if
    there are none."""
    at = i + 1 if key(t, i) == "ogni" else 0
    if key(t, i) in ("tutti", "tutte") and key(t, i + 1) in ("i", "gli", "le"):
        at = i + 2
    if not at:
        return None
    word = key(t, at)
    word = MANY.get(word, word)
    if word in WEEKDAY:
        return When(at + 1, weekdays=frozenset({WEEKDAY[word]}))
    if word in SEASONS:
        return When(at + 1, yearly=(SEASONS[word],))
    if word in ("natale", "pasqua"):
        return When(at + 1, yearly=(every_year(word),))
    period = read_period(t, at, now)
    if period is not None and period.yearly is not None and at == i + 1:
        return when_of(period)
    return None
