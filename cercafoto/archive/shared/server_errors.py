"""Turn errors of PostgreSQL, the network and the server's disk into messages in Italian that say
what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from cercafoto.archive.shared.schema import not_shared_yet
from cercafoto.base.shared_address import masked
from cercafoto.errors import ArchiveBusyError, ArchiveError, DiskFullError, first_line

AGAIN = "Rilancia lo stesso comando: quello che era già scritto resta, e riprende da lì."


class ConnectionLostError(ArchiveError):
    """The server cannot be reached, or closed the connection."""


@contextmanager
def translated(address: str) -> Iterator[None]:
    """Raise errors of psycopg within the block as ArchiveError, without any password."""
    try:
        yield
    except psycopg.Error as error:
        raise in_italian(error, address) from error


def in_italian(error: psycopg.Error, address: str) -> ArchiveError:
    """Return the ArchiveError for an error of psycopg, chosen by its SQLSTATE or text."""
    where, state = masked(address), error.sqlstate or ""
    text = first_line(error)
    if state.startswith("53") and ("disk" in text.lower() or state == "53100"):
        return DiskFullError(
            f"Il disco del server di {where} è pieno.",
            f"Va liberato spazio sul server. {AGAIN}",
        )
    if state == "42501":
        return ArchiveError(
            f"Questo utente non può farlo in {where}: gli mancano i permessi.",
            "Per pubblicare e per etichettare serve un utente che scrive; «cercafoto pubblica "
            "--prepara» dice come crearlo.",
        )
    if state == "25006":
        return ArchiveError(
            f"In {where} questo utente può soltanto cercare.",
            "Per scrivere usa l'indirizzo con l'utente che pubblica.",
        )
    if state in ("42P01", "3F000", "42883"):
        return not_shared_yet(address)
    if state in ("28P01", "28000") or "password" in text or 'role "' in text:
        return ArchiveError(
            f"Il server non accetta l'utente o la password di {where}.",
            "La password si può mettere in PGPASSWORD o nel file ~/.pgpass.",
        )
    if state == "3D000" or 'database "' in text:
        return ArchiveError(
            f"Sul server non c'è il database di {where}.",
            "Crealo con «createdb NOME», poi: cercafoto pubblica --prepara",
        )
    if state == "53300" or "too many clients" in text:
        return ArchiveBusyError(
            f"Il server di {where} non accetta altri collegamenti.", "Riprova tra poco."
        )
    if state in ("55P03", "57014"):
        return ArchiveBusyError(f"L'archivio {where} è occupato.", "Riprova tra poco.")
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return ConnectionLostError(
            f"Il server di {where} non risponde, o il collegamento si è interrotto.",
            f"Controlla che sia acceso e raggiungibile. {AGAIN}",
        )
    if isinstance(error, psycopg.ProgrammingError) and not state:
        return ArchiveError(
            f"L'indirizzo {where} non si capisce.",
            "Si scrive così: postgresql://utente@server/archivio",
        )
    return ArchiveError(
        f"L'archivio condiviso {where} non si può usare ({text}).",
        "Con CERCAFOTO_DEBUG=1 vedi i dettagli da segnalare.",
    )
