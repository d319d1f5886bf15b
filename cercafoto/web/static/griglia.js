// The grid goes on by itself, the counts come after it, and a photo that is opened knows its
// neighbours. Without this script "Mostra altre foto" is a plain link.
import { thousands } from "./numeri.js";

const grid = document.getElementById("griglia");
const status = document.getElementById("avviso");

async function fragment(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error();
  return answer.text();
}

const watcher = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) extend(target);
}, { rootMargin: "800px" });

function watch() {
  const more = grid && grid.querySelector(".altre");
  if (more) watcher.observe(more);
}

async function extend(more) {
  watcher.unobserve(more);
  try {
    const text = await fragment(more.firstElementChild.dataset.pezzo);
    const before = grid.querySelectorAll(".tessera").length;
    const focused = more.contains(document.activeElement);
    more.insertAdjacentHTML("beforebegin", text);
    more.remove();
    // A section that goes on has its heading already.
    const sections = [...grid.querySelectorAll(".mese")];
    const begun = sections.findIndex((one, at) => at && one.dataset.sezione === sections[at - 1].dataset.sezione);
    if (begun > 0) sections[begun].remove();
    const tiles = grid.querySelectorAll(".tessera .apri");
    if (focused && tiles[before]) tiles[before].focus();
    status.textContent = `${thousands(tiles.length)} foto mostrate.`;
    watch();
    return true;
  } catch {
    status.textContent = "Le altre foto non arrivano: controlla che cercafoto sia ancora aperto nel terminale, poi riprova.";
    return false;
  }
}

// Fields of filters that were left empty are not sent; without this script the server drops them.
document.getElementById("domanda")?.addEventListener("formdata", ({ formData }) => {
  for (const name of new Set(formData.keys())) {
    const values = formData.getAll(name).filter(Boolean);
    formData.delete(name);
    for (const value of values) formData.append(name, value);
  }
});

const counts = document.querySelector(".conteggi");
if (counts && grid && grid.querySelector(".tessera")) {
  fragment(counts.dataset.indirizzo).then((text) => {
    if (!text.trim()) return;
    counts.innerHTML = text;
    if (innerWidth < 1000) counts.querySelector("details").open = false;
  }).catch(() => {});
  // What takes longer to count is counted once its drawer is opened ("toggle" does not bubble).
  counts.addEventListener("toggle", ({ target }) => {
    const { indirizzo } = target.dataset;
    if (!target.open || !indirizzo) return;
    delete target.dataset.indirizzo;
    const said = document.createElement("div");
    said.textContent = "Conto…";
    target.append(said);
    fragment(indirizzo).then((text) => { said.innerHTML = text; }, () => {
      said.remove();
      target.open = false;
      target.dataset.indirizzo = indirizzo;
    });
  }, true);
}

if (grid) {
  grid.addEventListener("click", (event) => {
    const link = event.target.closest(".apri");
    if (!link) return;
    const photos = [...grid.querySelectorAll(".apri")].map((one) => one.dataset.foto);
    const chosen = [...grid.querySelectorAll(".spunta input:checked")].map((box) => box.value);
    sessionStorage.setItem("foto", JSON.stringify({
      photos, chosen, from: location.pathname + location.search,
      more: grid.querySelector(".altre a")?.dataset.pezzo,
    }));
    // Coming back, one is where one was.
    sessionStorage.setItem("ultima", link.dataset.foto);
  });
  addEventListener("pageshow", async () => {
    const last = sessionStorage.getItem("ultima");
    sessionStorage.removeItem("ultima");
    if (!last) return;
    const link = () => grid.querySelector(`.apri[data-foto="${CSS.escape(last)}"]`);
    // The photo may be of a page that the grid did not have when it was left.
    const reached = JSON.parse(sessionStorage.getItem("foto") || "{}").photos || [];
    let more;
    while (!link() && reached.includes(last) && (more = grid.querySelector(".altre"))) {
      if (!(await extend(more))) break;
    }
    link()?.focus();
  });
  watch();
}
