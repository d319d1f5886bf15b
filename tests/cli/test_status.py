"""cercafoto stato: the archive in figures."""

from __future__ import annotations

import json
from pathlib import Path

from cercafoto import Settings
from tests.cli.test_main import Cli


def test_stato(cli: Cli, indexed: Path, settings: Settings) -> None:
    code, out, _ = cli("stato")
    assert code == 0
    assert str(settings.archive) in out
    assert f"{indexed} (5 foto)" in out
    status = json.loads(cli("stato", "--json")[1])
    assert (status["photos"], status["vectors"], status["model"]["name"]) == (5, 5, "tiny")
