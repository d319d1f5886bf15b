"""cercafoto stato: the archive in figures."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from cercafoto import Settings
from tests.cli.test_main import Cli
from tests.support.optional_packages import needs


def test_stato(cli: Cli, indexed: Path, settings: Settings) -> None:
    code, out, _ = cli("stato")
    assert code == 0
    assert str(settings.archive) in out
    assert f"{indexed} (5 foto)" in out
    status = json.loads(cli("stato", "--json")[1])
    assert (status["photos"], status["vectors"], status["model"]["name"]) == (5, 5, "tiny")


@needs("hnswlib")
def test_stato_says_whether_there_is_a_graph(
    cli: Cli, indexed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Grafo" in cli("stato")[1]
    assert "assente" not in cli("stato")[1]
    assert json.loads(cli("stato", "--json")[1])["graph"] is True
    monkeypatch.setitem(sys.modules, "hnswlib", None)
    assert "assente" in cli("stato")[1]
    assert json.loads(cli("stato", "--json")[1])["graph"] is False
    for command in (("cerca", "rosso"), ("controlla",), ("simili", indexed / "rosso.png")):
        code, out, err = cli(*command)
        assert (code, "hnswlib" in out + err) == (0, False)
