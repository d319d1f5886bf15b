// Collections: keep the question of the page, and say which photos one always or never has.
import { send } from "./invio.js";

const status = document.getElementById("avviso");

async function tell(body) {
  try {
    return await (await send("/raccolte", body)).json();
  } catch (error) {
    status.textContent = error.message;
    return null;
  }
}

const keep = document.getElementById("salva");
if (keep) {
  keep.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = { nome: keep.querySelector("input").value, domanda: location.search.slice(1) };
    const kept = await tell(body);
    if (kept) location.href = kept.indirizzo;
  });
}
document.addEventListener("submit", async (event) => {
  const put = event.target;
  if (put.id !== "metti") return;
  event.preventDefault();
  const name = put.querySelector("select").value;
  const told = await tell({ nome: name, foto: `f${put.dataset.foto}`, detto: "sempre" });
  if (told) status.textContent = `Messa in «${name}».`;
});
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-mai]");
  if (!button) return;
  const { mai, raccolta } = button.dataset;
  if (await tell({ nome: raccolta, foto: `f${mai}`, detto: "mai" })) button.closest("li").remove();
});
