// The editor of letter templates: placeholders go in where the cursor was, a problem's line is shown, fields that don't count are put away.

const form = document.getElementById("template-form");
const texts = [...form.querySelectorAll("textarea, input[type=text]")].filter((field) => field.name !== "name");
const ALONE = ["{accounts_table}", "{qr}", "{seal}"];
let last = form.elements.body;

function insert(place) {
  const field = ALONE.includes(place) ? form.elements.body : last;
  const before = field.value.slice(0, field.selectionStart);
  let text = place;
  if (ALONE.includes(place)) {
    text = `${before === "" || before.endsWith("\n") ? "" : "\n"}${place}${field.value.slice(field.selectionEnd).startsWith("\n") ? "" : "\n"}`;
  }
  field.focus();
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function goTo(field, line) {
  const lines = field.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  field.focus();
  field.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  if (field.tagName === "TEXTAREA") field.scrollTop = (field.scrollHeight / lines.length) * Math.max(0, line - 3);
}

function putAway() {
  const show = (selector, wanted) => form.querySelectorAll(selector).forEach((element) => { element.hidden = !wanted; });
  show("[data-only-kind]", form.querySelector("input[name=kind], select[name=kind]").value === "lawyer");
  offerPayees(form.querySelector("input[name=client], select[name=client]").value, show);
  show("[data-only-first]", form.elements.first_page.value === "own");
  show("[data-only-even]", form.elements.odd_even.checked);
}

/** Only the accounts of the template's own client; a template for every client names none. */
function offerPayees(client, show) {
  const payee = form.elements.payee;
  if (!payee) return;
  show("[data-only-client]", client !== "");
  [...payee.options].filter((option) => option.value).forEach((option) => { option.hidden = option.disabled = option.dataset.client !== client; });
  if (payee.selectedOptions[0]?.disabled) payee.value = "";
}

texts.forEach((field) => field.addEventListener("focus", () => { last = field; }));
form.addEventListener("change", putAway);
document.querySelector(".letter-columns").addEventListener("click", (event) => {
  const place = event.target.closest("[data-place]");
  if (place) insert(place.dataset.place);
  const line = event.target.closest("[data-go]");
  if (line) goTo(form.elements[line.dataset.go], Number(line.dataset.line));
});
putAway();
