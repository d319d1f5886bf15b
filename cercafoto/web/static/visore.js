// One photo after the other, without leaving the page: the next one is fetched before it is asked for, and
// takes the place of the parts (data-parte) of the page. The address names the photo that is shown, and
// replaces the one before, so that closing goes back to the grid and not through all photos seen.
import * as zoom from "./ingrandisci.js";

const viewer = document.querySelector(".foto");
const close = document.querySelector(".chiudi");
const drawer = document.getElementById("dati");
const which = document.getElementById("quale");
const PAUSE = 4000; // milliseconds for each photo when they follow each other; a video has its length
const PAN = 120; // pixels

const opened = JSON.parse(sessionStorage.getItem("foto") || "{}");
const { photos = [], from = "/" } = opened;
const chosen = new Set(opened.chosen || []);
const keep = () => sessionStorage.setItem("foto", JSON.stringify({ ...opened, photos, chosen: [...chosen] }));
const place = () => photos.indexOf(viewer.dataset.foto);
const control = (name) => document.getElementById(name);

// -- neighbours ----------------------------------------------------------------------------------

const pages = new Map(); // address -> promise of the page there, its picture already on the way

function load(address) {
  if (!pages.has(address)) pages.set(address, fetched(address));
  return pages.get(address);
}
async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const shown = page.querySelector(".immagine img, .immagine video");
  if (shown) new Image().src = shown.getAttribute("poster") || shown.getAttribute("src");
  return page;
}

// The neighbours in the answer that the photo was opened from; else those in the archive, as the page says.
function tellNeighbours() {
  const at = place();
  if (at >= 0) {
    const asked = new URLSearchParams(location.search);
    asked.delete("t"); // the time in this video
    for (const [name, number] of [["prima", at - 1], ["dopo", at + 1]]) {
      const link = control(name);
      // With the words that were asked, which the photo marks.
      if (photos[number]) link.href = `/foto/${photos[number]}${asked.size ? `?${asked}` : ""}`;
      else link.removeAttribute("href");
    }
  }
  const near = ["dopo", "prima"].map((name) => control(name).getAttribute("href")).filter(Boolean);
  for (const address of pages.keys()) if (!near.includes(address)) pages.delete(address);
  for (const address of near) load(address).catch(() => pages.delete(address));
}

// The next page of the answer, once its last photo is shown.
async function extend() {
  const answer = await fetch(opened.more);
  if (!answer.ok) return;
  const tiles = new DOMParser().parseFromString(await answer.text(), "text/html");
  photos.push(...[...tiles.querySelectorAll(".apri")].map((link) => link.dataset.foto));
  opened.more = tiles.querySelector(".altre a")?.dataset.pezzo;
  keep();
  begin();
}

let latest = 0;
async function go(name) {
  const address = control(name).getAttribute("href");
  if (!address) return false;
  const mine = ++latest;
  let page;
  try {
    page = await load(address);
  } catch {
    pages.delete(address);
    control("avviso").textContent = "La foto non arriva: controlla che cercafoto sia ancora aperto nel terminale, poi riprova.";
    return false;
  }
  if (mine !== latest) return false; // another one was asked for meanwhile
  pages.delete(address); // its labels may change
  const fresh = page?.querySelector(".foto");
  if (!fresh) {
    location.replace(address); // the server says what is wrong
    return false;
  }
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (document.startViewTransition && !calm) {
    const change = document.startViewTransition(() => show(page, fresh, address));
    change.ready.catch(() => {}); // the next one came before this one had moved
    await change.updateCallbackDone;
  } else {
    show(page, fresh, address);
  }
  return true;
}

function show(page, fresh, address) {
  const focused = document.activeElement.id;
  for (const part of viewer.querySelectorAll("[data-parte]")) {
    part.replaceWith(fresh.querySelector(`[data-parte="${part.dataset.parte}"]`));
  }
  viewer.dataset.foto = fresh.dataset.foto;
  document.title = page.title;
  history.replaceState(null, "", address);
  document.dispatchEvent(new Event("foto"));
  if (focused) control(focused)?.focus({ preventScroll: true });
}

// -- what the controls do ----------------------------------------------------------------------------

