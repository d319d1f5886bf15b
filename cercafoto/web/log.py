"""Log problems of the server to stderr: one line each, then the indented traceback.

Parts of an entry come from visitors: a header, a path, a name. Control characters and line breaks,
which could forge an entry, are escaped; passwords are masked.
"""

from __future__ import annotations

import logging
from textwrap import indent
from types import TracebackType

from cercafoto.base.paths import printable, printable_lines
from cercafoto.base.shared_address import masked_in


class OneLine(logging.Formatter):
    """Formats an entry as one line, followed by the indented traceback if there is one."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        return printable(masked_in(super().formatMessage(record)))

    def formatException(  # noqa: N802
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        return indent(printable_lines(masked_in(super().formatException(ei))), "    ")


LOGGERS = ("asyncio", "cercafoto", "psycopg", "uvicorn")
# uvicorn's `log_config`.
LOG = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": OneLine, "fmt": "%(levelname)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {name: {"level": "WARNING", "handlers": ["stderr"]} for name in LOGGERS},
}
