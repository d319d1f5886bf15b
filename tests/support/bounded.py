"""Files of strangers are opened in a process of its own, whose memory is measured and bounded.

    python -m tests.support.bounded WHAT PATH...

The process says in JSON, a line for each, what came of it: the error, and the bytes that its
memory has grown by.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

try:
    import resource
except ImportError:  # Windows, where memory is neither bounded nor measured
    resource = None  # type: ignore[assignment]

MOST = 400_000_000  # bytes that any of these files may cost
TIME = 240  # seconds; reached by what hangs alone
ADDRESSES = 8_000_000_000  # of the process, with what torch and ONNX Runtime map
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


_WHAT: dict[str, Callable[[Path], None]] = {
    "weights": _weights,
    "checkpoint": _checkpoint,
    "prepared": _prepared,
    "model": _model,
    "arrays": _arrays,
}


def refusal(what: str, path: Path) -> str:
    """Open `path` as `what` says. Return the message of the ModelError that it is refused with,
    which has to come in time and without much memory; fails for anything else."""
    return refusals(what, [path])[0]


def refusals(what: str, paths: Sequence[Path]) -> list[str]:
    """Open several paths in one process; as `refusal`."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.bounded", what, *map(str, paths)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TIME,
    )
    assert done.returncode == 0, f"{done.returncode}: {done.stderr[-2000:]}"
    answers: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(paths)
    for answer, path in zip(answers, paths, strict=True):
        assert answer["error"] == "ModelError", (path, answer)
        assert answer["grew"] < MOST, (path, answer)
        assert len(answer["message"]) < 1000 and answer["message"].isprintable(), (path, answer)
    return [answer["message"] for answer in answers]


def _peak() -> int:
    if resource is None:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> None:
    what, *paths = sys.argv[1:]
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
    for path in paths:
        answer = {"error": "", "message": ""}
        try:
            _WHAT[what](Path(path))
        except BaseException as error:
            message = str(getattr(error, "message", error))
            answer = {"error": type(error).__name__, "message": message}
        print(json.dumps(answer | {"grew": _peak() - before}), flush=True)


if __name__ == "__main__":
    main()
