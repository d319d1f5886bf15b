// What every page that writes needs: sending, and saying what went wrong.

export async function send(address, body) {
  const picture = body instanceof Blob;
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": picture ? "application/octet-stream" : "application/json" },
    body: picture ? body : JSON.stringify(body),
  });
  if (answer.ok) return answer;
  let told = {};
  try {
    told = await answer.json();
  } catch {
    // No error of ours: the server is gone, or refuses.
  }
  throw new Error([told.errore || "Il server non risponde più: rilancia «cercafoto web».", told.consiglio]
    .filter(Boolean).join(" "));
}

// Count requests: each call begins one, and returns a function that tells whether it is still the latest.
export function counter() {
  let number = 0;
  return () => {
    const mine = ++number;
    return () => mine === number;
  };
}

const begin = counter();

// Send a picture and get the name by which the other pages know it; null if it is refused, or if
// another one was chosen meanwhile.
export async function upload(file, status) {
  const isLatest = begin();
  status.textContent = "Guardo la foto…";
  try {
    const { foto } = await (await send("/carica", file)).json();
    return isLatest() ? foto : null;
  } catch (error) {
    if (isLatest()) status.textContent = error.message;
    return null;
  }
}

// Pictures dropped anywhere on the window. over(true) while one hovers, over(false) after.
export function onDrop(over, take) {
  let depth = 0;
  const files = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  addEventListener("dragenter", (event) => {
    if (files(event) && depth++ === 0) over(true);
  });
  addEventListener("dragleave", (event) => {
    if (files(event) && --depth === 0) over(false);
  });
  addEventListener("dragover", (event) => {
    if (files(event)) event.preventDefault();
  });
  addEventListener("drop", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    depth = 0;
    over(false);
    if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
  });
}
