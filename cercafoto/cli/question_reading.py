"""Write how a question is understood, without an archive to search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cercafoto.base.json_keys import as_json
from cercafoto.base.paths import printable
from cercafoto.cli.app import DONE
from cercafoto.cli.console import notice, write

if TYPE_CHECKING:
    from cercafoto.question.question import Question


def tell_reading(question: Question, *, json: bool) -> int:
    """Write how every word of a question is understood, without an archive, and return the exit
    code. json: write JSON.
    """
    from cercafoto.cli.render.formatting import text_lines
    from cercafoto.labels.likely_words import usual_words
    from cercafoto.places.lookup import Places
    from cercafoto.question.context import Context
    from cercafoto.question.query import Query
    from cercafoto.question.things_asked import plurals
    from cercafoto.question.wording import explain, query_data

    context = Context(places=Places(None), vocabulary=[*usual_words(), *plurals()])
    query = Query.of(question, context)
    if json:
        data = {
            "query": query_data(query),
            "parts": query.words,
            "suggestions": query.suggestions,
        }
        write(as_json(data))
        return DONE
    write(text_lines(explain(query), indent=5))
    if query.suggestions:
        notice(f"Forse cercavi: {', '.join(map(printable, query.suggestions))}.")
    return DONE
