// A video plays in its tile, without sound, while the mouse rests on it: the browser fetches what it plays
// and no more. Not where data are dear, or where nothing should move.
const grid = document.getElementById("griglia");
const REST = 300; // milliseconds; who only passes by sets nothing off
const still = matchMedia("(prefers-reduced-motion: reduce)");

let timer = 0;
function play(link) {
  const video = document.createElement("video");
  Object.assign(video, { muted: true, loop: true, playsInline: true, tabIndex: -1 });
  video.setAttribute("aria-hidden", "true");
  const moment = new URL(link.href).searchParams.get("t");
  video.src = `/originale/${link.dataset.foto}${moment ? `#t=${moment}` : ""}`;
  video.addEventListener("error", () => video.remove()); // one that this browser does not play
  link.append(video);
  video.play().catch(() => video.remove());
}
function stop() {
  clearTimeout(timer);
  for (const video of grid.querySelectorAll(".apri > video")) {
    video.removeAttribute("src"); // ends the fetching
    video.load();
    video.remove();
  }
}

grid?.addEventListener("pointerover", ({ target, pointerType }) => {
  const link = target.closest(".apri");
  if (pointerType !== "mouse" || still.matches || navigator.connection?.saveData) return;
  if (!link?.querySelector(".filmato") || link.querySelector("video")) return;
  stop();
  timer = setTimeout(() => play(link), REST);
  link.addEventListener("pointerleave", stop, { once: true });
});
addEventListener("pagehide", stop);
