"""Completion with the Tab key: the scripts that make a shell ask, the answer, and where names come
from.

A shell that asks runs the program with a variable set; nothing heavy may be imported on the way.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.types import StringParamType

from cercafoto.base.paths import printable
from cercafoto.base.shared_address import refuse_address
from cercafoto.errors import UsageError
from cercafoto.settings import Settings

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

VARIABLE = "_CERCAFOTO_COMPLETE"
SHELLS = ("bash", "zsh", "fish")

# Click's own scripts take names of several words apart. These send the line up to the cursor and
# get a name a line; where there is none the shell completes paths, which it knows best.
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
    """Write what a shell asks for and return an exit code, 1 for nothing to offer; None where none
    is asking."""
    shell = os.environ.get(VARIABLE)
    if shell is None:
        return None
    from click.shell_completion import ShellComplete, split_arg_string

    # Something that follows the cursor tells a new word from the one before it, quoted or not.
    *before, incomplete = split_arg_string(os.environ.get("COMP_WORDS", "") + "|")
    items = ShellComplete(program, {}, "cercafoto", VARIABLE).get_completions(
        before[1:], incomplete.removesuffix("|")
    )
    # One with a line break in it would be two, and the shell shows the others as they are.
    names = [item for item in items if item.type == "plain" and printable(item.value) == item.value]
    for item in names:
        # bash has no room for what a name means.
        meaning = f"\t{' '.join(item.help.split())}" if item.help and "bash" not in shell else ""
        sys.stdout.write(f"{item.value}{meaning}\n")
    return 0 if names else 1


def script(shell: str) -> str:
    """Return the lines that make a shell ask."""
    return _SCRIPTS[shell]


def install(shell: str) -> tuple[Path, Path | None]:
    """Write the script where the shell finds it, or where a line at the end of its start-up file
    finds it: the two files. Doing so again changes nothing. Raises CercafotoError."""
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
    """Append a line to a start-up file that lacks it. The file is never written anew: it is the
    person's, and may be a link to elsewhere."""
    content = start.read_bytes() if start.exists() else b""
    encoded = os.fsencode(line)
    if encoded in content.splitlines():
        return
    with start.open("ab") as stream:
        stream.write((b"" if content.endswith(b"\n") or not content else b"\n") + encoded + b"\n")


def this_shell() -> str:
    """Return the name of the person's shell. Raises UsageError for one without a script."""
    name = Path(os.environ.get("SHELL", "")).name
    if name not in SHELLS:
        raise UsageError(
            "Non so quale shell usi." if not name else f"Per {name} non c'è un completamento.",
            f"Indicane una: cercafoto completamento {'|'.join(SHELLS)}",
        )
    return name


# -- where names come from ---------------------------------------------------------------------


class Suggested(StringParamType):
    """A text whose usual values the Tab key offers.

    names: finds them, for a command line.
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


def _labels(ctx: click.Context) -> list[str]:
    """List those that photos of the archive bear."""
    from cercafoto.indexing.completion_names import label_names

    return label_names(_settings(ctx))


def _cameras(ctx: click.Context) -> list[str]:
    """List those of the photos of the archive."""
    from cercafoto.indexing.completion_names import camera_names

    return camera_names(_settings(ctx))


def _lenses(ctx: click.Context) -> list[str]:
    """List those that photos of the archive were taken with."""
    from cercafoto.indexing.completion_names import lens_names

    return lens_names(_settings(ctx))


def _places(ctx: click.Context) -> list[str]:
    """List those in which photos of the archive were taken."""
    from cercafoto.indexing.completion_names import place_names

    return place_names(_settings(ctx))


def _keywords(ctx: click.Context) -> list[str]:
    """List those of the photos of the archive."""
    from cercafoto.indexing.completion_names import keyword_names

    return keyword_names(_settings(ctx))


def _models(ctx: click.Context) -> list[str]:
    """List those that are ready."""
    from cercafoto.indexing.completion_names import model_names

    return model_names(_settings(ctx))


def _shapes(ctx: click.Context) -> tuple[str, ...]:
    """List those that a photo can have."""
    from cercafoto.question.values import SHAPES

    return SHAPES


def _orders(ctx: click.Context) -> Iterable[str]:
    """List those in which an answer can be shown."""
    from cercafoto.question.order_option import ORDER_NAMES

    return ORDER_NAMES


class PlacePath(click.Path):
    """A path as it was typed: whether it can be read is said by what reads it. An address, which
    may have a password in it, is none."""

    def __init__(self) -> None:
        super().__init__(readable=False, path_type=Path)

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str | bytes | os.PathLike[str]:
        refuse_address(os.fspath(value))
        return super().convert(value, param, ctx)


class LabelFile(PlacePath):
    """A label file: the Tab key offers the one that comes with cercafoto, besides paths."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        # Text files of this folder too: where anything is offered, the shell adds no paths.
        names = ["predefinite", *sorted(path.name for path in Path().glob("*.txt"))]
        return Suggested(lambda _: names).shell_complete(ctx, param, incomplete)


def _settings(ctx: click.Context) -> Settings:
    """Return those of the archive that is named before the word to complete."""
    at: click.Context | None = ctx
    while at is not None:
        if at.params.get("archive"):
            return Settings.resolve(at.params["archive"])
        at = at.parent
    return Settings.resolve()


LABEL = Suggested(_labels)
MODEL = Suggested(_models)
CAMERA = Suggested(_cameras)
LENS = Suggested(_lenses)
PLACE = Suggested(_places)
KEYWORD = Suggested(_keywords)
ORDER = Suggested(_orders)
LABEL_FILE = LabelFile()
PATH = PlacePath()
SHAPE = Suggested(_shapes)
SHELL = Suggested(lambda ctx: SHELLS)
