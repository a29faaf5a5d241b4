// The collector's desk: queue, case and action, worked from the keyboard without leaving the page.
import { Action } from "./desk_action.js";
import { api } from "./desk_api.js";
import { drawCase, drawNothing } from "./desk_case.js";
import { Walk } from "./desk_filtering.js";
import { Queue } from "./desk_queue.js";
import { complaint, gettext, isTyping, toast } from "./kit.js";

const root = document.getElementById("workbench");
const pane = document.getElementById("case");
const task = root.dataset.task ?? "";
const KEYS = "0123456789abcdefghijklmnopqrstuvwxyz?".split("");

const answer = await api.setup();
if (answer.ok) start(answer.data);
else toast(complaint(answer), "bad");

function start(setup) {
  const walk = new Walk(setup, { onChanged: (id) => open(id), onClassified: classified });
  const queue = new Queue({ task, whys: setup.whys, onOpen: (id) => open(id) });
  const action = new Action(document.getElementById("action"), setup, { onSaved: saved, onOpened: (id) => open(id), walk });
  let asked = 0;

  async function open(id) {
    if (!id) return nothing();
    const mine = ++asked;
    const reply = await api.case(id);
    if (mine !== asked) return; // another case was opened meanwhile
    if (!reply.ok) return reply.status === 404 ? gone(id) : toast(complaint(reply), "bad");
    queue.mark(id);
    history.replaceState(null, "", `${location.pathname}?case=${id}`);
    drawCase(pane, reply.data, { onCall: (phone) => action.dial(phone), onCheck: check(id), onOpen: open, casesUrl: root.dataset.cases });
    if (action.call && action.shown?.id === id) action.shown = reply.data;
    else action.show(reply.data);
  }

  const check = (id) => async (kind, row, verification, seen) => {
    const reply = await api.check(id, kind, row, verification, seen);
    if (!reply.ok) toast(complaint(reply), "bad");
    return open(id);
  };

  async function gone(id) {
    toast(gettext("The case is no longer yours."), "warn");
    await queue.load();
    open(queue.following(id));
  }

  function nothing() {
    action.clear();
    history.replaceState(null, "", location.pathname);
    drawNothing(pane, task ? gettext("Every case of this task is filtered.") : gettext("Nothing is waiting. Choose a case in the queue."));
  }

  async function saved(id, next) {
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

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      event.preventDefault();
      action.save(true);
      return;
    }
    if (event.key === "Escape" && isTyping(event)) event.target.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event) || document.querySelector("dialog[open]")) return;
    if (press(event.key)) event.preventDefault();
  });

  function press(pressed) {
    if (pressed === "?") return showKeys();
    if (pressed === "j" || pressed === "k") return Boolean(open(queue.neighbour(pressed === "j" ? 1 : -1)));
    if (action.call) return action.press(pressed);
    if (walk.shown && walk.shown === action.shown && walk.press(pressed)) return true;
    if (pressed !== "x") return false;
    const phone = action.firstCallable();
    if (phone) action.dial(phone.id);
    return true;
  }

  function showKeys() {
    document.getElementById("keys-dialog").showModal();
    return true;
  }

  document.getElementById("desk-keys").addEventListener("click", showKeys);
  // These keys are the desk's here; "g" then a letter still goes to a page.
  document.body.dataset.ownKeys = KEYS.filter((name) => name !== "g").concat("Enter").join(" ");
  queue.load().then((data) => open(Number(new URLSearchParams(location.search).get("case")) || data?.results[0]?.id));
  action.sendWaiting();
}
