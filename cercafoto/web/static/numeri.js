// Numbers as the page writes them on the server: 1.678.

export function thousands(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ".");
}
