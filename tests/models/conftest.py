"""Fixtures for tests of models; only fixtures that need torch import it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from cercafoto.models.model_folder import ModelFolder
from cercafoto.settings import Settings


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder shared by all test workers of one run."""
    own = tmp_path_factory.getbasetemp()
    base = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "prepared"
    base.mkdir(exist_ok=True)
    return base


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return checkpoints by kind, each made when the first test asks for it."""
    from tests.support.hub_checkpoints import MAKERS

    base = tmp_path_factory.mktemp("checkpoints")

    class Checkpoints(dict[str, Path]):
        def __missing__(self, kind: str) -> Path:
            self[kind] = MAKERS[kind](base / kind)
            return self[kind]

    return Checkpoints()


@pytest.fixture(scope="session")
def ready(checkpoints: dict[str, Path], shared: Path) -> Callable[[str], ModelFolder]:
    """Return a function that prepares a checkpoint once for all tests of a run; its weights are
    seeded."""
    from cercafoto.models.prepare import convert as prepare
    from tests.support.prepared_models import quiet

    def get(kind: str) -> ModelFolder:
        with FileLock(shared / f"{kind}.lock"):
            if not (shared / kind).exists():
                source = {"repo": f"prova/{kind}"}
                prepare.prepare(
                    checkpoints[kind], shared / kind, kind, source, None, quiet, precision="fp32"
                )
                assert list(shared.glob(f".{kind}*")) == []
        return ModelFolder.open(shared / kind)

    return get


@pytest.fixture
def machine(tmp_path: Path) -> Settings:
    return Settings(archive=tmp_path / "archive", models=tmp_path / "models")
