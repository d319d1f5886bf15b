"""More Italian names for the 1,000 ImageNet classes: those that a machine would write.

`etichette_imagenet.jsonl` has the names that Italians use. Lists of labels are often translated by
machine from the English ones, word by word and without knowing what is meant: "fire screen"
becomes "schermo antincendio", "crane" is the bird on a building site. Written by hand from the
English names, for cercafoto, free to use; training texts of the class posterior, after the true
names. A name that several classes bear means each of them alike.

One class a line: its index (sorted wnid), then names; a line that begins with a space goes on.
"""

from __future__ import annotations

LITERAL = """
0: tench
1: pesce dorato, pesciolino d'oro, carassio
2: squalo bianco gigante, mangiatore di uomini
4: testa di martello, squalo testa di martello
5: manta elettrica, siluro
6: pastinaca, razza pungente, manta
7: galletto, maschio della gallina
8: gallina ovaiola
9: uccello struzzo
10: fringuello di montagna, fringuello peppola, frangia
11: cardellino americano, fringuello dorato
12: fringuello domestico, fringuello di casa, fringuello, fanello
13: uccello delle nevi, giunco, passero
14: zigolo, fringuello indaco, bandiera indaco, uccello indaco
15: pettirosso, tordo
16: usignolo orientale, bulbo
17: ghiandaia marina, jay, ghiandaia blu
18: gazza comune
19: cinciallegra nera, cincia capinera, uccello cincia
20: ouzel d'acqua, tuffatore, mestolo, ousel acquatico
21: aquilone, sparviero, uccello nibbio
22: aquila di mare, aquila testa bianca, aquila
23: uccello avvoltoio, condor
24: grande gufo grigio, gufo, allocco, civetta grigia
25: salamandra di fuoco, salamandra europea, salamandra di fuoco europea
26: tritone, tritone comune europeo
27: eft, tritone giovane, salamandra rossa
28: salamandra a macchie, salamandra chiazzata
29: axolotl messicano, cucciolo di fango
30: rana gigante, rana
31: rana degli alberi, rana arborea, rana verde
32: rana con la coda, rospo con la coda
33: testuggine marina, tartaruga di mare, tartaruga boscaiola, testa di tronco, tartaruga testa
    grossa
34: tartaruga dal dorso di cuoio, tartaruga di cuoio, tartaruga a dorso di pelle
35: tartaruga di fango
36: terrapin, testuggine
37: tartaruga a scatola, tartaruga box
38: geco, geco leopardo, geco con bande
39: iguana verde comune
40: camaleonte, anolide, lucertola anolis
41: coda di frusta, lucertola dalla coda a frusta
42: lucertola agama, drago agama
43: lucertola arricciata, lucertola col collare, lucertola con le balze, lucertola dai volant
44: lucertola coccodrillo
45: mostro gila, gila
46: lucertola smeraldina
47: camaleonte verde
48: drago, lucertola gigante, drago komodo
49: coccodrillo del Nilo africano
50: alligatore del nord america
51: dinosauro, triceratopo fossile
52: serpente del tuono, serpente tuono
53: serpente dal collo ad anello, serpente dal collo inanellato
54: serpente dal naso di maiale, serpente naso porcino, serpente nasone
55: serpente verde liscio
56: serpente re della california
57: serpente da giardino, serpente giarrettiera comune
58: biscia, serpente acquatico
59: serpente della vite, serpente di vite
60: serpente della notte
61: costrittore, boa costrittore comune
62: pitone di roccia, pitone roccioso
63: serpente cobra, cobra reale
64: serpente verde velenoso, mamba velenoso
65: serpente acquatico marino
66: vipera con le corna, vipera, vipera cornuta del deserto
67: diamante, dorso di diamante, serpente a sonagli diamantino, serpente a sonagli dal dorso di
    diamante
68: serpente che si muove di lato, serpente a sonagli cornuto, avvolgitore laterale, crotalo
69: fossile, trilobite fossile
70: mietitore, ragno papà gambe lunghe, raccoglitore
71: scorpione nero
72: ragno da giardino nero e oro, ragno nero e dorato, ragno da giardino nero e giallo
73: ragno del fienile, ragno da fienile
74: ragno da giardino, ragno del giardino
75: ragno vedova nera
76: ragno tarantola
77: ragno lupo cacciatore
78: spunta, zecca dei boschi, segno di spunta
79: millepiedi
80: fagiano nero, gallo cedrone nero, gallo nero
81: pernice artica, lagopodi
82: fagiano collarato, gallo cedrone, tetraone arruffato, urogallo
83: pollo della prateria, gallina della prateria, pollo di prateria
84: uccello pavone, pavone maschio
85: quaglie, uccello quaglia
86: pernice grigia, pernici
87: grigio africano, pappagallo grigio africano, cenerino africano, pappagallo
88: pappagallo macao, macao, pappagallo tropicale
89: cacatua dalla cresta di zolfo, cacatua cresta sulfurea, cacatua dalla cresta solforosa,
    cacatua bianco
90: pappagallino, lorichetto, parrocchetto, pappagallo colorato
91: cuculo, coucal, uccello coucal
92: mangiatore di api, mangiaapi, uccello mangia api
93: becco a corno, uccello dal becco a corno
94: uccello colibrì, uccello ronzante
95: uccello jacamar
96: uccello tucano
97: drake, drago, anatroccolo, anatra, papero
98: smergo dal petto rosso, mergo dal petto rosso, anatra
99: oca selvatica, oche
100: cigno
101: zanna, cinghiale, elefante con zanne, zannuto, tusker
102: riccio spinoso, formichiere
103: animale ornitorinco
104: canguro, wallabie
105: orso koala
106: wombat
107: meduse
108: anemone marino, anemoni
109: corallo cerebrale, corallo del cervello, corallo a cervello
110: verme, planaria marina
111: verme, vermi, nematodi, verme tondo
112: conca, conchiglia marina, conchiglia di mare
113: lumaca con guscio, lumachina
114: proiettile, lumaca senza guscio, bava di lumaca
115: lumaca marina, nudibranchi
116: chitone marino, guscio
117: nautilo a camere, conchiglia nautilo, nautilus a camere, nautilus perlato
118: granchio di dungeness, granchio
119: granchio roccioso, granchio della roccia
120: granchio violino, granchio suonatore
121: granchio re, granchio reale, re granchio
122: aragosta americana, aragosta, astice blu
123: aragosta spinosa, aragosta di roccia
124: gamberi, gambero, gamberetto, aragosta d'acqua dolce
125: granchio eremita, eremita
126: isopodi, crostaceo
127: cicogne, uccello cicogna
128: cicogna
129: becco a spatola, cucchiaio, mestolone
130: fenicotteri
131: airone blu, piccolo airone blu, airone azzurro piccolo, airone
132: garzetta americana, airone bianco americano, egretta americana
133: tarabuso americano, uccello tarabuso, airone, amaro
134: gru uccello, gru bianca, uccello gru
135: uccello limpkin, limpkin
136: gallinella d'acqua, gallinella europea, gallinella, gallinula europea
137: folaga, gallina d'acqua, gallina palustre
138: ottarda, uccello otarda
139: rondone rubicondo, voltapietre comune, uccello voltapietre, giratore rosso
140: piovanello dal dorso rosso, gambecchio, piro piro dal dorso rosso, piovanello comune
141: gambarossa, gamba rossa, uccello dalle zampe rosse
142: dowitcher, beccaccino, uccello limicolo
143: ostricaio, beccaccia, pescatore di ostriche, cacciatore di ostriche, raccoglitore di ostriche
144: pellicani
145: pinguino re, pinguino imperatore, pinguini
146: uccello albatros, gabbiano
147: balena, balene, cetaceo
148: balena killer, orche
149: lamantino, mucca di mare
150: otarie, foca
151: cane piccolo, cagnolino
152: spaniel giapponese, cane giapponese, chin spaniel
153: maltesino, terrier maltese
154: pekinese
155: shitzu, cane shih tzu
156: blenheim spaniel, cocker blenheim
157: cane papillon, farfalla, spaniel farfalla
158: terrier giocattolo, terrier di piccola taglia, giocattolo terrier
159: ridgeback della rhodesia, ridgeback rhodesiano
160: cane afgano, levriero, segugio afgano, afghan hound
161: bassotto, basset, cane basset
162: cane beagle, segugio beagle
163: segugio, cane da sangue, cane segugio
164: tick blu, segugio blu, bluetick
165: coonhound nero e marrone, coonhound nero e focato, segugio nero
166: levriero walker, segugio camminatore, foxhound walker
167: segugio inglese, volpino inglese, cane da caccia inglese
168: osso rosso, redbone
169: levriero borzoi, cane lupo russo
170: wolfhound irlandese, lupo irlandese, segugio irlandese, cane lupo d'irlanda
171: levriero, greyhound italiano, levriero italiano piccolo
172: frusta, whippets
173: segugio di ibiza, levriero di ibiza, cane di ibizan
174: elkhound, cane norvegese, elkhound norvegese grigio
175: cane lontra, segugio per lontre, otter hound
176: levriero saluki, cane gazzella
177: cane da cervo scozzese, levriero da cervo scozzese, deerhound scozzese
178: weimariano, cane weimaraner
179: bullterrier di staffordshire, bull terrier dello staffordshire, bull terrier
180: terrier americano dello staffordshire, staffordshire terrier americano, terrier staffordshire
181: terrier di bedlington, terrier bedlington
182: terrier di confine, terrier border, terrier di frontiera
183: terrier blu kerry, terrier blu del kerry, kerry terrier
184: terrier d'irlanda
185: terrier di norfolk, terrier norfolk
186: terrier di norwich, terrier norwich
187: terrier dello yorkshire, cane yorkshire, terrier yorkshire
188: fox terrier a pelo duro, terrier volpe a pelo ispido, fox terrier a pelo filoso, fox terrier
    dai capelli metallici
189: terrier di lakeland, terrier lakeland
190: terrier di sealyham, terrier sealyham
191: cane airedale, terrier airedale, terrier di airedale
192: terrier cairn, cairn scozzese, tumulo
193: terrier d'australia
194: terrier dandie dinmont, dandie
195: toro di boston, bull boston, bulldog di boston, boston
196: schnauzer miniatura, schnauzer in miniatura, mini schnauzer
197: schnauzer grande, grande schnauzer
198: schnauzer standard
199: scotch terrier, terrier scotch, scozzese
200: terrier del tibet
201: terrier di seta, terrier setoso, silky terrier di sydney
202: terrier color grano a pelo morbido, terrier di grano dal mantello morbido, terrier wheaten a
    pelo morbido
203: terrier bianco delle west highland, terrier bianco delle highlands occidentali, west highland
    terrier
204: apso, cane di lhasa
205: retriever a pelo piatto, retriever dal mantello piatto, retriever dal pelo piatto
206: retriever dal pelo riccio, retriever ricciuto, retriever dal mantello riccio
207: cane golden retriever, cane dorato
208: retriever del labrador, cane labrador, labrador nero
209: retriever di chesapeake bay, retriever del chesapeake
210: puntatore tedesco a pelo corto, pointer tedesco a pelo corto, pointer tedesco
211: bracco ungherese vizsla, pointer ungherese
212: setter d'inghilterra
213: setter d'irlanda
214: setter di gordon, setter scozzese
215: spaniel di bretagna, spaniel brittany, spaniel
216: goffo, clumber
217: springer inglese, springer, spaniel inglese
218: springer gallese, spaniel gallese
219: cocker spaniel inglese, cane cocker
220: spaniel di sussex, spaniel sussex
221: cane d'acqua irlandese, water spaniel irlandese
222: cane kuvasz
223: cane schipperke
224: cane groenendael, cane da pastore belga nero
225: malinois belga, cane malinois
226: cane briard
227: cane kelpie, kelpie
228: cane komondor
229: vecchio cane da pastore inglese, cane pastore inglese antico, pastore inglese
230: cane da pastore delle shetland, cane da pastore shetland, pastore shetland
231: cane collie, collie scozzese
232: cane border collie, collie di confine, collie di frontiera
233: bouvier delle fiandre, cane bouvier, bovaro fiammingo
234: cane rottweiler
235: cane pastore tedesco, pastore alsaziano
236: cane doberman
237: pinscher in miniatura, pinscher miniatura, pinscher
238: cane da montagna grande svizzero, grande cane da montagna svizzero, grande cane svizzero di
    montagna
239: cane da montagna bernese, cane di montagna bernese, cane bernese
240: cane appenzeller, appenzell
241: cane entlebucher, cane di entlebuch
242: pugile, cane boxer tedesco
243: mastino toro, mastino inglese, mastino
244: mastino del tibet
245: bulldog, cane bulldog francese
246: grande danese, danese, cane alano
247: cane di san bernardo
248: cane esquimese, cane husky
249: cane malamute
250: husky della siberia, cane siberian husky
251: cane con le macchie, cane dalmata a macchie
252: pinscher affen
253: basenji africano
254: pugile carlino, mops, cane pug
255: leonbergo, cane di leonberg
256: cane terranova, terranova nero
257: grandi pirenei, grande pireneo, cane dei grandi pirenei
258: samoiedo bianco, cane samoyed
259: pomeranian, cane pomerano, pomerano
260: chow, cane chow, cibo
261: cane keeshond, spitz olandese
262: grifone brabantino, grifone brabancon, griffone brabantino, grifone
263: pembroke gallese, welsh corgi, pembroke corgi
264: corgi gallese cardigan, maglione
265: barboncino giocattolo, barboncino di piccola taglia
266: barboncino miniatura, barboncino in miniatura, mini barboncino
267: barboncino standard, barboncino grande
268: messicano senza pelo, cane messicano senza pelo, messicano glabro, calvo messicano
269: lupo del legname, lupo dei boschi, lupo di legno, lupi
270: lupo delle nevi, lupo bianco artico
271: lupo, lupo dal pelo rosso
272: cojote, coyote selvatico
273: cane selvatico
274: cane selvatico indiano, dhole asiatico
275: cane da caccia africano, cane cacciatore africano
276: iene
277: volpe dal pelo rosso, volpi
278: volpe kitt, volpe di kit, volpe kit del deserto, volpe in kit
279: volpe artica bianca
280: volpe, volpe grigia comune
281: tabby, gatto, gatto a strisce
282: gatto tigre, gattopardo, gatto tigrino
283: gatto persiano bianco
284: gatto siamese
285: gatto d'egitto
286: leone delle montagne, couguar, puma americano
287: lince selvatica
288: leopardo africano
289: pantera bianca, leopardo bianco
290: giaguaro maculato
291: leone africano, leoni
292: tigre bianca, tigri
293: ghepardi
294: orso grizzly
295: orso nero d'america
296: orso di ghiaccio, orso dei ghiacci
297: orso, orso accidioso
298: mangusta indiana
299: suricati, meerkat
300: scarabeo tigre, maggiolino tigre
301: coccinelle, maggiolino, coccinella rossa
302: scarabeo di terra, coleottero di terra, scarabeo terrestre, coleottero terricolo
303: scarabeo dalle lunghe corna, coleottero dalle lunghe corna, scarabeo longicorne
304: scarabeo fogliare, coleottero fogliare, scarabeo delle foglie, coleottero della foglia
305: scarabeo di letame, scarabeo del letame, coleottero stercorario
306: scarabeo rinoceronte gigante
307: tonchi, coleottero
308: volare, mosche, insetto mosca
309: api
310: formiche
311: cavallette
312: cricket, insetto grillo
313: bastone da passeggio, insetto bastone, insetto ramo, bastone che cammina
314: scarafaggi
315: mantide pregante, mantidi
316: cicale
317: tramoggia fogliare, saltafoglie, cavalletta delle foglie, cicaline
318: ala di pizzo, merletto, insetto dalle ali di pizzo, allacciatura
319: libellule, mosca drago
320: damigelle, mosca damigella
321: ammiraglio, ammiraglio rosso, farfalla vanessa
322: farfalla ad anello, ricciolo, anello, farfalla a riccioli, boccolo, farfalla ricciolo
323: farfalla monarca arancione, re
324: farfalla del cavolo, farfalla di cavolo
325: farfalla di zolfo, farfalla zolfo, farfalla sulfurea
326: licenide farfalla, farfalla licena, farfalla blu
327: stelle marine, pesce stella
328: ricci di mare
329: cetrioli di mare
330: coniglio di legno, coniglio dei boschi, coniglio di bosco, coniglio
331: lepri, leprotto
332: coniglio angora bianco
333: criceti
334: ricci, porcospini
335: scoiattolo volpe orientale, volpe scoiattolo
336: marmotte, marmotta dal ventre giallo
337: castori
338: maialino d'india, porcellino di guinea, maialino di guinea
339: acetosa, acetosella, cavallo rosso, cavallo marrone
340: zebre
341: suino, porci, maiali
342: verro, cinghiali
343: maiale verrucoso, facoceri
344: ippopotami
345: buoi, toro
346: bufalo asiatico, bufalo acquatico
347: bufalo, bisonti
348: ram, caprone, pecora
349: pecora bighorn, pecora dalle grandi corna, grande corno, muflone, pecora cornuta
350: capra selvatica, stambecchi, capra ibex
351: antilope, antilope hartebeest, alcefalo
352: antilope africana
353: gazzelle
354: cammello arabico, dromedari
355: alpaca, lama animale
356: faina, ermellino, donnole
357: visone animale
358: puzzola animale
359: furetto dai piedi neri americano
360: lontre
361: puzzola, puzzola moffetta
362: tassi
363: armadilli
364: bradipo a tre dita, bradipo a tre zampe
365: oranghi, orangotanghi
366: gorilla di montagna
367: scimpanzé comune, scimmia
368: gibboni, scimmia gibbone
369: siamang, scimmia nera
370: cercopiteco verde, scimmia cercopiteco
371: patas scimmia, scimmia patas
372: babbuini
373: scimmia macaco, macachi
374: scimmia langur grigia, presbite
375: scimmia colobo, colobus
376: scimmia proboscide, scimmia con la proboscide, scimmia dal grande naso
377: scimmia marmoset, scimmia uistitì, marmoset
378: cappuccino, scimmia cebo
379: scimmia urlatore, urlatore
380: scimmia titti
381: scimmie ragno
382: scimmie scoiattolo
383: gatto del madagascar, gatto di madagascar, lemure del madagascar
384: lemure, lemure del madagascar indri
385: elefante d'india
386: elefante d'africa, elefanti
387: panda più piccolo, piccolo panda, orso gatto
388: grande panda, panda bianco e nero
389: barracouta, barracuda
390: anguille, murene
391: salmone d'argento, coho, cohoe
392: bellezza della roccia, bellezza rocciosa, bellezza rock, pesce tropicale
393: pesce anemone, pesci pagliaccio, pesce di anemone
394: storioni, beluga
395: gar, pesce ago, luccio, pesce gar
396: pesci leone
397: puffer, soffiatore, pesce gonfiato, pesce gonfiabile
398: abbaco
399: abaja, vestito musulmano
400: abito accademico, veste accademica, vestaglia accademica, camice accademico
401: accordeon, fisarmonica a piano
402: chitarra acustica classica
403: vettore aereo, nave militare
404: aeroplano di linea, aereo commerciale
405: nave aerea, aerostato dirigibile
406: altare della chiesa
407: mezzo di soccorso
408: anfibi, barca anfibia
409: orologio analogico da parete
410: apicoltura, casa delle api, arnie delle api
411: grembiuli
412: cenere, cestino, contenitore della spazzatura, lattina per la cenere, cestino della
    spazzatura, posacenere, contenitore per la cenere
413: arma d'assalto, mitragliatrice
414: zaini, pacco posteriore
415: forno del pane
416: fascio di equilibrio, asse di equilibrio, barra di equilibrio, trave d'equilibrio
417: pallone, palloncini, mongolfiere
418: penna a sfera bic
419: banda aiuto, fascia di aiuto, cerotto medico, benda, band aid
420: banjo americano
421: corrimano delle scale, ringhiera delle scale, balaustrata
422: barbell, manubrio con pesi
423: sedia del barbiere, poltrona del barbiere
424: negozio del barbiere, salone di barbiere
425: granaio, fattoria
426: barometri
427: barilotto, canna, botti
428: carrello, tumulo, carretto
429: baseball palla, gioco del baseball
430: pallacanestri, pallone da pallacanestro, basketball
431: bassinet, navicella, carrozzina
432: fagotto strumento
433: berretto da bagno, berretto da nuoto, cappello da bagno, cappellino da bagno
434: telo bagno, asciugamani
435: vasca, bagno
436: carro da spiaggia, vagone da spiaggia, carrello da spiaggia
437: boa luminosa, segnale luminoso, faro luminoso
438: bicchiere, bicchiere graduato, caraffa da laboratorio, bicchiere da chimica
439: pelliccia d'orso, pelle di orso
440: bottiglie di birra
441: bicchiere di birra, boccale da birra
442: campana cote, torre campanaria, campanario, letto di campana, cotta di campana
443: bavetta per bambini, pettorina
444: bicicletta per due, bicicletta per due persone
445: costume bikini
446: legante, rilegatore, raccoglitore di fogli, quaderno
447: cannocchiali, binocoli
448: casa degli uccelli, casa per uccelli, gabbia per uccelli, birdhouse, voliera
449: casa galleggiante, casa delle barche, barca casa, casa per barche, rimessa delle barche
450: slittino, bob da neve
451: cravatta a bolo, bolo, laccio da collo
452: cofano, berretto, cuffia da notte, cappellino
453: libreria di libri, scaffale dei libri, scaffale di libri
454: libreria negozio, bookshop
455: tappo della bottiglia, tappo bottiglia
456: fiocco, arco con frecce, prua
457: cravattino, cravatta a fiocco, fiocco
458: ottone, targa commemorativa in ottone, ottoni
459: reggiseni, brassiere
460: diga frangiflutti, barriera marina, antemurale, frangiflutto
461: piastra pettorale, corazza pettorale, petto di corazza
462: ginestra, scopa di paglia
463: secchi, benna
464: fibbia della cintura
465: gilet a prova di proiettile, giubbotto a prova di proiettile, giubbetto antiproiettili
466: treno ad alta velocità giapponese, treno superveloce
467: negozio di macelleria, negozio del macellaio, negozio di carne
468: cabina, taxi giallo, cab
469: calderone di ferro, pentola
470: candele
471: cannone da guerra
472: canoe, barca a remi
473: apri scatole, apriscatole manuale
474: maglione cardigan, golfino
475: specchio dell'auto, specchio per auto, specchio della macchina, specchietto dell'auto
476: giostra di cavalli
477: kit del carpentiere, kit da carpentiere, attrezzi da falegname, kit di falegname, corredo del
    carpentiere
478: scatola, cartone animato, cartone del latte
479: ruota dell'auto, ruota della macchina, ruota di auto, ruota di un'auto
480: macchina da soldi, macchina per contanti, distributore di contanti, cassa automatica,
    registratore di cassa
481: cassetta audio, musicassetta
482: lettore di audiocassette, lettore cassette
483: castelli
484: barca catamarano
485: lettore cd audio, giocatore di cd
486: violoncello classico
487: telefono mobile, telefono cellulare vecchio, cellulare telefono
488: catene
489: recinzione a catena, recinzione a maglie di catena, recinto di rete, recinzione con catena,
    recinto di catene
490: posta a catena, cotta di maglia medievale, maglia di catena, catena di posta, armatura a
    maglie
491: motosega elettrica, sega
492: petto, torace, baule di legno, cassapanca di legno
493: chiffonier, armadietto, cassettiera, mobiletto
494: carillon, campanello, rintocco, campane a vento, scampanio
495: armadietto per la porcellana, mobile della cina, armadio cinese, armadio della porcellana,
    mobile per porcellane, cabinet cinese, armadietto delle porcellane
496: calza di natale rossa, calze di natale
497: chiesa cattolica, edificio della chiesa
498: cinematografo, teatro
499: mannaia da cucina, mannaia da macellaio, coltello da carne
500: abitazione sulla scogliera, dimora rocciosa, abitazione nella roccia, abitazione rupestre
    antica, casa sulla scogliera
501: mantello nero
502: intasamento, zoccolo di legno, scarpa di legno
503: agitatore per cocktail, agitatore di cocktail, scuotitore per cocktail, mixer per cocktail
504: tazza di caffè, boccale da caffè
505: pentola del caffè, bricco da caffè, cuccuma del caffè, caffettiera elettrica
506: bobina di filo, molla, serpentina
507: serratura con combinazione, blocco a combinazione, lucchetto con combinazione
508: tastiera di computer
509: dolciumi, pasticceria, confetteria dolci
510: nave da container, nave per container, nave porta container
511: convertibile, auto convertibile, macchina decappottabile
512: cavatappi da vino, sughero
513: cornetto, cono, cornetta strumento
514: stivale da cow-boy, stivali da cow-boy
515: cappello da cow-boy
516: culla di legno, culla del bambino
517: gru meccanica, gru cantiere
518: casco antiurto, casco da corsa, casco di sicurezza, casco di protezione
519: cassa di frutta, gabbia
520: presepe, presepio, culletta, greppia, lettino per neonato
521: pentola di coccio, vaso di terracotta, pentola di terracotta, coccio
522: palla di croquet, palla da cricket
523: stampelle ortopediche, grucce
524: armatura pettorale, corazza romana
525: sbarramento del fiume, diga idroelettrica
526: scrivania da ufficio, banco di scuola
527: computer desktop fisso, computer
528: telefono a quadrante, telefono con quadrante, telefono con disco, telefono da tavolo,
    quadrante del telefono
529: pannolini
530: orologio digitale da tavolo, sveglia
531: orologio da polso, orologio digitale da polso
532: tavolo da cucina, tavola apparecchiata, tavolo per mangiare
533: panno da cucina, straccio per i piatti, strofinaccio da cucina, strofinaccio per piatti,
    canovaccio per i piatti
534: lavapiatti automatica, lavatrice per piatti
535: freno a dischi, disco del freno dell'auto
536: banchina del porto, bacino, porto
537: slitta con cani, slitta per cani, slitta di cani
538: cupola della chiesa, duomo
539: tappetino, stuoia, tappetino della porta
540: piattaforma di perforazione, piattaforma per la perforazione
541: tamburi, batteria musicale
542: coscia di pollo, bastone da batteria, bacchetta per batteria, bastoncino
543: pesi, manubrio da palestra
544: forno olandese in ghisa, casseruola
545: ventilatore a pale, ventola elettrica, fan elettrico
546: chitarra elettrica rossa
547: treno elettrico, locomotiva
548: centro di intrattenimento, centro d'intrattenimento, mobile per la tv, centro di divertimento
549: busta da lettere, buste, involucro
550: macchina per espressi, macchina espresso, macchina per il caffè espresso, macchina per caffè
    espresso
551: polvere viso, polvere per la faccia, polvere facciale, cipria viso
552: boa piumato, boa con piume, boa a piume
553: file, lima, fascicolo, archivio
554: barca di fuoco, barca antincendio, barca pompa, battello dei vigili del fuoco
555: motore antincendio, camion antincendio, autopompa dei pompieri, macchina dei pompieri
556: schermo antincendio, schermo di fuoco, schermo del camino, schermo del fuoco
557: asta di bandiera, palo della bandiera, asta per bandiera
558: flauti, flauto di metallo
559: sedia piegabile, sedia da regista, sedia a sdraio
560: casco da calcio, elmetto da calcio, casco football
561: carrello a forca, carrello elevatore a forche
562: fontane
563: penna a fontana, penna con pennino
564: quattro pilastri, quattro poster, letto a quattro colonne, letto con baldacchino
565: auto merci, carro da carico, vagone da carico, vagone ferroviario
566: corno da caccia, corno ottone
567: padella antiaderente, padella per frittura
568: mantello di pelliccia, cappotto in pelliccia, giaccone di pelliccia
569: camion dell'immondizia, camion rifiuti, autocarro della spazzatura, camion spazzatura
570: maschera a gas, maschera di gas
571: pompa del gas, pompa a gas, pompa della benzina, stazione di servizio
572: goblet, coppa di vino, calice di vino
573: go kart, go-cart, macchinina
574: palla di golf, pallina di golf
575: carrello da golf, carrello di golf, carrello per golf, golfcart
576: gondola veneziana, gondole
577: gong cinese
578: vestaglia, toga, abito, vestito, camice, veste
579: grande piano, gran piano, grande pianoforte, pianoforte grande
580: casa verde, effetto serra
581: griglia, grata
582: drogheria, negozio di generi alimentari, negozio di frutta e verdura, supermercato
583: ghigliottine
584: scivolo per capelli, fermacapelli a clip, fermaglio, diapositiva per capelli, vetrino per
    capelli
585: spray capelli, spray fissante, spruzzo per capelli
586: mezzo cingolato, mezza pista, mezza traccia, metà pista, semi cingolato
587: martello da carpentiere
588: cesta, cesto della biancheria, cesto per la biancheria, ostacolo
589: soffiatore a mano, ventilatore a mano, soffiatore manuale, asciugatore per mani,
    asciugacapelli elettrico, asciugamani elettrico
590: computer portatile a mano, computer portatile, computer palmare tascabile, computer tenuto in
    mano
591: fazzoletti
592: disco duro, dischi rigidi, hard disk esterno
593: armonica musicale
594: arpa musicale
595: raccoglitore, mietitore, macchina raccoglitrice, mietitrici
596: accetta da boscaiolo
597: custodia, fodero per pistola
598: teatro di casa, teatro a casa, cinema domestico
599: nido d'api, alveare di miele, miele
600: gancio di metallo, amo
601: gonna a cerchio, hoopskirt, gonna con cerchi, gonna con crinolina
602: barra orizzontale, bar orizzontale, asta orizzontale
603: carro di cavalli, carretto a cavalli, carro del cavallo, carrozza con cavallo
604: orologio a clessidra, vetro dell'ora
605: lettore ipod
606: ferro, ferro per stirare
607: jack-o'-lantern, lanterna, zucca
608: jean, jean blu
609: fuoristrada militare
610: jersey, maglia da calcio, maglione
611: puzzle a incastro, sega da traforo
612: carretto a mano, jinrikisha, risciò giapponese
613: leva di gioco, manopola
614: abito giapponese
615: pastiglia del ginocchio, cuscinetto per ginocchio, tampone per ginocchio
616: nodi
617: cappotto da laboratorio, camice da medico, cappotto di laboratorio
618: siviera, cucchiaio da minestra
619: tonalità della lampada, ombra della lampada, abat jour
620: computer laptop
621: falciatrice per prato, falciatrice da prato, tosatrice per prato
622: coperchio della lente, tappo della lente, tappo dell'obbiettivo, tappo lente, coperchio
    dell'obiettivo, cappuccio dell'obiettivo
623: apertura lettere, apri lettere, apritore di lettere, coltello per lettere
624: libreria, biblioteca universitaria
625: barca di salvataggio, barca di soccorso, canotto di salvataggio
626: più leggero, accendisigaro
627: limousine bianca
628: fodera, rivestimento, nave di linea, linea, traversina
629: rossetti
630: fannullone, bighellone, mocassino di pelle
631: crema corpo, lozioni
632: casse, altoparlanti
633: lente, lente di ingrandimento, loupe
634: mulino di legname, mulino del legno, fabbrica di legno, deposito di legname, stabilimento di
    legname
635: compasso magnetico, bussola
636: sacco della posta, sacchetto di posta, borsa della posta, sacco di posta, mailbag
637: casella di posta, casella postale, cassetta della posta americana
638: maglia, calzamaglia intera, body
639: costume da bagno femminile, maillot
640: coperchio di tombino, copertura del tombino, copertura del pozzetto, coperchio del pozzetto
641: maraca messicana
642: xilofono di legno
643: maschere
644: bastoncino di fiammifero, bastoncini di fiammifero, stecchino
645: palo del maggio, albero di maggio con nastri, maypole
646: labirinto di siepi
647: tazza di misurazione, tazza di misura, tazza misurino, tazza per misurare
648: cassetta di medicina, petto di medicina, armadietto delle medicine, cassa di medicine,
    cassetta del pronto soccorso, armadio dei medicinali
649: megaliti, stonehenge
650: microfoni
651: forno micro onde, micro onde
652: divisa da soldato, abito militare
653: lattina di latte, lattina per il latte, bidone di latte, latta di latte
654: autobus piccolo, piccolo autobus, mini autobus
655: mini gonna
656: mini van, furgone
657: missili
658: guanto, guanti, mezzoguanto, manopola
659: ciotola di miscelazione, ciotola per mescolare, ciotola di mescolamento, ciotola da cucina
660: casa mobile prefabbricata, casa su ruote, roulotte
661: modello t ford, modello di t, auto modello t
662: modem internet
663: convento di monaci
664: schermo di computer
665: bicicletta a motore
666: malta, mortaio di pietra
667: malta, tavola da malta, cappello da laureato, cappello quadrato, mortarboard, sparviere
668: moschee
669: rete per zanzare, rete contro le zanzare, rete di zanzara
670: motorino a motore, scooter a motore
671: mountainbike, bicicletta mtb
672: tenda di montagna, tenda per montagna
673: topo, topolino, mouse ottico
674: trappola per il topo, trappola del topo
675: furgone in movimento, camion da trasloco, furgone mobile, furgone da trasloco
676: muso, muso di cane, bocca di fuoco
677: unghia, unghie
678: collare, tutore per il collo, tutore del collo, collarino
679: collane, collana di perle
680: tettarella per biberon
681: quaderno, taccuino, blocco note
682: obelisco egizio
683: oboe strumento
684: ocarina di ceramica, flauto
685: contachilometro, odometri
686: filtro di olio, filtro per l'olio, filtro per olio
687: organo di chiesa, organi
688: oscilloscopi
689: sopra gonna, gonna sopra, soprasottana, overskirt
690: carro di bue, carretto di buoi, carro con buoi, carro dei buoi
691: maschera di ossigeno, maschera per l'ossigeno
692: pacchetti, pacchetto di patatine
693: pagaie, racchetta
694: ruota di pale, ruota a pala, ruota della pagaia, ruota a palette
695: chiusura a lucchetto, lucchetti
696: spazzola per dipingere, pennelli, spazzola della pittura
697: pigiami
698: palazzi
699: tubo di pan, flauto di pane, pan flauto, zampogna
700: asciugamano di carta, salvietta di carta, tovagliolo di carta, asciugamani di carta
701: paracadutista, scivolo
702: barre parallele ginnastica, sbarre parallele, bar paralleli
703: panca del parco, panca da parco, panchina da parco
704: tassametro, contatore di parcheggio, misuratore di parcheggio, metro di parcheggio
705: automobile passeggeri, auto passeggeri, autovettura, vettura passeggeri, macchina per
    passeggeri
706: cortile interno, terrazzo
707: telefono a pagamento, telefono a pagamento pubblico, cabina del telefono
708: piedistallo di marmo, colonna
709: scatola di matite, scatola delle matite, scatola per matite, portamatita
710: affilatore per matite, temperamatita, appuntamatite, affila matite
711: profumi, bottiglia di profumo
712: piatto di petri, piastra petri, capsula petri, scatola di petri
713: fotocopiatrici, copiatrice
714: piccone, scelta, plettro per chitarra, scegliere
715: elmo con punta, casco chiodato, elmetto chiodato
716: recinto di picchetto, recinzione a picchetto, recinzione a picchetti, staccionata bianca,
    picchetto
717: raccolta, pick up, camion, furgone scoperto
718: molo di legno, banchina di legno
719: banca di maiale, maialino, maialino di ceramica
720: bottiglia di pillole, bottiglia della pillola, bottiglia di pillola, flacone di pastiglie,
    barattolo di medicine
721: cuscini, federa
722: palla da ping-pong, pallina da ping-pong, palla di ping pong, palla da ping pong
723: girandola di vento, mulinello a vento, mulino a vento giocattolo
724: pirati, nave dei pirati
725: lanciatore, brocca di acqua, caraffa di vetro
726: aereo, piano, aeroplano, pialla manuale
727: osservatorio
728: borsa di plastica nera, sacchetti di plastica, busta
729: portapiatti da tavolo, rastrelliera per i piatti, rack per piatti, griglia per piatti,
    scaffale per piatti
730: aratro a mano, aratri
731: pistone, sturalavandino, tuffatore
732: fotocamera polaroid, camera polaroid, telecamera polaroid
733: asta, palo di legno, pali
734: furgone di polizia, camionetta della polizia, van della polizia
735: poncio, poncho messicano
736: tavolo da piscina, tavolo biliardo, tavolo di biliardo
737: bottiglia di pop, bottiglia pop, bottiglia di soda, bottiglia di cola, bottiglia di coca cola
738: pentola, vasi, pianta in vaso
739: ruota da vasaio, ruota di vasaio, ruota del ceramista, tornio del vasaio
740: trapano di potenza, trapano a batteria, perforatrice elettrica, trapano a percussione
741: tappeto di preghiera, tappeto per la preghiera, tappeto persiano
742: stampanti
743: cella, prigioni
744: proiettili
745: proiettori
746: disco, disco di hockey, folletto
747: borsa da boxe, borsa da pugilato, borsa per pugni, sacco per pugni, sacco da pugni
748: portamonete, portafoglio da donna, borse
749: penna, piuma, aculeo
750: coperta, trapunte, copriletto
751: corridore, automobile da gara, auto da gara, macchina da gara, racer
752: racchette
753: termosifoni
754: radio vecchia, radio portatile
755: telescopio radio, antenna radio
756: barile di pioggia, barile d'acqua piovana, botte di pioggia, barile per la pioggia, barile
    della pioggia
757: veicolo ricreativo, veicolo da diporto, veicolo per il tempo libero
758: bobina, rullo, mulinello per la pesca, rocchetto, bobina di pesca
759: macchina fotografica, fotocamera, macchina reflex, telecamera reflex
760: frigoriferi
761: controllo remoto, comando remoto
762: ristoranti, luogo per mangiare
763: pistola, revolver a sei colpi
764: fucili
765: sedia dondolante, poltrona dondolante, sedia oscillante
766: girarrosto elettrico, rosticceria, spiedo elettrico, pollo allo spiedo
767: gomma per cancellare, cancellino, gomma di gomma, gomma da matita
768: palla di rugby
769: regola, righelli, regolo
770: scarpa da jogging, scarpe da corsa, scarpe da ginnastica
771: cassetta di sicurezza
772: perno di sicurezza, spillo di sicurezza, spilla da sicurezza, spilla
773: agitatore di sale, contenitore del sale, scuotisale, agitatore per sale
774: sandali
775: sarong indonesiano
776: saxofono, sassofoni
777: foderi, guaina della spada
778: scala, scaglia, bilancia pesapersone
779: autobus della scuola, bus scolastico, autobus giallo
780: goletta a vela, veliero
781: tabellone dei punteggi, tabellone del punteggio, quadro dei punteggi
782: schermo crt, schermo televisivo
783: viti
784: giravite, cacciaviti
785: cintura del sedile, cintura di sicurezza dell'auto
786: macchina da cucito
787: scudi
788: negozio da scarpe, calzaturificio, scarpe in negozio
789: shoji giapponese, porta giapponese
790: cestino per la spesa, carrello spesa, borsa della spesa
791: carrello per la spesa, carrello spesa
792: pale
793: berretto da doccia, cappuccio della doccia, tappo della doccia, cuffia doccia
794: tendina della doccia, tenda doccia
795: sciare, sci da neve
796: maschera sci, maschera da sciatore
797: borsa da letto, borsa per dormire, sacco letto
798: regola di scorrimento, regola scorrevole, regola di calcolo
799: porta a scorrere, porta a vetri
800: fessura, scanalatura, feritoia, slot machines
801: respiratore a tubo, boccaglio da snorkeling, maschera e boccaglio
802: moto da neve, gatto delle nevi
803: spazza neve, aratro da neve, aratro della neve
804: distributore di sapone, dispensatore di sapone, erogatore del sapone
805: pallone da football, palla di calcio
806: calzini spaiati, calze
807: piatto solare, parabola solare, antenna solare
808: sombreri
809: ciotola di zuppa, ciotola della minestra, scodella da minestra, ciotola per zuppa
810: barra di spazio, barra spazio, tasto spazio
811: riscaldatore di spazio, riscaldatore spaziale, stufa da ambiente, riscaldatore, riscaldatore
    di ambienti, stufa
812: navetta, shuttle spaziale
813: spatole
814: barca veloce, barca di velocità
815: rete di ragno, tela del ragno, web del ragno
816: mandrino, alberino, fuso da filatura
817: macchina sportiva rossa, auto sportive
818: luce spot, luce del palco, riflettori
819: palco teatrale, fase, scenario
820: locomotiva di vapore, treno vapore
821: ponte ad arco d'acciaio, ponte di arco in acciaio, ponte in acciaio
822: tamburo di acciaio, fusto d'acciaio, tamburo di metallo, fusto di acciaio
823: stetoscopi
824: rubato, scialle di pelliccia
825: muro in pietra, parete di pietra, muretto di pietra, parete in pietra
826: orologio da fermare, cronometri
827: fornelli, cucina a gas
828: filtro, colino da cucina, setacci
829: auto da strada, tram cittadino, tranvai
830: barelle, tenditore
831: divano da studio, divano, divano studio
832: stupa buddista, pagoda
833: sottomarini
834: vestito, tuta, completo da uomo, abito
835: quadrante solare, orologio a sole
836: vetro solare, occhiale da sole, bicchiere da sole
837: occhiali sole
838: schermo solare, crema da sole, filtro solare, crema protettiva
839: ponte in sospensione, ponte a sospensione
840: tampone, cotton fioc, bastoncino di cotone, mop
841: maglia di felpa, maglione
842: bauli da bagno, pantaloncini da nuoto, tronchi da nuoto, costume da bagno maschile,
    calzoncini da nuoto, costume da nuoto
843: oscillazione, swing, altalene, dondolo
844: interruttore della luce, commutatore elettrico, cambio
845: siringhe
846: lampada da scrivania, lampada, lampada tavolo
847: serbatoio, carro da guerra, cisterna, vasca
848: giocatore di nastro, lettore di nastri, lettore nastro, lettore a nastro, registratore a
    nastro
849: pentola da tè, tè
850: teddy, orso teddy
851: televisori
852: palla tennis, pallina di tennis
853: paglia, tetto in paglia, copertura in paglia
854: tendaggio teatrale, sipario del teatro, tenda di teatro, tenda da teatro
855: ditali
856: trebbiatore, squalo volpe
857: troni
858: tetto di piastrelle, tetto in tegole, tetto piastrellato, tetto a tegole
859: tosta pane, tostatrice
860: negozio di tabacco, negozio di tabacchi, negozio del tabacco
861: sedile del gabinetto, sedile della toilette, sedile del water, sedile per toilette, sedile wc
862: torcia elettrica, fiaccole
863: palo di totem, palo totem
864: camion da rimorchio, camion di rimorchio, carroattrezzi, camion rimorchiatore, rimorchio
865: negozio di giochi, giocattoleria
866: trattori
867: camion rimorchio, rimorchio per camion, rimorchio del camion, autocarro con rimorchio, camion
868: vassoi
869: cappotto da trincea, cappotto di trincea, impermeabile trench, trench beige
870: tricicli
871: trimarani
872: treppiede fotografico, tripode
873: arco di vittoria, arco
874: trolleybus, autobus elettrico, carrello elettrico
875: tromboni
876: tinozza di legno, vascone
877: tornello d'ingresso, girello
878: tastiera di macchina da scrivere, tastiera per macchina da scrivere, tastiera dattilografica
879: ombrelli, ombrellone
880: bicicletta a una ruota
881: verticale, montante, in piedi, piano verticale, dritto
882: vuoto, aspirapolveri, vuoto d'aria
883: vaso decorato, vaso di ceramica
884: caveau, cripta, tomba
885: velluti
886: macchina distributrice, macchina venditrice, distributore di snack, macchina per la vendita
887: paramenti, veste sacerdotale, veste, abito talare
888: viadotti
889: violini
890: pallavoli, palla a volo, volley
891: ferro da waffle, ferro per waffle, piastra per cialde elettrica, ferro di cialda, macchina
    per cialde
892: orologio da parete rotondo, orologio murale
893: portafogli di pelle
894: armadi, guardaroba con vestiti
895: piano di guerra, aereo di guerra, aereo da caccia
896: lavandini, bacino, lavabo da bagno, catino
897: lavatrici, rondella, macchina lavatrice
898: bottiglia da acqua, bottiglia per l'acqua, borracce
899: brocca di acqua, brocca per l'acqua, boccale d'acqua
900: torre di acqua, torre idrica, serbatoio dell'acqua
901: boccale di whisky, caraffa di whisky, brocca di whiskey, brocca del whisky
902: fischio, fischietti
903: parrucche
904: schermo della finestra, schermo per finestra, schermo di finestra, rete della finestra
905: ombra della finestra, tonalità della finestra, tapparella della finestra, parasole per
    finestra, tenda per finestra, tenda della finestra
906: cravatta di windsor, cravatta windsor, legame di windsor
907: bottiglie di vino, bottiglia vino
908: ala di aereo, ali
909: padella cinese wok
910: cucchiaio in legno, cucchiai di legno
911: gomitolo di lana, lana di pecora
912: recinto del verme, recinto di vermi, recinzione a verme, recinto a vite senza fine, recinto
    di verme
913: rottame, naufragio, relitto della nave
914: barca a vela, yawl barca
915: yurta mongola, tenda
916: sito internet web, pagina internet
917: libro di fumetti, libro a fumetti
918: puzzle di parole crociate, parole incrociate cruciverba, puzzle cruciverba
919: segno di strada, segno della strada, cartello della strada, segnale di strada
920: luce del traffico, luce di traffico, semaforo stradale
921: giacca del libro, giacca di libro, copertina di libro, sopracoperta, copertina del libro
922: carta dei menu
923: targa, piatti, lastra
924: guacamole messicano
925: consommè, zuppa, consomme
926: pentola calda, pentola bollente, pentola a caldo
927: sciocchezza, inezia, zuppa inglese dolce, bagatella
928: crema di ghiaccio, coppa di gelato, gelati
929: leccalecca di ghiaccio, lecca lecca, lecca-lecca, ghiaccioli
930: pane francese, filone di pane francese, pagnotta francese
931: bagel con semi
932: salatino, pretzel salato
933: hamburger con formaggio, panino al formaggio
934: cane caldo, hotdog, panino con salsiccia
935: patate schiacciate, purea di patata, patata schiacciata, purè di patata
936: testa di cavolo, cavolo a testa, cavolo verza
937: broccoletti
938: fiore di cavolo
939: courgette
940: zucca a spaghetti, zucca di spaghetti
941: squash di ghianda, zucca di ghianda
942: zucca butternut, zucca violino, zucca, zucca di noce, zucca noce
943: cetriolini
944: carciofo globo
945: peperone a campana, peperone rosso, pepe
946: cardi, cardoni
947: fungo champignon
948: mela granny, nonna smith, nonnina smith, mela
949: fragola rossa
950: arancione, frutta arancione
951: limone giallo
952: fichi freschi, figura
953: ananasso
954: banane gialle
955: frutto jack, frutto di jack, jack fruit, albero del pane
956: mela crema, mela alla crema, mela di crema, mela cannella, crema di mele, mela zuccherina
957: melograna, melograni
958: fieno secco
959: pasta carbonara
960: salsa di cioccolato, sciroppo al cioccolato, cioccolata, salsa al cioccolata
961: pasta, pasta per la pizza
962: pane di carne, pagnotta di carne, polpettone al forno
963: pizza margherita, torta di pizza
964: torta in pentola, torta in vaso, pot pie, potpie, torta salata, vasetto
965: burrito messicano, asinello
966: bicchiere di vino, vino rosso in bicchiere
967: caffè nero, tazzina di espresso
968: coppa, tazze
969: zabaione, latte di gallina, zabaglione
970: alpe svizzera, montagne
971: bolle
972: scogliere, scogliera sul mare
973: scogliera di corallo, reef
974: geysir
975: lungo lago, riva di un lago, sul lago, lago
976: promontorio sul mare, scoglio
977: barra di sabbia, banco sabbioso, bar di sabbia
978: riva, spiaggia di mare, mare
979: valli
980: vulcani, eruzione vulcanica
981: giocatore di palla, giocatore di pallone, giocatore
982: sposo con la sposa, toelettatore, stalliere
983: sub subacqueo, tuffatore subacqueo, immersione subacquea
984: semi di colza, seme di colza, semi di ravizzone
985: margherite
986: pantofola gialla da donna, pantofola della signora gialla, scarpetta gialla della signora,
    orchidea, pantofola da donna gialla
987: granturco dolce, grano, pannocchie
988: ghiande di quercia
989: anca, fianco, bacche rosse, rosa selvatica
990: castagno d'india, castagne, castagna, buckeye
991: fungo di corallo, fungo corallino, corallo fungo, funghi corallo
992: agarici, fungo agarico, fungo rosso
993: fungo gyromitra, falsa morchella
994: corno puzzolente, fungo fallico, fungo maleodorante, stinkhorn
995: stella terrestre, astro della terra, fungo stella
996: gallina dei boschi, gallina del bosco, pollo dei boschi, gallina di bosco
997: fungo boleto, boleti, bolete
998: orecchio, spiga di grano, spighe
999: tessuto da toilette, carta da toilette, carta da bagno, tessuto igienico, fazzoletto igienico
"""


def literal_names() -> dict[int, list[str]]:
    """Class index -> its names in LITERAL."""
    joined = LITERAL.strip().replace("\n    ", " ")
    rows = (line.split(": ", 1) for line in joined.splitlines())
    return {int(index): [n.strip() for n in names.split(",")] for index, names in rows}
