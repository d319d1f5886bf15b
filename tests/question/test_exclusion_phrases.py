"""Test phrases that exclude concepts."""

from __future__ import annotations

import pytest

from cercafoto.question.filters.filter import NO_FILTERS
from tests.question.sentences import reading

WITHOUT = [
    ("senza persone", "", ["persone"]),
    ("al mare senza persone", "al mare", ["persone"]),
    ("al mare, senza persone", "al mare", ["persone"]),
    ("animali tranne i gatti", "animali", ["gatti"]),
    ("una festa ma non al chiuso", "una festa", ["al chiuso"]),
    ("una festa, non al chiuso", "una festa", ["al chiuso"]),
    ("né persone", "", ["persone"]),
    ("un cane né grande né piccolo", "un cane", ["grande", "piccolo"]),
    ("gatto o cane ma niente persone e niente auto", "gatto o cane", ["persone", "auto"]),
    ("montagna senza neve d'estate", "montagna d'estate", ["neve"]),
    ("tutto tranne il mare", "", ["mare"]),
    ("tranne quelle al chiuso", "", ["al chiuso"]),
    ("mare, senza: persone", "mare", ["persone"]),
    ('un cartello senza "vietato fumare"', "un cartello", ["vietato fumare"]),
    ("né cani né gatti", "", ["cani", "gatti"]),
    ("ne' cani ne' gatti", "", ["cani", "gatti"]),
    ("animali, né cani né gatti", "animali", ["cani", "gatti"]),
    ("ritratti escluse le selfie", "ritratti", ["selfie"]),
    ("animali eccetto i cani", "animali", ["cani"]),
    ("un prato, niente gatti", "un prato", ["gatti"]),
    ("un prato senza persone e senza cani", "un prato", ["persone", "cani"]),
    ("un prato senza persone né cani", "un prato", ["persone", "cani"]),
    ("un prato senza persone e cani", "un prato", ["persone", "cani"]),
    ("un prato senza persone, cani e gatti", "un prato", ["persone", "cani", "gatti"]),
    ("un prato senza persone e un cane", "un prato e un cane", ["persone"]),
    ("animali tranne i gatti e i cani", "animali", ["gatti", "cani"]),
    ("un tramonto senza persone sulla spiaggia", "un tramonto sulla spiaggia", ["persone"]),
    ("un uomo senza cappello", "un uomo", ["cappello"]),
    ("un caffè senza zucchero", "un caffè", ["zucchero"]),
    ("un ritratto senza occhiali da sole", "un ritratto", ["occhiali da sole"]),
    ("un parco senza cani neri", "un parco", ["cani neri"]),
    ("un ritratto non di spalle", "un ritratto non di spalle", []),
    ("un ritratto ma non di spalle", "un ritratto", ["di spalle"]),
    ("una piazza ma senza auto", "una piazza", ["auto"]),
    ("un fiore non ti scordar di me", "un fiore non ti scordar di me", []),
    ("una porta che non si apre", "una porta che non si apre", []),
    ("un cane grande ma non troppo", "un cane grande ma non troppo", []),
    ("tavolo con niente sopra", "tavolo con niente sopra", []),
    ("senza", "senza", []),
    ("animali ad eccezione dei gatti", "animali", ["gatti"]),
    ("mare, senza persone, ad agosto 2019", "mare", ["persone"]),
    ("senza persone ad agosto 2019 al mare", "al mare", ["persone"]),
    ("un cane ma non di notte", "un cane", ["di notte"]),
    ("mare -gatto", "mare", ["gatto"]),
    ("-gatto", "", ["gatto"]),
    ("-persone al mare", "al mare", ["persone"]),
    ("cani -gatti -persone", "cani", ["gatti", "persone"]),
    ('-"vietato fumare" un cartello', "un cartello", ["vietato fumare"]),
    ("mare - gatto", "mare - gatto", []),
    ("un mare blu-verde", "un mare blu-verde", []),
    ("un termometro a -5 gradi", "un termometro a -5 gradi", []),
    ("mare -", "mare -", []),
    ("animali a parte i gatti", "animali", ["gatti"]),
    ("animali, a parte cani e gatti", "animali", ["cani", "gatti"]),
    ("una foto a parte", "una foto a parte", []),
    ("cane o gatto", "cane o gatto", []),
    ("nessuno in spiaggia", "in spiaggia", ["persone"]),
    ("spiaggia, nessuno", "spiaggia", ["persone"]),
    ("in spiaggia nessuno", "in spiaggia", ["persone"]),
    ("non c'è nessuno in spiaggia", "in spiaggia", ["persone"]),
    ("prato dove non c'è nessun cane", "prato", ["cane"]),
    ("non c'è più nessuno in spiaggia", "in spiaggia", ["persone"]),
    ("tavola dove non c'è niente", "tavola dove non c'è niente", []),
    ("nessuno sul divano e nessun cane", "sul divano", ["persone", "cane"]),
    ("spiaggia con nessuno in acqua", "spiaggia con nessuno in acqua", []),
]


@pytest.mark.parametrize(("phrase", "text", "exclude"), WITHOUT)
def test_exclusions_never_reach_the_text(phrase: str, text: str, exclude: list[str]) -> None:
    found = reading(phrase)
    assert (found.text, list(found.exclude)) == (text, exclude)


@pytest.mark.parametrize(
    "phrase",
    [
        "mare tranne ad agosto 2019",
        "mare ma non nel 2019",
        "mare escluso il 2019",
        "mare, escluse le foto del 2019",
        "mare a parte ad agosto 2019",
        "mare a parte le foto del 2019",
        "mare -ieri",
        "mare ma non di domenica",
        "mare, però non ad agosto 2019",
    ],
)
def test_an_excluded_period_is_not_asked_for(phrase: str) -> None:
    found = reading(phrase)
    assert (found.text, found.filters) == ("mare", NO_FILTERS)
    assert any("non si può ancora escludere" in note for note in found.notes)
