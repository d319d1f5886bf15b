"""Read the pickle of a state dict, which describes tensors, without running anything in it.

Python's own unpickler is unsafe even if it is kept from calling functions: with a few bytes, a
stranger's file can make it fill gigabytes (an index of its memo), hash for hours (a key of nested
tuples) or crash. A state dict needs few of a pickle's operations; any other is refused.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from cercafoto.base.paths import printable
from cercafoto.errors import ModelError
from cercafoto.models.prepare.weights.stored_tensor import numbers_in

STORAGES = {
    "DoubleStorage": "float64", "FloatStorage": "float32", "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16", "LongStorage": "int64", "IntStorage": "int32",
    "ShortStorage": "int16", "CharStorage": "int8", "ByteStorage": "uint8", "BoolStorage": "bool",
}  # fmt: skip


MOST_ARGUMENTS = 10  # torch gives at most eight


@dataclass(frozen=True)
class Storage:
    """A block of numbers that tensors are views of.

    kind: number type, a key of `stored_tensor.SIZES`.
    key: name of the block in the file.
    """

    kind: str
    key: str


@dataclass(frozen=True)
class Tensor:
    """A tensor as the pickle describes it; start and strides count numbers of its storage."""

    storage: Storage
    start: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class StateDictReader:
    """Reads the pickles of one file.

    kinds: key of every storage read so far -> its number type.
    path: the file, named in errors.
    """

    def __init__(self, path: Path) -> None:
        self.kinds: dict[str, str] = {}
        self._path = path
        self._stack: list[Any] = []
        self._marks: list[int] = []

    def read(self, stream: IO[bytes]) -> Any:
        """Return the value of one pickle, and leave `stream` after the pickle.

        A state dict becomes a dictionary of name -> Tensor.
        Raises ModelError for a pickle that names a forbidden function; ValueError, TypeError,
        KeyError or IndexError for a pickle that is damaged or not a state dict.
        """
        self._stack, self._marks = [], []
        memo: dict[int, Any] = {}
        argument: Any
        for step, argument, _ in pickletools.genops(stream):
            name = step.name
            if name in _VALUES:
                self._stack.append(argument)
            elif name in _CONSTANTS:
                self._stack.append(_CONSTANTS[name]())
            elif name in {"BINPUT", "LONG_BINPUT"}:
                memo[argument] = self._stack[-1]
            elif name == "MEMOIZE":
                memo[len(memo)] = self._stack[-1]
            elif name in {"BINGET", "LONG_BINGET"}:
                self._stack.append(memo[argument])
            elif name in _STEPS:
                _STEPS[name](self, argument)
            elif name not in {"PROTO", "FRAME", "STOP"}:
                raise ValueError(f"un passo che non serve ai pesi: {name}")
        return self._stack[-1]

    def _mark(self, _: Any) -> None:
        self._marks.append(len(self._stack))

    def _since_mark(self) -> list[Any]:
        begin = self._marks.pop()
        found = self._stack[begin:]
        del self._stack[begin:]
        return found

    def _last(self, number: int) -> list[Any]:
        found = self._stack[-number:]
        if len(found) < number:
            raise IndexError("la pila è vuota")
        del self._stack[-number:]
        return found

    def _put(self, values: list[Any]) -> None:
        """Add values, which alternate names and values, to the dictionary on top of the stack."""
        target = self._stack[-1]
        if not isinstance(target, dict):
            raise TypeError("un elenco di pesi che non è un dizionario")
        target.update(_named(zip(values[::2], values[1::2], strict=True)))

    def _append(self, values: list[Any]) -> None:
        target = self._stack[-1]
        if not isinstance(target, list):
            raise TypeError("un elenco che non è un elenco")
        target += values

    def _attributes(self, _: Any) -> None:
        """Drop the attributes of a state dict, which torch saves beside its tensors."""
        self._stack.pop()
        if not isinstance(self._stack[-1], dict):
            raise TypeError("attributi di qualcosa che non ne ha")

    def _call(self, _: Any) -> None:
        function, arguments = self._last(2)
        if not callable(function):  # only `_FUNCTIONS` are
            raise TypeError("una chiamata di qualcosa che non è una funzione")
        _require_few(arguments)
        self._stack.append(function(*arguments))

    def _storage(self, _: Any) -> None:
        _require_few(described := self._stack.pop())
        _, kind, key, *_ = described
        if not (isinstance(kind, _Kind) and isinstance(key, str)):
            raise TypeError("numeri senza un tipo o senza un nome")
        self.kinds[key] = kind.name
        self._stack.append(Storage(kind.name, key))

    def _find(self, module: Any, name: Any) -> None:
        if not (isinstance(module, str) and isinstance(name, str)):
            raise TypeError("una funzione senza nome")
        if module == "torch" and name in STORAGES:
            self._stack.append(_Kind(STORAGES[name]))
        elif (module, name) in _FUNCTIONS:
            self._stack.append(_FUNCTIONS[module, name])
        else:
            raise ModelError(
                f"Il file {self._path} chiede di eseguire «{printable(f'{module}.{name}'[:80])}», "
                "che nei pesi di un modello non ha ragione di esserci: non l'ho eseguito.",
                "Non usare questo modello, oppure cercane uno con i pesi in model.safetensors.",
            )


@dataclass(frozen=True)
class _Kind:
    """A number type, by its name in `stored_tensor.SIZES`."""

    name: str


def _named(pairs: Iterable[Any]) -> dict[str, Any]:
    found = {}
    for name, value in pairs:
        if not isinstance(name, str):
            raise TypeError("un nome che non è testo")
        found[name] = value
    return found


def _require_few(values: Any) -> None:
    """Raise TypeError unless `values` is a tuple of at most MOST_ARGUMENTS values.

    A pickle may call again and again with the same large tuple, which is read each time.
    """
    if type(values) is not tuple or len(values) > MOST_ARGUMENTS:
        raise TypeError("argomenti che nessun tensore ha")


def _dictionary(pairs: Any = None) -> dict[str, Any]:
    """Return the list `pairs` of (name, value) as a dictionary, and empty the list.

    So a file cannot make many large dictionaries of one list.
    """
    if pairs is None:
        return {}
    if type(pairs) is not list:
        raise TypeError("un dizionario che non è fatto di un elenco")
    found = _named(pairs)
    pairs.clear()
    return found


def _tensor(storage: Storage, start: int, shape: Any, strides: Any, *_: Any) -> Tensor:
    """Return a tensor's description; torch's further arguments are ignored."""
    numbers_in(shape)
    numbers_in(strides)
    if not isinstance(storage, Storage) or type(start) is not int or start < 0:
        raise TypeError("un tensore senza numeri")
    return Tensor(storage, start, tuple(shape), tuple(strides))


def _parameter(tensor: Any, *_: Any) -> Any:
    """Return the tensor of a parameter, which is its first argument."""
    return tensor


_FUNCTIONS: dict[tuple[str, str], Callable[..., Any]] = {
    ("collections", "OrderedDict"): _dictionary,
    ("torch._utils", "_rebuild_tensor"): _tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
}
# Operations by their names in pickletools. LONG1 holds at most 255 bytes.
_VALUES = {
    "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE",
    "BINUNICODE8", "BINSTRING", "SHORT_BINSTRING",
}  # fmt: skip
_CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
}
_STEPS: dict[str, Callable[[StateDictReader, Any], None]] = {
    "MARK": StateDictReader._mark,
    "TUPLE": lambda self, _: self._stack.append(tuple(self._since_mark())),
    "TUPLE1": lambda self, _: self._stack.append(tuple(self._last(1))),
    "TUPLE2": lambda self, _: self._stack.append(tuple(self._last(2))),
    "TUPLE3": lambda self, _: self._stack.append(tuple(self._last(3))),
    "SETITEM": lambda self, _: self._put(self._last(2)),
    "SETITEMS": lambda self, _: self._put(self._since_mark()),
    "APPEND": lambda self, _: self._append(self._last(1)),
    "APPENDS": lambda self, _: self._append(self._since_mark()),
    "BUILD": StateDictReader._attributes,
    "REDUCE": StateDictReader._call,
    "BINPERSID": StateDictReader._storage,
    "GLOBAL": lambda self, argument: self._find(*argument.split(" ", 1)),
    "STACK_GLOBAL": lambda self, _: self._find(*self._last(2)),
}
