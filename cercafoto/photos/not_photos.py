"""Files that people keep among their photos, and that are none: by their endings, never opened."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable

VIDEO = "video"
# Videos of a second or two beside a photo of the same name, as an iPhone makes: counted as videos
# too.
LIVE = "live_photos"
OTHERS = {
    **dict.fromkeys(
        b".mp4 .mov .avi .mkv .m4v .3gp .3g2 .mts .m2ts .mpg .mpeg .wmv .webm .flv .vob".split(),
        VIDEO,
    ),
    **dict.fromkeys([b".psd", b".psb"], "psd"),
    **{b"." + name.encode(): name for name in ("ai", "svg", "eps", "xcf", "pdf")},
}
_STILLS = (b".heic", b".heif", b".jpg", b".jpeg")


def kind_of(name: bytes) -> str | None:
    """Tell what a file is by its name, in lower case; None for what nobody takes for a photo."""
    return OTHERS.get(name[name.rfind(b".") :])


def live_photos(videos: Iterable[bytes], names: Iterable[bytes]) -> int:
    """Count the videos of a folder that belong to a photo. videos, names: in lower case."""
    stems = {os.path.splitext(name)[0] for name in videos if name.endswith(b".mov")}
    if not stems:
        return 0
    return len(stems & {os.path.splitext(name)[0] for name in names if name.endswith(_STILLS)})


def in_words(counts: Counter[str]) -> str:
    """Say counts in Italian: "12 video (5 di Live Photos), 3 PSD"; "" for none."""
    live = f" ({counts[LIVE]} di Live Photos)" if counts[LIVE] else ""
    return ", ".join(
        f"{number} {VIDEO}{live}" if kind == VIDEO else f"{number} {kind.upper()}"
        for kind, number in counts.most_common()
        if kind != LIVE
    )
