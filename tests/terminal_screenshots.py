"""Take pictures of searches, and of `sfoglia`, in kitty under Xvfb: for `make screenshots`.

Keys are pressed with xdotool, and ImageMagick takes the pictures: on Debian, apt install kitty xvfb
xdotool imagemagick.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cercafoto import Settings

NEEDED = ("kitty", "Xvfb", "xdotool", "import")
SCREEN = ":97"
SIZE = (1120, 640)
SECONDS = 6  # that the pictures of a screen take at most
# The question, and the keys before each picture.
PICTURES = {
    "sfoglia-cerca": ("una tazza di caffè, senza persone", ["t", "space Right space Right"]),
    "sfoglia-foto": ("una motocicletta", ["t", "Return", "d Return"]),
    "sfoglia-filtri": ("", ["Escape", "f"]),
    "sfoglia-tasti": ("", ["Escape", "question"]),
}
# Searches in a shell, each shown as it is typed.
SEARCHES = ('"un gatto" --anteprima', '"una motocicletta" -n 3 --anteprima')
SHELL_SIZE = (640, 575)


def take(settings: Settings, out: Path) -> bool:
    """Take the pictures; return False if a program for it is missing."""
    if not all(map(shutil.which, NEEDED)):
        return False
    across, down = SIZE
    environ = os.environ | {
        "DISPLAY": SCREEN,
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "CERCAFOTO_ARCHIVIO": str(settings.archive),
        "CERCAFOTO_MODELLI": str(settings.models),
        "CERCAFOTO_MINIATURE": str(settings.thumbnails),
    }
    with running("Xvfb", SCREEN, "-screen", "0", f"{across}x{down}x24", environ=environ):
        time.sleep(1)
        program = f"{sys.executable} -m cercafoto"
        typed = [f"echo '$ cercafoto cerca {s}'; {program} cerca {s}" for s in SEARCHES]
        shell = ["sh", "-c", f"cd {settings.archive.parent}; {'; '.join(typed)}; sleep 60"]
        with running(*kitty(*SHELL_SIZE), *shell, environ=environ):
            time.sleep(2 * SECONDS)
            area = "{}x{}+0+0".format(*SHELL_SIZE)
            picture = out / "terminale.png"
            subprocess.run(
                ["import", "-window", "root", "-crop", area, picture], env=environ, check=True
            )
        for name, (question, keys) in PICTURES.items():
            command = [sys.executable, "-m", "cercafoto", "sfoglia", question]
            with running(*kitty(*SIZE), *command, environ=environ):
                time.sleep(2 * SECONDS)  # the model is loaded, too
                for some in keys:
                    for key in some.split():
                        subprocess.run(["xdotool", "key", key], env=environ, check=True)
                        time.sleep(1)
                    time.sleep(SECONDS)
                picture = out / f"{name}.png"
                subprocess.run(["import", "-window", "root", picture], env=environ, check=True)
    return True


def kitty(across: int, down: int) -> list[str]:
    """Return the command of a terminal of this many pixels; its program must follow."""
    options = ("remember_window_size=no", "font_size=10", "hide_window_decorations=yes")
    sizes = (f"initial_window_width={across}", f"initial_window_height={down}")
    return ["kitty", "--config", "NONE", *(f"--override={option}" for option in (*options, *sizes))]


@contextmanager
def running(*command: str, environ: Mapping[str, str]) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=environ, stdout=quiet, stderr=quiet) as process:
        try:
            yield
        finally:
            process.terminate()
