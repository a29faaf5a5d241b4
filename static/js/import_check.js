// The check: cells mended by keyboard alone, rows chosen together.
import { gettext, isTyping, toast } from "./kit.js";

// --- Mending ----------------------------------------------------------------------------------------------------------

const cells = () => [...document.querySelectorAll("[data-mend]")];
const keyOf = (input) => input.dataset.mend;

function goTo(input) {
  input?.focus();
  input?.select();
  input?.closest("tbody")?.scrollIntoView({ block: "nearest" });
}

// Enter goes on at once: what is typed while an answer is on its way must not get lost.
let waiting = 0;
let sent = "";
let kept = null;

document.addEventListener("htmx:beforeRequest", (event) => {
  const input = event.target.closest?.("form.mend")?.querySelector("[data-mend]");
  if (!input) return;
  const all = cells();
  waiting += 1;
  sent = keyOf(input);
  goTo(all[all.indexOf(input) + 1]);
});

// The answer replaces the row, perhaps with the cell that is being typed in.
document.addEventListener("htmx:beforeSwap", (event) => {
  const input = document.activeElement;
  const isInside = input?.matches("[data-mend]") && event.detail.target?.contains(input);
  kept = isInside ? { key: keyOf(input), text: input.value, from: input.selectionStart, to: input.selectionEnd } : null;
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (!event.target.closest?.(".finding-row")) return;
  waiting = Math.max(0, waiting - 1);
  const own = kept && cells().find((input) => keyOf(input) === kept.key);
  if (own && kept.key === sent) goTo(own); // it is still wrong, and there is no other: one more try
  else if (own) {
    own.value = kept.text;
    own.focus();
    own.setSelectionRange(kept.from, kept.to);
  } else if (document.activeElement === document.body) goOn();
  kept = null;
});

for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failure, () => {
    waiting = 0;
  });
}

/** Nothing is being typed and nothing awaited: to what is still wrong, to the next page's rows, or to the import. */
function goOn() {
  if (waiting) return;
  const commit = document.getElementById("commit");
  const bad = cells().find((input) => input.closest(".tone-bad"));
  if (bad) goTo(bad);
  else if (commit && !commit.disabled) commit.focus();
  else if (document.querySelector("a[rel=next], a[rel=prev]")) window.location.reload();
}

document.addEventListener("keydown", (event) => {
  const input = event.target.closest?.("[data-mend]");
  if (input) {
    if (event.key === "Escape") {
      input.value = input.dataset.before;
      input.blur();
    } else if (["ArrowDown", "ArrowUp"].includes(event.key)) {
      const all = cells();
      event.preventDefault();
      goTo(all[all.indexOf(input) + (event.key === "ArrowDown" ? 1 : -1)]);
    }
    return;
  }
  if (event.key === "n" && !isTyping(event) && !event.ctrlKey && !event.metaKey && !event.altKey && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    goTo(cells()[0]);
  }
});

// A cell that says the same need not be sent; Enter only goes on.
document.addEventListener("submit", (event) => {
  const input = event.target.matches("form.mend") ? event.target.querySelector("[data-mend]") : null;
  if (!input || input.value !== input.dataset.before) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const all = cells();
  goTo(all[all.indexOf(input) + 1] ?? all[0]);
}, true);

// --- Rows chosen together -----------------------------------------------------------------------------------------------

const rowBoxes = () => [...document.querySelectorAll("input[name=ids][form=rows-form]")];
document.querySelector("[data-all-rows]")?.addEventListener("change", (event) => {
  for (const box of rowBoxes()) box.checked = event.target.checked;
});

document.getElementById("rows-form")?.addEventListener("submit", (event) => {
  if (event.submitter?.name === "everything" || rowBoxes().some((box) => box.checked)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  toast(gettext("Choose the rows first."), "warn");
}, true);
