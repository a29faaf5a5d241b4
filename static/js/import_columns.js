// The columns: one picker for all of them, a search among the fields, and what is chosen sent as one value.
import { fill, gettext } from "./kit.js";

const form = document.getElementById("mapping");
const picker = document.getElementById("picker");
const search = picker.querySelector("input");
const list = picker.querySelector("[role=listbox]");
const options = [...list.querySelectorAll("[role=option]")];
const labelOf = new Map(options.map((option) => [option.dataset.value, option.dataset.label]));
const fold = (text) => text.normalize("NFKC").toLowerCase().replace(/[\s:：]/g, "");
// What a field is found by: its words, their pinyin, its initials, its own name; each also from its middle on.
const keysOf = new Map(options.map((option) => [option, [option.dataset.label, ...(option.dataset.sound ?? "").split(" "), option.dataset.value].map(fold)]));
const fit = (option, wanted) => Math.min(...keysOf.get(option).map((key) => (key.startsWith(wanted) ? 0 : key.includes(wanted) ? 1 : 2)));

const picks = () => [...form.querySelectorAll("[data-pick]")];
let pick = null;
let here = null;

// --- The picker -------------------------------------------------------------------------------------------------------

const shown = () => options.filter((option) => !option.hidden);

function point(option) {
  here?.removeAttribute("aria-selected");
  here = option ?? null;
  here?.setAttribute("aria-selected", "true");
  if (here) search.setAttribute("aria-activedescendant", here.id);
  else search.removeAttribute("aria-activedescendant");
  if (!here) return;
  // Only the list scrolls; the page stays where it is.
  const [top, bottom] = [here.offsetTop, here.offsetTop + here.offsetHeight];
  if (top < list.scrollTop) list.scrollTop = top;
  else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
}

function filter() {
  const wanted = fold(search.value);
  for (const option of options) option.hidden = wanted !== "" && fit(option, wanted) > 1;
  for (const group of list.querySelectorAll("[role=group]")) group.hidden = !group.querySelector("[role=option]:not([hidden])");
  const found = shown();
  point(wanted ? (found.find((option) => fit(option, wanted) === 0) ?? found[0]) : options.find((option) => option.dataset.value === pick.dataset.value));
}

/** Under its button, or above it where there is no room below. */
function place() {
  if (!pick) return;
  const { top, bottom, left } = pick.getBoundingClientRect();
  const isLow = bottom + picker.offsetHeight > window.innerHeight - 8 && top > picker.offsetHeight;
  picker.style.left = `${Math.min(left, window.innerWidth - picker.offsetWidth - 8)}px`;
  picker.style.top = `${isLow ? top - picker.offsetHeight - 4 : bottom + 4}px`;
}

function open(button, text = "") {
  pick = button;
  markTaken();
  picker.hidden = false;
  button.setAttribute("aria-expanded", "true");
  search.value = text;
  filter();
  place();
  search.focus({ preventScroll: true });
}

/** A field that another column of the sheet holds already, and that only one can hold. */
function markTaken() {
  const taken = new Set([...pick.closest("[data-sheet]").querySelectorAll("[data-pick]")].filter((other) => other !== pick).map((other) => other.dataset.value));
  for (const option of options) option.classList.toggle("is-taken", option.dataset.value !== "" && taken.has(option.dataset.value) && !("many" in option.dataset));
}

function close(focus = pick) {
  if (!pick) return;
  pick.setAttribute("aria-expanded", "false");
  picker.hidden = true;
  pick = null;
  focus?.focus();
}

const beside = (button, step) => picks()[picks().indexOf(button) + step];

function choose(button, value) {
  const option = options.find((one) => one.dataset.value === value);
  button.dataset.value = value;
  button.querySelector("span").textContent = labelOf.get(value);
  button.classList.toggle("is-empty", !value);
  const row = button.closest("tr");
  const sure = row.querySelector("[data-sure]");
  sure.className = value ? "state tone-good" : "none";
  sure.textContent = value ? gettext("chosen") : "—";
  row.querySelector("[data-money]").hidden = !("amount" in option.dataset);
  const header = row.querySelector(".header-text").title;
  button.setAttribute("aria-label", fill(gettext("%(header)s holds: %(label)s"), { header, label: labelOf.get(value) }));
  showNeeds();
}

function chooseHere() {
  if (!here) return;
  const button = pick;
  const value = here.dataset.value;
  close(beside(button, 1) ?? button);
  choose(button, value);
}

search.addEventListener("input", filter);
search.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
  if (step) {
    const found = shown();
    point(found[Math.min(found.length - 1, Math.max(0, found.indexOf(here) + step))]);
  } else if (event.key === "Enter") chooseHere();
  else if (event.key === "Escape") close();
  else if (event.key === "Tab") return close();
  else return;
  event.preventDefault();
  event.stopPropagation();
});
list.addEventListener("pointerdown", (event) => {
  event.preventDefault(); // the search keeps the focus
  point(event.target.closest("[role=option]") ?? here);
  if (event.target.closest("[role=option]")) chooseHere();
});
for (const event of ["scroll", "resize"]) window.addEventListener(event, place, { passive: true });
document.addEventListener("pointerdown", (event) => {
  if (pick && !event.target.closest("#picker") && !event.target.closest("[data-pick]")) close(null);
});

form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pick]");
  if (!button) return;
  const wasOpen = pick === button;
  if (pick) close(null);
  if (!wasOpen) open(button);
});
form.addEventListener("keydown", (event) => {
  const button = event.target.closest("[data-pick]");
  if (!button || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") beside(button, event.key === "ArrowDown" ? 1 : -1)?.focus();
  else if (event.key === "Delete" || event.key === "Backspace") choose(button, "");
  else if (event.key.length === 1 && event.key !== " " && !event.isComposing) open(button, event.key);
  else return;
  event.preventDefault();
  event.stopPropagation();
});

// --- What is missing ----------------------------------------------------------------------------------------------------

function showNeeds() {
  const box = document.getElementById("needs");
  for (const line of box.querySelectorAll("[data-need]")) {
    const sheet = form.querySelector(`[data-sheet="${line.dataset.need}"]`);
    const fields = line.dataset.fields.split(" ");
    line.hidden = !sheet.querySelector("[data-take]").checked || [...sheet.querySelectorAll("[data-pick]")].some((one) => fields.includes(one.dataset.value));
  }
  box.hidden = !box.querySelector("[data-need]:not([hidden])");
}

for (const box of form.querySelectorAll("[data-take]")) {
  const shade = () => box.closest("[data-sheet]").classList.toggle("is-left", !box.checked);
  box.addEventListener("change", () => {
    shade();
    showNeeds();
  });
  shade();
}
showNeeds();

document.querySelector("[data-submit-on-change]")?.addEventListener("change", (event) => event.target.form.requestSubmit());

// --- Sending ------------------------------------------------------------------------------------------------------------

function choiceOf(sheet) {
  const columns = {};
  for (const row of sheet.querySelectorAll("tr[data-column]")) {
    const unit = Number(row.querySelector("[data-unit-choice]").value);
    columns[row.dataset.column] = [row.querySelector("[data-pick]").dataset.value, unit, row.querySelector("[data-currency-choice]").value];
  }
  return { role: sheet.querySelector("[data-role]")?.value ?? "", columns };
}

form.addEventListener("submit", () => {
  const taken = [...form.querySelectorAll("[data-sheet]")].filter((sheet) => sheet.querySelector("[data-take]")?.checked);
  form.elements.choice.value = JSON.stringify(Object.fromEntries(taken.map((sheet) => [sheet.dataset.sheet, choiceOf(sheet)])));
}, true);
