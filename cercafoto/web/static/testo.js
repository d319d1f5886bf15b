// The words of a photo laid over it where they are written, unseen, to be selected and copied there.
// They are placed from here: the page's policy refuses inline styles. (SVG could do without them, but
// Chromium lets nobody select more than one of its texts.) Without this script they are beside it.

function lay() {
  const lines = document.querySelectorAll(".scritto [data-posto]");
  if (!lines.length) return;
  const layer = document.createElement("div");
  layer.className = "scritte";
  layer.setAttribute("aria-hidden", "true");  // who listens has them beside the photo
  document.querySelector(".immagine").append(layer);
  // Measured apart: the photo has no size before it is there.
  const measure = document.createElement("canvas").getContext("2d");
  measure.font = `100px ${getComputedStyle(layer).fontFamily}`;
  for (const line of lines) {
    const [left, top, height, length, angle] = line.dataset.posto.split(" ");
    const text = line.textContent;
    const span = document.createElement("span");
    span.textContent = text;
    span.style.left = `${left}%`;
    span.style.top = `${top}%`;
    span.style.fontSize = `${height}cqw`;
    const stretched = length / ((measure.measureText(text).width / 100) * height);
    span.style.transform = `rotate(${angle}deg) scaleX(${stretched})`;
    layer.append(span, document.createElement("br"));
  }
}
document.addEventListener("foto", lay);
lay();
