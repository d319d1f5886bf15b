"""The command `index`: analyse photos and add them to the archive."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Annotated

import click
import typer

from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, SKIPPED, Common
from cercafoto.cli.console import write
from cercafoto.cli.progress import TerminalReporter
from cercafoto.errors import UsageError

app = click_italian.Typer()

HERE = "qui"  # value of --ray without an address: start a cluster on this machine


class IndexCommand(click_italian.Command):
    """A command with an option, --ray, that may be given with or without a value."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--ray" in args:
            args = list(_with_value(args))
        return super().parse_args(ctx, args)


def _with_value(args: Sequence[str]) -> Iterator[str]:
    """Yield the arguments; --ray gets the value HERE if no address follows it."""
    from cercafoto.indexing.cluster.cluster_options import is_address

    for word, following in zip_longest(args, args[1:], fillvalue=""):
        lacks_value = word == "--ray" and not is_address(following)
        yield f"--ray={HERE}" if lacks_value else word


@app.command("index", cls=IndexCommand, epilog="Esempio: cercafoto index ~/Foto")
def index(
    ctx: typer.Context,
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            click_type=options.PATH,
            metavar="[CARTELLA]...",
            help="Cartelle di foto. Se non ne indichi, aggiorna quelle già note.",
        ),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--aspetta", help="Se l'archivio è occupato, aspetta che si liberi.")
    ] = False,
    exclude: Annotated[
        list[str],
        typer.Option(
            "--escludi",
            metavar="GLOB",
            help="Lascia fuori i file e le cartelle con questo nome, anche le prossime volte; "
            "ripetibile.",
        ),
    ] = [],
    readmit: Annotated[
        list[str],
        typer.Option(
            "--riammetti", metavar="GLOB", help="Annulla un --escludi di prima; ripetibile."
        ),
    ] = [],
    follow_links: Annotated[
        bool | None,
        typer.Option(
            "--segui-link/--non-seguire-link",
            help="Entra anche nei collegamenti simbolici, da ora in poi. Di norma no.",
        ),
    ] = None,
    retry: Annotated[
        bool, typer.Option("--riprova", help="Riprova anche con i file illeggibili.")
    ] = False,
    reread: Annotated[
        bool,
        typer.Option(
            "--rileggi",
            help="Rianalizza le foto di cui non si sa se sono in bianco e nero.",
        ),
    ] = False,
    thumbnails: Annotated[
        bool,
        typer.Option(
            "--miniature",
            help="Poi prepara le miniature per «cercafoto web», dalle foto più recenti, "
            "fino a 18.000 o a 450 MB.",
        ),
    ] = False,
    texts: Annotated[
        bool,
        typer.Option(
            "--leggi", help="Poi legge le parole scritte nelle foto, come «cercafoto leggi»."
        ),
    ] = False,
    faces: Annotated[
        bool,
        typer.Option(
            "--persone", help="Poi cerca i volti nelle foto, come «cercafoto persone attiva»."
        ),
    ] = False,
    watch: Annotated[
        bool,
        typer.Option(
            "--osserva", help="Poi resta in ascolto e aggiorna l'archivio a ogni modifica."
        ),
    ] = False,
    device: Annotated[
        str | None,
        typer.Option(
            "--dispositivo",
            metavar="NOME",
            help="Con che cosa calcolare: auto (di norma), cpu, cuda, tensorrt, coreml, directml, "
            "openvino, migraphx o rocm.",
        ),
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            metavar="[HOST:PORTA]",
            help="Fa analizzare le foto ai computer di un cluster Ray; senza indirizzo ne avvia "
            "uno qui, solo per questa volta.",
        ),
    ] = None,
    roots: Annotated[
        list[str],
        typer.Option(
            "--radice-nodi",
            metavar="DA=A",
            help="Con --ray: la cartella che qui è DA, sugli altri computer è A; ripetibile.",
        ),
    ] = [],
    json: options.Json = False,
    model: options.Model = None,
    archive: options.Archive = None,
    offline: options.Offline = False,
    quiet: options.Quiet = False,
) -> int:
    """Analizza le foto e le aggiunge all'archivio. I file non vengono mai modificati."""
    from cercafoto.cli.render import ocr_texts as text_render
    from cercafoto.cli.render import run_report as render
    from cercafoto.indexing.folder_choices import FolderChoices
    from cercafoto.library import Library

    if watch and json:
        raise UsageError("--osserva e --json si escludono a vicenda.", "Scegline uno solo.")
    if roots and not ray:
        raise UsageError(
            "--radice-nodi serve solo con --ray.", "Aggiungi --ray, o togli --radice-nodi."
        )
    cluster = None
    if ray:
        from cercafoto.indexing.cluster.cluster_options import ClusterChoices, roots_of

        cluster = ClusterChoices(None if ray == HERE else ray, roots_of(roots))
    common = Common.of(ctx)
    quiet = quiet or common.quiet
    named = folders or ()
    # Not kept open: the disk with the archive can be unmounted while folders are watched.
    settings = common.settings(archive, model, offline, device)
    library, is_first = Library(settings), settings.lacks_archive
    with TerminalReporter(quiet) as reporter:
        report = library.index(
            named,
            choices=FolderChoices(tuple(exclude), tuple(readmit), follow_links),
            retry=retry,
            reread=reread,
            wait=wait or watch,
            thumbnails=thumbnails,
            cluster=cluster,
            reporter=reporter,
        )
    say = TerminalReporter(quiet or json).say
    say("\n".join(render.index_summary(report)))
    prepared = read = None
    try:
        if thumbnails:
            with reporter:
                prepared = library.prepare_thumbnails(
                    named, just_made=report.copies, reporter=reporter
                )
            say(render.thumbnails_summary(prepared))
        if texts:
            with reporter:
                read = library.read_texts(named, wait=wait or watch, reporter=reporter)
            say(text_render.texts_summary(read))
        if faces:
            from cercafoto.cli.commands import name_faces

            with reporter:
                found = name_faces.find(library, named, False, wait or watch, reporter)
            say(name_faces.faces_summary(found, library))
    finally:
        if json:  # written even if the thumbnails or the texts fail
            write(render.index_json(report, prepared, read))
    kept = library.refresh_collections_folder(wait=wait or watch)
    if kept is not None:
        from cercafoto.cli.commands.collect import tell_folder

        tell_folder(kept, quiet or json)
    if watch:
        from cercafoto.cli.commands.watch import keep_watching

        keep_watching(
            library, named, report, quiet, thumbnails=thumbnails, texts=texts, faces=faces
        )
    elif is_first and report.new:
        say("\n".join(render.what_next(library.models.is_embedded(report.model))))
    skipped = (prepared and prepared.skipped) or (read and (read.skipped or read.problems))
    is_left = kept is not None and bool(kept.problems)
    return SKIPPED if skipped or is_left or not report.complete else DONE
