// One photo: its labels, its path, its neighbours in the answer that it was opened from.
import { copy } from "./copia.js";
import { send } from "./invio.js";
import { suggest } from "./proposte.js";

const photo = document.querySelector(".foto").dataset.foto;
const labels = document.getElementById("etichette");
const status = document.getElementById("avviso");
const box = document.getElementById("nuova");

// One after the other: each answer has all labels, and an older one must not come last.
let before = Promise.resolve();

function change(what, said) {
  before = before.then(() => carryOut(what, said));
  return before;
}
async function carryOut(what, said) {
  try {
    labels.innerHTML = await (await send(`/foto/${photo}/etichette`, what)).text();
    status.textContent = said;
    return true;
  } catch (error) {
    status.textContent = error.message;
    return false;
  }
}

async function add(name) {
  if (name && (await change({ aggiungi: [name] }, `Aggiunta: ${name}.`))) box.value = "";
}
if (box) {  // not there for who may only search
  document.getElementById("aggiungi").addEventListener("submit", (event) => {
    event.preventDefault();
    add(box.value.trim());
  });
  suggest(box, document.getElementById("proposte"), `/foto/${photo}/etichette`, add);
}
labels.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-togli]");
  if (!button) return;
  const name = button.dataset.togli;
  if (await change({ togli: [name] }, `Tolta: ${name}.`)) box.focus();
});
for (const button of document.querySelectorAll("[data-copia]")) {
  button.addEventListener("click", async () => {
    const before = button.textContent;
    if (!(await copy(button.dataset.copia))) return;
    button.textContent = "Copiato";
    setTimeout(() => { button.textContent = before; }, 1500);
  });
}

const { photos = [], from = "/" } = JSON.parse(sessionStorage.getItem("foto") || "{}");
const at = photos.indexOf(photo);
const close = document.querySelector(".chiudi");
close.href = from;
close.addEventListener("click", (event) => {
  sessionStorage.setItem("ultima", photo);
  // The grid is the page before, since its photos replace each other: going back keeps it as long
  // as it had become.
  if (at >= 0 && history.length > 1) {
    event.preventDefault();
    history.back();
  }
});
if (at >= 0) {
  const arrows = document.querySelector(".frecce");
  const asked = new URLSearchParams(location.search);
  asked.delete("t");  // the time in this video
  const link = (name, number) => {
    if (photos[number] === undefined) return;
    // With the words that were asked, which the photo marks.
    arrows.querySelector(name).href = `/foto/${photos[number]}${asked.size ? `?${asked}` : ""}`;
    arrows.hidden = false;
  };
  link(".prima", at - 1);
  link(".dopo", at + 1);
  addEventListener("keydown", (event) => {
    const name = { ArrowLeft: ".prima", ArrowRight: ".dopo" }[event.key];
    if (!name || event.altKey || event.ctrlKey || event.metaKey) return;
    if (document.activeElement.matches("input, textarea")) return;
    const target = arrows.querySelector(name);
    // Replaced, so that closing goes back to the grid and not through all photos seen.
    if (target.href) location.replace(target.href);
  });
}
