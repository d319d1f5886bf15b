"""`make man`: build/cercafoto.1, the manual page, made from the commands themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cercafoto import __version__
from cercafoto.cli.app import program
from cercafoto.cli.click_italian import NOT_LISTED

PAGE = Path(__file__).parents[1] / "build" / "cercafoto.1"
DATE = "2026-11-28"  # of the last change to what is written here by hand

DESCRIPTION = """\
Analizza le foto delle cartelle indicate, senza toccarle, e ne ricorda il contenuto; poi trova \
quelle che rispondono a parole italiane, con la fiducia che merita ognuna. Tutto resta sul \
computer: nessun comando usa la rete se non glielo si chiede.

I risultati vanno sull'uscita normale, avvisi e avanzamento su quella degli errori; barre e colori \
solo in un terminale.
"""
ENVIRONMENT = {
    "CERCAFOTO_ARCHIVIO": "Dove sta l'archivio, se non lo dice --archivio.",
    "CERCAFOTO_MODELLI": "Dove stanno i modelli preparati.",
    "CERCAFOTO_MINIATURE": "Dove stanno le miniature.",
    "CERCAFOTO_MODELLO": "Il modello da usare, se non lo dice --modello.",
    "CERCAFOTO_DISPOSITIVO": "Chi calcola, se non lo dice --dispositivo.",
    "CERCAFOTO_DEBUG": "Con 1, un errore inatteso mostra tutti i dettagli.",
    "HF_HUB_OFFLINE": "Con 1, come --offline.",
}
FILES = {
    "~/.local/share/cercafoto/catalogo.sqlite3": "Il catalogo: da mettere nelle copie di riserva.",
    "~/.local/share/cercafoto/vettori/": "Si rifà da sé dal catalogo.",
    "~/.cache/cercafoto/modelli/": "I modelli preparati, oltre a quello incorporato.",
    "~/.cache/cercafoto/miniature/": "Le miniature.",
    ".cercafotoignore": "In una cartella di foto: che cosa lasciarne fuori, come in gitignore(5).",
}
OUTCOMES = {
    "0": "Fatto, anche quando nessuna foto corrisponde.",
    "1": "Non riuscito.",
    "2": "Comando sbagliato.",
    "3": "Finito, ma qualche foto è stata saltata.",
    "130": "Interrotto; quello che era già fatto resta.",
}


def page() -> str:
    lines = [
        '.\\" -*- coding: utf-8 -*-',
        '.\\" Fatto da «make man»: non va cambiato a mano.',
        f'.TH CERCAFOTO 1 "{DATE}" "cercafoto {__version__}" "Comandi"',
        ".SH NOME",
        "cercafoto \\- cerca nelle proprie foto con parole italiane",
        ".SH SINTASSI",
        ".B cercafoto",
        "[\\fIOPZIONI\\fR] \\fICOMANDO\\fR [\\fIARGOMENTI\\fR]...",
        ".SH DESCRIZIONE",
        *paragraphs(DESCRIPTION),
        ".SH OPZIONI",
        *paragraphs("Stanno prima del comando; tranne --version, anche dopo."),
        *options(program, "cercafoto"),
        ".SH COMANDI",
    ]
    for name, command in commands(program, "cercafoto"):
        lines += section(name, command)
    for heading, entries in (
        ("AMBIENTE", ENVIRONMENT),
        ("FILE", FILES),
        ("CODICI DI USCITA", OUTCOMES),
    ):
        lines.append(f".SH {heading}")
        lines += tagged((f"\\fB{escaped(key)}\\fR", told) for key, told in entries.items())
    return "\n".join(lines) + "\n"


def commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield (full name, command) of every command that does something, in the order of the help."""
    is_group = hasattr(command, "list_commands")
    if not is_group or command.invoke_without_command:
        yield path, command
    if not is_group:
        return
    ctx = command.make_context(path, [], resilient_parsing=True)
    for name in command.list_commands(ctx):
        yield from commands(command.get_command(ctx, name), f"{path} {name}")


def section(name: str, command: Any) -> Iterator[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    usage = " ".join(f"\\fI{escaped(p.metavar or p.name)}\\fR" for p in arguments)
    yield f'.SS "{escaped(name)}"'
    yield f"\\fB{escaped(name)}\\fR [\\fIOPZIONI\\fR] {usage}".rstrip()
    yield ".PP"
    yield from paragraphs(command.help or "")
    explained = [p for p in arguments if p.help]
    yield from tagged((f"\\fI{escaped(p.metavar or p.name)}\\fR", p.help) for p in explained)
    # Every command has --help; the page says so once.
    yield from options(command, name, "--help")
    if command.epilog:
        yield ".PP"
        said, _, example = command.epilog.partition(": ")
        yield f"{escaped(said)}:"
        yield ".RS 4"
        yield ".nf"
        yield escaped(example).replace("'", "\\(aq").replace('"', "\\(dq")
        yield ".fi"
        yield ".RE"


def options(command: Any, name: str, besides: str = "") -> Iterator[str]:
    ctx = command.make_context(name, [], resilient_parsing=True)
    params = [p for p in command.get_params(ctx) if p.param_type_name == "option"]
    # Options that may follow any command are told of the program.
    params = [p for p in params if besides not in p.opts and is_listed(p)]
    records = [r for p in params if (r := p.get_help_record(ctx)) is not None]
    yield from tagged((option(names), told) for names, told in records)


def is_listed(param: Any) -> bool:
    return getattr(param, "rich_help_panel", None) != NOT_LISTED


def option(names: str) -> str:
    """Return «--max, -n N» in bold, its value in italics."""
    found = re.fullmatch(r"((?:-[^ ]+(?:,|;| /)? ?)+)(.*)", names)
    assert found is not None, names
    value = f" \\fI{escaped(found[2])}\\fR" if found[2] else ""
    return f"\\fB{escaped(found[1].strip())}\\fR{value}"


def tagged(entries: Iterator[tuple[str, str]]) -> Iterator[str]:
    for tag, told in entries:
        yield ".TP"
        yield tag
        yield from paragraphs(told)


def paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(text.strip().split("\n\n")):
        if number:
            yield ".PP"
        # A sentence a line, as roff has it.
        yield from re.sub(r"(?<=[.!?]) (?=[A-Z])", "\n", escaped(paragraph)).split("\n")


def escaped(text: str) -> str:
    plain = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-").replace("~", "\\(ti")
    plain = plain.replace("^", "\\(ha").replace("`", "\\(ga")
    return f"\\&{plain}" if plain.startswith((".", "'")) else plain


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), "utf-8")
    print(f"Scritto {PAGE}.")
