// The map of the photos: outlines drawn on a canvas, groups of photos as links upon it. Nothing here
// comes from elsewhere: outlines, names and photos are those of this server.
// Positions on the map are 0 to 1 from west to east and from north to south, in Mercator's projection.

import { thousands } from "./numeri.js";

const map = document.getElementById("mappa");
const board = document.getElementById("tavola");
const canvas = board.querySelector("canvas");
const layer = board.querySelector(".gruppi");
const marked = board.querySelector(".segnato");
const status = document.getElementById("mappa-stato");
const choose = document.getElementById("scegli-riquadro");

const TILE = 256; // pixels of the whole world at zoom 0
const NEAREST = 17; // largest zoom: 1 pixel is a metre
const CELL = 76; // pixels of a group's cell
const APART = 52; // pixels between two groups; those nearer become one
const PAUSE = 160; // milliseconds without a move before groups are asked for
const SLIP = 5; // pixels that a pointer may move in a click

const view = { x: 0.5, y: 0.5, zoom: 2 };
let size = { width: 1, height: 1 };
let outlines = null;
let groups = [];
let towns = [];
let timer = 0;
let asking = null;

const mercator = (latitude) => {
  const sine = Math.sin(Math.max(-85, Math.min(85, latitude)) * Math.PI / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
};
const latitude = (y) => Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180 / Math.PI;
const turned = (longitude) => ((longitude + 180) % 360 + 360) % 360 - 180;
const world = () => TILE * 2 ** view.zoom;

// Where a point is on the board, in pixels; of the copies of the world, the nearest to the middle.
function place(lat, lon) {
  const aside = (lon + 180) / 360 - view.x;
  return [
    size.width / 2 + (aside - Math.round(aside)) * world(),
    size.height / 2 + (mercator(lat) - view.y) * world(),
  ];
}

// -- outlines ----------------------------------------------------------------------------------

// A line as `build_outlines.py` writes it -> longitude and latitude, one after the other.
function decoded(text, scale) {
  const points = [];
  const sum = [0, 0];
  let number = 0;
  let shift = 0;
  for (let i = 0; i < text.length; i++) {
    const group = text.charCodeAt(i) - 63;
    number |= (group & 31) << shift;
    shift += 5;
    if (group >= 32) continue;
    sum[points.length % 2] += number & 1 ? ~(number >> 1) : number >> 1;
    points.push(sum[points.length % 2] / scale);
    number = shift = 0;
  }
  return points;
}

function read({ scale, lines: texts, land, borders, regions, countries }) {
  const lines = texts.map((text) => {
    const points = decoded(text, scale);
    const line = [];
    for (let i = 0; i < points.length; i += 2) line.push([(points[i] + 180) / 360, mercator(points[i + 1])]);
    return line;
  });
  const coast = new Path2D();
  for (const ring of land) {
    let last = null;
    let first = null;
    for (const number of ring) {
      const line = number < 0 ? [...lines[~number]].reverse() : lines[number];
      const turn = last === null ? 0 : Math.round(last[0] - line[0][0]);
      for (const [x, y] of line) {
        if (last === null) coast.moveTo(x, y);
        else coast.lineTo(x + turn, y);
        last = [x + turn, y];
        first ||= last;
      }
    }
    if (Math.abs(last[0] - first[0]) > 0.5) { // around the pole: closed below the map
      coast.lineTo(last[0], 2);
      coast.lineTo(first[0], 2);
    }
    coast.closePath();
  }
  const paths = [borders, regions].map((numbers) => {
    const path = new Path2D();
    for (const number of numbers) lines[number].forEach(([x, y], i) => (i ? path.lineTo(x, y) : path.moveTo(x, y)));
    return path;
  });
  return { coast, borders: paths[0], regions: paths[1], countries };
}

function draw() {
  const pen = canvas.getContext("2d");
  const dense = devicePixelRatio || 1;
  const style = getComputedStyle(map);
  const colour = (name) => style.getPropertyValue(name);
  const wide = world();
  pen.setTransform(dense, 0, 0, dense, 0, 0);
  pen.fillStyle = colour("--mare");
  pen.fillRect(0, 0, size.width, size.height);
  if (outlines) {
    pen.lineJoin = "round";
    const half = size.width / 2 / wide;
    for (let copy = Math.floor(view.x - half) - 1; copy <= view.x + half; copy++) {
      const left = size.width / 2 + (copy - view.x) * wide;
      pen.setTransform(dense * wide, 0, 0, dense * wide, dense * left, dense * (size.height / 2 - view.y * wide));
      pen.fillStyle = colour("--terra");
      pen.fill(outlines.coast, "evenodd");
      const strokes = [["borders", "--confine", 1.2], ["coast", "--costa", 1]];
      if (view.zoom > 4.5) strokes.unshift(["regions", "--regione", 1.2]);
      for (const [path, name, width] of strokes) {
        pen.strokeStyle = colour(name);
        pen.lineWidth = width / wide;
        pen.stroke(outlines[path]);
      }
    }
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    write(pen, colour);
  }
  for (const group of groups) {
    const [x, y] = place(...group.punto);
    group.link.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
  }
}

// Names, the largest first; those that would lie upon another are left out.
function write(pen, colour) {
  const taken = groups.map(({ punto }) => {
    const [x, y] = place(...punto);
    return [x - CELL / 3, y - CELL / 3, x + CELL / 3, y + CELL / 3];
  });
  const name = (text, lat, lon, font, isTown) => {
    const [x, y] = place(lat, lon);
    if (x < 0 || y < 0 || x > size.width || y > size.height) return;
    pen.font = font;
    const width = pen.measureText(text).width;
    const left = isTown ? x + 5 : x - width / 2;
    const box = [left - 6, y - 9, left + width + 6, y + 9];
    if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) return;
    taken.push(box);
    if (isTown) {
      pen.fillStyle = colour("--tenue");
      pen.fillRect(x - 1.5, y - 1.5, 3, 3);
    }
    pen.fillStyle = colour(isTown ? "--segno" : "--tenue");
    pen.strokeText(text, left, y);
    pen.fillText(text, left, y);
  };
  pen.textBaseline = "middle";
  pen.lineWidth = 3;
  pen.strokeStyle = colour("--terra");
  const family = getComputedStyle(document.body).fontFamily;
  for (const [text, lon, lat, area] of outlines.countries) {
    const across = Math.sqrt(area) * world() / 360;
    if (across > 45 && view.zoom < 8) name(text, lat, lon, `600 13px ${family}`, false);
  }
  for (const [text, lat, lon] of view.zoom > 4 ? towns : []) name(text, lat, lon, `12px ${family}`, true);
}

