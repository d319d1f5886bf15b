"""Make a Debian package of the bundle in dist/cercafoto: `python bundle/debian.py`."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
BUNDLE = DIST / "cercafoto"
# Shell -> where it looks for completion scripts of packages, and the line the script begins with.
COMPLETIONS = {
    "bash": ("bash-completion/completions/cercafoto", ""),
    "zsh": ("zsh/vendor-completions/_cercafoto", "#compdef cercafoto\n"),
    "fish": ("fish/vendor_completions.d/cercafoto.fish", ""),
}
# zsh loads the file at the first completion and expects it to answer that one too.
FIRST_ANSWER = {"zsh": '_cercafoto_completion "$@"\n'}
CONTROL = """\
Package: cercafoto
Version: {version}
Architecture: {architecture}
Maintainer: the cercafoto authors <noreply@cercafoto.invalid>
Installed-Size: {kilobytes}
Depends: libc6 (>= {libc}), zlib1g
Recommends: xdg-utils
Section: graphics
Priority: optional
Homepage: https://github.com/cercafoto/cercafoto
Description: Cerca nelle tue foto con parole italiane
 Indicizza le foto di una o più cartelle e trova quelle che rispondono a parole
 italiane, dalla riga di comando o in una pagina del browser. Le foto restano
 sul computer, e si aprono in sola lettura. Il modello è compreso.
"""


def main() -> None:
    version = _output(BUNDLE / "cercafoto", "--version").split()[-1]
    architecture = _output("dpkg", "--print-architecture").strip()
    tree = ROOT / "build" / "deb"
    shutil.rmtree(tree, ignore_errors=True)
    _fill(tree / "usr")
    control = CONTROL.format(
        version=version,
        architecture=architecture,
        kilobytes=sum(file.lstat().st_size for file in tree.rglob("*")) // 1024,
        libc=_libc(),
    )
    _write(tree / "DEBIAN" / "control", control.encode())
    target = DIST / f"cercafoto_{version}_{architecture}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, target], check=True)


def _fill(usr: Path) -> None:
    """Write all files of the package below its folder usr."""
    shutil.copytree(BUNDLE, usr / "lib" / "cercafoto", symlinks=True)
    (usr / "bin").mkdir()
    (usr / "bin" / "cercafoto").symlink_to("../lib/cercafoto/cercafoto")
    share = usr / "share"
    for shell, (path, start) in COMPLETIONS.items():
        script = _output(BUNDLE / "cercafoto", "completamento", shell, "--mostra")
        _write(share / path, (start + script + FIRST_ANSWER.get(shell, "")).encode())
    manual = (ROOT / "build" / "cercafoto.1").read_bytes()  # made by tests/manual.py
    _write(share / "man" / "man1" / "cercafoto.1.gz", gzip.compress(manual, mtime=0))
    changes = (ROOT / "CHANGELOG.md").read_bytes()
    _write(share / "doc" / "cercafoto" / "changelog.gz", gzip.compress(changes, mtime=0))
    licence = (ROOT / "LICENSE").read_text("utf-8")
    others = (
        "\nLe licenze di quello che il pacchetto contiene: /usr/lib/cercafoto/_internal/licenze\n"
    )
    _write(share / "doc" / "cercafoto" / "copyright", (licence + others).encode())


def _libc() -> str:
    """Return the oldest version of glibc that has every symbol the bundle needs."""
    needed = {
        tuple(map(int, version.split(b".")))
        for file in BUNDLE.rglob("*")
        if file.is_file() and (".so" in file.name or file.name == "cercafoto")
        for version in re.findall(rb"GLIBC_(2\.\d+)\0", file.read_bytes())
    }
    return ".".join(map(str, max(needed)))


def _output(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


if __name__ == "__main__":
    sys.exit(main())
