"""Count the steps of a function, which do not depend on the machine: the lines and loop rounds that
Python executes, and the characters at which the pattern of a regular expression is tried.

The module `re` runs in C and tells nothing about its steps. So a plain backtracking matcher tries
the same patterns on the same texts and counts; it must find what `re` finds.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import FrameType, ModuleType
from typing import Any

import pytest

# (index in the text, groups) -> whether the rest of the pattern matches there.
Rest = Callable[[int, dict[int, tuple[int, int]]], bool]


class Steps:
    """Counts steps while `counting`; see `counted`."""

    def __init__(self) -> None:
        self.number = 0

    def of(self, function: Callable[[], object]) -> int:
        """Return the number of steps that a call takes."""
        self.number = 0
        before = sys.gettrace()
        sys.settrace(self._trace)
        try:
            function()
        finally:
            sys.settrace(before)
        return self.number

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:
        if not frame.f_globals.get("__name__", "").startswith("cercafoto"):
            return None  # nor is a line of this module a step
        self.number += 1  # a call, a line, or another round of a loop
        return self._trace


def counted(monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Return a counter, and make all loaded modules of cercafoto use patterns that it counts."""
    steps = Steps()
    for name, module in list(sys.modules.items()):
        if name.startswith("cercafoto."):
            for key, value in list(vars(module).items()):
                if value is re:
                    monkeypatch.setattr(module, key, _CountedRe(steps))
                elif isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    monkeypatch.setattr(module, key, _Counted(steps, value))
    return steps


class _CountedRe(ModuleType):
    """The module `re`, with patterns that are counted."""

    def __init__(self, steps: Steps) -> None:
        super().__init__("re")
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        if name not in ("search", "match", "fullmatch", "finditer", "findall", "sub", "split"):
            return getattr(re, name)

        def call(pattern: Any, *arguments: Any, flags: int = 0, **more: Any) -> Any:
            compiled = pattern if isinstance(pattern, _Counted) else self.compile(pattern, flags)
            return getattr(compiled, name)(*arguments, **more)

        return call

    def compile(self, pattern: Any, flags: int = 0) -> _Counted:
        return _Counted(self._steps, re.compile(pattern, flags))


class _Counted:
    """A compiled pattern whose tries are counted."""

    def __init__(self, steps: Steps, pattern: re.Pattern[str]) -> None:
        self._steps, self._pattern = steps, pattern

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pattern, name)

    def search(self, text: str, *ends: int) -> re.Match[str] | None:
        return self._once("search", text, *ends)

    def match(self, text: str, *ends: int) -> re.Match[str] | None:
        return self._once("match", text, *ends)

    def fullmatch(self, text: str, *ends: int) -> re.Match[str] | None:
        return self._once("fullmatch", text, *ends)

    def finditer(self, text: str, *ends: int) -> Iterator[re.Match[str]]:
        self._everywhere(text, *ends)
        return self._pattern.finditer(text, *ends)

    def findall(self, text: str, *ends: int) -> list[Any]:
        self._everywhere(text, *ends)
        return self._pattern.findall(text, *ends)

    def sub(self, replacement: Any, text: str, count: int = 0) -> str:
        self._everywhere(text)
        return self._pattern.sub(replacement, text, count=count)

    def split(self, text: str, maxsplit: int = 0) -> list[Any]:
        self._everywhere(text)
        return self._pattern.split(text, maxsplit)

    def _once(self, how: str, text: str, *ends: int) -> re.Match[str] | None:
        found: re.Match[str] | None = getattr(self._pattern, how)(text, *ends)
        tries = _Tries(self._pattern, text, *ends)
        span = tries.first(how)
        self._steps.number += tries.number
        assert span == (found.span() if found else None), (self._pattern.pattern, text)
        return found

    def _everywhere(self, text: str, *ends: int) -> None:
        tries = _Tries(self._pattern, text, *ends)
        spans = list(tries.everywhere())
        self._steps.number += tries.number
        real = [found.span() for found in self._pattern.finditer(text, *ends)]
        assert spans == real, (self._pattern.pattern, text)


