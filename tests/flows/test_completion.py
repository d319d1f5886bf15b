"""How the Tab key completes a typed line in real shells."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from cercafoto.cli.shell_completion import install, script, this_shell
from cercafoto.errors import UsageError
from cercafoto.photos import exif as exif_tags
from tests.conftest import PAINT, Cli
from tests.photos.test_metadata import bag, packet
from tests.support.program import put_on_path

# Ctrl-T writes the line as it stands into the file that $RIGA names, and the shell ends.
DUMP = {
    "bash": """bind -x '"\\C-t": printf "%s" "$READLINE_LINE" > "$RIGA"; exit'\nPS1='pronto> '\n""",
    "zsh": (
        'dump() { printf "%s" "$BUFFER" > "$RIGA"; exit }\n'
        "zle -N dump\nbindkey '^T' dump\nPS1='pronto> '\n"
    ),
}
START = {"bash": ".bashrc", "zsh": ".zshrc"}


@pytest.fixture
def person(
    cli: Cli, photos: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Return a home with labelled photos in an archive, and cercafoto on the PATH."""
    exif = Image.Exif()
    exif[exif_tags.MODEL] = "Canon EOS 80D"
    exif.get_ifd(exif_tags.EXIF_IFD)[exif_tags.LENS_MODEL] = "EF50mm f/1.8 STM"
    exif.get_ifd(exif_tags.GPS_IFD).update({1: "N", 2: (43.3188, 0, 0), 3: "E", 4: (11.3308, 0, 0)})
    Image.new("RGB", (60, 40), PAINT["rosso"]).save(
        photos / "siena.jpg", exif=exif, xmp=packet(bag("dc:subject", "zia Pina"))
    )
    (photos / "mie etichette.txt").write_text("mare\n", "utf-8")
    assert cli("index", photos)[0] == 0
    labels = tmp_path / "etichette.txt"
    labels.write_text("rosso\nprato: verde\nl'acqua $(touch x) del `mare: blu\n", "utf-8")
    assert cli("tag", "--labels", labels)[0] == 0
    put_on_path(tmp_path, monkeypatch)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    for name in ("ZDOTDIR", "BASH_ENV", "ENV"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(photos)
    return home


def needs(shell: str) -> pytest.MarkDecorator:
    absent = sys.platform == "win32" or shutil.which(shell) is None
    return pytest.mark.skipif(absent, reason=f"needs {shell}")


def line_after(shell: str, person: Path, typed: str) -> str:
    """Return the line of an interactive shell after these keys were typed."""
    import pty

    start, told = person / START[shell], person / "riga"
    start.write_text(start.read_text("utf-8").removesuffix(DUMP[shell]) + DUMP[shell], "utf-8")
    arguments = {"bash": ["bash", "-i"], "zsh": ["zsh", "-i"]}[shell]
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ |= {"RIGA": str(told), "TERM": "xterm", "INPUTRC": os.devnull}
        os.execvp(shell, arguments)
    heard, sent = b"", False
    try:
        while select.select([terminal], [], [], 120)[0]:
            piece = os.read(terminal, 4096)
            if not piece:
                break
            heard += piece
            if b"pronto> " in heard and not sent:
                os.write(terminal, typed.encode() + b"\x14")
                sent = True
    except OSError:
        pass  # the shell has ended
    os.close(terminal)
    os.waitpid(pid, 0)
    assert told.exists(), heard.decode("utf-8", "replace")
    return told.read_text("utf-8")


# A command, a value of the archive's, a file.
TYPED = [
    ("cercafoto cer\t", "cercafoto cerca "),
    ("cercafoto cerca --etichetta pr\t", "cercafoto cerca --etichetta prato "),
    ("cercafoto cerca --come giall\t", "cercafoto cerca --come giallo.png "),
]


@pytest.mark.parametrize("shell", [pytest.param(s, marks=needs(s)) for s in ("bash", "zsh")])
def test_tab_completes(cli: Cli, person: Path, shell: str) -> None:
    assert cli("completamento", shell)[0] == 0
    assert [(typed, line_after(shell, person, typed)) for typed, _ in TYPED] == TYPED
    # A name of several words arrives as one.
    line = line_after(shell, person, "cercafoto cerca --etichetta l\t")
    words = subprocess.run(
        [shell, "-c", f"printf '%s|' {line}"], capture_output=True, text=True, check=True
    ).stdout
    assert words == "cercafoto|cerca|--etichetta|l'acqua $(touch x) del `mare|"
    assert not Path("x").exists()


@needs("fish")
def test_fish_completes(cli: Cli, person: Path) -> None:
    assert cli("completamento", "fish")[0] == 0
    for typed, line in TYPED:
        offered = subprocess.run(
            ["fish", "-c", f"complete -C '{typed.strip()}'"], capture_output=True, text=True
        ).stdout.splitlines()
        assert line.split()[-1] in [o.split("\t")[0] for o in offered], (typed, offered)


@needs("bash")
def test_the_label_comes_from_the_archive_that_is_named(
    cli: Cli, person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = os.environ["CERCAFOTO_ARCHIVIO"]
    monkeypatch.delenv("CERCAFOTO_ARCHIVIO")
    assert cli("completamento", "bash")[0] == 0
    typed = f"cercafoto cerca --archivio {archive} --etichetta pr\t"
    assert line_after("bash", person, typed) == f"{typed.strip()}ato "


def test_installing_twice_changes_nothing(home: Path) -> None:
    (home / ".bashrc").write_text("alias g=git")  # no newline at its end
    path, start = install("bash")
    once = (home / ".bashrc").read_bytes(), path.read_bytes()
    assert start == home / ".bashrc" and once[0].startswith(b"alias g=git\n[ -r ")
    assert install("bash") == (path, start)
    assert ((home / ".bashrc").read_bytes(), path.read_bytes()) == once


def test_a_start_up_file_that_is_a_link_stays_one(home: Path, tmp_path: Path) -> None:
    (tmp_path / "mio").write_text("alias g=git\n")
    (home / ".zshrc").symlink_to(tmp_path / "mio")
    install("zsh")
    assert (home / ".zshrc").is_symlink() and "completamento.zsh" in (tmp_path / "mio").read_text()


def test_it_shows_the_script_or_says_which_shells_there_are(
    cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("completamento", "fish", "--mostra")[:2] == (0, script("fish"))
    assert cli("completamento", "csh")[0] == 2
    assert not (home / ".config").exists() and not (home / ".bashrc").exists()
    monkeypatch.setenv("SHELL", "/usr/bin/zsh")
    assert this_shell() == "zsh"
    monkeypatch.setenv("SHELL", "/bin/csh")
    with pytest.raises(UsageError, match="csh"):
        this_shell()


def test_the_word_before_the_cursor_is_completed(
    cli: Cli, person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for line, offered in (
        ("cercafoto cerca --etichetta ", ["l'acqua $(touch x) del `mare", "prato", "rosso"]),
        ("cercafoto cerca --etichetta P", ["prato"]),
        ("""cercafoto cerca --etichetta "l'acqua """, ["l'acqua $(touch x) del `mare"]),
        ("cercafoto cerca 'un gatto' --orientamento q", ["quadrato"]),
        ("cercafoto cerca --fotocamera c", ["Canon EOS 80D"]),
        ("cercafoto cerca --obiettivo ef", ["EF50mm f/1.8 STM"]),
        ("cercafoto cerca --luogo si", ["Siena"]),
        ("cercafoto cerca --parola-chiave zi", ["zia Pina"]),
        ("cercafoto cerca --ordina ", ["data", "vecchie", "nome", "fiducia"]),
        ("cercafoto tag --labels ", ["predefinite", "mie etichette.txt"]),
        ("cercafoto tag --labels altro", []),
        ("cercafoto tag --colore ne", ["nero", "nessuno"]),
        ("cercafoto cerca --colore ne", ["nero"]),
        ("cercafoto modello usa ti", ["tiny"]),
        ("cercafoto completamento zs", ["zsh"]),
        ("cercafoto cerca --come ", []),  # left to the shell
        ("cercafoto cerca --fuori ", []),
    ):
        monkeypatch.setenv("COMP_WORDS", line)
        for shell in ("bash", "zsh", "fish") if line.endswith("P") else ("bash",):
            monkeypatch.setenv("_CERCAFOTO_COMPLETE", f"complete_{shell}")
            code, out, err = cli()
            assert (code, out.splitlines(), err) == (0 if offered else 1, offered, ""), line


def test_what_asks_loads_nothing_heavy(person: Path) -> None:
    """Completion must be fast: the person is waiting."""
    code = (
        "import sys; from cercafoto.cli.main import run; run([]); "
        "heavy = {'numpy', 'onnxruntime', 'PIL', 'torch'} & set(sys.modules); "
        "print(heavy or 'leggero')"
    )
    asked = {
        "_CERCAFOTO_COMPLETE": "complete_bash",
        "COMP_WORDS": "cercafoto\ncerca\n--etichetta\n",
        "COMP_CWORD": "3",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | asked
    )
    assert done.stdout.splitlines() == ["l'acqua $(touch x) del `mare", "prato", "rosso", "leggero"]
