"""What bears words: a question that begins with such a thing asks for what is written on it, and
the month beside it is that of the paper: "lo scontrino della farmacia di marzo"."""

from __future__ import annotations

from cercafoto.question.grammar.tokens import word_set

PAPERS = word_set(
    "scontrino scontrini ricevuta ricevute fattura fatture bolletta bollette bollettino bollettini "
    "bolla bolle preventivo preventivi biglietto biglietti ticket documento documenti foglio fogli "
    "pagina pagine giornale giornali rivista riviste articolo articoli lettera lettere cartolina "
    "cartoline cartello cartelli insegna insegne targa targhe scritta scritte manifesto manifesti "
    "locandina locandine poster volantino volantini menu lavagna lavagne etichetta etichette "
    "schermata schermate screenshot schermo messaggio messaggi chat email orario orari tabellone "
    "tabelloni tessera tessere passaporto patente certificato certificati contratto contratti "
    "modulo moduli referto referti ricetta ricette appunti quaderno bonifico bonifici prenotazione "
    "prenotazioni"
)
