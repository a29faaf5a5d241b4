// Arrivals and the import: files by drag and drop, the select of fields beside each column, rows chosen together.
import { gettext } from "./kit.js";

// --- Files ------------------------------------------------------------------------------------------------------------

const size = (bytes) => (bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`);

function showFiles(zone, files) {
  const lines = [...files].map((file) => {
    const line = document.createElement("li");
    for (const text of [file.name, size(file.size)]) {
      const part = document.createElement("span");
      part.textContent = text;
      line.append(part);
    }
    return line;
  });
  zone.querySelector("[data-drop-files]").replaceChildren(...lines);
}

function receiveFiles(zone) {
  const input = zone.querySelector("input[type=file]");
  const over = (isOver) => zone.classList.toggle("is-over", isOver);
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  zone.addEventListener("dragleave", () => over(false));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    const all = new DataTransfer();
    for (const file of [...input.files, ...event.dataTransfer.files]) all.items.add(file);
    input.files = all.files;
    showFiles(zone, input.files);
  });
  input.addEventListener("change", () => showFiles(zone, input.files));
}

for (const zone of document.querySelectorAll("[data-drop]")) receiveFiles(zone);

// --- Columns ------------------------------------------------------------------------------------------------------------

// The list of fields is the same for every column: it comes once and is copied.
const fields = document.getElementById("fields");
for (const select of document.querySelectorAll("select[data-fields]")) {
  const chosen = select.value;
  for (const option of [...select.options]) if (option.value) option.remove();
  select.append(fields.content.cloneNode(true));
  select.value = chosen;
  select.classList.toggle("is-empty", !chosen);
  select.addEventListener("change", () => select.classList.toggle("is-empty", !select.value));
}

// --- Rows ---------------------------------------------------------------------------------------------------------------

const everyRow = document.querySelector("[data-all-rows]");
const rowBoxes = () => [...document.querySelectorAll("input[name=ids][form=rows-form]")];
everyRow?.addEventListener("change", () => {
  for (const box of rowBoxes()) box.checked = everyRow.checked;
});

const rowsForm = document.getElementById("rows-form");
rowsForm?.addEventListener("submit", (event) => {
  const hasChosen = rowBoxes().some((box) => box.checked);
  const reason = rowsForm.elements.reason;
  const first = rowBoxes()[0];
  if (event.submitter?.name === "everything" || hasChosen || !first) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  (first ?? reason).setCustomValidity(gettext("Choose the rows first."));
  first.reportValidity();
  first.setCustomValidity("");
}, true);

// A mended row may have made the import possible.
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (!event.target.closest?.(".finding-row, #counts")) return;
  const bad = document.querySelector("#counts .tone-bad dd");
  const commit = document.getElementById("commit");
  if (commit && bad) commit.disabled = bad.textContent.trim() !== "0";
});
