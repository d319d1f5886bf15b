"""Fill the templates of the pages. Every value is escaped for HTML."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cercafoto import __version__
from cercafoto.base.italian_counts import thousands
from cercafoto.results.answer import clock, confidence_word

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
    return found


def render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)
