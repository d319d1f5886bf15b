"""The models of this machine, as a person handles them (`modello`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from cercafoto.base.reporter import SILENT, Reporter
from cercafoto.models import model_choice
from cercafoto.models.model_folder import ModelFolder
from cercafoto.models.registry import EMBEDDED, list_models, offered_models, verify_model
from cercafoto.results import ModelInfo, VerifiedModel
from cercafoto.settings import Settings


class ModelShelf:
    """The models that there are, the one to use, and ways to get another.

    sample: picks photos of the person's own, on which to measure whether eight bits will do.
    """

    def __init__(
        self, settings: Settings, sample: Callable[[], Sequence[Path]] = lambda: ()
    ) -> None:
        self.settings = settings
        self._sample = sample

    def list(self) -> Sequence[ModelInfo]:
        """List the models that are ready, damaged ones, and known ones still to download."""
        return list_models(self.settings, model_choice.preferred(self.settings))

    def offered(self) -> Sequence[ModelInfo]:
        """List the models to choose from, in the order in which they are offered."""
        return offered_models(self.settings, model_choice.preferred(self.settings))

    def is_embedded(self, name: str) -> bool:
        """Whether this is the small model that comes with the package."""
        return name == EMBEDDED

    def use(self, name: str) -> ModelFolder:
        """Set the model that `index` takes; "auto" forgets it. Raises as `model_choice.use`."""
        return model_choice.use(self.settings, name)

    def download(
        self, name: str, *, precision: str = "auto", reporter: Reporter = SILENT
    ) -> ModelFolder:
        """Download a known model, or one of the Hub by its id, and prepare it.

        precision: see `quantization.lighten`.

        Raises as `obtain.obtain`, UsageError for no such precision.
        """
        from cercafoto.models.obtain import obtain

        photos = self._photos_for(precision)
        return obtain(
            self.settings, name, reporter, reporter.say, precision=precision, photos=photos
        )

    def add(
        self,
        source: str,
        name: str | None = None,
        *,
        precision: str = "auto",
        reporter: Reporter = SILENT,
    ) -> ModelFolder:
        """Prepare a model of the Hub or of a folder on this disk, under a name of its own or
        `name`. Raises as `obtain.add`, UsageError for no such precision."""
        from cercafoto.models.obtain import add

        photos = self._photos_for(precision)
        return add(self.settings, source, reporter, reporter.say, name, precision, photos)

    def check(self, name: str) -> VerifiedModel:
        """Compare every file of a model with its description. Raises ModelError."""
        return verify_model(self.settings, name)

    def _photos_for(self, precision: str) -> Sequence[Path]:
        from cercafoto.models.prepare.quantization import FULL, check_choice

        return () if check_choice(precision) == FULL else self._sample()
