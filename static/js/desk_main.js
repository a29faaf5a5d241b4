// The collector's desk: queue, case and action, worked from the keyboard without leaving the page.
import { Action } from "./desk_action.js";
import { api } from "./desk_api.js";
import { drawCase, drawNothing } from "./desk_case.js";
import { chooseBetween } from "./desk_conflict.js";
import { announce } from "./desk_dom.js";
import { drafts } from "./desk_drafts.js";
import { Walk } from "./desk_filtering.js";
import { Queue } from "./desk_queue.js";
import { complaint, fill, gettext, isTyping, toast } from "./kit.js";

const root = document.getElementById("workbench");
const pane = document.getElementById("case");
const task = root.dataset.task ?? "";
const KEYS = "0123456789abcdefghijklmnopqrstuvwxyz?/".split("");
const STEPS = { j: 1, k: -1 };

const answer = await api.setup();
if (answer.ok) start(answer.data);
else toast(complaint(answer), "bad");

function start(setup) {
  const walk = new Walk(setup, { onChanged: (id) => open(id), onClassified: classified });
  const queue = new Queue({ task, setup, onOpen: (id) => open(id) });
  const action = new Action(document.getElementById("action"), setup, { onSaved: saved, onOpened: (id) => open(id), walk });
  const verdicts = Object.fromEntries(setup.verifications.map((row) => [row.code, row.label]));
  let asked = 0;

  async function open(id) {
    if (!id) return nothing();
    const mine = ++asked;
    pane.setAttribute("aria-busy", "true");
    const reply = await api.case(id);
    if (mine !== asked) return; // another case was opened meanwhile
    pane.removeAttribute("aria-busy");
    if (!reply.ok) return reply.status === 404 ? gone(id) : toast(complaint(reply), "bad");
    const isNew = queue.openId !== id;
    queue.mark(id);
    history.replaceState(null, "", `${location.pathname}?case=${id}`);
    drawCase(pane, reply.data, { onCall: (phone) => action.dial(phone), onCheck: check(id), onOpen: open, casesUrl: root.dataset.cases });
    if (isNew) announce([queue.place(id), reply.data.name].filter(Boolean).join(": "));
    if (action.call && action.shown?.id === id) action.shown = reply.data;
    else action.show(reply.data);
    if (queue.isSilent && !action.call) queue.load(); // nobody listens any more: the lines say again whose cases they are
  }

  const check = (id) => async (kind, row, verification, seen = row.verification) => {
    const reply = await api.check(id, { kind, id: row.id, verification, seen });
    if (reply.status === 409 && reply.data?.theirs) {
      const theirs = reply.data.theirs.verification;
      const choice = await chooseBetween(reply.data.detail, [[gettext("Verification"), verdicts[theirs] ?? theirs, verdicts[verification] ?? verification]]);
      return choice === "mine" ? check(id)(kind, row, verification, theirs) : open(id);
    }
    if (!reply.ok) return toast(complaint(reply), "bad");
    announce(reply.data.detail);
    return open(id);
  };

  async function gone(id) {
    toast(gettext("The case is no longer yours."), "warn");
    await queue.load();
    open(queue.following(id));
  }

  function nothing() {
    action.clear();
    queue.mark(null);
    history.replaceState(null, "", location.pathname);
    drawNothing(pane, task ? gettext("Every case of this task is filtered.") : gettext("Nothing is waiting. Choose a case in the queue."));
  }

  async function saved(id, next) {
    if (!document.getElementById("desk-unrecorded").hidden) tellOfUnrecorded();
    const to = queue.following(id);
    await queue.load();
    if (next && !(task && isOpen(id))) open(to ?? id);
    else if (action.shown?.id === id) open(id);
  }

  const isOpen = (id) => queue.rows.some((row) => row.id === id && !row.is_classified);

  async function classified(id, progress) {
    const to = queue.following(id);
    await queue.load();
    showProgress(progress);
    open(to);
  }

  function showProgress({ done, total }) {
    const bar = document.querySelector("#task-progress progress");
    const label = document.querySelector("#task-progress .progress-head span:last-child");
    if (bar) bar.value = done;
    if (label) label.textContent = `${done} / ${total} · ${Math.floor((done * 100) / total)}%`;
  }

  async function step(by) {
    const to = await queue.neighbour(by);
    if (to && to !== queue.openId) return open(to);
    return announce(by > 0 ? gettext("This is the last case.") : gettext("This is the first case."));
  }

  // --- Keys ------------------------------------------------------------------------------------------------------------------

  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      event.preventDefault();
      action.save(true);
      return;
    }
    if (event.altKey && /^Digit[1-4]$/.test(event.code)) {
      if (action.pressAlt(Number(event.code.slice(-1)))) event.preventDefault();
      return;
    }
    if (event.key === "Escape" && isTyping(event)) return leave(event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event) || event.repeat) return;
    if (press(event.key)) event.preventDefault();
  });

  /** Out of a field, back to the card or the call, so that its keys work again. */
  function leave(field) {
    field.blur();
    document.querySelector("#action .call-body, #action .walk-card")?.focus({ preventScroll: true });
  }

  function press(pressed) {
    if (pressed === "?") return showKeys();
    if (pressed in STEPS) return Boolean(step(STEPS[pressed]));
    if (pressed === "f") return focusOn("queue-search");
    if (pressed === "/") return action.call ? action.quickText() : focusOn("search");
    if (action.call) return pressed === "s" ? Boolean(action.save(false)) : action.press(pressed);
    if (walk.shown && walk.shown === action.shown && walk.press(pressed)) return true;
    if (pressed !== "x") return false;
    const phone = action.firstCallable();
    if (phone) action.dial(phone.id);
    return true;
  }

  function focusOn(id) {
    document.getElementById(id).select();
    return true;
  }

  function showKeys() {
    document.getElementById("keys-dialog").showModal();
    return true;
  }

  document.getElementById("desk-keys").addEventListener("click", showKeys);
  // These keys are the desk's here; "g" then a letter still goes to a page.
  document.body.dataset.ownKeys = KEYS.filter((name) => name !== "g").concat("Enter").join(" ");

  async function begin() {
    const data = await queue.load();
    const asked = Number(new URLSearchParams(location.search).get("case"));
    await open(asked || data?.results[0]?.id);
    tellOfDrafts(asked || data?.results[0]?.id);
    tellOfUnrecorded();
    action.sendWaiting();
  }

  /** Calls that were being written on other cases are named, so that none is forgotten. */
  function tellOfDrafts(openId) {
    const others = drafts().filter(({ caseId, draft }) => caseId !== openId && !draft.body);
    if (!others.length) return;
    const list = document.getElementById("desk-drafts");
    list.replaceChildren(fill(gettext("Calls not saved yet: %(count)s"), { count: others.length }), ...others.map(({ caseId, draft }) => draftButton(caseId, draft)));
    list.hidden = false;
  }

  /** Calls that were placed and never recorded stand at the top until they are. */
  async function tellOfUnrecorded() {
    const reply = await api.unrecorded();
    const rows = reply.ok ? reply.data.results : [], beyond = reply.ok && reply.data.next ? "+" : "";
    const list = document.getElementById("desk-unrecorded");
    list.hidden = !rows.length;
    const line = (row) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "link-button", textContent: `${row.name} · ${row.whom} ${row.at.slice(11, 16)}` });
      button.addEventListener("click", async () => {
        await open(row.case);
        action.takeUnrecorded(row);
      });
      return button;
    };
    list.replaceChildren(...(rows.length ? [fill(gettext("Record these calls (%(count)s):"), { count: `${rows.length}${beyond}` }), ...rows.slice(0, 5).map(line)] : []));
  }

  function draftButton(caseId, draft) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "link-button", textContent: draft.whom });
    button.addEventListener("click", () => {
      button.closest("#desk-drafts").hidden = true;
      open(caseId);
    });
    return button;
  }

  begin();
}
