"""Fill the templates of the pages. Every value is escaped for HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cercafoto import __version__
from cercafoto.base.italian_counts import clock, thousands
from cercafoto.results.answer import confidence_word

# An apostrophe after a letter, outside of quotes.
_OWN_APOSTROPHE = re.compile(r"(?<=\w)'(?![^«]*»)")
FOLDER = Path(__file__).with_name("templates")


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    found.globals["version"] = __version__
    found.filters["orologio"] = clock
    found.filters["parola"] = confidence_word
    found.filters["percento"] = "{:.0%}".format
    found.filters["migliaia"] = thousands
    found.filters["detto"] = with_curly_apostrophes
    return found


def with_curly_apostrophes(text: str) -> str:
    """Return what the program says as the page writes it: l’archivio, not l'archivio. What stands
    between «» is the person's, and stays as it is."""
    return _OWN_APOSTROPHE.sub("’", text)


def render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


def pieces_of(template: str, **values: Any) -> Iterator[str]:
    """Yield a filled template in pieces, which may be too large for one text."""
    return _environment().get_template(template).generate(**values)
