"""The words that the rules of `inflection` would get wrong, and nothing else.

Everyday Italian, listed by hand: what people photograph and how they name it.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split("/") for pair in text.split())


# singular -> plural, where no rule gives it.
PLURALS = _pairs(
    """
    uomo/uomini bue/buoi dio/dei tempio/templi ala/ali arma/armi moglie/mogli mano/mani
    uovo/uova dito/dita paio/paia braccio/braccia ginocchio/ginocchia labbro/labbra osso/ossa
    ciglio/ciglia lenzuolo/lenzuola centinaio/centinaia migliaio/migliaia miglio/miglia
    eco/echi superficie/superfici greco/greci porco/porci sindaco/sindaci stomaco/stomaci
    monaco/monaci asparago/asparagi fico/fichi antico/antichi carico/carichi ombelico/ombelichi
    zio/zii pendio/pendii rio/rii leggio/leggii mormorio/mormorii energia/energie
    allergia/allergie nostalgia/nostalgie psicologo/psicologi biologo/biologi
    archeologo/archeologi geologo/geologi duca/duchi monarca/monarchi collega/colleghi
    """
)
FEMININE_IN_THE_PLURAL = _words(
    "uova dita paia braccia ginocchia labbra ossa ciglia lenzuola centinaia migliaia miglia"
)

# Feminine, though no ending says so.
FEMININE = _words(
    """
    mano eco auto moto foto radio bici metro biro dinamo app chat gru jeep star hostess reflex
    neve notte nave luce torre madre moglie gente mente arte parte carne chiave classe corte croce
    fonte fronte legge morte nube pace pelle rete sede sete siepe tigre valle volpe voce vite lepre
    ape febbre cenere polvere estate botte falce frase lapide lente merce noce salute sorte base
    tosse trave veste canzone fune fame fede grandine specie cattedrale capitale stele stirpe
    strage parete quiete rondine immagine vertigine ruggine origine vergine indagine voragine crisi
    tesi oasi analisi ipotesi sintesi diagnosi estasi dose fase serpe mole pece felce fiction
    automobile pallavolo pallacanestro silhouette
    brioche baguette quiche crêpe roulotte toilette
    boutique spa email lista pista vista rivista conquista intervista provvista
    """
)

# Masculine, though an ending says otherwise.
MASCULINE = _words(
    """
    problema panorama clima dramma programma schema sistema tema poema diploma stemma enigma
    pianeta poeta papa profeta pirata atleta pilota gorilla koala panda boa puma cobra cinema delta
    pigiama diadema teorema dilemma fantasma duca monarca collega karma yoga
    peluche selfie garage barbecue
    """
)

# The same in the plural, though in a vowel without accent.
INVARIABLE = _words(
    """
    auto moto foto radio bici metro biro dinamo cinema gorilla koala panda boa puma cobra delta gnu
    gru emu specie serie carie crisi tesi oasi analisi ipotesi sintesi diagnosi estasi brindisi
    safari bikini tsunami kiwi alibi origami sushi sci yeti re zoo euro video judo karaoke karate
    frisbee peluche selfie garage barbecue silhouette
    controluce rosa viola blu beige lilla fucsia igloo brioche baguette quiche crêpe roulotte
    toilette
    boutique spa email smartphone surf hobby pony martini quiz
    """
)

SINGULAR_IN_I = _words(
    """
    crisi tesi oasi analisi ipotesi sintesi diagnosi estasi brindisi safari bikini tsunami kiwi
    alibi origami sushi sci taxi yeti bici martini
    """
)

# Plurals in -e, which would otherwise be taken for singulars.
PLURAL_IN_E = _words(
    """
    nuvole persone donne ragazze bambine mamme nonne amiche spose rose scarpe onde foglie montagne
    case colline palme piante stelle candele scale tende finestre porte sedie poltrone lampade
    vetrate rovine isole strade piazze chiese mucche pecore capre galline oche anatre farfalle
    mosche zanzare balene tartarughe rane lumache mele pere arance fragole ciliegie pesche banane
    albicocche castagne verdure patate carote cipolle zucchine melanzane olive torte pizze lasagne
    tagliatelle caramelle bottiglie tazze posate valigie borse biciclette barche ruote maschere
    statue monete banconote lettere fotografie mappe carte ricette fatture bollette ricevute
    bandiere gambe orecchie cuffie tastiere chitarre campane bolle foreste rocce spiagge dune
    cascate grotte feste nozze vacanze gite strisce piastrelle sciarpe giacche gonne magliette
    camicie calze cravatte pantofole ciabatte collane perle piume vele trecce lacrime erbe spezie
    nocciole mandorle cozze vongole sardine aragoste medaglie coppe squadre partite vigne serre
    stalle fattorie baite opere scimmie giraffe zebre aquile vespe coccinelle luminarie giostre
    """
)

# Uncountable: "della neve" rather than "una neve", and no plural.
MASS = _words(
    """
    neve acqua sabbia erba pane latte vino olio burro zucchero sale farina riso carne legno ferro
    fumo nebbia ghiaccio fango pioggia grandine sangue oro argento musica traffico gente caldo
    freddo polvere vetro plastica sport yoga equitazione calcio nuoto ciclismo basket pallavolo
    rugby golf danza ginnastica caccia natura buio estate inverno autunno primavera brina rugiada
    miele cioccolato cibo pollame giardinaggio cucito abbigliamento arredamento sushi judo karate
    tennis surf sci pallacanestro frutta uva
    """
)

COLOURS_THAT_ARE_FLOWERS = _words("rosa viola")
NUMERALS = _words("due tre quattro cinque sei sette otto nove dieci tanti tante molti molte")

# They may stand before the noun, whose gender and number they then share.
BEFORE_THE_NOUN = _words(
    """
    bel bello bella belle bei begli grande gran grandi piccola piccoli piccole vecchia vecchi
    vecchie giovani nuovo nuova nuovi nuove buon buona primo prima alto alta lungo lunga
    """
)

ARTICLES = _words("un uno una il lo la i gli le dei degli delle")
ELIDED = _words("un l dell")
PREPOSITIONS = _words(
    """
    di da a in con su per tra fra del dello della dei degli delle al allo alla ai agli alle dal
    dallo dalla dai dagli dalle nel nello nella nei negli nelle sul sullo sulla sui sugli sulle e o
    che senza sotto sopra dentro fuori davanti dietro presso verso d dell all dall nell sull
    """
)

# Nouns in -are, -ere and -ire, which would otherwise be taken for verbs.
NOUNS_LIKE_VERBS = _words(
    """
    mare altare cellulare alveare collare militare casolare filare familiare particolare potere
    genere cenere polvere rovere carcere martire dovere piacere lettere camere opere pantere
    bandiere tastiere venere
    """
)

# They take "lo" and "uno", though they do not sound so on paper.
LIKE_IMPURE_S = _words("chef chalet champagne chiffon")
