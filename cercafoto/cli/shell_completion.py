"""Complete command lines with the Tab key: scripts for the shells, the answer to a shell, and the
names that options offer.

To complete, a shell runs cercafoto with a variable set and a person waits: nothing heavy may be
imported.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.types import StringParamType

from cercafoto.base.paths import printable, typed_path
from cercafoto.base.shared_address import refuse_address
from cercafoto.errors import UsageError
from cercafoto.settings import Settings

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

VARIABLE = "_CERCAFOTO_COMPLETE"
SHELLS = ("bash", "zsh", "fish")

# Not Click's own scripts, which split names of several words. These send the line up to the cursor
# and get one name per line; if there is none, the shell completes paths.
_BASH = f"""\
_cercafoto_completion() {{
    local word
    COMPREPLY=()
    while IFS= read -r word; do
        [ -n "$word" ] || continue
        case $2 in
            [\\"\\']*) ;;
            *) printf -v word %q "$word" ;;
        esac
        COMPREPLY+=("$word")
    done < <(IFS=$'\\n'; COMP_WORDS="${{COMP_WORDS[*]:0:COMP_CWORD+1}}" \\
        {VARIABLE}=complete_bash "$1" 2>/dev/null)
}}
complete -o default -F _cercafoto_completion cercafoto
"""
_ZSH = f"""\
(( $+functions[compdef] )) || {{ autoload -Uz compinit && compinit }}
_cercafoto_completion() {{
    local line
    local -a values lines
    while IFS= read -r line; do
        [[ -n $line ]] || continue
        values+=("${{line%%$'\\t'*}}")
        lines+=("${{line/$'\\t'/  }}")
    done < <(COMP_WORDS="${{words[1,$CURRENT]}}" \\
        {VARIABLE}=complete_zsh "${{words[1]}}" 2>/dev/null)
    if (( $#values )); then
        compadd -l -d lines -a values
    else
        _files
    fi
}}
compdef _cercafoto_completion cercafoto
"""
_FISH = f"""\
function _cercafoto_completion
    env COMP_WORDS=(commandline -cp | string collect) \\
        {VARIABLE}=complete_fish cercafoto 2>/dev/null
end
complete --command cercafoto --no-files --condition '_cercafoto_completion >/dev/null' \\
    --arguments '(_cercafoto_completion)'
"""
_SCRIPTS = dict(zip(SHELLS, (_BASH, _ZSH, _FISH), strict=True))


def answer(program: click.Command) -> int | None:
    """Write the names that complete a shell's command line, one per line.

    Return the exit code, 1 if there are no names; None, and write nothing, if no shell is asking.
    """
    shell = os.environ.get(VARIABLE)
    if shell is None:
        return None
    from click.shell_completion import ShellComplete, split_arg_string

    # A character at the cursor: without it, "word " would not begin a new word when it is split.
    *before, incomplete = split_arg_string(os.environ.get("COMP_WORDS", "") + "|")
    items = ShellComplete(program, {}, "cercafoto", VARIABLE).get_completions(
        before[1:], incomplete.removesuffix("|")
    )
    # Names with line breaks or control characters cannot be offered, one per line.
    names = [item for item in items if item.type == "plain" and printable(item.value) == item.value]
    for item in names:
        # bash cannot show help beside a name.
        text = f"\t{' '.join(item.help.split())}" if item.help and "bash" not in shell else ""
        sys.stdout.write(f"{item.value}{text}\n")
    return 0 if names else 1


def script(shell: str) -> str:
    """Return the completion script of a shell, one of SHELLS."""
    return _SCRIPTS[shell]


def install(shell: str) -> tuple[Path, Path | None]:
    """Write the completion script of a shell, one of SHELLS, where the shell loads it.

    Return the path of the script, and the start-up file that contains a line to load it, None if
    the shell needs no such line. A second call changes nothing. Raises CercafotoError.
    """
    from cercafoto.base.atomic_file import translated_errors, write_atomically

    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    path, start = {
        "bash": (data / "bash-completion" / "completions" / "cercafoto", home / ".bashrc"),
        "zsh": (
            data / "cercafoto" / "completamento.zsh",
            Path(os.environ.get("ZDOTDIR") or home) / ".zshrc",
        ),
        "fish": (config / "fish" / "completions" / "cercafoto.fish", None),
    }[shell]
    with translated_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, script(shell).encode("utf-8"), overwrite=True)
    if start is not None:
        with translated_errors(start):
            _add_line(start, f'[ -r "{path}" ] && . "{path}"  # cercafoto')
    return path, start


def _add_line(start: Path, line: str) -> None:
    """Append a line to a start-up file, unless the file contains it. The file is never replaced:
    it is the person's, and may be a link."""
    content = start.read_bytes() if start.exists() else b""
    encoded = os.fsencode(line)
    if encoded in content.splitlines():
        return
    with start.open("ab") as stream:
        stream.write((b"" if content.endswith(b"\n") or not content else b"\n") + encoded + b"\n")


def this_shell() -> str:
    """Return the name of the person's shell. Raises UsageError if it is not one of SHELLS."""
    name = Path(os.environ.get("SHELL", "")).name
    if name not in SHELLS:
        raise UsageError(
            "Non so quale shell usi." if not name else f"Per {name} non c'è un completamento.",
            f"Indicane una: cercafoto completamento {'|'.join(SHELLS)}",
        )
    return name


# -- the names that options offer --------------------------------------------------------------


class Suggested(StringParamType):
    """The type of an option that takes any text, and offers some names with the Tab key.

    names: returns the names to offer.
    """

    def __init__(self, names: Callable[[click.Context], Iterable[str]]) -> None:
        self._names = names

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        start = incomplete.casefold()
        return [
            CompletionItem(name) for name in self._names(ctx) if name.casefold().startswith(start)
        ]


def _from_archive(kind: str) -> Suggested:
    """Return the type of an option that offers names of the archive. kind: see `names_of`."""

    def names(ctx: click.Context) -> list[str]:
        from cercafoto.indexing.completion_names import names_of

        return names_of(_settings(ctx), kind)

    return Suggested(names)


def _listed(module: str, name: str) -> Suggested:
    """Return the type of an option that offers the names in a list of a module, which is imported
    when the Tab key is pressed."""
    return Suggested(lambda ctx: getattr(import_module(f"cercafoto.{module}"), name))


class PlacePath(click.Path):
    """The type of a path, kept as it was typed. Whether it exists is checked by whoever reads it.
    Raises UsageError for an address of a shared archive, which may contain a password."""

    def __init__(self) -> None:
        super().__init__(readable=False, path_type=Path)

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str | bytes | os.PathLike[str]:
        typed = os.fspath(value)
        refuse_address(typed)
        return super().convert(typed_path(typed), param, ctx)


class RowTemplate(StringParamType):
    """The type of a template of rows. The Tab key completes the placeholder at its end."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from cercafoto.results.photo_fields import FIELDS

        before, _, begun = incomplete.rpartition("{")
        if "{" not in incomplete or "}" in begun:
            before, begun = incomplete, ""
        return [
            CompletionItem(f"{before}{{{field.name}}}", help=field.title)
            for field in FIELDS
            if field.name.startswith(begun)
        ]


class LabelFile(PlacePath):
    """The type of a label file. The Tab key offers "predefinite" and the .txt files in the current
    folder."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        # Text files too: the shell completes paths only if nothing is offered.
        names = ["predefinite", *sorted(path.name for path in Path().glob("*.txt"))]
        return Suggested(lambda _: names).shell_complete(ctx, param, incomplete)


def _settings(ctx: click.Context) -> Settings:
    """Return the settings of the archive that the command line to complete names."""
    context: click.Context | None = ctx
    while context is not None:
        # Typed before the command; or after it, as `cli.app` keeps it.
        if archive := context.params.get("archive") or getattr(context.obj, "archive", None):
            return Settings.resolve(archive)
        context = context.parent
    return Settings.resolve()


LABEL = _from_archive("label")
MODEL = _from_archive("model")
CAMERA = _from_archive("camera")
LENS = _from_archive("lens")
PLACE = _from_archive("place")
COLLECTION = _from_archive("collection")
KEYWORD = _from_archive("keyword")
PERSON = _from_archive("person")
ORDER = _listed("question.values", "ORDER_NAMES")
LABEL_FILE = LabelFile()
ROW_TEMPLATE = RowTemplate()
PATH = PlacePath()
SHAPE = _listed("question.values", "SHAPES")
COLOR = _listed("base.color_labels", "COLORS")
COLOR_TO_GIVE = _listed("base.color_labels", "TO_GIVE")
PEOPLE_COUNT = _listed("question.filters.people_count", "EXAMPLES")
MISSING = _listed("question.filters.missing", "KINDS")
QUALITY = _listed("base.photo_quality", "QUALITIES")
KIND = _listed("base.file_kinds", "FILE_KINDS")
SHELL = Suggested(lambda ctx: SHELLS)
