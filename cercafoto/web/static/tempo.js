// The years beside the grid become a slider over the months: drag, arrows, a screen reader. A month
// that is on the page is scrolled to; any other is a page of its own, as the links to the years are.

const grid = document.getElementById("griglia");
const years = document.querySelector(".tempo");
const slider = years.querySelector("input");
const bubble = years.querySelector("output");
const months = [...years.querySelectorAll("data")];
const PAUSE = 700; // milliseconds after the last key before it goes there

let timer = 0;
let dragged = false;

function tell() {
  const month = months[slider.value];
  slider.setAttribute("aria-valuetext", month.textContent);
  bubble.textContent = month.textContent;
  bubble.style.top = `${100 * (Number(slider.value) + 0.5) / months.length}%`;
}

function go() {
  clearTimeout(timer);
  bubble.hidden = true;
  const { value, dataset } = months[slider.value];
  const heading = [...grid.querySelectorAll(".mese")].find((one) => one.dataset.mese === value);
  if (heading) {
    // Not the heading itself: it sticks to the top while its photos are passed.
    heading.nextElementSibling.scrollIntoView({ block: "start" });
    return;
  }
  if (document.activeElement === slider) sessionStorage.setItem("cursore", value);
  location.href = dataset.pagina;
}

// The month whose photos are at the top: the last heading that has come up there.
function follow() {
  if (!bubble.hidden || dragged) return;
  const top = slider.getBoundingClientRect().top;
  const passed = [...grid.querySelectorAll(".mese")].filter((one) => one.getBoundingClientRect().top <= top);
  const here = (passed.at(-1) || grid.querySelector(".mese"))?.dataset.mese;
  const at = months.findIndex((month) => month.value === here);
  if (at < 0) return;
  slider.value = at;
  tell();
}

slider.addEventListener("pointerdown", () => { dragged = true; });
slider.addEventListener("input", () => {
  bubble.hidden = false;
  tell();
});
slider.addEventListener("change", () => {
  clearTimeout(timer);
  if (dragged) go();
  else timer = setTimeout(go, PAUSE);
  dragged = false;
});
addEventListener("pointerup", () => setTimeout(() => { dragged = false; }));
slider.addEventListener("keydown", (event) => {
  if (event.key === "Enter") go();
  if (event.key.startsWith("Arrow")) event.stopPropagation(); // else it would move among the photos
});

years.querySelector("ol").inert = true;
slider.hidden = false;
addEventListener("scroll", () => requestAnimationFrame(follow), { passive: true });
follow();
const month = sessionStorage.getItem("cursore");
sessionStorage.removeItem("cursore");
// Once the browser has gone to #griglia, which takes the focus away.
if (month !== null) addEventListener("load", () => setTimeout(() => slider.focus({ preventScroll: true })));
