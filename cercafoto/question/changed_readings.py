"""Tell whether a question that was kept by an older version now means something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cercafoto.question.filters.days import DAYS
from cercafoto.question.filters.file_filters import VIDEO
from cercafoto.question.filters.filter import Filter
from cercafoto.question.filters.kinds import FILE_KIND
from cercafoto.question.filters.missing import MISSING

if TYPE_CHECKING:  # `index` knows the edition, and reads no question
    from cercafoto.question.query import Query
    from cercafoto.question.question import Question
    from cercafoto.question.word_roles import WordRole

# The edition in which words are read, stored with a kept question. Questions of the first edition
# have none.
READING = 3
# Edition -> the filters that words give since then. Before, these words were looked for in photos.
SINCE = {2: (VIDEO, FILE_KIND, MISSING)}
FEASTS_SINCE = 3  # "natale" alone is a time


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
    if not new:
        return ""
    said = ", ".join(each.say(query.filters[each.name]) for each in new)
    return f"ora è una condizione, e non quello che si vede: {said}"


def _is_feast_alone(role: WordRole) -> bool:
    """Whether some words of a question name a feast, without a preposition or a year."""
    from cercafoto.question.grammar.feasts import NAMES
    from cercafoto.question.grammar.tokens import tokens
    from cercafoto.question.grammar.vocabulary import ARTICLES
    from cercafoto.question.word_roles import TIME

    keys = tuple(word.key for word in tokens(role.words))
    return role.kind == TIME and (keys[1:] if keys[0] in ARTICLES else keys) in NAMES
