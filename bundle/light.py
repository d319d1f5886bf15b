"""Make shared libraries smaller: what the bundle does not need is some 70 MB."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

# Libraries that other libraries are linked with, but use only for what cercafoto never does. The C
# code defines the functions that they call at start. x265 writes HEIC: 23 MB, and GPL. Xau takes
# screenshots.
UNUSED = {
    "libx265-": "void *x265_api_get_{version}(int d) {{ return 0; }} void x265_cleanup(void) {{}}",
    "libXau-": "void *XauGetBestAuthByAddr(void) {{ return 0; }} void XauDisposeAuth(void *a) {{}}",
}


def lightened(source: str, target: Path) -> str:
    """Write a smaller copy of a library to `target` and return its path. Only on Linux, where that
    is known to work; elsewhere return `source`."""
    if sys.platform != "linux":
        return source
    path = Path(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    for name, code in UNUSED.items():
        if path.name.startswith(name):
            _hollow(target, code.format(version=path.suffix.removeprefix(".")))
            return str(target)
    shutil.copyfile(path, target)
    subprocess.run(["strip", "--strip-unneeded", target], check=True)
    return str(target)


def _hollow(target: Path, code: str) -> None:
    """Compile a library whose functions do nothing, in place of the original."""
    source = target.with_suffix(".c")
    source.write_text(code, encoding="utf-8")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-s", "-o", target, source], check=True)
