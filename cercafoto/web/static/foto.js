// What is said of one photo: its labels, and its paths to copy. visore.js shows another photo in the same
// page, and tells so with the event "foto".
import { copy } from "./copia.js";
import { send } from "./invio.js";
import { suggest } from "./proposte.js";

const viewer = document.querySelector(".foto");
const status = document.getElementById("avviso");
const labels = () => document.getElementById("etichette");

// One after the other: each answer has all labels, and an older one must not come last.
let before = Promise.resolve();

function change(what, said) {
  const photo = viewer.dataset.foto;
  before = before.then(() => carryOut(photo, what, said));
  return before;
}
async function carryOut(photo, what, said) {
  try {
    const shown = await (await send(`/foto/${photo}/etichette`, what)).text();
    if (photo === viewer.dataset.foto) labels().innerHTML = shown;
    status.textContent = said;
    tellHeart();
    return true;
  } catch (error) {
    status.textContent = error.message;
    return false;
  }
}

async function add(name) {
  if (!name || !(await change({ aggiungi: [name] }, `Aggiunta: ${name}.`))) return;
  document.getElementById("nuova").value = "";
  localStorage.setItem("etichetta", name);
  tellHeart();
}

// The heart gives the label that was given last, or takes it.
const favourite = () => localStorage.getItem("etichetta") || "preferita";
const has = (name) => labels().querySelector(`[data-togli="${CSS.escape(name)}"]`) !== null;

function tellHeart() {
  const heart = document.getElementById("cuore");
  if (!heart) return;
  const name = favourite();
  heart.hidden = false;
  heart.setAttribute("aria-pressed", has(name));
  heart.setAttribute("aria-label", `Etichetta «${name}»`);
  heart.title = `Etichetta «${name}» (c)`;
}
function toggleFavourite() {
  const name = favourite();
  if (has(name)) change({ togli: [name] }, `Tolta: ${name}.`);
  else change({ aggiungi: [name] }, `Aggiunta: ${name}.`);
}

async function onClick({ target }) {
  if (target.closest("#cuore")) toggleFavourite();
  const taken = target.closest("#etichette [data-togli]")?.dataset.togli;
  if (taken && (await change({ togli: [taken] }, `Tolta: ${taken}.`))) {
    document.getElementById("nuova").focus();
  }
  const button = target.closest("[data-copia]");
  if (!button) return;
  const before = button.textContent;
  if (!(await copy(button.dataset.copia))) return;
  button.textContent = "Copiato";
  setTimeout(() => { button.textContent = before; }, 1500);
}

function begin() {
  status.textContent = "";
  tellHeart();
  const box = document.getElementById("nuova");
  if (!box) return; // not there for who may only search
  document.getElementById("aggiungi").addEventListener("submit", (event) => {
    event.preventDefault();
    add(box.value.trim());
  });
  suggest(box, document.getElementById("proposte"), `/foto/${viewer.dataset.foto}/etichette`, add);
}

viewer.addEventListener("click", onClick);
document.addEventListener("foto", begin);
begin();
