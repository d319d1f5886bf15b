r"""Questions to a grandfather's archive, by kind, and what each must answer.

The photos are those of `tests.support.grandfather_photos`; today is 25 November 2026. The columns
of `grandfather.tsv`:

- kind;
- question, or commands as one types them in the folder of the photos, joined by "&&";
- photos, as `FamilyArchive.check` has them; those of ">" must also be certain; of `doppioni`, those
  to keep;
- how many there are; "#": as many as the photos of the cell before;
- verdicts, one of which must be said; "found" takes a likely photo in any row;
- photos that must not be there;
- a regular expression of what must be said; the answer of a command without one is read as JSON;
- why it fails today; a row that holds must have nothing here.

How many hold, by kind:

    awk -F'\t' '{n[$1]++; if ($8 == "") h[$1]++} END {for (k in n) print k, h[k]+0 "/" n[k]}' \
        tests/flows/grandfather.tsv
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cercafoto.cli.main import run
from cercafoto.results.answer import FOUND, HIGH_FROM, MEDIUM_FROM, NONE
from tests.support.family_archive import FamilyArchive, index_family
from tests.support.grandfather_photos import GRANDFATHER


@dataclass(frozen=True)
class Answer:
    """The answer to a row.

    photos: path relative to the root -> confidence, in order.
    """

    photos: dict[str, float]
    number: int | None = None
    verdict: str = ""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> FamilyArchive:
    return index_family(tmp_path_factory.mktemp("nonno"), GRANDFATHER)


@pytest.fixture
def typed(
    archive: FamilyArchive, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[[str], str]:
    """Return a function that runs command lines in the folder of the photos and returns the output
    of the last one."""
    monkeypatch.chdir(archive.root)
    monkeypatch.setenv("CERCAFOTO_ARCHIVIO", str(archive.library.settings.archive))
    monkeypatch.setenv("CERCAFOTO_MODELLI", str(archive.library.settings.models))
    monkeypatch.setenv("CERCAFOTO_MODELLO", "tiny")

    def call(lines: str) -> str:
        for line in lines.split("&&"):
            capfd.readouterr()
            run(shlex.split(line)[1:])
        return "".join(capfd.readouterr())

    return call


def _rows() -> list[object]:
    text = Path(__file__).with_name("grandfather.tsv").read_text("utf-8")
    rows = []
    for *cells, fails in (line.split("\t") for line in text.splitlines()):
        marks = [pytest.mark.xfail(reason=fails, strict=True, raises=AssertionError)]
        rows.append(pytest.param(*cells, id="-".join(cells[:2]), marks=marks if fails else []))
    return rows


@pytest.mark.parametrize(("_", "asked", "photos", "number", "verdicts", "absent", "says"), _rows())
def test_a_question_has_its_answer_in_the_table(
    archive: FamilyArchive, typed: Callable[[str], str], monkeypatch: pytest.MonkeyPatch,
    _: str, asked: str, photos: str, number: str, verdicts: str, absent: str, says: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("CERCAFOTO_OGGI", "2026-11-25")
    if says:
        said = says.format(**_counts(archive)) if "{" in says else says
        assert re.search(said, typed(asked), re.IGNORECASE | re.MULTILINE | re.DOTALL)
        return
    is_command = asked.startswith("cercafoto ")
    answer = _told(archive, typed(f"{asked} --json")) if is_command else _asked(archive, asked)
    archive.check(list(answer.photos), photos)
    meant = archive.meant(photos[1:])
    if photos.startswith(">"):
        assert all(answer.photos[name] >= HIGH_FROM for name in meant)
    if number:
        assert answer.number == (len(meant) if number == "#" else int(number))
    if verdicts:
        assert answer.verdict in verdicts.split("|")
    if answer.verdict == FOUND:
        assert max(answer.photos.values(), default=0.0) >= MEDIUM_FROM
    assert not archive.meant(absent) & set(answer.photos)


def _asked(archive: FamilyArchive, question: str) -> Answer:
    """Return all photos that may match; none if the verdict is none."""
    result = archive.ask(question, drop_unlikely=True)
    photos = dict(zip(archive.names(result), (hit.confidence for hit in result.hits), strict=True))
    return Answer({} if result.verdict == NONE else photos, result.total, result.verdict)


def _told(archive: FamilyArchive, output: str) -> Answer:
    """Return the answer in the JSON of `cerca` or `doppioni`."""
    told = json.loads(output)
    if "groups" in told:
        return Answer({archive.name(group["keep"]["path"]): 1.0 for group in told["groups"]})
    photos = {archive.name(hit["path"]): hit["confidence"] for hit in told["hits"]}
    return Answer(photos, len(photos), told["verdict"])


def _counts(archive: FamilyArchive) -> dict[str, int]:
    """Return the number of photos on the disk."""
    files = [path for path in archive.root.rglob("*.*") if path.is_file() and path.suffix != ".xmp"]
    return {"photos": len(files)}