class _Tries:
    """Matches one pattern with one text, from `start` to `end`, and counts."""

    def __init__(
        self, pattern: re.Pattern[str], text: str, start: int = 0, end: int = sys.maxsize
    ) -> None:
        self.text, self.start, self.end = text, start, min(end, len(text))
        self.ignores_case = bool(pattern.flags & re.IGNORECASE)
        self.items = list(_parsed(pattern.pattern, pattern.flags))
        self.number = 0

    def first(self, how: str) -> tuple[int, int] | None:
        """Return the span of the first match of "search", "match" or "fullmatch"."""
        starts = range(self.start, self.end + 1) if how == "search" else (self.start,)
        return next(filter(None, (self._at(at, how == "fullmatch") for at in starts)), None)

    def everywhere(self) -> Iterator[tuple[int, int]]:
        """Yield the spans of all matches, none of which overlap."""
        at, last = self.start, -1
        while at <= self.end:
            span = self._at(at, False)
            if span is None or span == (last, last):
                at += 1
                continue
            yield span
            last = span[1]
            at = span[1] if span[1] > span[0] else at + 1

    def _at(self, start: int, whole: bool) -> tuple[int, int] | None:
        ends = list[int]()

        def done(at: int, groups: dict[int, tuple[int, int]]) -> bool:
            if whole and at != self.end:
                return False
            ends.append(at)
            return True

        return (start, ends[0]) if self._items(self.items, 0, start, {}, done) else None

    def _items(
        self, items: Any, i: int, at: int, groups: dict[int, tuple[int, int]], rest: Rest
    ) -> bool:
        """Whether the items from `i` on, and then the rest of the pattern, match at `at`."""
        self.number += 1
        if i == len(items):
            return rest(at, groups)
        op, value = items[i]

        def following(end: int, groups: dict[int, tuple[int, int]]) -> bool:
            return self._items(items, i + 1, end, groups, rest)

        if op in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            return self._repeated(op, value, at, groups, following)
        if op is codes.BRANCH:
            return any(self._items(branch, 0, at, groups, following) for branch in value[1])
        if op is codes.SUBPATTERN:
            number, _, _, inner = value

            def closed(end: int, groups: dict[int, tuple[int, int]]) -> bool:
                return following(end, groups if number is None else {**groups, number: (at, end)})

            return self._items(inner, 0, at, groups, closed)
        if op in (codes.ASSERT, codes.ASSERT_NOT):
            ahead, inner = value
            begin = at if ahead > 0 else at - inner.getwidth()[0]
            found = begin >= 0 and self._items(inner, 0, begin, groups, lambda end, _: True)
            return found == (op is codes.ASSERT) and following(at, groups)
        if op is codes.GROUPREF:
            start, stop = groups[value]
            end = at + stop - start
            same = end <= self.end and self.text[at:end] == self.text[start:stop]
            return same and following(end, groups)
        if op is codes.AT:
            return self._is_place(value, at) and following(at, groups)
        return self._is_one(op, value, at) and following(at + 1, groups)

    def _repeated(
        self, op: Any, value: Any, at: int, groups: dict[int, tuple[int, int]], rest: Rest
    ) -> bool:
        least, most, inner = value
        most = sys.maxsize if most is codes.MAXREPEAT else most
        if op is codes.MAX_REPEAT and len(inner) == 1 and inner[0][0] in _SINGLE:
            end = at
            while end - at < most and self._is_one(*inner[0], end):
                self.number += 1
                end += 1
            return any(rest(each, groups) for each in range(end, at + least - 1, -1))

        def again(times: int, at: int, groups: dict[int, tuple[int, int]]) -> bool:
            def more() -> bool:
                return times < most and self._items(inner, 0, at, groups, after)

            def after(end: int, groups: dict[int, tuple[int, int]]) -> bool:
                return (end > at or times < least) and again(times + 1, end, groups)

            if times < least:
                return more()
            if op is codes.MIN_REPEAT:
                return rest(at, groups) or more()
            return more() or rest(at, groups)

        return again(0, at, groups)

    def _is_one(self, op: Any, value: Any, at: int) -> bool:
        """Whether an item that stands for one character matches the character at `at`."""
        return at < self.end and _fits(op, _hashable(value), self.text[at], self.ignores_case)

    def _is_place(self, place: Any, at: int) -> bool:
        if place in (codes.AT_BEGINNING, codes.AT_BEGINNING_STRING):
            return at == 0
        if place in (codes.AT_END, codes.AT_END_STRING):
            last = place is codes.AT_END and self.text[at : self.end] == "\n"
            return at == self.end or last
        before = at > 0 and bool(re.match(r"\w", self.text[at - 1]))
        after = at < self.end and bool(re.match(r"\w", self.text[at]))
        return (before != after) == (place is codes.AT_BOUNDARY)


_SINGLE = {codes.LITERAL, codes.NOT_LITERAL, codes.ANY, codes.IN, codes.CATEGORY}
_CATEGORIES = {
    codes.CATEGORY_DIGIT: r"\d",
    codes.CATEGORY_NOT_DIGIT: r"\D",
    codes.CATEGORY_SPACE: r"\s",
    codes.CATEGORY_NOT_SPACE: r"\S",
    codes.CATEGORY_WORD: r"\w",
    codes.CATEGORY_NOT_WORD: r"\W",
}


@cache
def _parsed(pattern: str, flags: int) -> Any:
    return parser.parse(pattern, flags)


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@cache
def _fits(op: Any, value: Any, character: str, ignores_case: bool) -> bool:
    """Whether an item of a pattern that stands for one character matches this character."""
    if op is codes.IN:
        negated = value[0][0] is codes.NEGATE
        found = any(_fits(*each, character, ignores_case) for each in value[negated:])
        return found != negated
    if op is codes.NOT_LITERAL:
        return not _fits(codes.LITERAL, value, character, ignores_case)
    if op is codes.ANY:
        return character != "\n"
    if op is codes.CATEGORY:
        return re.match(_CATEGORIES[value], character) is not None
    pair = value if op is codes.RANGE else (value, value)
    flags = re.IGNORECASE if ignores_case else 0
    one = "[{}-{}]".format(*(re.escape(chr(each)) for each in pair))
    return re.match(one, character, flags) is not None
