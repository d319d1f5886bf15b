"""The log of the page: what goes wrong while it is served, on stderr, a line for each.

Some of it comes from whoever asks: a header, a path, a name. No entry holds what a terminal would
obey, a line break that would begin an entry of somebody else's making, or a password.
"""

from __future__ import annotations

import logging
from textwrap import indent
from types import TracebackType

from cercafoto.base.paths import printable, printable_lines
from cercafoto.base.shared_address import masked_in


class OneLine(logging.Formatter):
    """Writes an entry on one line, and below it the traceback, indented."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        return printable(masked_in(super().formatMessage(record)))

    def formatException(  # noqa: N802
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        return indent(printable_lines(masked_in(super().formatException(ei))), "    ")


# Those who log while the page is served; `psycopg` has the pool of connections.
LOGGERS = ("asyncio", "cercafoto", "psycopg", "uvicorn")
# As uvicorn takes it.
LOG = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": OneLine, "fmt": "%(levelname)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {name: {"level": "WARNING", "handlers": ["stderr"]} for name in LOGGERS},
}
