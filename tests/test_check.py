"""`make check` needs no torch, browser, database or cluster; tests are excluded automatically."""

from __future__ import annotations

import importlib
import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.support import quick
from tests.support.quick import NEEDED, TESTS, is_quick_module

COLLECT = f"""
import sys, pytest
code = pytest.main(["-m", "quick", "--collect-only", "-qq", "-p", "no:cacheprovider"])
print(int(code), sorted({set(NEEDED)!r} & set(sys.modules)))
"""


@pytest.mark.slow
def test_what_check_collects_imports_nothing_that_it_does_not_need() -> None:
    done = subprocess.run(
        [sys.executable, "-c", COLLECT], cwd=TESTS.parent, capture_output=True, text=True
    )
    *collected, last = done.stdout.splitlines()
    assert last == "0 []", done.stdout[-3000:] + done.stderr
    assert any(line.startswith("tests/question/test_days.py") for line in collected)


@pytest.mark.parametrize(
    "module",
    [
        "cli/test_gallery_browser.py",  # Playwright, in the fixture
        "indexing/test_cluster.py",  # Ray, by way of what supports it
        "archive/shared/test_commands.py",  # psycopg, by way of cercafoto
        "training/mini/test_named_lists.py",
    ],
)
def test_modules_that_need_more_are_not_collected(module: str) -> None:
    assert (TESTS / module).exists()
    assert not is_quick_module(TESTS / module)


def test_an_import_that_was_overlooked_fails_the_test_that_needs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quick, "NEEDED", {"colorsys"})
    monkeypatch.setattr(sys, "meta_path", [quick.Refusal(), *sys.meta_path])
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    assert find_spec("colorsys") is not None  # whether it is there may be asked
    with pytest.raises(AssertionError, match="colorsys"):
        importlib.import_module("colorsys")
