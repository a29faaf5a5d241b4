// Shifts: fill a person's month at once, say how many days it has, and drag across days to tick them.
import { fill, gettext } from "./kit.js";

const boxesOf = (line) => [...line.querySelectorAll("input[type=checkbox]")];

function count(line) {
  const days = boxesOf(line).filter((box) => box.checked).length;
  const note = line.querySelector("[data-shift-note]");
  note.textContent = days ? fill(gettext("%(count)s days"), { count: days }) : note.dataset.none;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fill]");
  if (!button) return;
  const line = button.closest("[data-shift-line]");
  for (const box of boxesOf(line)) box.checked = button.dataset.fill === "working" && box.hasAttribute("data-working");
  count(line);
});

document.addEventListener("change", (event) => {
  const line = event.target.closest("[data-shift-line]");
  if (line) count(line);
});

// A press on a day and a drag over its neighbours gives them all the same tick.
let painting = null;
document.addEventListener("pointerdown", (event) => {
  const box = event.target.closest(".shift-day")?.querySelector("input");
  painting = box ? !box.checked : null;
});
document.addEventListener("pointerover", (event) => {
  const box = event.target.closest?.(".shift-day")?.querySelector("input");
  if (painting === null || !box || !(event.buttons & 1)) return;
  box.checked = painting;
  count(box.closest("[data-shift-line]"));
});
document.addEventListener("pointerup", () => {
  painting = null;
});
