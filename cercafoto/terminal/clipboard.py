"""Copy an image to the clipboard with the system's own program. (Text needs no program: the
terminal copies it, even over SSH.)"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

from cercafoto.errors import CercafotoError

TIMEOUT = 10  # seconds


def copy_picture(picture: Image.Image) -> None:
    """Copy an image to the clipboard, as PNG. Raises CercafotoError if that is not possible here,
    with the reason."""
    stream = io.BytesIO()
    picture.save(stream, "PNG", compress_level=1)
    if sys.platform == "darwin":
        _through_file(stream.getvalue())
        return
    command = program(os.environ)
    try:
        # wl-copy and xclip keep running until the image is pasted: their output cannot be waited
        # for.
        subprocess.run(
            command,
            input=stream.getvalue(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise CercafotoError(f"{command[0]} non ha preso l'immagine.") from error


def program(environ: Mapping[str, str]) -> Sequence[str]:
    """Return the command that copies a PNG from its stdin to the clipboard. Raises CercafotoError
    if there is none.

    environ: environment variables.
    """
    if sys.platform == "win32":
        raise CercafotoError(
            "Su Windows l'immagine non si può copiare da qui.",
            "«o» la apre, «c» copia il percorso.",
        )
    if environ.get("WAYLAND_DISPLAY"):
        name, package, command = "wl-copy", "wl-clipboard", ["wl-copy", "--type", "image/png"]
    elif environ.get("DISPLAY"):
        name, package = "xclip", "xclip"
        command = ["xclip", "-selection", "clipboard", "-t", "image/png"]
    else:
        raise CercafotoError(
            "Da qui gli appunti prendono solo testo: l'immagine non si può copiare.",
            "«c» copia il percorso.",
        )
    if shutil.which(name) is None:
        raise CercafotoError(
            f"Per copiare l'immagine manca {name}.",
            f"Su Debian e Ubuntu: sudo apt install {package}",
        )
    return command


def _through_file(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "foto.png")
        path.write_bytes(content)
        script = f'set the clipboard to (read (POSIX file "{path}") as «class PNGf»)'
        try:
            subprocess.run(
                ["osascript", "-e", script], timeout=TIMEOUT, check=True, capture_output=True
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise CercafotoError("macOS non ha preso l'immagine negli appunti.") from error
