// The photos of a gallery that was sent. Its links do the same without this script; here are keys, fingers and
// the zoom, the next photo is loaded before it is asked for, and going back leads from a photo to the grid.
import * as zoom from "./ingrandisci.js";

const photos = [...document.querySelectorAll(".foto")];
const boxes = new Map(photos.map((photo) => [photo, photo.querySelector(".immagine")]));
const stage = document.querySelector(".palco");
let shown = null;
let cameFromGrid = false;

// Show the photo that the address names.
function turn() {
  const last = shown;
  shown = photos.find((photo) => `#${photo.id}` === location.hash) || null;
  if (shown === last) return;
  if (last) last.prepend(boxes.get(last));
  if (!shown) {
    stage.remove();
    if (last) last.closest("li").querySelector(".apri").focus();
    return;
  }
  stage.replaceChildren(boxes.get(shown));
  shown.prepend(stage);
  zoom.begin(() => {});
  if (!shown.contains(document.activeElement)) shown.focus();
  for (const step of [1, -1]) {
    const near = photos[photos.indexOf(shown) + step];
    if (near) near.querySelector("img").loading = "eager";
  }
}

// Each photo takes the place of the one before: going back closes it. Its turn comes at once: `hashchange`
// would come after the next key.
function replace(id) {
  location.replace(`#${id}`);
  turn();
}
function go(step) {
  const next = photos[photos.indexOf(shown) + step];
  if (next) replace(next.id);
}
function close() {
  if (cameFromGrid) history.back();
  else replace(shown.closest("li").id);
  cameFromGrid = false;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.className === "apri") cameFromGrid = true;
  const does = { prima: () => go(-1), dopo: () => go(1), chiudi: close }[link.className];
  if (!does) return;
  event.preventDefault();
  does();
});

const KEYS = {
  ArrowLeft: () => go(-1), ArrowRight: () => go(1), Escape: close, z: () => zoom.toggle(),
  "+": () => zoom.enlarge(1), "-": () => zoom.enlarge(-1),
};
addEventListener("keydown", (event) => {
  const does = KEYS[event.key];
  if (!shown || !does || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  does();
});
zoom.follow(go, () => {});
addEventListener("hashchange", turn);
stage.remove();
turn();
