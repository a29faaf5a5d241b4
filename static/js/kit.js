// Helpers that other modules import ("./kit.js"): words, requests, toasts, questions. Loading it has no effect by itself.

/** The catalogue's words; call it by this name, so that the texts are found for translation. */
export const gettext = (text) => (window.gettext ? window.gettext(text) : text);

/** fill(gettext("%(count)s chosen"), { count: 3 }) */
export const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name] ?? "");

export const cookie = (name) =>
  document.cookie
    .split("; ")
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1) ?? "";

export const csrfToken = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value || cookie("csrftoken") || cookie("__Host-csrf");

/** POST (or another method) JSON to our own server; answers {ok, status, data}. A lost connection answers status 0. */
export async function send(url, body = undefined, { method = "POST", headers = {} } = {}) {
  try {
    const response = await fetch(url, {
      method,
      credentials: "same-origin",
      headers: {
        Accept: "application/json",
        "X-CSRFToken": csrfToken(),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const isJson = (response.headers.get("content-type") ?? "").includes("json");
    return { ok: response.ok, status: response.status, data: isJson ? await response.json() : null };
  } catch {
    return { ok: false, status: 0, data: null };
  }
}

/** What to tell the person about an answer of `send` that is not ok. */
export function complaint(answer) {
  if (answer.status === 0) return gettext("No connection. Nothing was saved; try again.");
  if (answer.data?.detail) return answer.data.rule ? `${answer.data.detail} (${answer.data.rule})` : answer.data.detail;
  if (answer.status === 403) return gettext("You may not do this.");
  if (answer.status === 404) return gettext("This is no longer there.");
  return gettext("Something went wrong on our side. Try again in a moment.");
}

const ICONS = { good: "check-circle", bad: "x-octagon", warn: "exclamation-triangle", active: "info-circle" };

/** A line at the bottom right; `tone` is good, warn, bad or active. Good news leaves by itself. */
export function toast(text, tone = "good") {
  const line = document.createElement("div");
  line.className = `toast-line tone-${tone}`;
  line.setAttribute("role", tone === "bad" || tone === "warn" ? "alert" : "status");
  const icon = document.createElement("i");
  icon.className = `bi bi-${ICONS[tone] ?? "info-circle"}`;
  icon.ariaHidden = "true";
  const said = document.createElement("p");
  said.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "toast-close";
  close.setAttribute("aria-label", gettext("Dismiss"));
  close.innerHTML = '<i class="bi bi-x" aria-hidden="true"></i>';
  line.append(icon, said, close);
  document.getElementById("toasts")?.append(line);
  if (tone === "good" || tone === "active") leaveLater(line);
  return line;
}

/** A good message stays six seconds, longer while the pointer or the focus is on it. */
export function leaveLater(line, seconds = 6) {
  let timer = 0;
  const start = () => {
    timer = window.setTimeout(() => line.remove(), seconds * 1000);
  };
  const stop = () => window.clearTimeout(timer);
  line.addEventListener("pointerenter", stop);
  line.addEventListener("pointerleave", start);
  line.addEventListener("focusin", stop);
  line.addEventListener("focusout", start);
  start();
}

/** Ask in the page's dialog; resolves to true when the person goes on. */
export function ask(text, { yes = "", danger = false } = {}) {
  const dialog = document.getElementById("confirm");
  const button = dialog.querySelector("[data-confirm-yes]");
  button.dataset.plain ??= button.textContent;
  dialog.querySelector(".dialog-text").textContent = text;
  button.textContent = yes || button.dataset.plain;
  button.classList.toggle("btn-danger", danger);
  button.classList.toggle("btn-primary", !danger);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/** The length of a time in words: 2h 13m. */
export function lengthOf(milliseconds) {
  const minutes = Math.floor(Math.abs(milliseconds) / 60000);
  if (minutes >= 1440) return fill(gettext("%(days)sd %(hours)sh"), { days: Math.floor(minutes / 1440), hours: Math.floor(minutes / 60) % 24 });
  if (minutes >= 60) return fill(gettext("%(hours)sh %(minutes)sm"), { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
  return fill(gettext("%(minutes)sm"), { minutes });
}

let ahead = 0;

/** Set by the server's time of this moment: deadlines go by its clock, however wrong this machine's is. */
export function setClock(serverTime) {
  ahead = Date.parse(serverTime) - Date.now();
}

export const serverNow = () => Date.now() + ahead;

export const timeLeft = (due, now = serverNow()) =>
  fill(now < due ? gettext("%(length)s left") : gettext("%(length)s over"), { length: lengthOf(due - now) });

/** good, warn in the last third, bad when over. */
export function urgency(start, due, now = serverNow()) {
  if (now >= due) return "bad";
  return (due - now) * 3 <= due - start ? "warn" : "good";
}

/** Whether a key press belongs to a field that is being typed in. */
export const isTyping = (event) =>
  event.isComposing || event.target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]") !== null;
