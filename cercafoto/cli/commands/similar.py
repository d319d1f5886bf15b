"""`simili`: find the photos of the archive that look like some others."""

from pathlib import Path
from typing import Annotated

import typer

from cercafoto.cli import click_italian, options
from cercafoto.cli.answer_actions import AnswerActions, tell_verdict
from cercafoto.cli.answer_format import AnswerFormat
from cercafoto.cli.app import Common
from cercafoto.cli.console import open_library
from cercafoto.cli.filter_options import with_filters
from cercafoto.cli.standard_input import pictures
from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.question.filters.folders import INSIDE, NOT_INSIDE

app = click_italian.Typer()


@app.command("simili", epilog="Esempio: cercafoto simili ~/Foto/2019/tramonto.jpg -n 5")
@with_filters(INSIDE, NOT_INSIDE)
def similar(
    ctx: typer.Context,
    photos: Annotated[
        list[Path],
        typer.Argument(
            click_type=options.PATH,
            metavar="FOTO...",
            help="Una o più foto, nell'archivio o no; - per una in arrivo.",
        ),
    ],
    limit: Annotated[
        int,
        typer.Option(
            "--max",
            "-n",
            metavar="N",
            show_default=False,
            help="Quante foto al massimo; di norma 10.",
        ),
    ] = 10,
    order: options.Order = None,
    typed: Filters = NO_FILTERS,
    json: options.Json = False,
    paths: options.Paths = False,
    null: options.Null = False,
    row: options.RowTemplate = None,
    preview: options.Preview = False,
    gallery: options.Gallery = None,
    overwrite: options.Overwrite = False,
    copy_to: options.CopyTo = None,
    link_to: options.LinkTo = None,
    rehearsal: options.Rehearsal = False,
    open: options.Open = False,
    archive: options.Archive = None,
    quiet: options.Quiet = False,
) -> int:
    """Cerca nell'archivio le foto che somigliano a queste, che restano fuori."""
    form = AnswerFormat.of(json, paths, null, row)
    actions = AnswerActions(preview, gallery, overwrite, copy_to, link_to, rehearsal, open)
    actions.check(form.for_programs)
    if limit < 1:
        raise UsageError(f"--max vuole un numero da 1 in su, non {limit}.")
    common = Common.of(ctx)
    settings, quiet = common.settings(archive), quiet or common.quiet
    result = open_library(settings).similar(
        pictures(photos),
        limit,
        typed.get(INSIDE.key, ()),
        typed.get(NOT_INSIDE.key, ()),
        order,
    )
    actions.show(settings, result, quiet)
    form.write(result)
    if not (json or quiet):
        tell_verdict(result)
    return actions.carry_out(settings, result, quiet, whatever=True)
