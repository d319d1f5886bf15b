// How strongly the map covers the photo.
const strength = document.getElementById("forza");
const heat = document.getElementById("calore");
if (strength && heat) {
  strength.addEventListener("input", () => heat.setAttribute("opacity", strength.value));
}
