"""Turn a checkpoint into a model folder: read, export, compare with the original, describe.

The folder is built beside its destination and renamed at the end, so a model is either complete or
absent.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cercafoto.base.installation import UPGRADE, install_command
from cercafoto.base.italian_counts import thousands
from cercafoto.base.own_process import give_back_memory
from cercafoto.errors import CercafotoError, DiskFullError, ModelError
from cercafoto.models.model_folder import DESCRIPTION, FORMAT, ModelFolder, file_digest
from cercafoto.models.prepare.quantization import (
    AUTO,
    CAPTIONS,
    EIGHT,
    NEIGHBOURS,
    Agreement,
    lighten,
)
from cercafoto.models.prepare.transformers_checkpoint import Checkpoint
from cercafoto.models.registry import check_name
from cercafoto.models.space import require_space, space_needed

if TYPE_CHECKING:
    from cercafoto.models.encode.encoder import Encoder
    from cercafoto.models.prepare.known_towers import KnownTowers

Lighter = Callable[..., "dict[str, Agreement]"]
Compare = Callable[["Encoder"], "dict[str, float]"]

BACKGROUND = Path(__file__).parent / "background_it.txt"

# In the names of hidden folders: a model that is being built, an old model that is being replaced.
BUILDING, REPLACED = ".preparo-", ".vecchio-"

# The label as it is, with its article. With this template CLIP-Italian does best on ImageNet in
# Italian (22.11 % against 21.12 % with "una foto di {}").
PROMPTS = ("{}",)


def prepare(
    checkpoint: Path,
    destination: Path,
    name: str,
    source: dict[str, Any],
    licence: str | None,
    progress: Callable[[str], None],
    precision: str = AUTO,
    photos: Sequence[Path] = (),
    card: str = "",
) -> ModelFolder:
    """Make the model folder `destination` from a checkpoint on this disk, and return it.

    An older folder at `destination` stays until the new one is complete.

    source: where the checkpoint comes from, for `model.json`.
    licence: licence for `model.json`; None takes the licence of the model card.
    progress: called with an Italian line at each stage.
    precision, photos: see `quantization.lighten`.
    card: text for the folder's README.md; "" for none.

    Raises ModelError for a checkpoint that is damaged or of a kind that cercafoto cannot serve, if
    the graphs give other results than the original, or if torch is needed and missing; UsageError
    for a bad name; DiskFullError.
    """
    from cercafoto.models.prepare.known_towers import KnownTowers

    check_name(name)
    source_model = Checkpoint.open(checkpoint)
    known = KnownTowers.of(source_model)
    if known is None:
        require_torch()
    progress(f"Leggo il modello in {checkpoint}")
    with new_model_folder(destination, source_model.weight_bytes) as folder:
        text, compared = (
            _export_towers(source_model, folder, progress)
            if known is None
            else _fill_shipped_towers(source_model, known, folder, progress)
        )
        if card:
            (folder / "README.md").write_text(card, encoding="utf-8")
        described = {
            "name": name,
            "version": str(source.get("revision") or file_digest(source_model.weights))[:12],
            "licence": licence or source_model.licence,
            "source": source,
            "image": source_model.image,
            "text": text,
        }
        lighter = partial(
            lighten, folder, photos=photos, captions=background_captions(), precision=precision
        )
        for tower, agreement in finish(folder, described, compared, lighter).items():
            progress(_agreement_line(tower, agreement, precision))
    return ModelFolder.open(destination)


@contextmanager
def new_model_folder(destination: Path, weight_bytes: int) -> Iterator[Path]:
    """Yield an empty folder to build a model in, and move it to `destination` after the block.

    If the block raises or the folder is no model, the folder is deleted and an older model at
    `destination` stays.

    weight_bytes: size of all weights.
    Raises DiskFullError if the disk has no room before the block or fills up in it; ModelError
    for whatever else an exporter raises in the block, and if the folder is no model after it.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    require_space("preparare il modello", space_needed(weight_bytes), destination.parent)
    with _temporary_folder(destination) as folder:
        yield folder
        ModelFolder.open(folder)
        take_place(folder, destination)


def copy_model(finished: ModelFolder, destination: Path) -> ModelFolder:
    """Verify a finished model folder, copy it to `destination` and return the copy.

    On an error `destination` stays as it was. Raises ModelError for a damaged model, DiskFullError.
    """
    finished.verify()
    size = sum((finished.path / name).stat().st_size for name in finished.files)
    destination.parent.mkdir(parents=True, exist_ok=True)
    require_space("preparare il modello", space_needed(size), destination.parent)
    with _temporary_folder(destination) as folder:
        for name in (*finished.files, DESCRIPTION):
            shutil.copyfile(finished.path / name, folder / name)
        ModelFolder.open(folder).verify()
        take_place(folder, destination)
    return ModelFolder.open(destination)


