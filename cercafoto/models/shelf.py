"""List, choose, download, add and check models: the actions of the command `modello`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from cercafoto.base.reporter import SILENT, Reporter
from cercafoto.models import model_choice
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.registry import (
    AUTO,
    EMBEDDED,
    SIGLIP_2_FAST,
    list_models,
    offered_models,
    verify_model,
)
from cercafoto.results.models import ModelInfo, VerifiedModel
from cercafoto.settings import Settings

MANY = 500  # new photos of an index, after which a larger model is worth a line


class ModelShelf:
    """The models of this machine, and the actions on them.

    sample: returns some of the person's own photos, on which a new model's eight-bit weights are
        compared with its full weights.
    archive_model: returns the name of the archive's model; None without an archive.
    """

    def __init__(
        self,
        settings: Settings,
        sample: Callable[[], Sequence[Path]] = lambda: (),
        archive_model: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.settings = settings
        self._sample = sample
        self._archive_model = archive_model

    def list(self) -> Sequence[ModelInfo]:
        """Return the models that are ready, damaged ones, and known ones still to download."""
        return list_models(self.settings, self._preferred())

    def offered(self) -> Sequence[ModelInfo]:
        """Return the models to choose from, in the order to offer them."""
        return offered_models(self.settings, self._preferred())

    def larger_to_tell(self, model: str, new_photos: int) -> ModelInfo | None:
        """Return a larger model to tell the person of, after an index with `model`; else None.

        Only once for an archive, after the first run with many new photos, and only if the model is
        the embedded one and the person has not chosen it.
        """
        chosen = self.settings.model != AUTO or model_choice.remembered(self.settings)
        if not self.is_embedded(model) or chosen or new_photos <= MANY:
            return None
        if not model_choice.is_first_time(self.settings):
            return None
        return next(m for m in self.offered() if m.name == SIGLIP_2_FAST.name)

    def _preferred(self) -> str:
        return model_choice.preferred(self.settings, self._archive_model())

    def is_embedded(self, name: str) -> bool:
        """Return True for the small model inside the package."""
        return name == EMBEDDED

    def use(self, name: str) -> ModelFolder:
        """Set the model that `index` uses, and return it; see `model_choice.use`."""
        return model_choice.use(self.settings, name, self._archive_model())

    def download(
        self, name: str, *, precision: str = "auto", reporter: Reporter = SILENT
    ) -> ModelFolder:
        """Download a model, by its known name or Hub id, prepare it and return it.

        precision: see `quantization.lighten`.
        Raises as `obtain.obtain`; UsageError for an unknown precision.
        """
        from cercafoto.models.obtain import obtain

        photos = self._photos_for(precision)
        return obtain(self.settings, name, reporter, precision=precision, photos=photos)

    def add(
        self,
        source: str,
        name: str | None = None,
        *,
        precision: str = "auto",
        reporter: Reporter = SILENT,
    ) -> ModelFolder:
        """Prepare a model from the Hub or from a folder on this disk, and return it.

        source, name: see `obtain.add`. precision: see `quantization.lighten`.
        Raises as `obtain.add`; UsageError for an unknown precision.
        """
        from cercafoto.models.obtain import add

        return add(self.settings, source, reporter, name, precision, self._photos_for(precision))

    def check(self, name: str) -> VerifiedModel:
        """Compare a model's files with its description; see `registry.verify_model`."""
        return verify_model(self.settings, name)

    def _photos_for(self, precision: str) -> Sequence[Path]:
        from cercafoto.models.prepare.quantization import FULL, check_choice

        return () if check_choice(precision) == FULL else self._sample()
