"""Weights read without torch equal torch's, or an error names the file; no code in them runs."""

from __future__ import annotations

import os
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="writing weights as others do takes cercafoto[torch]")
import torch
from safetensors.torch import save_file

from cercafoto.errors import ModelError
from cercafoto.models.prepare.weights import open_weights, stored_tensor

TENSORS = {
    "single": torch.randn(7, 5),
    "half": torch.randn(5).half(),
    "brain": torch.randn(3, 4).bfloat16(),
    "double": torch.randn(2, 2).double(),
    "number": torch.tensor(2.5),
    "empty": torch.zeros(0, 3),
    "picture": torch.randn(6, 3, 2, 2),
}


def check(path: Path, expected: dict[str, torch.Tensor]) -> None:
    found = open_weights(path)
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        array = found[name].read()
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, tensor.detach().float().numpy(), err_msg=name)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_state_dict_of_torch(zipped: bool, tmp_path: Path) -> None:
    table = torch.randn(10, 8)
    state = TENSORS | {
        "turned": torch.randn(4, 6).T,
        "cut": table[2:, 3:],
        "same numbers": table,
        "parameter": torch.nn.Parameter(torch.randn(3, 3)),
    }
    path = tmp_path / "pytorch_model.bin"
    torch.save(OrderedDict(state), path, _use_new_zipfile_serialization=zipped)
    check(path, state)


def test_a_state_dict_of_a_module(tmp_path: Path) -> None:
    """With torch's attributes of a state dict, and with expanded position ids."""
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.LayerNorm(4))
    module.register_buffer("places", torch.arange(9).expand(1, -1))
    torch.save(module.state_dict(), tmp_path / "pytorch_model.bin")
    found = open_weights(tmp_path / "pytorch_model.bin")
    assert (found["places"].kind, found["places"].shape) == ("int64", (1, 9))
    np.testing.assert_array_equal(found["0.weight"].read(), module[0].weight.detach().numpy())


def test_safetensors(tmp_path: Path) -> None:
    save_file(TENSORS, tmp_path / "model.safetensors", metadata={"format": "pt"})
    check(tmp_path / "model.safetensors", TENSORS)


def test_a_large_table_is_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_tensor, "PART", 100)
    table = torch.randn(50, 6)
    torch.save({"rows": table, "turned": table.T}, tmp_path / "pytorch_model.bin")
    found = open_weights(tmp_path / "pytorch_model.bin")
    parts = list(found["rows"].parts())
    assert max(part.nbytes for part in parts) <= 100
    np.testing.assert_array_equal(np.concatenate(parts), table.numpy())
    assert len(list(found["turned"].parts())) == 1
    np.testing.assert_array_equal(found["turned"].read(), table.T.numpy())
    np.testing.assert_array_equal(found["turned"].transposed.read(), table.numpy())


class Asks:
    """An object whose pickle calls any function."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("name", ["mkdir", "eval", "load"])
def test_a_pickle_that_asks_for_a_function_is_refused_by_its_name(
    name: str, zipped: bool, tmp_path: Path
) -> None:
    proof = tmp_path / "eseguito"
    function, arguments = {
        "mkdir": (os.mkdir, (str(proof),)),
        "eval": (eval, (f"__import__('os').mkdir({str(proof)!r})",)),
        "load": (torch.hub.load, (str(proof), "x")),
    }[name]
    path = tmp_path / "pytorch_model.bin"
    evil = {"logit_scale": Asks(function, *arguments)}
    if zipped:
        torch.save(evil, path)
    else:
        path.write_bytes(pickle.dumps(evil))
    with pytest.raises(ModelError) as caught:
        open_weights(path)
    # Python 2 had another name for the module; either may be in the message.
    assert f".{name}»" in caught.value.message and str(path) in caught.value.message
    assert not proof.exists()


def test_what_a_pickle_may_call_cannot_be_changed_by_it(tmp_path: Path) -> None:
    """BUILD sets attributes, but never on the objects that read the next file."""
    changed = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n}X\x08\x00\x00\x00__call__K\x01sN\x86b."
    (tmp_path / "pytorch_model.bin").write_bytes(changed)
    with pytest.raises(ModelError, match="danneggiati"):
        open_weights(tmp_path / "pytorch_model.bin")


@pytest.mark.parametrize("keep", [0.0, 0.001, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("kind", ["zip", "one piece", "safetensors"])
def test_a_file_cut_short_is_refused(kind: str, keep: float, tmp_path: Path) -> None:
    path = tmp_path / ("model.safetensors" if kind == "safetensors" else "pytorch_model.bin")
    state = {f"tensor {n}": torch.randn(50, 20) for n in range(4)}
    if kind == "safetensors":
        save_file(state, path)
    else:
        torch.save(state, path, _use_new_zipfile_serialization=kind == "zip")
    path.write_bytes(path.read_bytes()[: int(keep * path.stat().st_size)])
    with pytest.raises(ModelError) as caught:
        open_weights(path)
    assert str(path) in caught.value.message and "danneggiati" in caught.value.message


def test_a_tensor_larger_than_its_numbers_is_refused(tmp_path: Path) -> None:
    path, other = tmp_path / "pytorch_model.bin", tmp_path / "other.bin"
    torch.save({"a": torch.randn(4, 4)}, path)
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(other, "w") as target:
        for entry in source.infolist():
            data = source.read(entry)
            target.writestr(entry.filename, data[:-8] if "/data/" in entry.filename else data)
    other.replace(path)
    with pytest.raises(ModelError, match="«a»"):
        open_weights(path)
