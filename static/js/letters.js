// Tracking numbers with a scanner: each Enter saves one row and goes on to the next empty one.

const table = document.querySelector("[data-tracking]");

function open(after) {
  const fields = [...table.querySelectorAll("input[name=tracking_no]")];
  const place = (field) => [...table.querySelectorAll("tr")].indexOf(field.closest("tr"));
  return fields.find((field) => place(field) > after && !field.value) ?? fields.find((field) => !field.value);
}

function rowNumber(row) {
  return [...table.querySelectorAll("tr")].indexOf(row);
}

if (table) {
  open(0)?.focus();
  document.body.addEventListener("htmx:afterSettle", (event) => {
    const row = event.target.closest?.("tr");
    if (!row || !table.contains(row)) return;
    const wrong = row.querySelector("[aria-invalid]");
    if (wrong) wrong.select();
    else open(rowNumber(row))?.focus();
  });
}
