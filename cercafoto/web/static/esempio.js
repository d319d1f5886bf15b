// Searching with a photo: dropped anywhere on the page, or chosen.
import { onDrop, upload } from "./invio.js";

const status = document.getElementById("carico");
const veil = document.getElementById("posa");

async function search(file) {
  const name = await upload(file, status);
  if (!name) return;
  const address = new URL("/", location.origin);
  // Words that are there already stay: "come questa, ma con la neve".
  const words = document.getElementById("parole").value.trim();
  if (words) address.searchParams.set("q", words);
  address.searchParams.set("come", name);
  location.href = address;
}

onDrop((over) => { veil.hidden = !over; }, search);
document.getElementById("esempio").addEventListener("change", ({ target }) => {
  if (target.files.length) search(target.files[0]);
});
