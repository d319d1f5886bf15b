// Labels -> bars, and labels -> a file.
import { counter, send } from "./invio.js";

const form = document.getElementById("prova");
const text = document.getElementById("testo");
const bars = document.getElementById("barre");
const status = document.getElementById("avviso");

const kept = sessionStorage.getItem("etichette");
if (kept) text.value = kept;

const begin = counter();

async function measure() {
  const isLatest = begin();
  status.textContent = "Guardo la foto…";
  sessionStorage.setItem("etichette", text.value);
  try {
    const answer = await send("/etichetta", { foto: form.dataset.foto, testo: text.value });
    const shown = await answer.text();
    if (!isLatest()) return; // the bars of another list
    bars.innerHTML = shown;
    status.textContent = "";
  } catch (error) {
    if (!isLatest()) return;
    bars.replaceChildren();
    status.textContent = error.message;
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  measure();
});
document.getElementById("salva").addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text.value.trimEnd() + "\n"], { type: "text/plain" }));
  link.download = "etichette.txt";
  link.click();
  URL.revokeObjectURL(link.href);
  status.textContent = "Salvato. Per usarlo: cercafoto tag --labels etichette.txt";
});
if (form.dataset.foto) measure();