def require_torch() -> None:
    """Raise ModelError if the packages for exporting a checkpoint are missing."""
    packages = ("torch", "transformers", "onnxscript")
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        raise ModelError(
            "Per preparare questo modello servono torch e transformers "
            f"(qui mancano: {', '.join(missing)}).",
            f"Per installarli: {install_command('torch')}",
        )


def sweep(models: Path) -> None:
    """Remove what a killed preparation left in `models`, and restore the model it was replacing."""
    for path in sorted(models.glob(".*")):
        if REPLACED in path.name:
            home = models / path.name[1:].split(REPLACED)[0]
            if not home.exists():
                path.rename(home)
                continue
        if BUILDING in path.name or REPLACED in path.name:
            shutil.rmtree(path, ignore_errors=True)


def _fill_shipped_towers(
    checkpoint: Checkpoint, known: KnownTowers, folder: Path, progress: Callable[[str], None]
) -> tuple[dict[str, Any], Compare]:
    """Write the graphs that ship, filled with the checkpoint's weights, and the tokenizer.

    Return "text" of `model.json`, and a comparison that does nothing: without torch there is no
    original to compare with.
    """
    from cercafoto.models.prepare.tokenizer import check_words, save_tokenizer

    text = save_tokenizer(checkpoint, folder / "tokenizer.json")
    progress("Preparo la parte che guarda le immagini e quella che legge le parole")
    written = known.write_graphs(checkpoint.weights, folder)
    check_words(folder / "tokenizer.json", checkpoint, written.words)
    progress(
        f"I pesi ci sono tutti ({written.tensors} tensori), della forma che il modello vuole e "
        "senza valori anomali"
    )
    return text, lambda encoder: {}


def _export_towers(
    checkpoint: Checkpoint, folder: Path, progress: Callable[[str], None]
) -> tuple[dict[str, Any], Compare]:
    """Export a checkpoint's graphs and tokenizer with torch.

    Return "text" of `model.json`, and a function that compares the folder with the original.
    """
    # Imported late: they take some seconds.
    from cercafoto.models.prepare.onnx_export import export_image, export_text
    from cercafoto.models.prepare.parity_check import check
    from cercafoto.models.prepare.tokenizer import reference_tokenizer, save_tokenizer
    from cercafoto.models.prepare.towers import load, towers

    model = load(checkpoint)
    image_tower, text_tower = towers(model, checkpoint)
    text = save_tokenizer(checkpoint, folder / "tokenizer.json", reference_tokenizer(checkpoint))
    work = folder / "lavoro"
    work.mkdir()
    progress("Converto la parte che guarda le immagini")
    export_image(image_tower, int(checkpoint.image["size"]), folder / "image.onnx", work)
    progress("Converto la parte che legge le parole")
    export_text(text_tower, text, folder / "text.onnx", work)
    work.rmdir()

    def compared(encoder: Encoder) -> dict[str, float]:
        progress("Confronto i risultati con quelli dell'originale, su foto e frasi vere")
        return check(checkpoint, model, image_tower, encoder, progress)

    return text, compared


def _agreement_line(tower: str, agreement: Agreement, precision: str) -> str:
    what = {"image": "Per le immagini", "text": "Per le parole"}[tower]
    faster = tower == "image" or precision == EIGHT
    gain = "più rapidi" if faster else "con cui una ricerca chiede metà della memoria"
    if agreement.number <= NEIGHBOURS:  # only if the person asked for int8
        return (
            f"{what} uso pesi a 8 bit, {gain}; con {thousands(agreement.number)} foto non si può "
            "misurare quanto cambia."
        )
    share = f"{100 * agreement.recall:.1f}".replace(".", ",")
    among = "didascalie" if agreement.among == CAPTIONS else "foto"
    nearest = "trovate" if tower == "text" and agreement.among != CAPTIONS else "più simili"
    measured = f"su {agreement.number} {among}, il {share}% delle dieci {nearest} resta lo stesso"
    if agreement.kept:
        return f"{what} uso pesi a 8 bit, {gain}: {measured}."
    return f"{what} tengo i pesi interi: a 8 bit, {measured}, e ne serve il 98%."


