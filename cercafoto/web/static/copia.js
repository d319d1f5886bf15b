// Copying a text, also where the browser refuses its clipboard to scripts.

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyAsBefore(text) || offer(text);
  }
}

function copyAsBefore(text) {
  const focused = document.activeElement;
  const box = document.createElement("textarea");
  box.className = "nascosto";
  box.value = text;
  document.body.append(box);
  box.select();
  let done = false;
  try {
    done = document.execCommand("copy");
  } catch {
    // Not even that: the person does it.
  }
  box.remove();
  if (focused) focused.focus();
  return done;
}

// The text, selected, for the person to copy.
function offer(text) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "h-copia");
  dialog.innerHTML = `<h2 id="h-copia">Il browser non lascia copiare</h2>
    <p><label for="da-copiare">Copia da qui, con Ctrl+C:</label></p>
    <textarea id="da-copiare" rows="8" readonly spellcheck="false"></textarea>
    <form method="dialog"><button class="primario">Chiudi</button></form>`;
  const box = dialog.querySelector("textarea");
  box.value = text;
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  box.select();
  return false;
}