// -- the view ----------------------------------------------------------------------------------

// What is seen, in degrees: south, west, north, east. West is larger than east over the 180th meridian.
function rectangle(left = 0, top = 0, right = size.width, bottom = size.height) {
  const wide = world();
  const x = (pixel) => view.x + (pixel - size.width / 2) / wide;
  const y = (pixel) => Math.max(0, Math.min(1, view.y + (pixel - size.height / 2) / wide));
  const whole = x(right) - x(left) >= 1;
  return [
    latitude(y(bottom)), whole ? -180 : turned(x(left) * 360 - 180),
    latitude(y(top)), whole ? 180 : turned(x(right) * 360 - 180),
  ];
}

function moved() {
  const least = Math.log2(Math.max(size.height, size.width / 2) / TILE);
  view.zoom = Math.max(least, Math.min(NEAREST, view.zoom));
  const half = Math.min(0.5, size.height / 2 / world());
  view.y = Math.max(half, Math.min(1 - half, view.y));
  view.x -= Math.floor(view.x);
  requestAnimationFrame(draw);
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE);
}

function pan(x, y) {
  view.x -= x / world();
  view.y -= y / world();
  moved();
}

// Zooms; the point of the board at x, y stays where it is.
function zoomBy(by, x = size.width / 2, y = size.height / 2) {
  const before = world();
  const at = [view.x + (x - size.width / 2) / before, view.y + (y - size.height / 2) / before];
  view.zoom = Math.max(0, Math.min(NEAREST, view.zoom + by));
  view.x = at[0] - (x - size.width / 2) / world();
  view.y = at[1] - (y - size.height / 2) / world();
  moved();
}

const breadth = ([, west, , east]) => (east < west ? east + 360 - west : east - west) / 360;

function fit(area, least = 0) {
  const [south, west, north] = area;
  const [wide, top, bottom] = [breadth(area), mercator(north), mercator(south)];
  const room = (pixels, share) => Math.log2(Math.max(pixels - 120, 80) / TILE / Math.max(share, 1e-9));
  view.zoom = Math.max(least, Math.min(NEAREST - 2, room(size.width, wide), room(size.height, bottom - top)));
  view.x = (west + 180) / 360 + wide / 2;
  view.y = (top + bottom) / 2;
  moved();
}

