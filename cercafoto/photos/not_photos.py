"""Recognise files that people keep among photos but that are not photos, by their extensions.

Videos are among them, although they are indexed if the extra that reads them is installed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable

from cercafoto.base.italian_counts import thousands
from cercafoto.photos.decoding.file_kind import VIDEO, VIDEO_ENDINGS

# Videos of one or two seconds beside a photo of the same name, as an iPhone makes them. They are
# counted among the videos too.
LIVE = "live_photos"
LARGEST_LIVE = 20_000_000  # bytes; a larger video of the same name is a video of its own
OTHERS = {
    **dict.fromkeys(VIDEO_ENDINGS, VIDEO),
    **dict.fromkeys([b".psd", b".psb"], "psd"),
    **{b"." + name.encode(): name for name in ("ai", "svg", "eps", "xcf", "pdf")},
}
_STILLS = (b".heic", b".heif", b".jpg", b".jpeg")


def kind_of(name: bytes) -> str | None:
    """Return the kind of a file that is not a photo: VIDEO, "psd", "pdf" and so on; None if its
    extension is not in OTHERS.

    name: file name in lower case.
    """
    return OTHERS.get(name[name.rfind(b".") :])


def live_photos(videos: Iterable[bytes], names: Iterable[bytes]) -> set[bytes]:
    """Return which of a folder's .mov videos belong to a photo of the same name.

    videos: names of the videos. names: all names in the folder. Both in lower case.
    """
    movies = {name for name in videos if name.endswith(b".mov")}
    if not movies:
        return movies
    stems = {os.path.splitext(name)[0] for name in names if name.endswith(_STILLS)}
    return {name for name in movies if os.path.splitext(name)[0] in stems}


def in_words(counts: Counter[str]) -> str:
    """Return the counts of kinds in Italian: "12 video (5 di Live Photos), 3 PSD"; "" for none."""
    live = f" ({thousands(counts[LIVE])} di Live Photos)" if counts[LIVE] else ""
    return ", ".join(
        f"{thousands(number)} {VIDEO}{live}"
        if kind == VIDEO
        else f"{thousands(number)} {kind.upper()}"
        for kind, number in counts.most_common()
        if kind != LIVE
    )
