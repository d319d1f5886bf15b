"""Libraries without what the bundle has no use for, some 70 MB of it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

# Libraries that others are linked with, but use for what cercafoto never does, and all the
# functions that they then call. x265 writes HEIC: 23 MB, and GPL. Xau is for screenshots.
UNUSED = {
    "libx265-": "void *x265_api_get_{version}(int d) {{ return 0; }} void x265_cleanup(void) {{}}",
    "libXau-": "void *XauGetBestAuthByAddr(void) {{ return 0; }} void XauDisposeAuth(void *a) {{}}",
}


def lightened(source: str, target: Path) -> str:
    """Make a lighter copy of a library, where that is known to work: the path to take instead of
    `source`. Elsewhere it is `source`."""
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
    """Make a library with the name of another, whose functions do nothing."""
    source = target.with_suffix(".c")
    source.write_text(code, encoding="utf-8")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-s", "-o", target, source], check=True)
