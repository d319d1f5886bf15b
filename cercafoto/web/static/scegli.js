// Choosing the photo of a page, by dropping it or from the disk.
import { onDrop, upload } from "./invio.js";

const place = document.querySelector(".scegli");
const status = document.getElementById("carico");

async function take(file) {
  const name = await upload(file, status);
  if (!name) return;
  const address = new URL(place.dataset.pagina, location.origin);
  const words = document.getElementById("cosa");
  if (words && words.value.trim()) address.searchParams.set("q", words.value.trim());
  address.searchParams.set("foto", name);
  const labels = document.getElementById("testo");
  if (labels) sessionStorage.setItem("etichette", labels.value);
  location.href = address;
}

onDrop((over) => place.classList.toggle("sopra", over), take);
document.getElementById("scelta").addEventListener("change", ({ target }) => {
  if (target.files.length) take(target.files[0]);
});