// -- groups ------------------------------------------------------------------------------------

async function ask() {
  const { zoom, x, y } = view;
  history.replaceState(history.state, "", `#${zoom.toFixed(2)}/${latitude(y).toFixed(4)}/${(x * 360 - 180).toFixed(4)}`);
  asking?.abort();
  asking = new AbortController();
  const address = new URL(map.dataset.gruppi, location);
  address.searchParams.set("vista", rectangle().map((degrees) => degrees.toFixed(6)));
  address.searchParams.set("passo", (CELL * 360 / (TILE * 2 ** Math.round(zoom))).toFixed(7));
  try {
    const answer = await fetch(address, { signal: asking.signal });
    if (!answer.ok) throw new Error(answer.statusText);
    const { gruppi, paesi } = await answer.json();
    towns = paesi;
    show(joined(gruppi));
  } catch (error) {
    if (error.name !== "AbortError") status.textContent = "Le foto di qui non arrivano: ricarica la pagina.";
  }
}

// Groups that would lie upon each other become one, with the picture of the larger.
function joined(found) {
  const kept = [];
  for (const group of found) {
    const [x, y] = place(...group.punto);
    const near = kept.find((other) => Math.hypot(other.x - x, other.y - y) < APART);
    if (!near) {
      kept.push({ ...group, x, y });
      continue;
    }
    near.foto += group.foto;
    const [a, b] = [near.area, group.area];
    near.area = [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
  }
  return kept;
}

function show(found) {
  const hadFocus = layer.contains(document.activeElement);
  groups = found;
  layer.replaceChildren(...groups.map((group) => {
    const link = group.link = document.createElement("a");
    const picture = document.createElement("img");
    link.className = "gruppo";
    link.href = group.foto === 1 ? `/foto/${group.id}` : narrowed(group.area, 0.00001);
    link.draggable = picture.draggable = false;
    picture.src = group.miniatura;
    picture.alt = "";
    link.append(picture);
    if (group.foto > 1) {
      const number = document.createElement("span");
      number.className = "numero";
      number.textContent = thousands(group.foto);
      link.append(number);
    }
    const [town] = towns.find(([, lat, lon]) => {
      const [x, y] = place(lat, lon);
      return Math.hypot(x - group.x, y - group.y) < CELL;
    }) || [""];
    link.setAttribute("aria-label", `${group.foto === 1 ? "Una foto" : `${thousands(group.foto)} foto`}${town ? `, ${town}` : ""}`);
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || !canOpen(group)) return;
      event.preventDefault();
      board.focus();
      fit(group.area, view.zoom + 0.7);
    });
    return link;
  }));
  if (hadFocus) board.focus();
  draw();
  const photos = groups.reduce((sum, group) => sum + group.foto, 0);
  status.textContent = photos ? `${thousands(photos)} foto in questa vista` : "Nessuna foto in questa vista";
  map.dataset.pronta = view.zoom.toFixed(2);
}

// Whether the photos of a group part when the map is zoomed.
function canOpen({ area }) {
  if (view.zoom > NEAREST - 2.5) return false;
  const nearest = TILE * 2 ** (NEAREST - 2);
  return Math.max(breadth(area), mercator(area[0]) - mercator(area[2])) * nearest > APART;
}

// The address of the answer within a rectangle. margin: degrees around it.
function narrowed([south, west, north, east], margin = 0) {
  const address = new URL(map.dataset.domanda, location);
  // Two corners are read the shorter way round: a wide rectangle over the 180th meridian is the whole world.
  if (west > east && east + 360 - west >= 180) [west, east] = [-180, 180];
  const corners = [Math.max(south - margin, -90), Math.max(west - margin, -180), Math.min(north + margin, 90), Math.min(east + margin, 180)];
  address.searchParams.set("riquadro", corners.map((degrees) => Number(degrees.toFixed(5))));
  return address.href;
}

// -- pointers ----------------------------------------------------------------------------------

const pointers = new Map();
let dragged = false;
let corner = null; // where a rectangle begins

function choosing(is) {
  choose.setAttribute("aria-pressed", is);
  board.classList.toggle("scegliendo", is);
  corner = null;
  marked.hidden = true;
}

const at = (event) => {
  const box = board.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
};

