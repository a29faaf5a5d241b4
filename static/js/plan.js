// A plan's page: the chart beside its table, cases moved by hand (by choosing or by dragging), figures that follow at once.
import { chart, loadsOption } from "./chart.js";
import { complaint, csrfToken, fill, gettext, isTyping, leaveLater, toast } from "./kit.js";

// --- The chart --------------------------------------------------------------------------------------------------------

const ROW_HEIGHT = 30;
let drawn = null;

/** The chart says what the table says: the table is where it reads. */
function linesOf(table) {
  return [...table.querySelectorAll("[data-load]")].map(({ dataset }) => ({
    name: dataset.name,
    counts: dataset.counts === "yes",
    before: { count: Number(dataset.beforeCount), amount: Number(dataset.beforeAmount) },
    added: { count: Number(dataset.newCount), amount: Number(dataset.newAmount) },
  }));
}

function draw() {
  drawn?.dispose();
  drawn = null;
  const frame = document.getElementById("loads-chart");
  if (!frame || !window.echarts) return;
  const table = document.getElementById("loads-table");
  const lines = linesOf(table);
  frame.style.height = `${72 + lines.length * ROW_HEIGHT}px`;
  drawn = chart(frame, () => loadsOption(lines, { withMean: table.hasAttribute("data-even") }));
}

const VIEW = "plan-view";

function show(view) {
  const card = document.getElementById("loads");
  if (!card) return;
  card.dataset.view = view;
  for (const button of card.querySelectorAll("[data-show]")) button.setAttribute("aria-pressed", String(button.dataset.show === view));
}

// --- Changes by hand: the form is sent, the page's parts that changed are put in place -----------------------------------

const PARTS = ["plan-page", "plan-actions", "plan-note"];

async function send(form, button) {
  const body = new FormData(form, button);
  const page = document.getElementById("plan-page");
  page.setAttribute("aria-busy", "true");
  const answer = await fetch(button?.getAttribute("formaction") || form.action, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() } }).catch(() => null);
  page.removeAttribute("aria-busy");
  if (!answer?.ok) return toast(complaint({ status: answer?.status ?? 0 }), "bad");
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!fresh.getElementById("plan-page")) return window.location.assign(answer.url);
  putInPlace(fresh);
}

function putInPlace(fresh) {
  const scrolled = document.querySelector("#list .table-frame")?.scrollTop ?? 0;
  const view = document.getElementById("loads")?.dataset.view;
  for (const id of PARTS) {
    const part = document.adoptNode(fresh.getElementById(id));
    document.getElementById(id).replaceWith(part);
    window.htmx.process(part);
  }
  for (const line of fresh.querySelectorAll("#toasts > *")) {
    document.getElementById("toasts").append(document.adoptNode(line));
    if (line.matches(".tone-good, .tone-active")) leaveLater(line);
  }
  const frame = document.querySelector("#list .table-frame");
  if (frame) frame.scrollTop = scrolled;
  if (view) show(view);
  ready();
  document.querySelector("#list [data-check]")?.focus({ preventScroll: true });
}

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.id !== "list-bulk") return;
  event.preventDefault();
  delete event.target.dataset.sent;
  send(event.target, event.submitter);
});

// --- "All that the filter finds" acts on every page, so it asks first and says how many -----------------------------------

function askFirst(box) {
  for (const button of document.querySelectorAll("[data-wide]")) {
    if (box.checked) button.dataset.confirm = fill(gettext("%(action)s: %(count)s, on every page of this filter."), { action: button.dataset.wide, count: box.dataset.text });
    else delete button.dataset.confirm;
  }
  for (const check of document.querySelectorAll("[data-check], [data-check-all]")) check.disabled = box.checked;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all-of-filter]")) askFirst(event.target);
});

// --- Dragging: what is chosen, or the row that is dragged, onto a person ---------------------------------------------------

const chosenBoxes = () => [...document.querySelectorAll("#list [data-check]:checked")];

function pickUp(row, event) {
  const box = row.querySelector("[data-check]");
  if (!box.checked) {
    document.querySelector("[data-bulk-clear]")?.click();
    box.click();
  }
  const count = chosenBoxes().length;
  const badge = document.getElementById("drag-badge");
  badge.textContent = count === 1 ? row.dataset.name : fill(gettext("%(count)s cases"), { count });
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", badge.textContent);
  event.dataTransfer.setDragImage(badge, -8, -8);
  document.body.classList.add("is-dragging");
}

const targetOf = (event) => (document.body.classList.contains("is-dragging") ? event.target.closest?.("[data-drop]") : null);

function letGo() {
  document.body.classList.remove("is-dragging");
  for (const target of document.querySelectorAll("[data-drop].is-over")) target.classList.remove("is-over");
}

document.addEventListener("dragstart", (event) => {
  const row = event.target.closest?.("#list [data-row][draggable]");
  if (row) pickUp(row, event);
});
document.addEventListener("dragover", (event) => {
  const target = targetOf(event);
  for (const other of document.querySelectorAll("[data-drop].is-over")) if (other !== target) other.classList.remove("is-over");
  if (!target) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
  target.classList.add("is-over");
});
document.addEventListener("drop", (event) => {
  const target = targetOf(event);
  letGo();
  if (!target) return;
  event.preventDefault();
  document.querySelector(`button[name=onto][value="${CSS.escape(target.dataset.drop)}"]`)?.click();
});
document.addEventListener("dragend", letGo);

// --- Keys and small things ---------------------------------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  if (event.key !== "m" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
  const select = document.getElementById("move-to");
  if (!select || !chosenBoxes().length) return;
  event.preventDefault();
  select.focus();
});

function findPeople(text) {
  const wanted = text.trim().toLowerCase();
  for (const line of document.querySelectorAll("#takers [data-drop]")) line.hidden = wanted !== "" && !line.dataset.name.toLowerCase().includes(wanted);
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-find-person]")) findPeople(event.target.value);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-show]");
  if (button) {
    show(button.dataset.show);
    window.sessionStorage.setItem(VIEW, button.dataset.show);
    return;
  }
  if (event.target.closest("[data-print]")) return window.print();
  if (event.target.closest("[data-close-why]")) return document.getElementById("why").close();
  if (!event.target.closest("[data-bulk-clear]")) return;
  const all = document.querySelector("[data-all-of-filter]");
  if (all?.checked) {
    all.checked = false;
    askFirst(all);
  }
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "why-body") document.getElementById("why").showModal();
});

function ready() {
  draw();
  document.dispatchEvent(new Event("htmx:afterSettle"));
}

show(window.sessionStorage.getItem(VIEW) === "table" ? "table" : "chart");
draw();
