// Labels -> bars, and labels -> a file.
import { send } from "./invio.js";

const form = document.getElementById("prova");
const text = document.getElementById("testo");
const bars = document.getElementById("barre");
const status = document.getElementById("avviso");

const kept = sessionStorage.getItem("etichette");
if (kept) text.value = kept;

async function measure() {
  status.textContent = "Guardo la foto…";
  sessionStorage.setItem("etichette", text.value);
  try {
    const answer = await send("/etichetta", { foto: form.dataset.foto, testo: text.value });
    bars.innerHTML = await answer.text();
    status.textContent = "";
  } catch (error) {
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
