"""Tests wait for a state with PATIENCE, which no busy machine exhausts, not for seconds of their
own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import waiting

TESTS = Path(__file__).parent
# Whole seconds; a fraction of one is a look that is repeated, or that expects nothing.
BOUND = re.compile(r"(?:\btimeout=|\.wait\(|\.join\(|\bwait_for_timeout\()(\d+)\b(?! \*)")
# Whether a network is there is asked only for a moment.
ELSEWHERE = {"bench", "test_golden.py", "test_passwords.py", "terminal_screenshots.py"}


def test_no_test_has_less_patience_than_a_busy_machine_needs() -> None:
    short = [
        f"{path.relative_to(TESTS)}: {found[0]}"
        for path in TESTS.rglob("*.py")
        if not ELSEWHERE & set(path.relative_to(TESTS).parts)
        for found in BOUND.finditer(path.read_text("utf-8"))
        if 0 < int(found[1]) < waiting.PATIENCE
    ]
    assert short == []


def test_what_never_comes_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PATIENCE", 0.1)
    looks = iter([0, "", "there", "later"])
    assert waiting.until(lambda: next(looks)) == "there"
    with pytest.raises(AssertionError, match="never came about"):
        waiting.until(lambda: False)
