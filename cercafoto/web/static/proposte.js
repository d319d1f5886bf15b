// The labels of the archive that have in them what is being typed, below the box: arrows choose, Enter
// takes, Esc closes. Native lists of proposals do not find "caffè" for "caffe".

export function suggest(box, list, address, take) {
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", list.id);
  let at = -1;
  let asked = 0;

  const options = () => [...list.children];
  function show(names) {
    at = -1;
    list.replaceChildren(...names.map((name, number) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${number}`;
      option.setAttribute("role", "option");
      option.textContent = name;
      return option;
    }));
    list.hidden = !names.length;
    mark();
  }
  function mark() {
    options().forEach((option, number) => option.setAttribute("aria-selected", number === at));
    box.setAttribute("aria-expanded", !list.hidden);
    if (at < 0) box.removeAttribute("aria-activedescendant");
    else {
      box.setAttribute("aria-activedescendant", options()[at].id);
      options()[at].scrollIntoView({ block: "nearest" });
    }
  }
  function close() {
    asked += 1; // what is still to come is of no use
    show([]);
  }
  async function look() {
    const typed = box.value.trim();
    const mine = ++asked;
    if (!typed) return close();
    try {
      const answer = await fetch(`${address}?testo=${encodeURIComponent(typed)}`);
      const names = answer.ok ? await answer.json() : [];
      if (mine === asked) show(names);
    } catch {
      if (mine === asked) close();
    }
  }

  show([]);
  box.addEventListener("input", look);
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    const many = options().length;
    if (event.key === "Escape" && many) {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && many) {
      event.preventDefault();
      // From the box itself, which is before the first one and after the last.
      at = (at + 1 + (event.key === "ArrowDown" ? 1 : many)) % (many + 1) - 1;
      mark();
    } else if (event.key === "Enter") {
      const name = at >= 0 ? options()[at].textContent : "";
      close();
      if (!name) return;
      event.preventDefault();
      take(name);
    }
  });
  // Before the box loses the focus, which closes the list.
  list.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("[role=option]");
    event.preventDefault();
    if (!option) return;
    close();
    take(option.textContent);
  });
}
