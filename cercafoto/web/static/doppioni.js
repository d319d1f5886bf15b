// While duplicates are looked for: say how far it is, and show them once they are found. Without this
// script a link does it.
const WAIT = 1500; // milliseconds
const said = document.getElementById("avanti");

async function look() {
  try {
    const answer = await fetch(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.getElementById("avanti");
    if (!now) return location.reload();
    said.textContent = now.textContent;
  } catch {
    said.textContent = "Il server non risponde più: rilancia «cercafoto web».";
  }
  setTimeout(look, WAIT);
}
setTimeout(look, WAIT);
