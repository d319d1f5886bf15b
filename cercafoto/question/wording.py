"""Say what was understood: the line "cerco:" and the list of `--spiega`, in Italian and as JSON."""

from __future__ import annotations

from typing import Any

from cercafoto.base.paths import printable
from cercafoto.question.filters.all_filters import given
from cercafoto.question.filters.days import DAYS, iso
from cercafoto.question.filters.place import PLACE, place_data
from cercafoto.question.grammar.sayings import ORDERED, say_limit
from cercafoto.question.query import Query
from cercafoto.question.values import NEAREST

STOPS = " ,;:"


def say_query(query: Query) -> str:
    """Return a query and its notes as one line in Italian: "cerco: «un cane al mare», di agosto
    2019, senza: persone"."""
    either = " o ".join(f"«{each}»" for each in query.alternatives)
    phrases = [either or (f"«{query.text}»" if query.text else "tutte le foto")]
    if query.heard_beside:
        own_words = "» e «".join(query.heard_beside)
        phrases.append(f"prima con «{own_words}» fra le tue parole")
    if query.like:
        like = f"come {', '.join(printable(path.name) for path, _ in query.like)}"
        phrases = [*phrases, like] if query.text else [f"foto {like}"]
    for each, value in given(query.filters):
        own = "» o «".join(words for name, words in query.own if name == each.name)
        phrases.append(f"{each.say(value)}{f' (o «{own}» fra le tue parole)' if own else ''}")
    if query.exclude:
        phrases.append(f"senza: {', '.join(query.exclude)}")
    if query.order:
        phrases.append(ORDERED[query.order])
    elif query.is_nearest_first:
        phrases.append("dalla più vicina")
    if query.limit:
        phrases.append(say_limit(query.limit))
    return "; ".join([f"cerco: {', '.join(phrases)}", *query.notes])


def query_data(query: Query) -> dict[str, Any]:
    """Return a query as the JSON object that commands write. "from" and "to" are the first and the
    last day of its periods, or null. Days of every year, hours, and the periods if there are
    several, are in "filters"."""
    place, days = PLACE.of(query.filters), DAYS.of(query.filters)
    spans = days.spans if days else ()
    return {
        "text": query.text,
        "from": iso(spans[0].first) if spans else None,
        "to": iso(spans[-1].last) if spans else None,
        "exclude": list(query.exclude),
        "place": place_data(place) if place else None,
        "filters": _filters(query),
        "reading": say_query(query),
    }


def _filters(query: Query) -> dict[str, Any]:
    """Return the object "filters" of the JSON: an entry for each filter of the query, and for its
    alternatives, order, limit, example photos and own words, if it has them."""
    entries: dict[str, Any] = {
        "alternatives": list(query.alternatives),
        "order": query.order or (NEAREST if query.is_nearest_first else None),
        "limit": query.limit,
        "like": [str(path) for path, _ in query.like],
        "heard": list(query.heard_beside),
        "own_words": [words for _, words in query.own],
    }
    for each, value in given(query.filters):
        entries |= each.as_json(value)
    return {name: value for name, value in entries.items() if value not in (None, [])}


def explain(query: Query) -> list[str]:
    """Return the lines of `--spiega`: the line of `say_query`, then one for each role."""
    width = max((len(role.kind) for role in query.words), default=0)
    said = [(role, words) for role in query.words if (words := role.words.strip(STOPS))]
    lines = [f"  {role.kind:<{width}}  «{words}»: {role.meaning}" for role, words in said]
    return [say_query(query), *lines]
