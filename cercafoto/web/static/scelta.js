// Choosing photos, to copy their paths or to save their files. Without this script the check marks and
// the form that they belong to still save.
import { copy } from "./copia.js";
import { thousands } from "./numeri.js";

const grid = document.getElementById("griglia");
const form = document.getElementById("scelte");
const status = document.getElementById("scelte-quante");
const copyButton = document.getElementById("copia-percorsi");
const HOLD = 500; // milliseconds of a long press

const boxes = () => [...grid.querySelectorAll(".spunta input")];
const chosen = () => boxes().filter((box) => box.checked);
const boxOf = (element) => element.closest(".tessera")?.querySelector(".spunta input");
let last = null; // where the next range begins

function tell(words = "") {
  const number = chosen().length;
  status.textContent = words || (number === 1 ? "1 foto scelta" : `${thousands(number)} foto scelte`);
}

// Choose a photo or leave it; with a range, all from the last one on get what this one gets.
function set(box, checked, range) {
  const all = boxes();
  const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
  if (range && from >= 0) for (const one of all.slice(from, to + 1)) one.checked = checked;
  box.checked = checked;
  last = box;
  tell();
}

grid.addEventListener("click", (event) => {
  if (event.target.matches(".spunta input")) {
    set(event.target, event.target.checked, event.shiftKey);
    return;
  }
  const link = event.target.closest(".apri");
  if (!link || event.ctrlKey || event.metaKey || event.altKey) return;
  // A tap goes on choosing once something is chosen; a mouse has the check mark beside.
  if (held || event.shiftKey || (pointer === "touch" && chosen().length)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!held) set(boxOf(link), event.shiftKey || !boxOf(link).checked, event.shiftKey);
    held = false;
  }
}, true);

let pointer = "";
let timer = 0;
let held = false;
let start = [0, 0];
grid.addEventListener("pointerdown", (event) => {
  pointer = event.pointerType;
  held = false;
  clearTimeout(timer);
  const link = event.target.closest(".apri");
  if (pointer !== "touch" || !link) return;
  start = [event.clientX, event.clientY];
  timer = setTimeout(() => {
    held = true;
    set(boxOf(link), !boxOf(link).checked, false);
  }, HOLD);
});
grid.addEventListener("pointermove", (event) => {
  if (Math.hypot(event.clientX - start[0], event.clientY - start[1]) > 10) clearTimeout(timer);
});
for (const end of ["pointerup", "pointercancel"]) {
  grid.addEventListener(end, () => clearTimeout(timer));
}
// Else the long press would open the menu of the link as well.
grid.addEventListener("contextmenu", (event) => {
  if (pointer === "touch" && event.target.closest(".apri")) event.preventDefault();
});

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const here = document.activeElement || document.body;
  if (here.matches("input:not([type=checkbox]), textarea")) return;
  const box = boxOf(here);
  if (event.key.toLowerCase() === "x" && box) {
    event.preventDefault();
    set(box, event.shiftKey || !box.checked, event.shiftKey);
  } else if (event.key === "Escape" && chosen().length) {
    form.reset();
  }
});

form.addEventListener("reset", () => setTimeout(() => {
  last = null;
  tell();
}));
form.addEventListener("submit", (event) => {
  const most = Number(form.dataset.massimo);
  if (chosen().length <= most) return;
  event.preventDefault();
  tell(`Al massimo ${thousands(most)} foto per volta: scegline meno, oppure copia i percorsi.`);
});
copyButton.hidden = false;
copyButton.addEventListener("click", async () => {
  const paths = chosen().map((box) => box.dataset.percorso);
  if (await copy(paths.join("\n"))) tell(paths.length === 1 ? "Percorso copiato" : `${thousands(paths.length)} percorsi copiati`);
});
// Coming back, what was chosen still is, and what was chosen while looking at one photo is too.
addEventListener("pageshow", () => {
  const there = JSON.parse(sessionStorage.getItem("scelte") || "null");
  sessionStorage.removeItem("scelte");
  if (there) for (const box of boxes()) box.checked = there.includes(box.value);
  tell();
});
