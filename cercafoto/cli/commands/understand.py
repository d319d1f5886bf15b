"""`capisci`: show how a question would be understood, without searching."""

from typing import Annotated

import typer

from cercafoto.base.paths import printable
from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, Common
from cercafoto.cli.console import notice, open_library, write

app = click_italian.Typer()


@app.command(
    "capisci",
    cls=click_italian.QuestionCommand,
    epilog='Esempio: cercafoto capisci "al mare ad agosto 2019, senza persone"',
)
def understand(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[PAROLE]...", help="Una domanda per «cerca».")
    ] = None,
    literal: options.Literal = False,
    explained: Annotated[
        bool, typer.Option("--spiega", help="Dice anche che cosa è diventata ogni parola.")
    ] = False,
    json: options.Json = False,
) -> int:
    """Mostra come «cerca» capirebbe una domanda, senza cercare; non serve un archivio."""
    from cercafoto.cli.render.formatting import as_json
    from cercafoto.labels.vocabulary import usual_words
    from cercafoto.places.lookup import Places
    from cercafoto.question.query import Query
    from cercafoto.question.question import Question
    from cercafoto.question.wording import explain, parts_data, query_data, say_query

    if (common := Common.of(ctx)).model:  # it takes none, but one that is asked for must be right
        open_library(common.settings())
    question = Question(tuple(words or ()), literal=literal)
    query = Query.of(question, places=Places(None), vocabulary=usual_words())
    if json:
        data = {
            "query": query_data(query),
            "parts": parts_data(query),
            "suggestions": list(query.suggestions),
        }
        write(as_json(data))
    else:
        lines = explain(query) if explained else [say_query(query)]
        write("".join(f"{printable(line)}\n" for line in lines))
        if query.suggestions:
            notice(f"Forse cercavi: {', '.join(map(printable, query.suggestions))}.")
    return DONE
