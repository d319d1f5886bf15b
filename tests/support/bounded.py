"""A process that opens files from strangers; its memory is measured and limited.

    python -m tests.support.bounded WHAT

It reads one path a line and answers in JSON: the error, and the bytes that its memory has grown by
since its start.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

try:
    import resource
except ImportError:  # Windows, where memory is neither bounded nor measured
    resource = None  # type: ignore[assignment]

MOST = 400_000_000  # bytes that any of these files may cost
TIME = 240  # seconds; reached by what hangs alone
ADDRESSES = 8_000_000_000  # bytes of address space, for torch and ONNX Runtime too
ROOT = Path(__file__).parents[2]


def _weights(path: Path) -> None:
    from cercafoto.models.prepare.weights import open_weights

    for tensor in open_weights(path).values():
        tensor.read()


def _checkpoint(path: Path) -> None:
    from cercafoto.models.prepare.tokenizer import save_tokenizer
    from cercafoto.models.prepare.transformers_checkpoint import Checkpoint

    save_tokenizer(Checkpoint.open(path), path.parent / "tokenizer.json")


def _prepared(path: Path) -> None:
    from cercafoto.models.prepare.convert import prepare

    prepare(path, path.parent / "made" / "nuovo", "nuovo", {}, None, lambda line: None)


def _model(path: Path) -> None:
    from cercafoto.models.model_folder import ModelFolder

    ModelFolder.open(path).verify()


def _arrays(path: Path) -> None:
    from cercafoto.models.encode.encoder import Encoder
    from cercafoto.models.model_folder import ModelFolder

    encoder = Encoder(ModelFolder.open(path))
    assert encoder.classifiers is not None and encoder.background is not None
    assert encoder.label_classifiers is not None


_WHAT: dict[str, Callable[[Path], None]] = {
    "weights": _weights,
    "checkpoint": _checkpoint,
    "prepared": _prepared,
    "model": _model,
    "arrays": _arrays,
}


_running: dict[str, subprocess.Popen[str]] = {}


def refusal(what: str, path: Path) -> str:
    """Open `path` as `what` says. Return the message of the ModelError that refuses it; fail if
    there is none, or if it takes long or much memory.

    The process stays for the next path, unless this one ended it.
    """
    process = _running.pop(what, None) or _started(what)
    assert process.stdin is not None and process.stdout is not None
    timer = threading.Timer(TIME, process.kill)
    timer.start()
    process.stdin.write(f"{path}\n")
    process.stdin.flush()
    line = process.stdout.readline()
    timer.cancel()
    assert line, (path, f"the process ended with {process.wait(TIME)}")
    answer: dict[str, Any] = json.loads(line)
    try:
        assert answer["error"] == "ModelError", (path, answer)
        assert answer["grew"] < MOST, (path, answer)
        assert len(answer["message"]) < 1000 and answer["message"].isprintable(), (path, answer)
    except AssertionError:
        process.kill()
        raise
    _running[what] = process
    return str(answer["message"])


def refusals(what: str, paths: Sequence[Path]) -> list[str]:
    """Open several paths in turn, and return their messages; see `refusal`."""
    return [refusal(what, path) for path in paths]


def _started(what: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.bounded", what],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _peak() -> int:
    if resource is None:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> None:
    (what,) = sys.argv[1:]
    import onnx  # noqa: F401
    import tokenizers  # noqa: F401

    import cercafoto.models.prepare.weights

    if what == "prepared":
        import transformers

        import cercafoto.models.prepare.towers  # noqa: F401

        assert transformers.CLIPModel  # imports what it needs

    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    before = _peak()
    for line in sys.stdin:
        answer = {"error": "", "message": ""}
        try:
            _WHAT[what](Path(line.removesuffix("\n")))
        except BaseException as error:
            message = str(getattr(error, "message", error))
            answer = {"error": type(error).__name__, "message": message}
        print(json.dumps(answer | {"grew": _peak() - before}), flush=True)


if __name__ == "__main__":
    main()
