"""The filters for how a photo was exposed: focal length, sensitivity, aperture, time, flash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import Filter, Needed, Option, Typed
from cercafoto.question.values import Stretch

EVERY = Stretch(0, None)


def _said(number: float) -> str:
    return f"{number:.6g}".replace(".", ",")


def say_time(seconds: float) -> str:
    """Return an exposure time as cameras show it: "1/250 s", "2,5 s"."""
    return f"1/{round(1 / seconds)} s" if 0 < seconds < 0.4 else f"{_said(seconds)} s"


def say_aperture(number: float) -> str:
    """Return an aperture as photographers write it: "f/1.8"."""
    return f"f/{number:.6g}"


def _say(asked: Stretch, say: Callable[[float], str]) -> str:
    least, most, strict = asked
    if most is None:
        return f"{'più di' if strict else 'almeno'} {say(least or 0)}"
    if least is None:
        return f"{'meno di' if strict else 'al massimo'} {say(most)}"
    return say(least) if least == most else f"da {say(least)} a {say(most)}"


def _filter(
    option: Option, name: str, number: str, say: Callable[[float], str], **more: Any
) -> Any:
    """Return the filter of a number and its option, whose values are read as the words are.

    number: the function of `exposure_phrases` that reads a number of the kind.
    """

    def parse(typed: Typed) -> Stretch | None:
        text = typed.one(option)
        if text is None:
            return None
        # Imported here: few questions have such an option.
        from cercafoto.question.grammar import exposure_phrases

        asked = exposure_phrases.stretch_typed(text, getattr(exposure_phrases, number))
        if asked is None:
            raise UsageError(
                f"{option.flag} vuole un numero, come {option.example}, non «{text}».",
                "Con il più vale anche oltre, con il trattino da un numero all'altro; l'unità di "
                "misura si può scrivere.",
            )
        return asked

    return Filter[Stretch](
        name=name,
        say=lambda asked: f"{option.title.lower()}: {_say(asked, say)}",
        options=(option,),
        parse=parse,
        data=lambda asked: {name: asked._asdict()},
        **more,
    )


def _needed(what: str) -> Needed:
    return Needed(
        lambda: EVERY,
        f"di una foto non si sa {what}",
        f"di {{}} foto non si sa {what}",
        f"di nessuna foto si sa {what}",
    )


# Options with the same help stand on one line.
_FOCAL_AND_ISO = "Focale in mm, sensibilità: 50, 1600+, 24-70."
_APERTURE_AND_TIME = "Diaframma, secondi di posa: 1.8, 1/250, 1+."
_FLASH = "Con il flash, o senza."

OF_FOCAL = Option(
    "--focale",
    "focal_length",
    "N",
    _FOCAL_AND_ISO,
    title="Focale",
    example="50, 200+, 24-70",
)
# As photographers name it: of telephones the equivalent on film, see `lens_names.focal_of`.
FOCAL: Filter[Stretch] = _filter(
    OF_FOCAL, "focal_length", "millimetres", lambda mm: f"{_said(mm)} mm",
    hidden="ha un'altra focale, o non si sa", needs=_needed("la focale"),
)  # fmt: skip

OF_ISO = Option(
    "--iso",
    "iso",
    "N",
    _FOCAL_AND_ISO,
    title="Sensibilità",
    example="100, 1600+, 100-400",
)
SENSITIVITY: Filter[Stretch] = _filter(
    OF_ISO, "iso", "iso", lambda iso: f"ISO {_said(iso)}",
    hidden="ha un'altra sensibilità, o non si sa", needs=_needed("la sensibilità"),
)  # fmt: skip

OF_APERTURE = Option(
    "--diaframma",
    "aperture",
    "N",
    _APERTURE_AND_TIME,
    title="Diaframma",
    example="1.8, 8+, 1.4-2.8",
)
APERTURE: Filter[Stretch] = _filter(
    OF_APERTURE, "aperture", "f_number", say_aperture,
    hidden="ha un altro diaframma, o non si sa", needs=_needed("il diaframma"),
)  # fmt: skip

OF_TIME = Option(
    "--tempo",
    "exposure_time",
    "N",
    _APERTURE_AND_TIME,
    title="Tempo di posa",
    example="1/250, 2 s, 1+, 1/60-1/250",
)
EXPOSURE_TIME: Filter[Stretch] = _filter(
    OF_TIME, "exposure_time", "seconds", say_time,
    hidden="ha un altro tempo di posa, o non si sa", needs=_needed("il tempo di posa"),
)  # fmt: skip

WITH_FLASH = Option("--flash", "with_flash", "", _FLASH, kind=bool, title="Con il flash")
NO_FLASH = Option("--senza-flash", "no_flash", "", _FLASH, kind=bool, title="Senza flash")


def _flash(typed: Typed) -> bool | None:
    """Return True for photos with flash, False for those without, None without an option. Raises
    UsageError for both."""
    fired, not_fired = (bool(typed.values.get(each.key)) for each in (WITH_FLASH, NO_FLASH))
    if fired and not_fired:
        raise UsageError("--flash e --senza-flash si escludono a vicenda.")
    return fired if fired or not_fired else None


# A photo of which it is not known fulfils neither value.
FLASH = Filter[bool](
    name="flash",
    say=lambda fired: "con il flash" if fired else "senza flash",
    hidden="col flash non è come chiedi, o non si sa",
    options=(WITH_FLASH, NO_FLASH),
    parse=_flash,
    is_common=lambda fired: not fired,
)
