"""Made-up texts of Italian papers and screens: receipts, tickets, pages, signs, screens.

Names, addresses, numbers and sentences belong to nobody.
"""

from __future__ import annotations

import random
import textwrap
from dataclasses import dataclass

RECEIPT, TICKET, PAGE, SIGN, SCREEN = KINDS = (
    "scontrino", "biglietto", "pagina", "insegna", "schermata"
)  # fmt: skip
TITLE, NORMAL, SMALL = "title", "normal", "small"
COLUMNS = 58  # letters in a line of a page, at most


@dataclass(frozen=True)
class Row:
    """A line on the paper. right: text at the right margin; centred: only without `right`."""

    left: str
    right: str = ""
    style: str = NORMAL
    centred: bool = False

    @property
    def text(self) -> str:
        return f"{self.left} {self.right}".strip()


SURNAMES = (
    "Gigi", "Ada", "Nardi", "Bellucci", "Cappelli", "Donati", "Fabbri", "Galli", "Leone",
    "Marchetti", "Nicolò", "Orlandi", "Pellegrini", "Quaranta", "Ruggeri", "Salvi", "Tarantino",
    "Ubaldi", "Valentini", "Zanetti", "Bortolin", "Cattaneo", "D'Amico", "Ferrero",
    "Grimaldi", "Iannone",
    "Lombardi", "Morandi", "Negri", "Pisano", "Rinaldi", "Serra", "Testa", "Vitale",
)  # fmt: skip
TOWNS = (
    "Forlì", "Cefalù", "Mondovì", "Cantù", "Nardò", "Bologna", "Lecce", "Trento", "Siena",
    "L'Aquila", "Viterbo", "Matera", "Cuneo", "Ferrara", "Lucca", "Ragusa", "Udine", "Pescara",
    "Forte dei Marmi", "San Gimignano", "Reggio Calabria", "Sant'Agata di Militello",
)  # fmt: skip
STREETS = (
    "Via Garibaldi", "Via XX Settembre", "Corso della Libertà", "Piazza del Popolo", "Via Dante",
    "Viale Trieste", "Via dei Mille", "Vicolo Stretto", "Largo Università", "Via Santa Lucia",
)  # fmt: skip
GOODS = (
    "Caffè espresso", "Tè al limone", "Spaghetti vongole", "Acqua naturale", "Vino della casa",
    "Tiramisù", "Baccalà mantecato", "Ragù di cinghiale", "Pane e coperto", "Insalata mista",
    "Latte intero", "Prosciutto crudo", "Pomodori pelati", "Olio extravergine", "Farina 00",
    "Yogurt bianco", "Detersivo piatti", "Carta assorbente", "Biscotti integrali", "Mele golden",
    "Caciocavallo", "Sugo al basilico", "Zucchine", "Bresaola", "Pasta di semola", "Gelato crema",
    "Sciroppo tosse", "Vitamina C", "Cerotti assortiti", "Crema solare", "Lampadina LED",
    "Nastro isolante", "Viti da legno", "Pennello piatto", "Vernice bianca", "Tovaglioli",
)  # fmt: skip
SHOPS = (
    "TRATTORIA DA {}", "FARMACIA {}", "BAR PASTICCERIA {}", "FERRAMENTA {}", "ALIMENTARI {}",
    "LIBRERIA {}", "PIZZERIA {}", "OTTICA {}", "PANIFICIO {}", "GELATERIA {}", "CARTOLERIA {}",
)  # fmt: skip
SENTENCES = (
    "Perché la città di notte è più silenziosa, nessuno lo sa dire con certezza.",
    "Il vecchio postino saliva lungo la strada bianca con la bicicletta a mano.",
    "Quella mattina il caffè era già freddo quando arrivò la lettera da Trieste.",
    "Non c'è niente di più bello, diceva la nonna, di una finestra aperta sul mare.",
    "Nell'estate del 1968 la ferrovia arrivò finalmente fino al paese.",
    "I ragazzi dell'università passavano i pomeriggi sotto i portici a discutere.",
    "Sul tavolo restavano due bicchieri, un coltello e mezza forma di pane.",
    "Le olive si raccolgono a novembre, prima che il gelo ne guasti la buccia.",
    "Ogni martedì il mercato riempiva la piazza di voci, cassette e biciclette.",
    "Così finì la guerra, e per molti anni nessuno volle più parlarne.",
    "La quantità di acqua va aggiunta poco alla volta, mescolando sempre.",
    "Lasciate riposare l'impasto per quaranta minuti in un luogo asciutto.",
    "Il maestro chiese a tutti di leggere ad alta voce, anche ai più timidi.",
    "Dietro il mulino scorreva un torrente così stretto che lo si saltava.",
    "Se piove, disse lo zio, partiremo giovedì; se no, domani all'alba.",
    "L'erba del giardino era cresciuta fin sopra il muretto di pietra.",
    "Venne la neve e coprì i tetti, le vigne, la vecchia fontana rotonda.",
    "Chi arriva per primo apre le imposte e accende il fuoco nel camino.",
    "La biblioteca conserva trecento volumi, alcuni dei quali molto rari.",
    "Nessuna delle due sorelle aveva mai visto un temporale tanto lungo.",
    "Il capitano guardò l'orologio: mancavano venti minuti alle sette.",
    "Qualcuno aveva dimenticato sulla panchina un ombrello a righe gialle.",
    "La virtù, scriveva, è una abitudine che si prende da bambini.",
    "Per arrivare alla grotta bisogna aspettare la bassa marea.",
    "Prima di chiudere la porta si voltò ancora una volta verso la stanza.",
    "Un gatto grigio dormiva sul davanzale, indifferente al rumore dei carri.",
    "Il raccolto fu abbondante e si fece festa fino a mezzanotte.",
    "Le fotografie più antiche mostrano un ponte di legno, poi crollato.",
    "Aggiungete lo zucchero, la scorza di limone e un pizzico di sale.",
    "Gli abitanti erano ottocento; oggi sono meno di cinquanta.",
)
SIGNS = (
    ("TRATTORIA", "da {name}"), ("FARMACIA", "{name}"),
    ("CHIUSO PER FERIE", "dal {d} al {e} agosto"),
    ("VIETATO", "L'ACCESSO", "ai non addetti"), ("AFFITTASI", "appartamento", "tel. {phone}"),
    ("Via {name}",), ("ATTENTI AL CANE",), ("PANIFICIO {name}", "pane e focacce", "dal 19{y}"),
    ("Stazione di {town}",), ("MERCATO COPERTO", "lunedì - sabato", "7:30 - 13:00"),
    ("HOTEL {name}", "camere libere"), ("PARCHEGGIO", "{price} € l'ora"),
    ("USCITA", "di sicurezza"),
    ("Benvenuti a {town}",), ("SALDI", "fino al {d}0%"), ("Museo civico", "di {town}", "1º piano"),
    ("NON DARE DA MANGIARE", "ai piccioni"), ("OFFICINA {name}", "gomme e freni"),
)  # fmt: skip
TALK = (
    "Ciao! A che ora arrivi stasera?", "Il treno è in ritardo di {d} minuti", "Va bene, ti aspetto",
    "La password del wifi è {code}", "L'indirizzo è {street} {d}, {town}", "Grazie mille!",
    "Hai già pagato l'idraulico?", "Sì, {price} euro in contanti", "Ci vediamo giovedì alle {d}:30",
    "Il codice del portone è {number}", "Mi mandi la ricetta del ragù?", "Certo, più tardi",
    "Scrivi a {mail}", "Chiamami al {phone}", "Ho lasciato le chiavi da {name}",
    "Perché no? Volentieri",
    "Non trovo più gli occhiali", "Sono sul tavolo in cucina", "Buon compleanno {name}!",
    "Domani c'è sciopero dei mezzi",
)  # fmt: skip


