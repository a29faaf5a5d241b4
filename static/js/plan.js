// A plan's cases: "all that the filter finds" acts on every page, so it asks first and says how many.
import { fill, gettext } from "./kit.js";

function askFirst(box) {
  const bar = box.closest("[data-bulk-bar]");
  for (const button of bar.querySelectorAll("[data-wide]")) {
    if (box.checked) button.dataset.confirm = fill(gettext("%(action)s: %(count)s, on every page of this filter."), { action: button.dataset.wide, count: box.dataset.text });
    else delete button.dataset.confirm;
  }
  for (const check of document.querySelectorAll("[data-check], [data-check-all]")) check.disabled = box.checked;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all-of-filter]")) askFirst(event.target);
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-bulk-clear]")) return;
  const all = document.querySelector("[data-all-of-filter]");
  if (all?.checked) {
    all.checked = false;
    askFirst(all);
  }
});
