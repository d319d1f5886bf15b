"""Everyday words for what people photograph, and the ImageNet classes that such photos raise.

The class names know 120 breeds of dogs and no birthday party. Each line gives words as they are
searched, then the classes (by the first Italian name in `etichette_imagenet.jsonl`) that a photo
of it would most probably be given. Written by hand; used as training texts for the posterior.
"""

from __future__ import annotations

CONCEPTS = """
razzo, razzi, lancio di un razzo, missile spaziale: missile; navetta spaziale; proiettile;
    piattaforma petrolifera
luna, luna piena, superficie lunare: bolla; planetario; pallina da golf
galassia, galassie, spazio, stelle, cielo stellato, nebulosa: planetario; bolla; medusa; stella di
    mare
astronauta, tuta spaziale: navetta spaziale; maschera d'ossigeno; casco da football americano
moneta, monete, soldi, spiccioli: salvadanaio; fibbia; ditale; portafoglio
fiore, fiori, fioritura, petali: margherita; colza; scarpetta di venere; vaso; cardo
mazzo di fiori, bouquet, vaso di fiori: vaso; margherita; sposo
rosa, rose, tulipano, girasole, papavero: margherita; colza; vaso
giardino, aiuola, giardinaggio: vaso; serra; patio; margherita; tagliaerba
tempio, pagoda, tempio giapponese, tempio buddista: stupa; monastero; palazzo; campanile a vela
tramonto, alba, sole che tramonta: riva del mare; riva del lago; promontorio; banco di sabbia;
    molo
mare, costa, onde: riva del mare; promontorio; banco di sabbia; frangiflutti; scogliera
spiaggia, sabbia, litorale: riva del mare; banco di sabbia; bikini; costume da bagno da uomo
lago, laghetto, riva: riva del lago; rimessa per barche; molo; canoa
fiume, torrente, ruscello: diga; canoa; viadotto; riva del lago; valle
cascata, cascate: geyser; diga; valle; fontana
montagna, montagne, vetta, cima, alpi, dolomiti: montagna; valle; vulcano; scogliera
neve, nevicata, paesaggio innevato, inverno: montagna; spazzaneve; sci; motoslitta; slitta
    trainata da cani
sci, sciatore, sciare, sciatori, settimana bianca, snowboard: sci; montagna; passamontagna
collina, colline, campagna, paesaggio di campagna, campo: valle; fieno; fienile; colza; mietitrice
bosco, foresta, alberi, sentiero nel bosco, albero: valle; fungo; agarico; montagna
autunno, foglie, foglie secche: ippocastano; ghianda; fungo
grotta, roccia, scogli: scogliera; promontorio; abitazione rupestre; megalite
deserto, dune: banco di sabbia; dromedario
isola, golfo, panorama sul mare: promontorio; riva del mare; banco di sabbia
nuvole, cielo, cielo azzurro: ala; aereo di linea; montagna
arcobaleno, temporale, fulmine: riva del lago; valle; riva del mare
fuoco, falò, fiamme, incendio, camino acceso: candela; torcia; stufa; parafuoco; vulcano
fuochi d'artificio, fuochi artificiali: vulcano; fontana; torcia; faretto
notte, luci della notte, città di notte: faretto; viadotto; semaforo; cinema
cane, cani, cagnolino, cucciolo di cane, cucciolo: labrador; golden retriever; pastore tedesco;
    beagle; chihuahua
gatto, gatti, gattino, micio, gatta: gatto tigrato; gatto persiano; gatto siamese; mau egiziano
cavallo, cavalli, equitazione, puledro, andare a cavallo: cavallo sauro; carro trainato da buoi;
    risciò
mucca, mucche, vacca, toro, vitello: bue; bisonte; fienile
pecora, pecore, agnello, gregge: ariete; bighorn; fienile
capra, capre, capretto: stambecco; ariete
asino, mulo: cavallo sauro
maiale, maialino: maiale; cinghiale
gallina, galline, pollo, gallo, pulcino: gallo; gallina
uccello, uccellino, uccelli, passero: ghiandaia; merlo acquaiolo; cincia
pappagallo, cocorita: ara; cacatua; lorichetto
anatra, anatre, oca, cigno, papera: germano reale; oca; smergo minore; cigno nero
gabbiano, piccione, piccioni, colomba: albatro; cicogna bianca
pesce, pesci, acquario: pesce rosso; pesce pagliaccio; tinca; barriera corallina
farfalla, farfalle: farfalla monarca; cavolaia
ape, insetto, insetti, coccinella: ape; coccinella; mosca
coniglio, coniglietto, lepre: coniglio d'angora; lepre
elefante, elefanti: elefante africano; elefante indiano; elefante con le zanne
zoo, animale selvatico, safari, savana: leone; zebra; elefante africano; gazzella; ghepardo
scimmia, scimpanzé, gorilla: scimpanzé; gorilla; macaco
orso, orsi: orso bruno; orso nero; orso polare
serpente, lucertola, rettile: iguana; camaleonte; serpente giarrettiera
tartaruga, tartarughe: tartaruga marina; tartaruga scatola; tartaruga del fango
pinguino, foca: pinguino reale; leone marino
delfino, balena, squalo: orca; balena grigia; squalo bianco
bicicletta, bici, biciclette, ciclista, ciclisti, pista ciclabile: mountain bike; tandem;
    monociclo; triciclo
moto, motocicletta, motociclista, moto da corsa, motociclette: motorino; scooter; casco; freno a
    disco
scooter, vespa, motorino: scooter; motorino
auto, automobile, macchina, automobili, auto parcheggiata: auto sportiva; station wagon;
    decappottabile; griglia del radiatore; monovolume
auto d'epoca, macchina antica, auto rossa: ford modello t; decappottabile; auto sportiva; griglia
    del radiatore
camion, furgone, autocarro: autoarticolato; camion dei traslochi; pick-up; carro attrezzi; camion
    della spazzatura
autobus, pullman, corriera, bus: scuolabus; filobus; minibus
treno, treni, stazione, ferrovia, locomotiva, binari: treno ad alta velocità; locomotiva
    elettrica; carrozza ferroviaria; locomotiva a vapore; vagone merci
tram, metropolitana: tram; filobus; carrozza ferroviaria
aereo, aeroplano, aeroporto, aerei: aereo di linea; ala; aereo da guerra
finestrino dell'aereo, vista dall'aereo: ala; aereo di linea
elicottero, drone: aereo da guerra; ala
barca, barche, barchetta, barca a remi: scialuppa di salvataggio; motoscafo; canoa; gondola;
    rimessa per barche
barca a vela, vela, veliero, regata: yawl; trimarano; catamarano; goletta
nave, traghetto, crociera, porto: transatlantico; portacontainer; molo; relitto
venezia, gondola, canale: gondola; cupola; palazzo
traffico, strada trafficata, semaforo, incrocio: semaforo; taxi; parchimetro; cartello stradale;
    minibus
strada, via, vicolo, marciapiede: parchimetro; taxi; cartello stradale; tram; semaforo
cartello, insegna, segnale stradale, scritta: cartello stradale; cinema; sito web; menu
ponte, ponti: ponte sospeso; ponte ad arco in acciaio; viadotto
grattacielo, grattacieli, palazzo, palazzi, città, edificio: palazzo; obelisco; campanile a vela;
    cinema
casa, case, villetta, casa di campagna, cascina: fienile; casa mobile; rimessa per barche; tetto
    di tegole; staccionata
tetto, tetti: tetto di tegole; tetto di paglia; cupola
chiesa, cattedrale, duomo, campanile, basilica: chiesa; campanile a vela; cupola; monastero;
    altare
interno di una chiesa, navata: altare; volta; chiesa; organo
castello, fortezza, rovine, torre, colosseo: castello; megalite; palazzo; arco di trionfo; torre
    dell'acqua
statua, monumento, scultura, museo: piedistallo; obelisco; megalite; ariete
piazza, fontana, centro storico: fontana; obelisco; palazzo; piedistallo
mercato, bancarella, mercatino, frutta e verdura: negozio di alimentari; macelleria; panetteria;
    negozio di dolciumi
negozio, vetrina, supermercato, libreria: vetrina; negozio di alimentari; libreria; negozio di
    scarpe; negozio di giocattoli
bar, ristorante, locale, trattoria, cena al ristorante: ristorante; menu; tavolo da pranzo;
    bicchiere da birra
cucina, fornelli, cucinare, cuoco: frigorifero; stufa; lavastoviglie; forno a microonde; wok
camera da letto, letto, stanza: letto a baldacchino; trapunta; cuscino; divano letto; lampada da
    tavolo
soggiorno, salotto, divano, poltrona: divano letto; home theater; televisore; lampada da tavolo
bagno, doccia, vasca, wc: vasca da bagno; tavoletta del water; lavandino; tenda della doccia
sala da pranzo, tavolo, tavola apparecchiata, tavolata: tavolo da pranzo; piatto; ristorante
finestra, porta, persiane: tenda a rullo; porta scorrevole; zanzariera
scala, scale, ringhiera, corridoio: ringhiera
sedia, sedie: sedia pieghevole; sedia a dondolo; tavolo da pranzo
lampada, luce, lampadario: lampada da tavolo; paralume; faretto; candela
libro, libri, leggere, scaffale, scaffali: libreria; biblioteca; sovraccoperta
ufficio, scrivania, lavoro al computer: scrivania; monitor; computer fisso; mouse; computer
    portatile
computer, pc, portatile, tastiera, schermo: computer portatile; computer fisso; tastiera; monitor;
    schermo
telefono, cellulare, smartphone: telefono cellulare; telefono a disco; ipod; palmare
schermata, screenshot, pagina web, sito: sito web; schermo; menu
documento, foglio, appunti, scontrino, ricevuta, testo: busta; menu; sito web; cruciverba;
    sovraccoperta
televisione, tv: televisore; home theater; mobile porta tv
macchina fotografica, fotografo, fotocamera: reflex; polaroid; copriobiettivo; treppiede
orologio, orologi, ora: orologio analogico; orologio da parete; orologio digitale; cronometro
occhiali, occhiali da sole: occhiali da sole
chitarra, chitarrista: chitarra acustica; chitarra elettrica; plettro; banjo
pianoforte, pianista: pianoforte a coda; pianoforte verticale
violino, musica, musicista, orchestra, strumento musicale: violino; violoncello; flauto; oboe;
    trombone; corno francese
concerto, palco, cantante, spettacolo, teatro: palcoscenico; sipario; microfono; faretto; chitarra
    elettrica
tamburo, batteria: tamburo; bacchetta da batteria; steel drum
caffè, tazza di caffè, cappuccino, tazzina, espresso, colazione al bar: caffè espresso; tazza;
    tazza da caffè; caffettiera
tè, tazza, teiera: teiera; tazza; tazza da caffè
vino, bicchiere di vino, vino rosso, bottiglia di vino, brindisi: vino rosso; bottiglia di vino;
    calice
birra, boccale di birra, aperitivo: bicchiere da birra; bottiglia di birra; calice
acqua, bicchiere, bottiglia: bottiglia di bibita; borraccia; brocca; calice
pasta, piatto di pasta, spaghetti, lasagne, maccheroni, primo piatto: carbonara; piatto; guacamole
pizza, pizzeria, margherita pizza: pizza; torta salata di carne
panino, hamburger, patatine: cheeseburger; hot dog; bagel
pane, pagnotta, panificio: baguette; panetteria; bagel; pretzel
carne, grigliata, bistecca, arrosto, barbecue: polpettone; girarrosto; torta salata di carne
pesce da mangiare, sushi, frutti di mare: piatto; granchio reale; aragosta
zuppa, minestra, brodo: consommé; ciotola da zuppa; hot pot
insalata, verdura, verdure, ortaggi: cavolo cappuccio; broccolo; cetriolo; cavolfiore; peperone;
    zucchina
frutta, cesto di frutta, mela, mele: mela verde; arancia; limone; banana; ananas; fragola
arancia, arance, limoni, agrumi: arancia; limone
uva, fragole, ciliegie: fragola; melagrana; fico
torta, torta di compleanno, dolce, dolci, pasticceria, crostata: zuppa inglese; negozio di
    dolciumi; panetteria; candela
gelato, cono gelato, ghiacciolo: gelato; ghiacciolo
cioccolato, biscotti, caramelle: salsa al cioccolato; negozio di dolciumi
cibo, mangiare, pranzo, cena, piatto, cena in famiglia, picnic: piatto; ristorante; tavolo da
    pranzo; vassoio
compleanno, festa di compleanno, festa, candeline: candela; zuppa inglese; papillon; bolla
matrimonio, sposi, sposa, nozze, damigella: sposo; abito da sera; papillon; abito da uomo
natale, albero di natale, regali di natale, presepe: calza di natale; candela
regalo, regali, pacco: pacchetto; busta; scatola di cartone
laurea, diploma, laureata: toga accademica; tocco
carnevale, maschera, costume, halloween: maschera; parrucca; zucca di halloween
bambino, bambina, bambini, neonato, bimbo: bavaglino; altalena; tettarella; pannolino; culla
persona, donna, uomo, ragazza, ragazzo, ritratto, volto: parrucca; jeans; felpa; occhiali da sole;
    cardigan
famiglia, gruppo di amici, foto di gruppo, amici: felpa; jeans; ristorante; toga accademica
vestito, abito elegante, moda: abito da sera; abito da uomo; cravatta; minigonna
scarpe, scarpa: scarpa da corsa; sandalo; mocassino; negozio di scarpe
cappello, berretto: cappello da cowboy; sombrero; colbacco
borsa, valigia, zaino, bagagli: borsetta; zaino; borsa postale
ombrello, pioggia, giornata di pioggia: ombrello; trench
calcio, partita di calcio, calciatore, pallone, stadio: pallone da calcio; tabellone segnapunti;
    palla da rugby
basket, pallacanestro, canestro: pallacanestro
tennis, tennista, racchetta: pallina da tennis; racchetta
pallavolo, beach volley: pallone da pallavolo; pallina da tennis
nuoto, piscina, nuotatore, tuffo: cuffia da piscina; costume da bagno da uomo; boccaglio; costume
    intero
immersione, snorkeling, sott'acqua, subacqueo: subacqueo; boccaglio; barriera corallina
surf, surfista, windsurf, kitesurf: riva del mare; trimarano; catamarano
corsa, correre, maratona, palestra, ginnastica: scarpa da corsa; bilanciere; parallele; sbarra
arrampicata, alpinista, escursione, trekking: montagna; scogliera; zaino; valle
campeggio, tenda, camper: tenda da montagna; camper; sacco a pelo; casa mobile
parco giochi, altalena, scivolo, giochi per bambini: altalena; girandola; giostra
luna park, ruota panoramica, giostra, giostre: giostra; altalena
giocattolo, giocattoli, peluche, pupazzo: orsacchiotto; negozio di giocattoli; puzzle
parco, panchina, prato: panchina; altalena; pallone da calcio; tagliaerba
pesca, pescatore, canna da pesca: mulinello; tinca; salmone argentato; canoa
trattore, fattoria, raccolto, vendemmia: trattore; mietitrice; aratro; trebbiatrice; fienile
cantiere, gru, lavori: gru; carrello elevatore
polizia, carabinieri, pompieri, ambulanza: furgone della polizia; autopompa; ambulanza
soldato, esercito, parata: uniforme militare; fucile d'assalto; carro armato
ospedale, medico, dottore, infermiera: camice da laboratorio; stetoscopio; barella; siringa
scuola, aula, lavagna, studenti: scrivania; scuolabus; notebook
disegno, quadro, dipinto, pittura: fumetto; pennello; puzzle; sovraccoperta
graffiti, murale, muro: muro a secco; fumetto
candela, candele: candela
mongolfiera, paracadute, aquilone: mongolfiera; paracadute
faro, scogliera: faro; scogliera; promontorio
vulcano, eruzione: vulcano; geyser
fungo, funghi: fungo; agarico; boleto
mulino, pala eolica: girandola; trebbiatrice
cimitero, tomba: megalite; piedistallo; obelisco
"""


def concepts(index: dict[str, list[int]]) -> dict[str, set[int]]:
    """Search words -> class numbers. index: first Italian name -> classes so called; a class that
    it lacks is passed over (toy sets of classes have few)."""
    found: dict[str, set[int]] = {}
    # An indented line goes on from the one above.
    for line in CONCEPTS.replace("\n    ", " ").strip().splitlines():
        words, names = line.split(":")
        places = {i for name in names.split(";") for i in index.get(name.strip(), [])}
        for word in words.split(","):
            if places:
                found.setdefault(word.strip(), set()).update(places)
    return found
