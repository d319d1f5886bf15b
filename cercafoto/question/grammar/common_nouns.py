"""Common nouns that are also the name of some comune or hamlet, and words that follow a preposition
without naming a place. With a small letter they are what a photo shows: "a calcio" is the game, and
"a Calcio" the town."""

from __future__ import annotations

from cercafoto.question.grammar.tokens import lexicon

_SEEN = """
abbazia acqua aereo aeroporto ala alba albergo alberi ali alta altare alto altura anca anno
aperitivo aperto aquila archi arco arena aria arma arti asino auditorium auto autunno bagno baia
baita balcone ballo banca banda bande bar barba barca barra barre barriere basket bassa basso
battesimo benzina bere bianchi bianco bibita bici bicicletta bilico bimbo birra blu bocca bomba
bordo borgo borsa boschi bosco bottega box braccio bruna bruno buia busta caccia calcio calendario
camera camino campagna campana campeggio campo canale cancello candela canna cantina cappella
carbone cardigan carro carta carte casa cascata casco casino caso castagna castello catena
cattedrale cava cavallo caverna cavo cella cena cento centrale centro cerchio cervello chi chiari
chiesa chiusa chiusi chiuso cielo cima cinema cinque circo cisterna citta colazione collina collo
colonna colori compleanno concerto contrada convento coppia corrente corsa corte cortile costa
crema cresta cricket cristo croce cucina cui custodia davanzale delta deserto destra dieci dolce
dolci due duomo erba erbe erbette essa esse essi esso est estate fabbrica faccia fango fantino
fare faro fascia fatica felino ferma fermata fermo festa fette fiamme fianco fila fili finestra
fiore fiori fiume foglia foglie fondo fontana fontanella fonte foresta formica fornelli forno
fortezza frazione fumo fuoco fuso galla gallina gallo gamba gara garage gas gente ghiaccio ghiaia
giallo giardino gigante giorno gita golf gondola granito grossa grosso grotta gruppo guerra hotel
inverno isola labrador laghetto lago laguna lama lana larga largo lato latte laurea lavagna
lavello legno lei lenti lettere letto lilla lista loro luce lui luna lunga lungo lupo macchia
macchie macchina maglione mangiare mani mano mantello mare margherita marina marino martello
matita matrimonio mattina mattoni me memoria mercato merenda mese meta metallo metropolitana mezzo
mia mille mio mobile molo mondo montagna montagne monte monti montone morte mosca mosso moto
motore mulino mura muri muro museo muta naso nave nebbia negozio neri nero neve niente noi nord
nostra nostro notte nove nuoto nuvole occhi oceano olio olivo ombra onda opera ora orecchio oro
orto ospedale ossi otto ottone ovest pace paese pala palazzo pale palestra pali pallavolo palle
pallini pallone palma palo pane panino panna panni panorama papa parco parete parole parte partita
passaggio passi pasta pausa pedali penna pepe periferia pesca pezzi piacere piani piano pianura
piatto piazza piedi pietra pietre pilastri pineta pino pioggia piscina piscine pista pizzo podio
pois polizia ponte porta porte portici porto posa posta pozza pozzo pranzo prati prato primavera
primo punta quaderni quadri quattro quella quelle quelli quello questa queste questi questo re
recinto regina regola remi rete riccio rifugio riga righe rilievo ringhiera ristorante riva roccia
rock rodeo rombo rosa rose rossi rosso rotonda rotondi rotta rovine rugby ruota ruote sabbia sacco
sala sale salotto salta salto salve sassi sauna savana scacchi scala scale scena sci scuola se
sedia segno sei seme sera serra sette singoli sinistra soffitta soggiorno sola sole solo sorgente
sostegno spalle specchio spiaggia spicchi spina stadio stazione stella stelle stessa stessi stesso
strada strisce sua sud sue suo suoi taglio tasca taverna tavola tavolo te teatro tela telo tema
tempera tempo tenda tende tennis terme terra terrazza terrazzo testa tigre tipo tondi tono toro
torre torretta tramonto tre treno tua tuo turno tuta tutti tutto ufficio uno uva vacanza vallata
valle vapore vari vasi vaso vedere vela velo vento verde verdi vetro vetta viaggio viale vigna
vigneto villa villette vino viola vista vita voi volo volta vulcano zebra zoo
"""
SEEN = lexicon(_SEEN)
