"""`doppioni`: find the photos that are there several times."""

from typing import Annotated

import typer

from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, SKIPPED, Common
from cercafoto.cli.console import notice, open_library, write
from cercafoto.cli.progress import TerminalReporter
from cercafoto.errors import UsageError

app = click_italian.Typer()


@app.command("doppioni", epilog="Esempio: cercafoto doppioni --in ~/Foto/2019")
def duplicates(
    ctx: typer.Context,
    folders: options.Folders = [],
    outside: options.Outside = [],
    exact: Annotated[
        bool, typer.Option("--esatti", help="Solo i file identici, byte per byte.")
    ] = False,
    json: options.Json = False,
    null: Annotated[
        bool,
        typer.Option("--null", "-0", help="Solo le foto in più, separate da NUL, per «xargs -0»."),
    ] = False,
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Trova le foto che hai più volte e dice quale tenere; non cancella niente."""
    from cercafoto.base.paths import printable
    from cercafoto.cli.render import duplicates as render

    if json and null:
        raise UsageError("--json e --null si escludono a vicenda.", "Scegline uno solo.")
    common = Common.of(ctx)
    quiet = quiet or common.quiet
    library = open_library(common.settings(archive))
    with TerminalReporter(quiet) as reporter:
        result = library.duplicates(folders, outside, exact=exact, reporter=reporter)
    if json:
        write(render.duplicates_json(result))
    elif null:
        write(render.duplicates_paths(result))
    elif result.groups:
        write(render.duplicates_table(result))
    if not (json or quiet):
        notice(render.duplicates_summary(result))
    if not json:
        for path, reason in result.skipped:
            notice(f"{printable(path)}: {reason}, lasciata fuori.")
    return SKIPPED if result.skipped else DONE
