"""The command `persone`: list the people whom the photos name."""

import typer

from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, Common
from cercafoto.cli.console import notice, open_library, write

app = click_italian.Typer(
    name="persone", epilog="Esempio: cercafoto persone", invoke_without_command=True
)


@app.callback()
def people(
    ctx: typer.Context,
    json: options.Json = False,
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Elenca le persone nelle foto, con i nomi che i file dicono."""
    if ctx.invoked_subcommand is not None:
        return DONE
    from cercafoto.cli.render import people as render

    common = Common.of(ctx)
    named = open_library(common.settings(archive)).people()
    write(render.people_json(named) if json else render.people_table(named))
    if not (named or json or quiet or common.quiet):
        notice(render.NOBODY)
    return DONE
