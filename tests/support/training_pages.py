"""Run the commands of the training pages one after the other in one process.

python -m tests.support.training_pages PAGE...

Torch is imported only once. The folder has `published_sources`, the path `pretend_programs`.
Commands run unchanged except for scale: trainings get the settings of SMALLER after their own,
`torchrun` runs two processes, the disk seems to have room for the whole sources, DeepL is a server
on this machine, and uploads to the Hub are recorded.
"""

from __future__ import annotations

import glob
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.support.published_sources import STAMPS

PYTHON = "python -m cercafoto.training "
TORCHRUN = re.compile(r"torchrun --nproc_per_node \d+ -m cercafoto\.training ")
OPEN_CLIP = "python -m open_clip_train.main "
RUN = ("img2dataset ", "curl ", "hf ", "cercafoto ", "grep ", "shuf ", "head ")
# Commands that are shown but not run, and why.
LEFT = {
    "pip ": "installs",
    "pipx ": "installs",
    "docker ": "installs",
    "git clone ": "downloads",
    "mv upstream/": "downloads",
    "python -m spacy ": "installs",
    "python -m tests.bench.": "measures",
    "{": "a line of JSON",
}
DEBIAN = "/usr/share/tuxpaint/stamps"

STEPS = ["engine.batch=8", "loss.negatives=2", "engine.chunk=4", "schedule.max_steps=2"]
RANDOM = ["towers.image=random:vit-tiny", "towers.text=random:bert-tiny", "towers.image_size=32"]
RANDOM += ["towers.text_layers=0"]
SMALLER = {
    "train": [*STEPS, "data.workers=0"],
    "reproduce": [*STEPS, "data.workers=0"],
    "ablate": [*STEPS, "data.workers=0"],
    "throughput": ["engine.batch=4", "loss.negatives=2", *RANDOM],
}
MORE = {"ablate": ["--seeds", "1", "--frozen-epochs", "1"], "throughput": ["--steps", "1"]}


def commands(page: Path) -> list[str]:
    """Return the lines of a page's indented blocks, each a whole command.

    Raises ValueError for a command that is neither run nor skipped on purpose.
    """
    found = []
    blocks = re.findall(r"(?<=\n\n)(?:    .+\n)+", page.read_text("utf-8"))
    for block in blocks:
        for line in block.replace("\\\n", " ").splitlines():
            command = " ".join(line.split()) if not line.startswith("     ") else ""
            if command.startswith((PYTHON, OPEN_CLIP, *RUN)) or TORCHRUN.match(command):
                found.append(line.strip())
            elif not command.startswith(tuple(LEFT)):
                raise ValueError(f"{page.name}: {line.strip()!r} is not known to this walk")
    return found


def run(command: str, deepl: str) -> None:
    """Run one command; raise if its exit code is not 0."""
    from cercafoto.training.__main__ import main

    command = command.replace(DEBIAN, STAMPS)
    words = TORCHRUN.sub(PYTHON, command)
    if command.startswith(OPEN_CLIP):
        smaller = re.sub(r"\{00000\.\.\d+\}", "00000", command)
        subprocess.run(["sh", "-c", smaller.replace("python", sys.executable, 1)], check=True)
        return
    if not words.startswith(PYTHON):
        subprocess.run(["sh", "-c", command], check=True)
        return
    arguments = [path for word in shlex.split(words.removeprefix(PYTHON)) for path in _paths(word)]
    name = arguments[0]
    # A resumed run already has its settings.
    settings = [] if "--resume" in arguments else SMALLER.get(name, [])
    small = any(word.startswith("small-") for word in arguments)
    if small or (name != "reproduce" and "--preset" not in arguments):
        settings = settings and [*settings, *RANDOM]
    arguments += [word for setting in settings for word in ("--set", setting)]
    arguments += MORE.get(name, [])
    arguments += ["--server", deepl] if "--deepl" in arguments else []
    if TORCHRUN.match(command):
        program = Path(sys.executable).with_name("torchrun")
        launch = [str(program), "--nproc_per_node", "2", "-m", "cercafoto.training"]
        code = subprocess.run([*launch, *arguments], check=False).returncode
    else:
        code = main(arguments)
    if code:
        raise SystemExit(f"{command}\nended with {code}")


def _paths(word: str) -> list[str]:
    return sorted(glob.glob(word)) or [word] if "*" in word else [word]


class _DeepL(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = [{"text": f"Traduzione di {t}", "billed_characters": len(t)} for t in asked["text"]]
        content = json.dumps({"translations": said}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def _record_what_is_sent() -> None:
    """Let `export --push` write its calls to the Hub into sent.jsonl."""
    import huggingface_hub

    def recorded(name: str) -> Any:
        def record(_: Any, *arguments: Any, **named: Any) -> None:
            with Path("sent.jsonl").open("a", encoding="utf-8") as out:
                out.write(json.dumps([name, arguments, named], default=str) + "\n")

        return record

    for name in ("whoami", "create_repo", "upload_folder"):
        setattr(huggingface_hub.HfApi, name, recorded(name))


def _have_room() -> None:
    """Let `reproduce` find disk space for the whole sources; the stand-ins need none."""
    from cercafoto.training.reproduce import reproduce_command

    usage = SimpleNamespace(free=1e12)
    reproduce_command.shutil = SimpleNamespace(  # type: ignore[attr-defined]
        disk_usage=lambda path: usage, which=shutil.which
    )


def _walk(pages: list[str]) -> Iterator[str]:
    _record_what_is_sent()
    _have_room()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _DeepL)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["DEEPL_AUTH_KEY"] = "279a2e9d-83b3-c416-7e2d-f721593e42a0:fx"
    for page in pages:
        for command in commands(Path(page)):
            yield command
            run(command, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()


if __name__ == "__main__":
    for command in _walk(sys.argv[1:]):
        print(f"$ {command}", flush=True)
