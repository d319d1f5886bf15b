"""What the Tab key offers: Click works it out, this says where names come from and how a shell is
told to ask.

A shell that asks runs the program with a variable set; nothing heavy may be imported on the way.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import click

from cercafoto.errors import UsageError
from cercafoto.settings import Settings

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
    asked = os.environ.get(VARIABLE)
    if asked is None:
        return None
    from click.shell_completion import ShellComplete, split_arg_string

    # Something that follows the cursor tells a new word from the one before it, quoted or not.
    *before, incomplete = split_arg_string(os.environ.get("COMP_WORDS", "") + "|")
    items = ShellComplete(program, {}, "cercafoto", VARIABLE).get_completions(
        before[1:], incomplete.removesuffix("|")
    )
    names = [item for item in items if item.type == "plain"]
    for item in names:
        # bash has no room for what a name means.
        told = f"\t{' '.join(item.help.split())}" if item.help and "bash" not in asked else ""
        sys.stdout.write(f"{item.value}{told}\n")
    return 0 if names else 1


def script(shell: str) -> str:
    """What makes a shell ask."""
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
    """Appended, never written anew: the file is the person's, and may be a link to elsewhere."""
    content = start.read_bytes() if start.exists() else b""
    wanted = os.fsencode(line)
    if wanted in content.splitlines():
        return
    with start.open("ab") as stream:
        stream.write((b"" if content.endswith(b"\n") or not content else b"\n") + wanted + b"\n")


def this_shell() -> str:
    """Raises UsageError where the person's shell is none of ours."""
    name = Path(os.environ.get("SHELL", "")).name
    if name not in SHELLS:
        raise UsageError(
            "Non so quale shell usi." if not name else f"Per {name} non c'è un completamento.",
            f"Indicane una: cercafoto completamento {'|'.join(SHELLS)}",
        )
    return name


# -- where names come from ---------------------------------------------------------------------


def shells(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    return _fitting(SHELLS, incomplete)


def shapes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    return _fitting(("verticale", "orizzontale", "quadrato"), incomplete)


def labels(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Those that photos of the archive bear."""
    from cercafoto.archive.names import label_names

    return _fitting(label_names(_settings(ctx)), incomplete)


def models(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Those that are ready."""
    from cercafoto.archive.names import model_names

    return _fitting(model_names(_settings(ctx)), incomplete)


def _settings(ctx: click.Context) -> Settings:
    """Of the archive that is named before the word that is asked for."""
    at: click.Context | None = ctx
    while at is not None:
        if at.params.get("archivio"):
            return Settings.resolve(at.params["archivio"])
        at = at.parent
    return Settings.resolve()


def _fitting(names: Any, incomplete: str) -> list[str]:
    wanted = incomplete.casefold()
    return [name for name in names if name.casefold().startswith(wanted)]
