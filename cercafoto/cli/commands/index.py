"""The command `index`: analyse photos and add them to the archive."""

import sys
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import click

from cercafoto.cli import click_italian, options
from cercafoto.cli.app import DONE, FAILED, SKIPPED
from cercafoto.cli.common import common
from cercafoto.cli.console import write
from cercafoto.cli.options import argument, flag, option
from cercafoto.cli.progress import TerminalReporter
from cercafoto.cli.sense_options import with_senses
from cercafoto.cli.shell_completion import PATH
from cercafoto.errors import UsageError

if TYPE_CHECKING:
    from cercafoto.indexing.cluster.cluster_options import ClusterChoices
    from cercafoto.indexing.index_report import IndexReport
    from cercafoto.library import Library
    from cercafoto.looking.look_report import LookReport
    from cercafoto.looking.sense import Sense

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


Folders = Annotated[
    list[Path] | None,
    argument(
        "[CARTELLA]...", "Cartelle di foto. Se non ne indichi, aggiorna quelle già note.", PATH
    ),
]
Exclude = Annotated[
    list[str],
    option(
        "--escludi",
        "NOME",
        "Lascia fuori i file e le cartelle con questo nome, anche le prossime volte; ripetibile.",
    ),
]
Readmit = Annotated[
    list[str], option("--riammetti", "NOME", "Annulla un --escludi di prima; ripetibile.")
]
FollowLinks = Annotated[
    bool | None,
    flag(
        "--segui-link/--non-seguire-link",
        "Entra anche nei collegamenti simbolici, da ora in poi. Di norma no.",
    ),
]
Retry = Annotated[bool, flag("--riprova", "Riprova anche con i file illeggibili.")]
Thumbnails = Annotated[
    bool,
    flag(
        "--miniature",
        "Poi prepara le miniature per «cercafoto web», dalle foto più recenti, "
        "fino a 18.000 o a 450 MB.",
    ),
]
Watch = Annotated[
    bool, flag("--osserva", "Poi resta in ascolto e aggiorna l'archivio a ogni modifica.")
]
Device = Annotated[
    str | None,
    option(
        "--dispositivo",
        "NOME",
        "Con che cosa calcolare: auto (di norma), cpu, cuda, tensorrt, coreml, directml, "
        "openvino, migraphx o rocm.",
    ),
]
Ray = Annotated[
    str | None,
    option(
        "--ray",
        "[HOST:PORTA]",
        "Fa analizzare le foto ai computer di un cluster Ray; senza indirizzo ne avvia "
        "uno qui, solo per questa volta.",
    ),
]
NodeRoots = Annotated[
    list[str],
    option(
        "--radice-nodi",
        "DA=A",
        "Con --ray: la cartella che qui è DA, sugli altri computer è A; ripetibile.",
    ),
]


@app.command("index", cls=IndexCommand, epilog="Esempio: cercafoto index ~/Foto")
@with_senses
def index(
    folders: Folders = None,
    wait: options.Wait = False,
    exclude: Exclude = [],
    readmit: Readmit = [],
    follow_links: FollowLinks = None,
    retry: Retry = False,
    thumbnails: Thumbnails = False,
    senses: list[Any] = [],
    watch: Watch = False,
    device: Device = None,
    ray: Ray = None,
    node_roots: NodeRoots = [],
    json: options.Json = False,
) -> int:
    """Analizza le foto e le aggiunge all'archivio. I file non vengono mai modificati."""
    from cercafoto.cli.render import run_report as render
    from cercafoto.indexing.folder_choices import FolderChoices
    from cercafoto.library import Library

    if watch and json:
        raise UsageError("--osserva e --json si escludono a vicenda.", "Scegline uno solo.")
    cluster = _cluster(ray, node_roots)
    named, waits = folders or (), wait or watch
    # Not kept open: the disk with the archive can be unmounted while folders are watched.
    settings = common().settings(device)
    library, is_first = Library(settings), settings.lacks_archive
    with TerminalReporter() as reporter:
        report = library.index(
            named,
            choices=FolderChoices(tuple(exclude), tuple(readmit), follow_links),
            retry=retry,
            wait=waits,
            thumbnails=thumbnails,
            cluster=cluster,
            reporter=reporter,
        )
    say = TerminalReporter(quiet=json).say
    say("\n".join(render.index_summary(report)))
    is_whole = _look_further(
        library,
        named,
        report,
        reporter,
        waits,
        thumbnails=thumbnails,
        senses=senses,
        retry=retry,
        json=json,
    )
    has_links = _refresh_links(library, waits, json)
    if watch:
        from cercafoto.cli.commands.watch import keep_watching

        keep_watching(library, named, report, thumbnails=thumbnails, senses=senses)
    elif report.new:
        _tell_what_next(library, report, is_first, json)
    if report.empty and len(report.empty) == len(named):
        return FAILED
    is_complete = is_whole and has_links and report.complete and not report.empty
    return DONE if is_complete else SKIPPED


