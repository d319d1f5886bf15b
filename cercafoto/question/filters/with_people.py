"""The filters for the people in a photo: those it must show, and those it must not show."""

from __future__ import annotations

from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import AskedArchive, Facet, Filter, Option, Typed, each_once

OPTION = Option(
    "--persona",
    "people",
    "NOME",
    "In cui c'è questa persona; ripetibile.",
    repeatable=True,
    completion="PERSON",
    title="Persona",
)
# Names, of which one is enough: the people called Anna, or "Anna o Luca".
AnyOf = tuple[str, ...]


def say_people(groups: tuple[AnyOf, ...]) -> str:
    said = [" o ".join(group) for group in groups]
    both = len(said) > 1 and any(len(group) > 1 for group in groups)
    return (" e con " if both else " e ").join(said)


def _parse(typed: Typed) -> tuple[AnyOf, ...]:
    return tuple(_called(name, typed) for name in each_once(typed.several(OPTION)))


def _called(name: str, typed: Typed) -> AnyOf:
    """Return the people with a full or first name. Raises UsageError if there are none."""
    if typed.people is None:
        return (name,)
    if not (called := typed.people.called(name)):
        near = typed.people.like(name)
        meant = f"Forse intendevi «{'», «'.join(near)}». " if near else ""
        raise UsageError(
            f"Nessuna foto ha il nome «{name}» fra le sue persone.",
            f"{meant}Tutte: cercafoto persone",
        )
    return called


def _resolve(groups: tuple[AnyOf, ...], archive: AskedArchive) -> tuple[tuple[int, ...], ...]:
    return tuple(archive.people(group) for group in groups)


# The photo must show someone of each group.
PEOPLE = Filter[tuple[AnyOf, ...]](
    name="people",
    say=lambda groups: f"con {say_people(groups)}",
    hidden="non c'è quella persona, o non se ne sa il nome",
    options=(OPTION,),
    parse=_parse,
    data=lambda groups: {"people": [" o ".join(group) for group in groups]},
    both=each_once,
    narrow=lambda option, words: (each_once(words, option), ""),
    resolve=_resolve,
    facet=Facet("Persone", OPTION.added, at_once=True),
)

# The photo must show nobody of any group.
NOT_PEOPLE = Filter[tuple[AnyOf, ...]](
    name="not_people",
    say=lambda groups: f"senza {' né '.join(' né '.join(group) for group in groups)}",
    hidden="c'è una persona lasciata fuori",
    data=lambda groups: {"not_people": [name for group in groups for name in group]},
    both=each_once,
    resolve=_resolve,
    is_common=lambda groups: True,
)