let running = false; // whether the photos follow each other by themselves
let step = 0;
async function runOn(goes) {
  const mine = ++step;
  running = goes;
  tellRunning();
  if (!goes) return;
  await seen();
  if (mine !== step) return;
  const went = await go("dopo");
  if (mine === step) runOn(went);
}
// A photo was seen after a while, a video at its end.
function seen() {
  return new Promise((done) => {
    const rest = () => setTimeout(done, PAUSE);
    const video = viewer.querySelector(".immagine video");
    if (!video) return rest();
    video.addEventListener("ended", done);
    video.addEventListener("error", rest);
    video.play().catch(rest);
  });
}
function tellRunning() {
  viewer.classList.toggle("quieto", running);
  tellControls();
}
function choose() {
  const photo = viewer.dataset.foto;
  if (!chosen.delete(photo)) chosen.add(photo);
  // The grid takes it from here when it is shown again.
  sessionStorage.setItem("scelte", JSON.stringify([...chosen]));
  keep();
  tellControls();
}
const fill = () => (document.fullscreenElement ? document.exitFullscreen() : viewer.requestFullscreen());

const CONTROLS = {
  scegli: { does: choose, is: () => chosen.has(viewer.dataset.foto), there: () => place() >= 0 },
  ingrandisci: {
    does: () => zoom.toggle(), is: zoom.isEnlarged,
    there: () => viewer.querySelector(".immagine").dataset.intera !== undefined,
  },
  sfila: { does: () => runOn(!running), is: () => running, there: () => control("dopo").hasAttribute("href") },
  schermo: { does: fill, is: () => document.fullscreenElement !== null, there: () => document.fullscreenEnabled },
};
function tellControls() {
  for (const [name, { is, there }] of Object.entries(CONTROLS)) {
    control(name).hidden = !there();
    control(name).setAttribute("aria-pressed", is());
  }
}

viewer.addEventListener("click", (event) => {
  const link = event.target.closest("#prima, #dopo");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    runOn(false);
    go(link.id);
  }
  const button = event.target.closest("button");
  if (button && CONTROLS[button.id]) CONTROLS[button.id].does();
});
document.addEventListener("fullscreenchange", tellControls);
viewer.addEventListener("pointermove", ({ pointerType }) => {
  if (pointerType === "mouse") viewer.classList.remove("quieto"); // until the next photo
});
drawer.open = localStorage.getItem("dati") === "aperti" && innerWidth >= 1000;
drawer.addEventListener("toggle", () => localStorage.setItem("dati", drawer.open ? "aperti" : "chiusi"));

close.addEventListener("click", (event) => {
  sessionStorage.setItem("ultima", viewer.dataset.foto);
  // The grid is the page before: going back keeps it as long as it had become.
  if (place() >= 0 && history.length > 1) {
    event.preventDefault();
    history.back();
  }
});

// -- keys and fingers ------------------------------------------------------------------------------------

const KEYS = {
  ArrowLeft: () => { runOn(false); go("prima"); },
  ArrowRight: () => { runOn(false); go("dopo"); },
  f: fill, x: () => place() >= 0 && choose(), z: () => zoom.toggle(), s: () => runOn(!running),
  i: () => { drawer.open = !drawer.open; },
  c: () => control("cuore")?.click(),
  "+": () => zoom.enlarge(1), "-": () => zoom.enlarge(-1),
};
const PANS = { ArrowLeft: [-PAN, 0], ArrowRight: [PAN, 0], ArrowUp: [0, -PAN], ArrowDown: [0, PAN] };

addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
  if (document.activeElement.matches("input, textarea, select, video")) return;
  if (event.key === "Escape" && (running || document.fullscreenElement)) {
    event.stopImmediatePropagation(); // it does not close the photo as well
    if (document.fullscreenElement) document.exitFullscreen();
    runOn(false);
    return;
  }
  const pan = event.shiftKey && PANS[event.key];
  const does = pan ? () => zoom.move(...pan) : KEYS[event.key];
  if (!does) return;
  event.preventDefault();
  does();
}, true);

zoom.follow((where) => { runOn(false); go(where > 0 ? "dopo" : "prima"); }, () => viewer.classList.toggle("quieto"));

function begin() {
  const at = place();
  if (at >= 0) {
    close.href = from;
    which.textContent = opened.more ? `${at + 1}` : `${at + 1} di ${photos.length}`;
    if (at === photos.length - 1 && opened.more) extend().catch(() => {});
  }
  tellNeighbours();
  tellControls();
}
document.addEventListener("foto", () => {
  zoom.begin(tellControls);
  begin();
});
zoom.begin(tellControls);
begin();
// Held sideways, a phone has room for the photo alone; a tap shows the rest.
if (matchMedia("(max-height: 500px) and (hover: none)").matches) viewer.classList.add("quieto");