def finish(
    folder: Path,
    described: dict[str, Any],
    compare: Compare,
    lighter: Lighter | None = None,
) -> dict[str, Agreement]:
    """Make a folder with graphs and a tokenizer a complete model; return what `lighter` measured.

    Writes `model.json`, with the calibration, and the vectors of the background captions.

    described: name, version, licence, source, image and text of `model.json`.
    compare: called with the folder's encoder; raises if the vectors are wrong, and returns the
        lowest cosines for `model.json`, {} if there is no original.
    lighter: quantizes the towers after `compare` has passed, and returns how far each tower agrees
        with its full weights; see `quantization.lighten`. None quantizes nothing and returns {}.

    Raises ModelError if images and sentences get vectors of different lengths.
    """
    from cercafoto.base.arrays import save
    from cercafoto.models.encode.encoder import Encoder
    from cercafoto.models.prepare.calibration import calibrate

    description: dict[str, Any] = {
        "format": FORMAT,
        **described,
        "dimension": _dimension(folder),
        "prompts": list(PROMPTS),
        "calibration": {},
        "quality": {},
        "files": {},
    }
    # A provisional description: the encoder needs one, and the final one needs the encoder's
    # figures.
    _write_description(folder, description)

    def embed() -> Encoder:
        # Nobody keeps an encoder: it maps the weights, and Windows cannot rename a folder with a
        # mapped file. Memory of the previous encoder is given back first.
        give_back_memory()
        return Encoder(ModelFolder.open(folder))

    lowest = compare(embed())
    if lowest:
        description["quality"] = {"parity": {k: round(v, 7) for k, v in lowest.items()}}
    agreements: dict[str, Agreement] = {}
    if lighter is not None:
        agreements = lighter(embed=embed)
    if agreements:
        description["quality"]["int8"] = {
            tower: {
                "kept": agreement.kept,
                agreement.among: agreement.number,
                "recall@10": round(agreement.recall, 4),
                "least centred cosine": round(agreement.cosine, 4),
            }
            for tower, agreement in agreements.items()
        }
    background = embed().embed_texts(background_captions())
    save(folder / "background.npy", background)
    description["calibration"] = calibrate(embed)
    description["files"] = {
        path.name: file_digest(path)
        for path in sorted(folder.iterdir())
        if path.name != DESCRIPTION
    }
    _write_description(folder, description)
    return agreements


def _dimension(folder: Path) -> int:
    from cercafoto.models.onnx_runtime import ort

    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.add_session_config_entry("session.disable_prepacking", "1")
    sizes = set()
    for graph, output in (("image.onnx", "image_embeds"), ("text.onnx", "text_embeds")):
        session = ort.InferenceSession(
            str(folder / graph), sess_options=options, providers=["CPUExecutionProvider"]
        )
        sizes |= {int(o.shape[-1]) for o in session.get_outputs() if o.name == output}
    if len(sizes) != 1:
        raise ModelError(
            "Le immagini e le parole di questo modello non si possono confrontare "
            f"(vettori di lunghezza {sorted(sizes)}).",
            "Scegli un modello addestrato su immagini e testi insieme.",
        )
    return sizes.pop()


def background_captions() -> list[str]:
    """Return the fixed Italian captions that a photo's margins are measured against."""
    lines = BACKGROUND.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip()]


def _write_description(folder: Path, description: dict[str, Any]) -> None:
    text = json.dumps(description, indent=2, ensure_ascii=False)
    (folder / DESCRIPTION).write_text(text + "\n", encoding="utf-8")


@contextmanager
def _temporary_folder(destination: Path) -> Iterator[Path]:
    """Yield a new folder beside `destination`, deleted after the block unless it was renamed.

    If the block raises an error that is not cercafoto's, raises DiskFullError for a full disk,
    ModelError for anything else.
    """
    folder = Path(tempfile.mkdtemp(prefix=f".{destination.name}{BUILDING}", dir=destination.parent))
    try:
        yield folder
    except CercafotoError:
        raise
    except MemoryError as error:
        raise ModelError(
            "La memoria non basta per preparare il modello.",
            "Chiudi qualche programma e riprova.",
        ) from error
    except Exception as error:
        # torch, onnx and ONNX Runtime have their own exceptions, also for a full disk.
        full = isinstance(error, OSError) and error.errno == errno.ENOSPC
        if full or shutil.disk_usage(destination.parent).free < 1_000_000:
            raise DiskFullError(
                f"Il disco si è riempito mentre preparavo il modello in {destination.parent}.",
                "Quello che era a metà è stato tolto. Libera spazio e riprova.",
            ) from error
        raise ModelError(
            f"Il modello non si riesce a preparare ({type(error).__name__}: {str(error)[:200]}).",
            f"Aggiorna: {install_command('torch' if find_spec('torch') else '', UPGRADE)}\n"
            "Se non basta, il modello non è adatto.",
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def take_place(folder: Path, destination: Path) -> None:
    """Rename a finished folder to `destination`, after its files are safely on the disk.

    An older folder is deleted afterwards, or restored if the rename fails.
    folder: must have the same parent folder as `destination`.
    """
    # mkdtemp makes folders private; all users of a machine may share a model.
    folder.chmod(0o755)
    for path in folder.iterdir():
        if path.is_file():  # onnx writes private files too
            path.chmod(0o644)
    _sync(folder)
    if not destination.exists():
        folder.rename(destination)
        return
    aside = destination.with_name(f".{destination.name}{REPLACED}{folder.name.rsplit('-', 1)[-1]}")
    destination.rename(aside)
    try:
        folder.rename(destination)
    except BaseException:
        aside.rename(destination)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Flush a folder without subfolders, and its files, to the disk, to survive a power cut."""
    for path in (*folder.iterdir(), folder):
        if path.is_dir() and os.name == "nt":
            continue  # Windows cannot sync a directory
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
