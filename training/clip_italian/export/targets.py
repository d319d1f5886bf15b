"""Export of a trained run, or of the Flax checkpoint of 2021, to a folder of either kind.

To `vtde`, a folder of transformers; to `cercafoto`, a model folder. Either is built beside its
place and moved there only when it is complete.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cercafoto.models.model_folder import file_digest
from cercafoto.models.prepare.convert import require_torch
from cercafoto.models.registry import name_from
from cercafoto.training.training_errors import InputError

VTDE, CERCAFOTO = "vtde", "cercafoto"
KINDS = (VTDE, CERCAFOTO)
CARD = "README.md"  # what the Hub shows of a folder
LICENCE = "sconosciuta"  # of a checkpoint whose card names no licence

Say = Callable[[str], None]


def export_run(
    run: Path,
    kind: str,
    out: Path,
    which: str = "best",
    name: str = "",
    licence: str = "",
    say: Say = lambda _: None,
    numbers: int = 0,
) -> None:
    """Export a checkpoint of a training run to `out`.

    run: folder of the run.
    which: "best" or "last".
    name: of the model; "" for the name of `out`.
    licence: of the model; "" for the teacher's, or none stated.
    numbers: the first so many of an embedding are served; 0: all of them.
    Raises InputError for a run that cannot be read or exported so, ModelError and its kin as a
    preparation does. What is at `out` stays until the new folder is complete; it is replaced only
    if it is of the same kind.
    """
    require_torch()
    from cercafoto.training.clip_italian.export import run_card, vtde, write_folder
    from cercafoto.training.clip_italian.model import load_run

    _require_place(out, kind)
    loaded = load_run(run, which)
    model, tokens = loaded.model, loaded.config.towers.max_tokens
    if numbers and not loaded.config.loss.matryoshka:
        raise InputError(
            f"--dimensions {numbers}: the run did not learn short embeddings, so their first "
            "numbers say no more than others; train it with loss.matryoshka, or export all numbers"
        )
    if numbers > model.dimension:
        raise InputError(f"--dimensions {numbers}: an embedding has {model.dimension} numbers")
    licence = licence or model.licence
    source = {"run": run.name, "checkpoint": which}
    side = loaded.preprocessing.size
    written_card = run_card.of_run(
        run, which, name or out.name, licence, numbers or model.dimension, side
    )
    if kind == CERCAFOTO and not vtde.is_vtde(model):
        described = {
            "name": name or name_from(out.name),
            "version": file_digest(run / "checkpoints" / f"{which}.pt")[:12],
            "licence": licence or LICENCE,
            "source": source,
        }
        write_folder.export(
            model,
            loaded.tokenizer,
            loaded.preprocessing,
            out,
            described,
            say,
            written_card,
            numbers,
        )
        return
    with _written(out, kind, name, licence, source, say) as folder:
        say("writing the model of transformers")
        vtde.write(folder, model, loaded.tokenizer, loaded.preprocessing, tokens)
        (folder / CARD).write_text(written_card, encoding="utf-8")


def export_flax(
    checkpoint: Path,
    kind: str,
    out: Path,
    name: str = "",
    licence: str = "",
    say: Say = lambda _: None,
) -> None:
    """Export a Flax checkpoint (see `flax.convert`) to `out`. Raises as `export_run` does."""
    require_torch()
    from cercafoto.training.clip_italian.export import flax

    _require_place(out, kind)
    source = {"path": str(checkpoint.absolute()), "weights": flax.WEIGHTS}
    with _written(out, kind, name, licence, source, say) as folder:
        say("reading the weights of Flax")
        flax.convert(checkpoint, folder)


@contextmanager
def _written(
    out: Path, kind: str, name: str, licence: str, source: dict[str, Any], say: Say
) -> Iterator[Path]:
    """Yield an empty folder for a checkpoint of transformers.

    After the block it is moved to `out`, or prepared as a model there.
    """
    from cercafoto.models.prepare.convert import prepare, take_place

    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        yield folder
        if kind == CERCAFOTO:
            say("making the model folder, and comparing it with torch")
            card = folder / CARD
            prepare(
                folder,
                out,
                name or name_from(out.name),
                source,
                licence or None,
                lambda _: None,  # it speaks Italian, as the programs for which it is made
                card=card.read_text(encoding="utf-8") if card.is_file() else "",
            )
            return
        for file in folder.iterdir():
            file.chmod(0o644)  # safetensors lets only the owner read
        take_place(folder, out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _require_place(out: Path, kind: str) -> None:
    """Raise InputError if an export would destroy something else at `out`."""
    if kind not in KINDS:
        raise InputError(f"--to {kind}: there are {', '.join(KINDS)}")
    mark = {VTDE: "config.json", CERCAFOTO: "model.json"}[kind]
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not (out / mark).is_file()):
        raise InputError(f"{out}: there is something else already; name another folder")
    if (out / "checkpoints").exists():
        raise InputError(f"{out}: the folder of a run; name another one to export to")
