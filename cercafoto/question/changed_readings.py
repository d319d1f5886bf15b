"""Tell whether a question that was kept by an older version now means something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cercafoto.question.filters.days import DAYS
from cercafoto.question.filters.excepted import EXCEPTED
from cercafoto.question.filters.file_filters import CAMERA, LENS, VIDEO
from cercafoto.question.filters.filter import Filter
from cercafoto.question.filters.kinds import FILE_KIND
from cercafoto.question.filters.missing import MISSING
from cercafoto.question.filters.names import COLLECTIONS
from cercafoto.question.filters.place import PLACE
from cercafoto.question.word_roles import EXCLUDED

if TYPE_CHECKING:  # `index` knows the edition, and reads no question
    from cercafoto.question.query import Query
    from cercafoto.question.question import Question
    from cercafoto.question.word_roles import WordRole

# The edition in which words are read, stored with a kept question. Questions of the first edition
# have none.
READING = 4
# Edition -> the filters that words give since then. Before, these words were looked for in photos.
SINCE = {2: (VIDEO, FILE_KIND, MISSING), 4: (EXCEPTED, COLLECTIONS)}
FEASTS_SINCE = 3  # "natale" alone is a time
# "Mare non tramonto" excludes; one of several places, cameras or things in brackets is enough.
NOT_SINCE = EITHER_SINCE = 4


def changed_since(edition: int, question: Question, query: Query) -> str:
    """Return in Italian what the words of a kept question now mean and did not mean when it was
    kept; "" if they mean the same.

    edition: in which the question was kept.
    query: what the question means now.
    """
    new: list[Filter[Any]] = [
        each
        for since, filters in SINCE.items()
        if since > edition
        for each in filters
        if each.name in query.filters
        and not any(option.key in question.typed for option in each.options)
    ]
    days = DAYS.of(query.filters)
    if edition < FEASTS_SINCE and days is not None and any(map(_is_feast_alone, query.words)):
        new.append(DAYS)
    if edition < EITHER_SINCE:
        new += [each for each in (PLACE, CAMERA, LENS) if _is_either(each.of(query.filters))]
    changes = list[str]()
    if new:
        said = ", ".join(each.say(query.filters[each.name]) for each in new)
        changes.append(f"ora è una condizione, e non quello che si vede: {said}")
    if edition < NOT_SINCE and (excluded := [*_excluded_by_not(query.words)]):
        changes.append(f"ora esclude: {', '.join(excluded)}")
    if edition < EITHER_SINCE and query.alternatives and "(" in question.sentence:
        changes.append(f"ora ne basta una: «{'» o «'.join(query.alternatives)}»")
    return "; ".join(changes)


def _is_either(value: object) -> bool:
    """Whether one of several values of a filter is enough."""
    return len(getattr(value, "either", value if isinstance(value, tuple) else ())) > 1


def _excluded_by_not(words: Sequence[WordRole]) -> Iterator[str]:
    """Yield what "non", "no" or "meno" without another word before it exclude, in Italian."""
    for role in words:
        first = role.words.lower().lstrip(", ").partition(" ")[0]
        if role.kind == EXCLUDED and first in ("non", "no", "meno"):
            seen = role.meaning.partition("senza: ")[2]
            yield from [seen] if seen else []


def _is_feast_alone(role: WordRole) -> bool:
    """Whether some words of a question name a feast, without a preposition or a year."""
    from cercafoto.question.grammar.feasts import NAMES
    from cercafoto.question.grammar.tokens import tokens
    from cercafoto.question.grammar.vocabulary import ARTICLES
    from cercafoto.question.word_roles import TIME

    keys = tuple(word.key for word in tokens(role.words))
    return role.kind == TIME and (keys[1:] if keys[0] in ARTICLES else keys) in NAMES
