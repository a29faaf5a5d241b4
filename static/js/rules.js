// Assignment rules: a row is dragged to its place; the new order is sent when it is dropped.
const body = document.querySelector("[data-sortable]");
let dragged = null;
let before = "";

const order = () => [...body.querySelectorAll("[name=ids]")].map((input) => input.value).join();

body?.addEventListener("dragstart", (event) => {
  dragged = event.target.closest("[data-sort]");
  before = order();
  event.dataTransfer.effectAllowed = "move";
  dragged.classList.add("is-dragged");
});
body?.addEventListener("dragover", (event) => {
  const over = event.target.closest("[data-sort]");
  if (!dragged || !over) return;
  event.preventDefault();
  if (over === dragged) return;
  const { top, height } = over.getBoundingClientRect();
  over.parentNode.insertBefore(dragged, event.clientY < top + height / 2 ? over : over.nextSibling);
});
body?.addEventListener("drop", (event) => event.preventDefault());
body?.addEventListener("dragend", () => {
  dragged?.classList.remove("is-dragged");
  dragged = null;
  if (order() !== before) document.getElementById("rule-order").requestSubmit();
});