def rows_of(kind: str, rng: random.Random) -> list[Row]:
    """Make up a paper's text, line by line."""
    return {RECEIPT: _receipt, TICKET: _ticket, PAGE: _page, SIGN: _sign, SCREEN: _screen}[kind](
        rng
    )


def _receipt(rng: random.Random) -> list[Row]:
    name = rng.choice(SURNAMES)
    rows = [
        Row(rng.choice(SHOPS).format(name.upper()), style=TITLE, centred=True),
        Row(f"{rng.choice(STREETS)} {rng.randint(1, 180)}", centred=True),
        Row(f"{rng.randint(10, 98):02}{rng.randint(100, 199)} {rng.choice(TOWNS)}", centred=True),
        Row(f"P. IVA {_digits(rng, 11)}", centred=True),
        Row("DOCUMENTO COMMERCIALE", centred=True),
        Row("DESCRIZIONE", "EURO"),
    ]
    total = 0
    for good in rng.sample(GOODS, rng.randint(3, 12)):
        cents = rng.randint(80, 3900)
        total += cents
        rows.append(Row(good if rng.random() < 0.5 else good.upper(), _euro(cents)))
    paid = (total // 1000 + 1) * 1000
    rows.append(Row("TOTALE EURO", _euro(total), TITLE))
    rows.append(Row("di cui IVA", _euro(round(total * 0.1 / 1.1))))
    if rng.random() < 0.5:
        rows += [Row("CONTANTI", _euro(paid)), Row("RESTO", _euro(paid - total))]
    else:
        rows.append(Row("PAGAMENTO ELETTRONICO", _euro(total)))
    when = f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/{rng.randint(2015, 2025)}"
    rows.append(Row(f"{when} {rng.randint(8, 22):02}:{rng.randint(0, 59):02}", _number(rng)))
    rows.append(Row("Grazie e arrivederci", centred=True))
    return rows


def _ticket(rng: random.Random) -> list[Row]:
    town, there = rng.sample(TOWNS, 2)
    when = f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/{rng.randint(2015, 2025)}"
    hour = f"{rng.randint(6, 22):02}:{rng.randint(0, 59):02}"
    price = _euro(rng.randint(400, 9900))
    name = rng.choice(SURNAMES)
    return rng.choice(
        (
            [
                Row("BIGLIETTO FERROVIARIO", style=TITLE),
                Row(f"Da {town}", f"A {there}"),
                Row(f"Data {when}", f"Partenza {hour}"),
                Row(f"Treno {rng.randint(500, 9999)}", f"Carrozza {rng.randint(1, 11)}"),
                Row("Seconda classe", f"Posto {rng.randint(1, 20)}{rng.choice('ABCD')}"),
                Row(f"Passeggero {name}", f"Prezzo € {price}"),
                Row(f"Codice {_code(rng)}", style=SMALL),
                Row("Conservare fino all'uscita della stazione", style=SMALL),
            ],
            [
                Row(f"MUSEO CIVICO DI {town.upper()}", style=TITLE),
                Row("Ingresso intero", f"€ {price}"),
                Row("Mostra: la città che non c'è più"),
                Row(f"Valido il {when}", f"ore {hour}"),
                Row(f"N. {_digits(rng, 7)}", "Non rimborsabile", SMALL),
            ],
            [
                Row(f"TEATRO {name.upper()}", style=TITLE),
                Row(f"{there}, {when}", f"ore {hour}"),
                Row("Concerto di primavera"),
                Row(f"Platea, fila {rng.randint(1, 22)}", f"posto {rng.randint(1, 40)}"),
                Row(f"Prezzo € {price}", f"Codice {_code(rng)}"),
                Row("Vietato l'ingresso a spettacolo iniziato", style=SMALL),
            ],
        )
    )


def _page(rng: random.Random) -> list[Row]:
    rows = [Row(f"Capitolo {rng.randint(2, 40)}", style=TITLE, centred=True)]
    for paragraph in range(rng.randint(2, 4)):
        sentences = " ".join(rng.sample(SENTENCES, rng.randint(4, 8)))
        rows += [Row(line) for line in textwrap.wrap(sentences, COLUMNS, break_on_hyphens=False)]
        if paragraph == 0 and rng.random() < 0.3:
            rows.append(Row(rng.choice(("Ingredienti", "L'arrivo", "Il viaggio")), style=TITLE))
    return [*rows, Row(str(rng.randint(3, 460)), centred=True)]


def _sign(rng: random.Random) -> list[Row]:
    name = rng.choice(SURNAMES)
    said = [_filled(line, rng, name) for line in rng.choice(SIGNS)]
    return [Row(said[0], style=TITLE, centred=True), *(Row(s, centred=True) for s in said[1:])]


def _screen(rng: random.Random) -> list[Row]:
    name = rng.choice(SURNAMES)
    clock = Row(f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}", f"{rng.randint(5, 99)}%", SMALL)
    if rng.random() < 0.6:
        talk = [Row(_filled(line, rng, name)) for line in rng.sample(TALK, rng.randint(4, 9))]
        return [clock, Row(name, style=TITLE), *talk]
    facts = {
        "Rete": f"Casa {name}", "Password": _code(rng), "Ordine": f"N. {_digits(rng, 8)}",
        "Consegna": f"{rng.randint(1, 28)} novembre",
        "Importo": f"{_euro(rng.randint(500, 99900))} €",
        "Telefono": _phone(rng), "E-mail": _mail(rng, name), "Stazione": rng.choice(TOWNS),
        "Binario": str(rng.randint(1, 24)), "Spazio libero": f"{rng.randint(1, 60)},4 GB",
    }  # fmt: skip
    titles = ("Impostazioni", "Il tuo ordine", "Promemoria", "Novità", "Prenotazione")
    chosen = rng.sample(sorted(facts), rng.randint(4, 8))
    return [clock, Row(rng.choice(titles), style=TITLE), *(Row(key, facts[key]) for key in chosen)]


def _filled(line: str, rng: random.Random, name: str) -> str:
    return line.format(
        name=name,
        town=rng.choice(TOWNS),
        street=rng.choice(STREETS),
        price=_euro(rng.randint(100, 30000)),
        phone=_phone(rng),
        mail=_mail(rng, name),
        code=_code(rng),
        number=_digits(rng, 4),
        d=rng.randint(2, 9),
        e=rng.randint(20, 30),
        y=rng.randint(20, 99),
    )


def _euro(cents: int) -> str:
    return f"{cents // 100},{cents % 100:02}"


def _digits(rng: random.Random, many: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(many))


def _number(rng: random.Random) -> str:
    return f"DOC.N. {_digits(rng, 4)}-{_digits(rng, 4)}"


def _code(rng: random.Random) -> str:
    # Without characters that even a person could not distinguish.
    return "".join(rng.choice("ABCDEFGHKMNPRTUVXYZ346789") for _ in range(6))


def _phone(rng: random.Random) -> str:
    return f"3{_digits(rng, 2)} {_digits(rng, 3)} {_digits(rng, 4)}"


def _mail(rng: random.Random, name: str) -> str:
    plain = name.lower().replace("ò", "o").replace("'", "")
    return f"{plain}{rng.randint(1, 99)}@{rng.choice(('posta', 'esempio'))}.it"