board.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  pointers.set(event.pointerId, at(event));
  dragged = false;
  const isRectangle = event.shiftKey || board.classList.contains("scegliendo");
  corner = isRectangle && pointers.size === 1 ? at(event) : null;
  if (corner) event.preventDefault();
});

board.addEventListener("pointermove", (event) => {
  const before = pointers.get(event.pointerId);
  if (!before) return;
  const now = at(event);
  if (!dragged && Math.hypot(now.x - before.x, now.y - before.y) < SLIP) return;
  if (!dragged) board.setPointerCapture(event.pointerId); // not earlier: a click on a group goes to the group
  dragged = true;
  if (corner) {
    mark(corner, now);
    return;
  }
  const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
  pointers.set(event.pointerId, now);
  if (!other) {
    pan(now.x - before.x, now.y - before.y);
    return;
  }
  const far = (one) => Math.hypot(one.x - other.x, one.y - other.y) || 1;
  pan((now.x - before.x) / 2, (now.y - before.y) / 2);
  zoomBy(Math.log2(far(now) / far(before)), (now.x + other.x) / 2, (now.y + other.y) / 2);
});

function mark(from, to) {
  marked.hidden = false;
  Object.assign(marked.style, {
    left: `${Math.min(from.x, to.x)}px`, top: `${Math.min(from.y, to.y)}px`,
    width: `${Math.abs(from.x - to.x)}px`, height: `${Math.abs(from.y - to.y)}px`,
  });
}

function released(event) {
  if (!pointers.delete(event.pointerId) || !corner) return;
  const [from, to] = [corner, at(event)];
  const isLarge = Math.min(Math.abs(from.x - to.x), Math.abs(from.y - to.y)) > SLIP;
  choosing(board.classList.contains("scegliendo") && !(dragged && isLarge));
  if (dragged && isLarge && event.type === "pointerup") {
    location.assign(narrowed(rectangle(Math.min(from.x, to.x), Math.min(from.y, to.y), Math.max(from.x, to.x), Math.max(from.y, to.y))));
  }
}
addEventListener("pointerup", released);
addEventListener("pointercancel", released);
board.addEventListener("click", (event) => {
  if (dragged) event.preventDefault();
  if (dragged) event.stopPropagation();
  dragged = false;
}, { capture: true });
board.addEventListener("dblclick", (event) => {
  if (!layer.contains(event.target)) zoomBy(1, at(event).x, at(event).y);
});
board.addEventListener("wheel", (event) => {
  event.preventDefault();
  const pixels = event.deltaY * (event.deltaMode ? 30 : 1);
  zoomBy(Math.max(-1, Math.min(1, -pixels / (event.ctrlKey ? 80 : 250))), at(event).x, at(event).y);
}, { passive: false });

// -- keys and buttons --------------------------------------------------------------------------

const whole = () => fit(map.dataset.area.split(",").map(Number));
const KEYS = {
  ArrowLeft: () => pan(90, 0), ArrowRight: () => pan(-90, 0), ArrowUp: () => pan(0, 90), ArrowDown: () => pan(0, -90),
  "+": () => zoomBy(1), "=": () => zoomBy(1), "-": () => zoomBy(-1), Home: whole,
};
board.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape") choosing(false);
});
document.getElementById("piu").addEventListener("click", () => zoomBy(1));
document.getElementById("meno").addEventListener("click", () => zoomBy(-1));
document.getElementById("tutte").addEventListener("click", whole);
choose.addEventListener("click", () => choosing(choose.getAttribute("aria-pressed") !== "true"));
document.getElementById("questa-vista").addEventListener("click", () => location.assign(narrowed(rectangle())));

// -- start -------------------------------------------------------------------------------------

new ResizeObserver(() => {
  size = { width: board.clientWidth, height: board.clientHeight };
  canvas.width = size.width * (devicePixelRatio || 1);
  canvas.height = size.height * (devicePixelRatio || 1);
  moved();
}).observe(board);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);

size = { width: board.clientWidth, height: board.clientHeight };
const [zoom, lat, lon] = location.hash.slice(1).split("/").map(Number);
if (location.hash && [zoom, lat, lon].every(Number.isFinite)) {
  Object.assign(view, { zoom, y: mercator(lat), x: (lon + 180) / 360 });
} else whole();
fetch(map.dataset.confini).then((answer) => answer.json()).then((found) => {
  outlines = read(found);
  draw();
});
