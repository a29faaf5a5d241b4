// Somebody (or another tab) saved first: both values are shown, and the person chooses (F13).
import { h } from "./desk_dom.js";
import { gettext } from "./kit.js";

/** `rows` are [label, theirs, mine]; answers "theirs", "mine" or "" when the person wants to think. */
export function chooseBetween(text, rows, { canKeepMine = true } = {}) {
  const cell = (value) => (value === null || value === undefined || value === "" ? "—" : String(value));
  const line = ([label, theirs, mine]) => h(`tr${cell(theirs) === cell(mine) ? "" : ".is-different"}`, {}, h("th", { scope: "row" }, label), h("td", {}, cell(theirs)), h("td", {}, cell(mine)));
  const answer = (value, label, css) => h(`button.btn${css}`, { value }, label);
  const dialog = h(
    "dialog.dialog.conflict",
    { "aria-labelledby": "conflict-title" },
    h("h2.dialog-title", { id: "conflict-title" }, gettext("Saved meanwhile elsewhere")),
    h("p.dialog-text", {}, text),
    h("table.conflict-table", {}, h("thead", {}, h("tr", {}, h("td", {}), h("th", { scope: "col" }, gettext("Saved now")), h("th", { scope: "col" }, gettext("Yours")))), h("tbody", {}, rows.map(line))),
    h("form.dialog-actions", { method: "dialog" }, answer("", gettext("Go on writing"), ""), answer("theirs", gettext("Keep what is saved"), ""), canKeepMine && answer("mine", gettext("Save mine over it"), ".btn-primary")),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    }, { once: true });
  });
}

/** The rows of a 409's {yours, theirs}, labelled where a label is known. */
export function rowsOf(data, labels = {}) {
  const names = [...new Set([...Object.keys(data.theirs ?? {}), ...Object.keys(data.yours ?? {})])].filter((name) => name !== "version");
  return names.map((name) => [labels[name] ?? name, data.theirs?.[name], data.yours?.[name]]);
}
