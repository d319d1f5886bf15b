"""cercafoto modello: the list of models, and their check."""

from __future__ import annotations

import json

from cercafoto import Settings
from tests.cli.test_main import Cli


def test_modello_elenco_and_verifica(cli: Cli, settings: Settings) -> None:
    rows = {m["name"]: m for m in json.loads(cli("modello", "elenco", "--json")[1])}
    assert rows["tiny"]["in_use"]
    assert rows["clip-italian"]["licence"] == "GPL-3.0"
    assert rows["mini"]["state"] == "pronto"
    code, out, _ = cli("modello", "verifica", "tiny")
    assert (code, out) == (0, "tiny: 5 file, tutto in ordine\n")
    real = (settings.models / "tiny").resolve()
    (settings.models / "tiny").unlink()
    copied = settings.models / "tiny"
    copied.mkdir()
    for file in real.iterdir():
        copied.joinpath(file.name).write_bytes(file.read_bytes())
    damaged = copied / "image.onnx"
    content = bytearray(damaged.read_bytes())
    content[99] ^= 1
    damaged.write_bytes(content)
    code, _, err = cli("modello", "verifica")
    assert code == 1
    assert "image.onnx" in err
