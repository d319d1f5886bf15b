// The picture in its room: fitted, enlarged with the wheel, two fingers, a double tap or keys up to the
// pixels of the original, moved about, and swept aside for the next one.

const stage = document.querySelector(".palco");
const ENLARGED = 3; // a small picture is shown at most so many times its size
const STEP = 1.5; // of the keys
const MOVED = 8; // pixels; less is a tap
const SWEPT = 60;
const DOUBLE = 350; // milliseconds between two taps

let box, picture; // what is shown, and what holds it with the marks over it
let full = [1, 1]; // pixels of the original
let fitted = 1; // how many pixels of the screen one of the original has
let scale = 1, x = 0, y = 0;
let changed = () => {};

const most = () => Math.max(1 / fitted, 2);
const room = () => stage.getBoundingClientRect();
export const isEnlarged = () => scale > 1;

// Look after the picture that is there now. told(): the picture was enlarged, or is whole again.
export function begin(told) {
  changed = told;
  box = stage.querySelector(".immagine");
  picture = box.querySelector("img, video");
  full = [Number(picture.getAttribute("width")), Number(picture.getAttribute("height"))];
  box.classList.add("misurata");
  scale = 1;
  fit();
}

function fit() {
  const { width, height } = room();
  fitted = Math.min(width / full[0], height / full[1], ENLARGED);
  box.style.width = `${full[0] * fitted}px`;
  box.style.height = `${full[1] * fitted}px`;
  set(scale, x, y);
}
new ResizeObserver(() => { if (box) fit(); }).observe(stage);

function set(newScale, newX, newY) {
  scale = Math.min(Math.max(newScale, 1), most());
  const { width, height } = room();
  const beyond = (size, space) => Math.max(0, (size * fitted * scale - space) / 2);
  const within = (value, limit) => Math.min(Math.max(value, -limit), limit);
  x = within(newX, beyond(full[0], width));
  y = within(newY, beyond(full[1], height));
  show(x, y);
  stage.classList.toggle("aperto", scale > 1);
  if (scale > 1) sharpen();
  changed();
}
const show = (across, down) => {
  box.style.transform = across || down || scale > 1 ? `translate(${across}px, ${down}px) scale(${scale})` : "";
};

// The pixels of the original, once they are looked for.
async function sharpen() {
  const { intera } = box.dataset;
  if (!intera || box.dataset.nitida || picture.naturalWidth >= full[0]) return;
  box.dataset.nitida = "arriva";
  const image = new Image();
  image.src = intera;
  const mine = box;
  try {
    await image.decode();
    mine.querySelector("img").src = intera;
    mine.dataset.nitida = "c’è";
  } catch {
    mine.dataset.nitida = "no"; // the file is gone: the copy stays
  }
}

// The point of the screen (left, top) keeps what it shows.
function zoom(factor, left, top) {
  if (!box.dataset.intera) return; // a video
  const { left: begin, top: above, width, height } = room();
  const [across, down] = [left - begin - width / 2, top - above - height / 2];
  const next = Math.min(Math.max(scale * factor, 1), most());
  set(next, across - ((across - x) * next) / scale, down - ((down - y) * next) / scale);
}
const middle = () => {
  const { left, top, width, height } = room();
  return [left + width / 2, top + height / 2];
};
export const enlarge = (times) => zoom(STEP ** times, ...middle());
export const toggle = (at = middle()) => zoom(scale > 1 ? 0 : most(), ...at);
export const move = (across, down) => set(scale, x - across, y - down);

stage.addEventListener("wheel", (event) => {
  if (event.target.closest("video")) return;
  event.preventDefault();
  const lines = event.deltaMode ? 16 : 1;
  zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.002)), event.clientX, event.clientY);
}, { passive: false });

// sweep(1) asks for the next photo, sweep(-1) for the one before; tap(): a finger touched the picture.
export function follow(sweep, tap) {
  const fingers = new Map();
  let start = null, last = null, lastTap = -DOUBLE, pinched = false;
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return { wide: Math.hypot(a[0] - b[0], a[1] - b[1]), at: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] };
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.button || event.target.closest("a, button, video")) return;
    if (event.pointerType === "mouse" && event.target.closest(".scritte span")) return; // words to select
    if (event.pointerType === "mouse") event.preventDefault(); // no dragging of the picture
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (fingers.size === 1) {
      start = [event.clientX, event.clientY];
      pinched = false;
    } else {
      pinched = true;
    }
    last = fingers.size === 2 ? spread() : null;
  });
  addEventListener("pointermove", (event) => {
    const was = fingers.get(event.pointerId);
    if (!was) return;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (fingers.size === 2) {
      const now = spread();
      if (last) {
        zoom(now.wide / (last.wide || 1), ...last.at);
        set(scale, x + now.at[0] - last.at[0], y + now.at[1] - last.at[1]);
      }
      last = now;
    } else if (scale > 1) {
      set(scale, x + event.clientX - was[0], y + event.clientY - was[1]);
    } else if (!pinched && event.pointerType !== "mouse") {
      show(event.clientX - start[0], 0);
    }
  });
  for (const end of ["pointerup", "pointercancel"]) {
    addEventListener(end, (event) => {
      if (!fingers.delete(event.pointerId)) return;
      last = null;
      if (fingers.size || pinched) return;
      const [across, down] = [event.clientX - start[0], event.clientY - start[1]];
      if (scale === 1) show(0, 0);
      if (end === "pointercancel") return;
      if (Math.hypot(across, down) < MOVED) {
        const isSecond = event.timeStamp - lastTap < DOUBLE;
        lastTap = isSecond ? -DOUBLE : event.timeStamp;
        if (isSecond) toggle([event.clientX, event.clientY]);
        else if (event.pointerType !== "mouse") tap();
      } else if (scale === 1 && event.pointerType !== "mouse"
          && Math.abs(across) > SWEPT && Math.abs(across) > 1.5 * Math.abs(down)) {
        sweep(across < 0 ? 1 : -1);
      }
    });
  }
}
