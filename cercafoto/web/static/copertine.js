// Covers and numbers that take longer come by and by. Without this script a link counts on.
const said = document.getElementById("da-contare");
const left = () => document.querySelectorAll("[data-da-contare]");
const addressOf = (card) => card.querySelector("a").getAttribute("href");

async function count() {
  while (left().length) {
    said.textContent = "Conto le foto delle altre: ne mancano " + left().length + "…";
    const answer = await fetch("/raccolte?conta=1");
    if (!answer.ok) throw new Error();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const cards = new Map([...page.querySelectorAll(".raccolte li")].map((card) => [addressOf(card), card]));
    for (const card of left()) {
      const fresh = cards.get(addressOf(card));
      if (fresh && "daContare" in fresh.dataset) continue;
      card.removeAttribute("data-da-contare");
      if (fresh) card.replaceChildren(...fresh.childNodes);
    }
  }
  said?.remove();
}
count().catch(() => { said.textContent = "Il server non risponde più: rilancia «cercafoto web»."; });
