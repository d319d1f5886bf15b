"""Turn a question into JSON to store it, back into a question, and into one line as typed."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cercafoto.base.italian_counts import thousands
from cercafoto.question.filters.all_filters import OPTIONS
from cercafoto.question.filters.filter import Filters
from cercafoto.question.question import Question


def to_json(question: Question) -> dict[str, Any]:
    """Return a question as a value for `json.dumps(…, default=str)`. A photo from standard input
    becomes "-"."""
    return {
        "words": question.words,
        "like": [str(photo) for photo in question.like],
        "typed": dict(question.typed),
        "without": question.without,
        "order": question.order,
        "literal": question.literal,
        "more": texts(question.more),
        "less": texts(question.less),
    }


def from_json(data: dict[str, Any]) -> Question:
    """Return the question that `to_json` stored. Raises KeyError, TypeError or ValueError for any
    other value."""
    typed = data["typed"]
    for option in OPTIONS:
        if option.repeatable and option.key in typed:
            typed[option.key] = tuple(map(option.kind, option.values(typed)))
    return Question(
        words=tuple(data["words"]),
        like=tuple(map(Path, data["like"])),
        typed=Filters(typed),
        without=tuple(data["without"]),
        order=data["order"],
        literal=data["literal"],
        more=tuple(map(os.fsencode, data["more"])),
        less=tuple(map(os.fsencode, data["less"])),
    )


def texts(paths: Iterable[bytes]) -> list[str]:
    """Return paths as texts; `os.fsencode` turns them back into the same bytes."""
    return [os.fsdecode(path) for path in paths]


def as_typed(question: Question) -> str:
    """Return a question on one line: its words, then its options as the command line has them."""
    words = " ".join(question.words)
    return " ".join(filter(None, [words, *_options(question)]))


def _options(question: Question) -> Iterator[str]:
    for photo in question.like:
        yield f"--come {shlex.quote(str(photo))}"
    for option in OPTIONS:
        values = option.values(question.typed)
        if option.kind is bool:
            yield option.flag if any(values) else ""
        else:
            yield from (f"{option.flag} {shlex.quote(str(each))}" for each in values)
    for concept in question.without:
        yield f"--senza {shlex.quote(concept)}"
    if question.order:
        yield f"--ordina {question.order}"
    if question.literal:
        yield "--letterale"
    for paths, kind in ((question.more, "più"), (question.less, "meno")):
        if paths:
            yield f"({kind} come {thousands(len(paths))} foto)"
