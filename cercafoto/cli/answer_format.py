"""How an answer is written: a table for a person; JSON, paths or rows for another program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from cercafoto.cli.console import notice, refuse_several, write

if TYPE_CHECKING:
    from cercafoto.cli.render.row_format import RowFormat
    from cercafoto.results import SearchResult
    from cercafoto.search.explain import Explanation


@dataclass(frozen=True)
class AnswerFormat:
    """What `--json`, `--percorsi`, `--null` and `--formato-riga` ask for; a table where none does.

    path_end: what ends each path; None: no paths.
    """

    json: bool = False
    path_end: bytes | None = None
    row: RowFormat | None = None

    @classmethod
    def of(cls, json: bool, paths: bool, null: bool, template: str | None) -> Self:
        """Read the options. Raises UsageError for several of them, or a template that cannot be
        understood."""
        by_rows = template is not None
        refuse_several(
            {"--json": json, "--percorsi": paths, "--null": null, "--formato-riga": by_rows}
        )
        row = None
        if template is not None:
            from cercafoto.cli.render.row_format import RowFormat

            row = RowFormat.read(template)
        return cls(json, b"\0" if null else b"\n" if paths else None, row)

    @property
    def for_programs(self) -> bool:
        return self.json or self.path_end is not None or self.row is not None

    @property
    def separator(self) -> bytes:
        """What stands behind each of several answers: an empty line, or an empty path."""
        return self.path_end or b"\n"

    def explain(self, result: SearchResult, explanation: Explanation) -> None:
        """Write the reasons of an answer, before it; JSON has them inside."""
        if self.json:
            return
        from cercafoto.cli.render.explanation import explanation_text

        text = explanation_text(result.query, explanation)
        # Among rows that a program reads there is no room for it.
        notice(text.rstrip()) if self.for_programs else write(text)

    def write(
        self, result: SearchResult, explanation: Explanation | None = None, line: str | None = None
    ) -> None:
        """Write an answer to stdout.

        line: as one of several, this was the question; JSON then takes one line and names it.
        """
        from cercafoto.cli.render import formatting
        from cercafoto.cli.render import search as render

        if self.json:
            write(render.search_json(result, explanation, line))
            return
        if self.row is not None:
            write(self.row.rows(result.hits))
        elif self.path_end is not None:
            write(formatting.paths([hit.path for hit in result.hits], self.path_end))
        elif result.hits:
            write(render.search_table(result, figures=explanation is not None))
