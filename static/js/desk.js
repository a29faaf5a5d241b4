// What every page does: clocks, menus, questions before wide actions, lists, masked values, shortcuts.
import { ask, complaint, csrfToken, fill, gettext, isTyping, leaveLater, send, setClock, timeLeft, toast, urgency } from "./kit.js";

const TONES = ["good", "warn", "bad", "active", "quiet"];
const REVEALED_FOR = 60_000;

// --- Clocks ---------------------------------------------------------------------------------------------------------

let clockRead = "";

/** The page's pulse tells the server's time, when it is loaded and every twenty seconds. */
function readClock() {
  const now = document.getElementById("pulse")?.dataset.now;
  if (now && now !== clockRead) setClock(now);
  clockRead = now ?? clockRead;
}

function tick(root = document) {
  for (const clock of root.querySelectorAll("[data-countdown]")) {
    const due = Date.parse(clock.dateTime);
    clock.textContent = timeLeft(due);
    clock.classList.remove(...TONES.map((tone) => `tone-${tone}`));
    clock.classList.add(`tone-${urgency(Date.parse(clock.dataset.start), due)}`);
  }
}

// --- Menus, navigation, appearance ------------------------------------------------------------------------------------

function closeMenus(except = null) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
}

function toggleRail() {
  const open = document.getElementById("shell").classList.toggle("is-open");
  document.querySelector(".rail-toggle")?.setAttribute("aria-expanded", String(open));
  if (open) document.querySelector("#rail a")?.focus();
}

async function chooseTheme(button) {
  const root = document.documentElement;
  const theme = button.value;
  root.dataset.theme = theme;
  const dark = theme === "dark" || (theme === "system" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.bsTheme = dark ? "dark" : "light";
  for (const other of button.form.querySelectorAll("[name=theme]")) other.setAttribute("aria-pressed", String(other === button));
  closeMenus();
  const answer = await fetch(button.form.action, {
    method: "POST",
    headers: { "X-CSRFToken": csrfToken() },
    body: new URLSearchParams({ theme }),
    redirect: "manual",
  }).catch(() => null);
  if (!answer) toast(gettext("No connection. Nothing was saved; try again."), "bad");
}

// --- Masked values -------------------------------------------------------------------------------------------------------

async function reveal(button) {
  const holder = button.closest(".masked");
  const text = holder.querySelector("[data-masked-text]");
  if (holder.classList.contains("is-clear")) return mask(holder);
  button.disabled = true;
  const answer = await send(button.dataset.revealUrl);
  button.disabled = false;
  if (!answer.ok) return toast(complaint(answer), "bad");
  holder.dataset.masked = text.textContent;
  text.textContent = answer.data.value;
  holder.classList.add("is-clear");
  button.firstElementChild.className = "bi bi-eye-slash";
  holder.timer = window.setTimeout(() => mask(holder), REVEALED_FOR);
}

function mask(holder) {
  window.clearTimeout(holder.timer);
  holder.querySelector("[data-masked-text]").textContent = holder.dataset.masked;
  holder.classList.remove("is-clear");
  holder.querySelector("[data-reveal-url]").firstElementChild.className = "bi bi-eye";
}

// --- Lists --------------------------------------------------------------------------------------------------------------------

const rowsOf = (scope = document) => [...scope.querySelectorAll("[data-rows] [data-row]")];

function moveTo(step) {
  const rows = rowsOf();
  if (!rows.length) return;
  const here = rows.findIndex((row) => row.classList.contains("is-here"));
  const next = here < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, here + step));
  rows[here]?.classList.remove("is-here");
  rows[next].classList.add("is-here");
  rows[next].scrollIntoView({ block: "nearest" });
  (rows[next].querySelector("a, button, input") ?? rows[next]).focus({ preventScroll: true });
}

const hereRow = () => document.querySelector("[data-row].is-here");

function countChosen() {
  const bar = document.querySelector("[data-bulk-bar]");
  if (!bar) return;
  const boxes = [...document.querySelectorAll("[data-check]")];
  const chosen = boxes.filter((box) => box.checked).length;
  bar.hidden = chosen === 0;
  bar.querySelector("[data-bulk-count]").textContent = fill(gettext("%(count)s chosen"), { count: chosen });
  const all = document.querySelector("[data-check-all]");
  all.checked = chosen > 0 && chosen === boxes.length;
  all.indeterminate = chosen > 0 && chosen < boxes.length;
}

let lastChecked = null;

function check(box, withShift) {
  const boxes = [...document.querySelectorAll("[data-check]")];
  if (withShift && lastChecked && boxes.includes(lastChecked)) {
    const [from, to] = [boxes.indexOf(lastChecked), boxes.indexOf(box)].sort((a, b) => a - b);
    for (const other of boxes.slice(from, to + 1)) other.checked = box.checked;
  }
  lastChecked = box;
  countChosen();
}

function checkAll(checked) {
  for (const box of document.querySelectorAll("[data-check]")) box.checked = checked;
  countChosen();
}

