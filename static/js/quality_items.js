// The quality form's own items: another row, and the sum of what serious defects cost.

const form = document.querySelector("[data-form-items]");

function count() {
  const rows = [...form.querySelectorAll("[data-row]")].filter((row) => !row.querySelector("[name$=-DELETE]").checked);
  const sum = rows.reduce((all, row) => all + Number(row.querySelector("[name$=-weight]").value || 0), 0);
  form.querySelector("[data-sum]").textContent = String(sum);
}

function addRow() {
  const total = form.querySelector("[name$=-TOTAL_FORMS]");
  const rows = form.querySelectorAll("[data-row]");
  const last = rows[rows.length - 1];
  const row = last.cloneNode(true);
  for (const field of row.querySelectorAll("[name]")) {
    for (const name of ["name", "id"]) field.setAttribute(name, field.getAttribute(name).replace(/-\d+-/, `-${total.value}-`));
    if (field.type === "checkbox") field.checked = false;
    else if (field.tagName !== "SELECT") field.value = "";
  }
  total.value = String(Number(total.value) + 1);
  last.after(row);
  row.querySelector("[name$=-code]").focus();
}

if (form) {
  count();
  form.addEventListener("input", count);
  form.querySelector("[data-add-row]").addEventListener("click", addRow);
}
