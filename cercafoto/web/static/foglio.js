// What opens over the page closes as such things do: with Esc, or with a click elsewhere. Without this
// script the same summary that opened it closes it.

const OVER = ".mosse[open], .filtri[open], .invia[open], .conteggi > details[open]";
const isSheet = (one) => one.matches(".mosse") || getComputedStyle(one).position === "fixed";

function close(keep = null) {
  const open = [...document.querySelectorAll(OVER)].filter((one) => one !== keep && isSheet(one));
  for (const one of open) one.open = false;
  return open;
}

addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const [closed] = close();
  if (!closed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  closed.firstElementChild.focus();
}, true);

addEventListener("click", ({ target }) => close(target.closest(OVER)));
// In a window made narrow, what stood beside the photos would lie over them.
matchMedia("(max-width: 699px)").addEventListener("change", () => close());