def _tell_what_next(library: "Library", report: "IndexReport", is_first: bool, json: bool) -> None:
    """Tell a person what to do after the first run, and once, at a terminal, what a larger model
    would find."""
    from cercafoto.cli.render import run_report as render

    reporter, larger = TerminalReporter(quiet=json), None
    if not reporter.quiet and sys.stderr.isatty():
        larger = library.models.larger_to_tell(report.model, report.new)
    is_small = library.models.is_embedded(report.model) and larger is None
    lines = render.what_next(is_small) if is_first else []
    lines += [render.larger_model(larger)] if larger else []
    if lines:
        reporter.say("\n".join(lines))


def _cluster(ray: str | None, node_roots: Sequence[str]) -> "ClusterChoices | None":
    """Return the cluster that --ray and --radice-nodi describe, None without --ray."""
    if node_roots and not ray:
        raise UsageError(
            "--radice-nodi serve solo con --ray.", "Aggiungi --ray, o togli --radice-nodi."
        )
    if not ray:
        return None
    from cercafoto.indexing.cluster.cluster_options import ClusterChoices, roots_of

    return ClusterChoices(None if ray == HERE else ray, roots_of(node_roots))


def _refresh_links(library: "Library", wait: bool, json: bool) -> bool:
    """Bring the folder of collections up to date, if there is one, and report it. Return whether
    all its links are there."""
    kept = library.collections.refresh_folder(wait=wait)
    if kept is None:
        return True
    from cercafoto.cli.commands.collect import tell_folder

    tell_folder(kept, json)
    return not kept.problems


def _look_further(
    library: "Library",
    named: Sequence[Path],
    report: "IndexReport",
    reporter: TerminalReporter,
    waits: bool,
    *,
    thumbnails: bool,
    senses: Sequence["Sense[Any]"],
    retry: bool,
    json: bool,
) -> bool:
    """Make small copies, and look with senses, whichever is asked for, and report it; with `json`,
    together with the report of the index. Return whether no photo was skipped."""
    from cercafoto.cli.render import run_report as render

    say = TerminalReporter(quiet=json).say
    prepared, looks = None, list[tuple["Sense[Any]", "LookReport"]]()
    try:
        if thumbnails:
            with reporter:
                prepared = library.prepare_thumbnails(
                    named, just_made=report.copies, reporter=reporter
                )
            say(render.thumbnails_summary(prepared))
        for sense in senses:
            from cercafoto.cli.commands.looking import look  # late: most runs look no further

            with reporter:
                looked, told = look(
                    library, sense, named, retry=retry, wait=waits, reporter=reporter
                )
            looks.append((sense, looked))
            say(told)
    finally:
        if json:  # written even if the thumbnails or a sense fail
            write(render.index_json(report, prepared, looks))
    skipped = any(looked.skipped or looked.problems for _, looked in looks)
    return not (skipped or (prepared and prepared.skipped))
