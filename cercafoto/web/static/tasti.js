// Keyboard: / goes to the question, arrows move among the tiles, Enter opens one (it is a link), o all
// its pixels, Esc leaves what is open, ? tells the keys. Choosing is in scelta.js.

const typing = (element) => element.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
const help = document.getElementById("aiuto");

document.getElementById("piede").hidden = false;
document.getElementById("mostra-tasti").addEventListener("click", () => help.showModal());

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const here = document.activeElement || document.body;
  if (event.key === "/" && !typing(here)) {
    const box = document.getElementById("parole");
    event.preventDefault();
    if (box) {
      box.focus();
      box.select();
    } else {
      location.href = "/";
    }
  } else if (event.key === "?" && !typing(here)) {
    event.preventDefault();
    help.showModal();
  } else if (event.key === "o" && !typing(here)) {
    const tile = here.closest(".tessera");
    const original = document.getElementById("originale");
    if (tile) open(`/apri/${tile.querySelector(".apri").dataset.foto}`, "_blank", "noopener");
    else if (original) original.click();
  } else if (event.key === "Escape") {
    const close = document.querySelector(".chiudi");
    if (typing(here)) here.blur();
    else if (close) close.click();
  } else if (event.key.startsWith("Arrow") && !typing(here)) {
    const links = [...document.querySelectorAll("#griglia .apri")];
    if (!links.length) return;
    const tile = here.closest(".tessera");
    const next = neighbour(links, links.indexOf(tile && tile.querySelector(".apri")), event.key);
    if (next) {
      event.preventDefault();
      next.focus();
      next.scrollIntoView({ block: "nearest" });
    }
  }
});

// The tile beside, or the one above or below whose middle is nearest.
function neighbour(links, at, key) {
  if (at < 0) return links[0];
  if (key === "ArrowLeft") return links[at - 1];
  if (key === "ArrowRight") return links[at + 1];
  const down = key === "ArrowDown";
  const mine = links[at].getBoundingClientRect();
  const others = links.map((link) => [link, link.getBoundingClientRect()])
    .filter(([, box]) => (down ? box.top > mine.top + 5 : box.top < mine.top - 5));
  if (!others.length) return null;
  const tops = others.map(([, box]) => box.top);
  const row = down ? Math.min(...tops) : Math.max(...tops);
  const middle = (box) => box.left + box.width / 2;
  return others.filter(([, box]) => Math.abs(box.top - row) < 5)
    .sort(([, a], [, b]) => Math.abs(middle(a) - middle(mine)) - Math.abs(middle(b) - middle(mine)))[0][0];
}
