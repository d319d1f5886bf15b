"""Write an answer to stdout: as a table for a person, or as JSON, paths or rows for a program."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from cercafoto.cli.console import notice, refuse_several, write

if TYPE_CHECKING:
    from cercafoto.cli.render.row_format import RowFormat
    from cercafoto.results.answer import SearchResult
    from cercafoto.search.explain import Explanation


MOMENTS = 8  # of a video, with --momenti


class AnswerFormat(NamedTuple):
    """How to write an answer: as --json, --percorsi, --null or --formato-riga ask, otherwise as a
    table.

    path_end: write only paths, each followed by these bytes; None: another format.
    row: write each photo as this template says.
    most_moments: how many moments of each video a table shows.
    json_lines: write each photo as JSON on a line, all that answer.
    """

    json: bool = False
    path_end: bytes | None = None
    row: RowFormat | None = None
    most_moments: int = 1
    json_lines: bool = False

    @classmethod
    def of(
        cls,
        json: bool,
        paths: bool,
        null: bool,
        template: str | None,
        all_moments: bool = False,
        json_lines: bool = False,
    ) -> AnswerFormat:
        """Return the format that the options ask for. Raises UsageError if several are given, or
        the template is wrong.

        template: value of --formato-riga.
        all_moments: whether a table shows several moments of each video.
        """
        by_rows = template is not None
        refuse_several(
            {
                "--json": json,
                "--json-righe": json_lines,
                "--percorsi": paths,
                "--null": null,
                "--formato-riga": by_rows,
            }
        )
        row = None
        if template is not None:
            from cercafoto.cli.render.row_format import RowFormat

            row = RowFormat.read(template)
        end = b"\0" if null else b"\n" if paths else None
        return cls(json, end, row, MOMENTS if all_moments else 1, json_lines)

    @property
    def for_programs(self) -> bool:
        return bool(self.json or self.json_lines or self.path_end is not None or self.row)

    @property
    def needs(self) -> Collection[str]:
        """The keys that `Hit.data` must have to write an answer."""
        from cercafoto.results.photo_fields import DATA_KEYS

        return DATA_KEYS if self.json else self.row.needs if self.row is not None else ()

    @property
    def separator(self) -> bytes:
        """The bytes written after each of several answers: an empty line, or an empty path."""
        return self.path_end or b"\n"

    def explain(self, result: SearchResult, explanation: Explanation) -> None:
        """Write why the answer is as it is. Call before `write`. Writes nothing for JSON, which
        contains the explanation."""
        if self.json:
            return
        from cercafoto.cli.render.explanation import explanation_text

        text = explanation_text(result.query, explanation)
        # Not on stdout if a program reads rows there.
        notice(text.rstrip()) if self.for_programs else write(text)

    def write(
        self, result: SearchResult, explanation: Explanation | None = None, line: str | None = None
    ) -> None:
        """Write an answer to stdout.

        explanation: include it in the JSON; a table shows confidences as numbers.
        line: question to name in the JSON, if there are several; each answer is then one line.
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
            write(render.search_table(result, explanation is not None, self.most_moments))
