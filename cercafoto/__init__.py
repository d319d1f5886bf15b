"""cercafoto: search a person's own photos with Italian words, on their own machine.

from cercafoto import Library, Query, Settings

library = Library(Settings.resolve())
library.index([Path("~/Foto")])
result = library.search(Query.parse(["un cane sulla spiaggia"]))
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# ONNX Runtime 1.29 and later sends usage data to its maker, unless this is set before its import.
# On Windows `models.onnx_runtime` turns that off.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

# In a checkout training/ is beside this folder; in an installed package it is inside.
_CHECKOUT = f"{__path__[0]}/.."
if os.access(f"{_CHECKOUT}/training/__main__.py", os.R_OK):
    __path__.append(_CHECKOUT)

if TYPE_CHECKING:
    from cercafoto.base.json_keys import as_json
    from cercafoto.base.piped_picture import PipedPicture
    from cercafoto.library import Library
    from cercafoto.question.filters.filter import Filters
    from cercafoto.question.query import Query
    from cercafoto.question.question import Question
    from cercafoto.results.answer import Hit, SearchResult
    from cercafoto.results.labels import TagResult
    from cercafoto.results.status import Status
    from cercafoto.settings import Settings

_HOMES = {
    "Library": "library",
    "Hit": "results.answer",
    "SearchResult": "results.answer",
    "Status": "results.status",
    "TagResult": "results.labels",
    "Filters": "question.filters.filter",
    "PipedPicture": "base.piped_picture",
    "Query": "question.query",
    "Question": "question.question",
    "Settings": "settings",
    "as_json": "base.json_keys",
}
__all__ = [
    "Filters",
    "Hit",
    "Library",
    "PipedPicture",
    "Query",
    "Question",
    "SearchResult",
    "Settings",
    "Status",
    "TagResult",
    "as_json",
]


def __getattr__(name: str) -> Any:
    # Imported on first use, so that `cercafoto --help` does not load numpy and ONNX Runtime.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"cercafoto.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'cercafoto' has no attribute {name!r}")
