"""Which tests `make check` runs: those without torch, database, browser, cluster or real model.

Modules are chosen by their imports, also through imported test modules; tests by their fixtures.
"""

from __future__ import annotations

import ast
from functools import cache
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

import pytest

TESTS = Path(__file__).parents[1]
NEEDED = frozenset({"torch", "transformers", "psycopg", "playwright", "ray", "rapidocr"})
FIXTURES = frozenset({"postgres", "browser", "mini"})
# Rooms whose tests start servers, screens, engines, training runs or whole flows, which take long.
LONG = ("attacks", "flows", "models", "ocr", "terminal", "training", "web")
SHARED = TESTS / "archive" / "shared"


def is_quick_module(path: Path) -> bool:
    """Whether `make check` collects a test module."""
    if path.relative_to(TESTS).parts[0] in LONG or path.is_relative_to(SHARED):
        return False
    return not _needs(path) & NEEDED


def is_quick(item: pytest.Item) -> bool:
    """Whether `make check` runs a test."""
    if not is_quick_module(item.path) or item.get_closest_marker("slow"):
        return False
    if FIXTURES & set(getattr(item, "fixturenames", ())):
        return False
    # The same test, of an archive in PostgreSQL.
    return "shared" not in item.name.partition("[")[2].removesuffix("]").split("-")


@cache
def _needs(path: Path) -> frozenset[str]:
    """Return the packages that a module imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        match node:
            case ast.Import(names=names):
                found |= {name.name for name in names}
            case ast.ImportFrom(module=str(module), names=names):
                found |= {module, *(f"{module}.{name.name}" for name in names)}
            case ast.Call(func=ast.Attribute(attr="importorskip"), args=[ast.Constant(value=name)]):
                found.add(str(name))
    own = {TESTS.parent.joinpath(*name.split(".")).with_suffix(".py") for name in found}
    for module in own:
        if module.is_relative_to(TESTS) and module.exists() and module != TESTS / "conftest.py":
            found |= _needs(module)
    return frozenset(name.partition(".")[0] for name in found)


class Refusal(Loader):
    """Fails imports of packages that `make check` does not need; asking whether one exists is
    allowed."""

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name) if name in NEEDED else None
        if spec is not None:
            spec.loader = self
        return spec

    def exec_module(self, module: ModuleType) -> None:
        raise AssertionError(f"{module.__name__} is imported, and make check promises not to")
