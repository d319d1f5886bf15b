"""Make pairs of Wikipedia image-text (WIT): its Italian rows, with the reference description.

Files wit_v1.train.all-0000?-of-00010.tsv.gz; columns in
https://github.com/google-research-datasets/wit/blob/main/DATA.md. The published recipe takes only
the reference description (the caption under the picture in the article), the best of the three,
and drops captions that are only names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.proper_nouns import Tagger, without_names
from cercafoto.training.data.sources.by_url import pairs_by_url
from cercafoto.training.data.sources.downloaded import Downloaded
from cercafoto.training.data.tables import rows
from cercafoto.training.data.tally import Tally

SOURCE = "wit"
COLUMNS = ("language", "image_url", "caption_reference_description")


def build(
    tables: Sequence[Path], photos: Downloaded, tagger: Tagger | None
) -> tuple[list[Pair], Tally]:
    """Return pairs with paths relative to the folder of `photos`; "read" counts the Italian rows.

    tagger: finds the captions that are only names; None keeps them.
    """
    pairs, tally = pairs_by_url(_captioned(tables), photos, SOURCE)
    if tagger is not None:
        pairs = without_names(pairs, tagger, tally)
    return pairs, tally


def urls(tables: Sequence[Path]) -> Iterator[str]:
    """Yield the URLs worth downloading: photos with a reference description, each once."""
    yielded = set()
    for url, captions in _captioned(tables):
        if url not in yielded and any(caption.strip() for caption in captions):
            yielded.add(url)
            yield url


def _captioned(tables: Sequence[Path]) -> Iterator[tuple[str, tuple[str]]]:
    for table in tables:
        for language, url, caption in rows(table, COLUMNS):
            if language == "it":
                yield url, (caption,)
