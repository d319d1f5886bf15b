"""List and find models: the embedded one, models prepared on this machine, models known by name.

Every search looks up its archive's model here, so this module parses only `model.json` files and
imports nothing heavy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cercafoto.errors import ModelError, UnknownModelError, UsageError
from cercafoto.models.model_folder import DESCRIPTION, ModelFolder
from cercafoto.settings import Settings

if TYPE_CHECKING:
    from cercafoto.results.models import ModelInfo, VerifiedModel

EMBEDDED = "mini"
AUTO = "auto"
EMBEDDED_PATH = Path(__file__).parent / EMBEDDED

_SLUG = r"[a-z0-9][a-z0-9._-]{0,63}"
# Windows reserves these names for devices, with any extension.
_DEVICES = {"con", "prn", "aux", "nul"} | {f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10)}


class KnownModel(NamedTuple):
    """A model of the Hub that has a short name in cercafoto.

    revision: the commit to download; None for the newest, which `model.json` then records.
    size: bytes to download, rounded up.
    good_at: what the model is good at, in Italian, for a person who chooses.
    finds: of 100 Italian captions of Crossmodal-3600, how many find their photo: mean of the first,
        the first five and the first ten answers, as published; None if nobody has published it.
    slowness: processor time of `index` for a photo, divided by that of `mini`; as `make bench`
        measures it. docs/modelli.md has the sources of both.
    is_offered: False for a model that only those who have it should go on using.
    """

    name: str
    title: str
    repo: str
    revision: str | None
    licence: str
    size: int
    good_at: str
    finds: int | None
    slowness: float
    is_offered: bool = True


# Figures are from the model card and the file list of this revision, which added the PyTorch
# weights.
CLIP_ITALIAN = KnownModel(
    name="clip-italian",
    title="CLIP-Italian",
    repo="clip-italian/clip-italian",
    revision="ec24f9388c45cbc404a12d94038c623425f99a31",
    licence="GPL-3.0",
    size=796_000_000,
    good_at="l'italiano; è quello che cercafoto riproduce",
    finds=None,
    slowness=2.6,
)
# Sizes include the tokenizers: SigLIP's is from its page on the Hub, those of SigLIP 2 are computed
# from their vocabulary and layers.
SIGLIP_2_FAST = KnownModel(
    name="siglip2-rapido",
    title="SigLIP 2, quello più rapido",
    repo="google/siglip2-base-patch32-256",
    revision=None,
    licence="Apache-2.0",
    size=1_546_000_000,
    good_at="molte foto, molte lingue",
    finds=82,
    slowness=3.4,
)
SIGLIP_2 = KnownModel(
    name="siglip2",
    title="SigLIP 2",
    repo="google/siglip2-base-patch16-256",
    revision="3f9f96cb90da5dbc758b01813f2f6f1aee24c1ab",
    licence="Apache-2.0",
    size=1_540_000_000,
    good_at="molte lingue, recente",
    finds=84,  # published only for its sibling with pictures of 224 pixels
    slowness=12,
)
SIGLIP_2_LARGE = KnownModel(
    name="siglip2-grande",
    title="SigLIP 2, quello grande",
    repo="google/siglip2-large-patch16-256",
    revision=None,
    licence="Apache-2.0",
    size=3_565_000_000,
    good_at="trovare di più; chiede un computer potente",
    finds=87,
    slowness=37,
)
# As large as SigLIP 2, which finds four captions more.
SIGLIP = KnownModel(
    name="siglip",
    title="SigLIP multilingue",
    repo="google/siglip-base-patch16-256-multilingual",
    revision=None,
    licence="Apache-2.0",
    size=1_510_000_000,
    good_at="molte lingue",
    finds=80,
    slowness=12,
    is_offered=False,
)
KNOWN = {
    model.name: model for model in (CLIP_ITALIAN, SIGLIP_2_FAST, SIGLIP_2, SIGLIP_2_LARGE, SIGLIP)
}
OFFERED = {name: model for name, model in KNOWN.items() if model.is_offered}


class Registry:
    """The models that this machine can serve."""

    def __init__(self, settings: Settings) -> None:
        self.models = settings.models

    def embedded(self) -> ModelFolder:
        """Return the model inside the package. Raises ModelError if the installation lacks it."""
        return ModelFolder.open(EMBEDDED_PATH)

    def prepared(self) -> list[ModelFolder]:
        """Return the undamaged models prepared on this machine, in order of folder names."""
        return [model for _, model in self._scan() if isinstance(model, ModelFolder)]

    def damaged(self) -> list[tuple[Path, ModelError]]:
        """Return the model folders that cannot be served, each with the reason."""
        return [(path, model) for path, model in self._scan() if isinstance(model, ModelError)]

    def find(self, name: str) -> ModelFolder | None:
        """Return the model called `name`, None if there is none. Raises ModelError if damaged."""
        if name == EMBEDDED:
            return self.embedded()
        for path, model in self._scan():
            if isinstance(model, ModelFolder):
                if model.name == name:
                    return model
            elif path.name == name:
                raise model
        return None

    def find_by_fingerprint(self, fingerprint: str) -> ModelFolder | None:
        """Return the undamaged model with this fingerprint; None if there is none.

        Raises ModelError if the embedded model is damaged.
        """
        candidates = self.prepared()
        if (EMBEDDED_PATH / DESCRIPTION).is_file():
            candidates.insert(0, self.embedded())
        return next((c for c in candidates if c.fingerprint == fingerprint), None)

    def _scan(self) -> Iterator[tuple[Path, ModelFolder | ModelError]]:
        try:
            # Names that begin with a dot are downloads and unfinished preparations.
            paths = sorted(p for p in self.models.iterdir() if not p.name.startswith("."))
        except OSError:
            return  # no model was ever prepared here
        for path in paths:
            if not (path / DESCRIPTION).is_file():
                continue
            try:
                yield path, ModelFolder.open(path)
            except ModelError as error:
                yield path, error


def check_name(name: str) -> str:
    """Return `name`, the name of a model. Raises UsageError if `name` is reserved or not valid."""
    if name in {EMBEDDED, AUTO}:
        raise UsageError(
            f"Il nome «{name}» è riservato: un modello aggiunto non può prenderlo.",
            "Scegline un altro con --nome.",
        )
    if not re.fullmatch(_SLUG, name) or name.endswith(".") or name.split(".")[0] in _DEVICES:
        raise UsageError(
            f"«{name}» non va bene come nome di un modello.",
            "Usa lettere minuscole senza accenti, cifre, punti e trattini, per esempio "
            "--nome siglip-base.",
        )
    return name


def name_from(hub_id_or_path: str) -> str:
    """Return a model name made from a Hub id or folder: "google/SigLIP base" -> "siglip-base".

    Raises UsageError if no valid name comes out.
    """
    last = hub_id_or_path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1].lower()
    return check_name(re.sub(r"[^a-z0-9._-]+", "-", last).strip("-._"))


def list_models(settings: Settings, in_use: str | None = None) -> tuple[ModelInfo, ...]:
    """Return every model: embedded, prepared, damaged, and known ones still to download.

    in_use: name of the model to mark as in use, from `model_choice.preferred`; None for none.
    """
    from cercafoto.results.models import ModelInfo  # late: a search lists no models

    registry = Registry(settings)
    found: list[tuple[Path, ModelFolder | ModelError]] = []
    try:
        found.append((EMBEDDED_PATH, registry.embedded()))
    except ModelError as error:
        found.append((EMBEDDED_PATH, error))
    found += [(folder.path, folder) for folder in registry.prepared()]
    found += registry.damaged()
    lines = [_line(path, model, in_use) for path, model in found]
    present = {line.name for line in lines}
    lines += [
        ModelInfo(
            name=model.name,
            version=(model.revision or "main")[:12],
            dimension=None,
            licence=model.licence,
            size=model.size,
            path=None,
            in_use=False,
            state="da scaricare",
        )
        for model in OFFERED.values()
        if model.name not in present
    ]
    return tuple(lines)


def offered_models(settings: Settings, in_use: str | None = None) -> tuple[ModelInfo, ...]:
    """Return the models to choose from: the known ones, CLIP-Italian first, then the embedded one.

    in_use: as `list_models` takes it.
    """
    here = {model.name: model for model in list_models(settings, in_use)}
    known = [
        replace(here[m.name], good_at=m.good_at, finds=m.finds, slowness=m.slowness)
        for m in OFFERED.values()
    ]
    return (*known, replace(here[EMBEDDED], good_at="cominciare: è già qui", slowness=1))


def verify_model(settings: Settings, name: str) -> VerifiedModel:
    """Read a whole model, compare its files with its description, and return what was checked.

    Raises ModelError for an unknown name or a damaged model; the message names the first bad file.
    """
    from cercafoto.results.models import VerifiedModel

    folder = Registry(settings).find(name)
    if folder is None:
        raise unknown(name)
    folder.verify()
    return VerifiedModel(
        name=folder.name,
        path=folder.path,
        fingerprint=folder.fingerprint,
        files=len(folder.files) + 1,
        size=_size(folder.path),
    )


def unknown(name: str) -> UnknownModelError:
    """Return the error for a model called `name` that is not on this machine."""
    if name in KNOWN:
        return UnknownModelError(
            f"Il modello «{name}» non è ancora su questo computer.",
            f"Scaricalo con «cercafoto modello scarica {name}».",
        )
    return UnknownModelError(
        f"Non c'è nessun modello che si chiami «{name}».",
        "Con «cercafoto modello elenco» vedi quelli pronti, con «cercafoto modello» quelli che si "
        "possono scaricare.",
    )


def model_gone(name: str) -> ModelError:
    """Return the error for an archive whose model, called `name`, is not on this machine."""
    return ModelError(
        f"Il modello «{name}» con cui è fatto l'archivio non c'è più, o è cambiato.",
        "Esegui «cercafoto index» per rianalizzare le foto con il modello di ora, oppure "
        "rimetti quello di prima (cercafoto modello elenco).",
    )


def _line(path: Path, model: ModelFolder | ModelError, in_use: str | None) -> ModelInfo:
    """Return the line of the list for a good model folder, or for a damaged one."""
    from cercafoto.results.models import ModelInfo

    good = model if isinstance(model, ModelFolder) else None
    name = good.name if good else path.name
    return ModelInfo(
        name=name,
        version=good.version if good else "?",
        dimension=good.dimension if good else None,
        licence=good.licence if good else "?",
        size=_size(path),
        path=path,
        in_use=name == in_use,
        state="pronto" if good else "danneggiato",
        problem=model.message if isinstance(model, ModelError) else "",
    )


def _size(path: Path) -> int:
    total = 0
    for file in path.rglob("*"):
        try:
            total += file.stat().st_size if file.is_file() else 0
        except OSError:
            continue  # a file may disappear meanwhile
    return total