// --- Clicks --------------------------------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const target = event.target;
  closeMenus(target.closest("details.menu"));
  if (target.closest("[data-rail-toggle]")) return toggleRail();
  if (target.closest("[data-shortcuts]")) return showShortcuts();
  if (target.closest(".toast-close")) return target.closest(".toast-line").remove();
  if (target.closest("[data-bulk-clear]")) return checkAll(false);
  if (target.matches("[data-check]")) return check(target, event.shiftKey);
  if (target.matches("[data-check-all]")) return checkAll(target.checked);
  const eye = target.closest("[data-reveal-url]");
  if (eye) return reveal(eye);
  const theme = target.closest("[data-theme-form] [name=theme]");
  if (theme) {
    event.preventDefault();
    return chooseTheme(theme);
  }
  const row = target.closest("[data-row][data-href]");
  if (row && !target.closest("a, button, input, label, select, summary") && !window.getSelection().toString()) {
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.href, "_blank", "noopener");
    else window.location.assign(row.dataset.href);
  }
});

// --- Before a form goes: the question, then never twice ---------------------------------------------------------------------------

function questionOf(form, button) {
  if (button?.dataset.bulkAction) {
    const count = form.querySelectorAll("[name=ids]:checked").length || document.querySelectorAll(`[name=ids][form="${form.id}"]:checked`).length;
    return fill(gettext("%(action)s: this touches %(count)s rows."), { action: button.dataset.bulkAction, count });
  }
  return button?.dataset.confirm || form.dataset.confirm || "";
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method === "dialog") return;
  const question = questionOf(form, event.submitter);
  if (question && !form.dataset.confirmed) {
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    const danger = button?.matches(".btn-danger, [data-danger]") ?? false;
    if (await ask(question, { danger, yes: button?.dataset.confirmYes ?? "" })) {
      form.dataset.confirmed = "yes";
      form.requestSubmit(button);
    }
    return;
  }
  delete form.dataset.confirmed;
  if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  // After the browser has read the form, so that the pressed button's value is still sent.
  window.setTimeout(() => {
    for (const button of document.querySelectorAll("button")) if (button.form === form && button.type === "submit") button.disabled = true;
  });
}, true);

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-confirm], button[data-confirm][type=button]");
  if (!link || link.dataset.confirmed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (await ask(link.dataset.confirm, { danger: link.matches(".btn-danger, [data-danger]") })) {
    link.dataset.confirmed = "yes";
    link.click();
    delete link.dataset.confirmed;
  }
}, true);

// A page that comes back from the browser's memory is fresh again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.elements) if (button.type === "submit") button.disabled = false;
  }
});

// --- Shortcuts -------------------------------------------------------------------------------------------------------------------------

let goUntil = 0;

function showShortcuts() {
  closeMenus();
  const dialog = document.getElementById("shortcuts");
  if (dialog && !dialog.open) dialog.showModal();
}

function escape() {
  const menu = document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  if (document.getElementById("shell")?.classList.contains("is-open")) toggleRail();
  if (document.activeElement?.id === "search") document.activeElement.blur();
}

const KEYS = {
  "/": () => document.getElementById("search")?.select(),
  "?": showShortcuts,
  j: () => moveTo(1),
  k: () => moveTo(-1),
  x: () => hereRow()?.querySelector("[data-check]")?.click(),
  f: () => document.querySelector("#list-filter :is(input, select):not([type=hidden])")?.focus(),
  Enter: () => {
    const row = hereRow();
    if (row?.dataset.href) window.location.assign(row.dataset.href);
  },
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") return escape();
  if (searchKeys(event)) return;
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event) || document.querySelector("dialog[open]")) return;
  if (Date.now() < goUntil) {
    goUntil = 0;
    const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (link) {
      event.preventDefault();
      link.click();
    }
    return;
  }
  if (event.key === "g") {
    goUntil = Date.now() + 1500;
    return;
  }
  // Enter on a link or button is that link's own business.
  if (event.key === "Enter" && event.target.closest("a, button, summary, input")) return;
  const action = KEYS[event.key];
  if (!action || document.body.dataset.ownKeys?.split(" ").includes(event.key)) return;
  event.preventDefault();
  action();
});

function searchKeys(event) {
  const search = event.target.closest?.(".search");
  if (!search || !["ArrowDown", "ArrowUp"].includes(event.key)) return false;
  const stops = [search.querySelector("input[type=search]"), ...search.querySelectorAll("#search-results a")];
  const next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
  event.preventDefault();
  next?.focus();
  return true;
}

// --- htmx ---------------------------------------------------------------------------------------------------------------------------------

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrfToken();
});
document.addEventListener("htmx:afterSettle", () => {
  readClock();
  tick();
  countChosen();
});
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.elt?.id !== "pulse") toast(complaint({ status: event.detail.xhr.status }), "bad");
});
document.addEventListener("htmx:sendError", (event) => {
  if (event.detail.elt?.id !== "pulse") toast(complaint({ status: 0 }), "bad");
});

// --- Start -----------------------------------------------------------------------------------------------------------------------------------

for (const line of document.querySelectorAll("[data-toast].tone-good, [data-toast].tone-active")) leaveLater(line);
readClock();
tick();
countChosen();
window.setInterval(tick, 15_000);
