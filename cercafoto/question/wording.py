"""A query in words: the line that `cerca` shows, the parts that `--spiega` lists, both as data."""

from __future__ import annotations

from datetime import date
from typing import Any

from cercafoto.base.paths import printable
from cercafoto.question.grammar.days import WEEKDAYS, Span
from cercafoto.question.grammar.sayings import (
    say_colour,
    say_hours,
    say_order,
    say_place,
    say_span,
    say_weekdays,
)
from cercafoto.question.grammar.yearly import Yearly
from cercafoto.question.query import Query
from cercafoto.question.traits import Traits

FUTURE = "nel futuro"
STOPS = " ,;:"


def say_query(query: Query) -> str:
    """Say a query in one line: cerco: «un cane al mare», dal 1 al 31 agosto 2019, senza: persone"""
    either = " o ".join(f"«{each}»" for each in query.alternatives)
    phrases = [either or (f"«{query.text}»" if query.text else "tutte le foto")]
    if query.like:
        like = f"come {', '.join(printable(path.name) for path, _ in query.like)}"
        phrases = [*phrases, like] if query.text else [f"foto {like}"]
    if query.days:
        phrases.append(" e ".join(say_span(s) + _when_future(s, query.today) for s in query.days))
    if query.recurring:
        phrases.append(f"{' o '.join(y.phrase for y in query.recurring)} di ogni anno")
    if query.weekdays:
        phrases.append(say_weekdays(query.weekdays))
    if query.hours:
        phrases.append(say_hours(query.hours))
    if query.place:
        phrases.append(say_place(query.place))
    if query.monochrome is not None:
        phrases.append(say_colour(query.monochrome))
    for name, value in (
        *Traits(query.camera, query.format, query.orientation, query.rating).named(),
        ("parola chiave", ", ".join(query.keywords)),
        ("etichetta", ", ".join(query.labels)),
        ("in", ", ".join(map(printable, query.folders))),
        ("non in", ", ".join(map(printable, query.outside))),
    ):
        if value:
            phrases.append(f"{name}: {value}")
    phrases += [f"con scritto «{text}»" for text in query.texts]
    if query.exclude:
        phrases.append(f"senza: {', '.join(query.exclude)}")
    if query.order:
        phrases.append(say_order(query.order))
    return "; ".join([f"cerco: {', '.join(phrases)}", *query.notes])


def _when_future(span: Span, today: date | None) -> str:
    return f" ({FUTURE})" if span.first and today and span.first > today else ""


def query_data(query: Query) -> dict[str, Any]:
    """Return a query as JSON gives it.

    from and to are the first and the last day of all, or null; what they cannot say (days of any
    year, hours, several periods) stands in the filters.
    """
    place = query.place
    return {
        "text": query.text,
        "from": _iso(query.date_from),
        "to": _iso(query.date_to),
        "exclude": list(query.exclude),
        "place": {"name": place.name, "kind": place.kind} if place else None,
        "filters": _filters(query),
        "reading": say_query(query),
    }


def _filters(query: Query) -> dict[str, Any]:
    """Return only the conditions that there are."""
    place = query.place
    given: dict[str, Any] = {
        "alternatives": list(query.alternatives),
        "order": query.order,
        "camera": query.camera,
        "format": query.format,
        "orientation": query.orientation,
        "rating": query.rating,
        "monochrome": query.monochrome,
        "keyword": list(query.keywords),
        "written": list(query.texts),
        "label": list(query.labels),
        "outside": [str(folder) for folder in query.outside],
        "like": [str(path) for path, _ in query.like],
        "periods": [[_iso(s.first), _iso(s.last)] for s in query.days] if (
            len(query.days) > 1) else [],
        "recurring": [_recurring(y) for y in query.recurring],
        "weekdays": [WEEKDAYS[n] for n in sorted(query.weekdays)],
        "hours": list(query.hours or ()),
        "radius_km": place.radius_km if place else None,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value not in (None, [])}


def _recurring(yearly: Yearly) -> dict[str, Any]:
    if yearly.feast is not None:
        return {"name": yearly.phrase, "feast": yearly.feast, "bridge": yearly.bridge}
    (month, day), (end_month, end_day) = yearly.first, yearly.last
    return {
        "name": yearly.phrase,
        "from": f"{month:02}-{day:02}",
        "to": f"{end_month:02}-{end_day:02}",
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def parts_data(query: Query) -> list[dict[str, str]]:
    """Return what each word became as JSON gives it."""
    return [{"words": r.words, "kind": r.kind, "meaning": r.meaning} for r in query.words]


def explain(query: Query) -> list[str]:
    """List which words became what, and why: a line each."""
    width = max((len(role.kind) for role in query.words), default=0)
    lines = [f"  {r.kind:<{width}}  «{r.words.strip(STOPS)}»: {r.meaning}" for r in query.words]
    return [say_query(query), *lines]
