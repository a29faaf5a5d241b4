// The next call opens with a short summary of the last ones (C3.3); what one wrote oneself is amended here, within its time.
import { api } from "./desk_api.js";
import { chooseBetween } from "./desk_conflict.js";
import { button, h, labelled, moment } from "./desk_dom.js";
import { complaint, gettext, toast } from "./kit.js";

export function summary(shown, onChanged) {
  const rows = shown.summary.map((row) => past(row, onChanged));
  const told = rows.length ? h("ol.summary", {}, rows) : h("p.none", {}, gettext("No call yet: this is the first contact."));
  return h("section.block", {}, h("div.block-head", {}, h("h2.block-title", {}, gettext("The last calls"))), told);
}

function past(row, onChanged) {
  const line = h(
    "li",
    {},
    h("div.summary-head", {}, h("strong", {}, `${row.whom} · ${row.outcome}`), h("time", {}, moment(row.at))),
    row.note && h("p.summary-note", {}, row.note),
    h("span.summary-who", {}, row.person),
  );
  if (row.may_amend) line.append(" ", button(gettext("Amend"), () => line.replaceWith(amendForm(row, onChanged)), { css: "link-button" }));
  return line;
}

function amendForm(row, onChanged) {
  const note = h("textarea.form-control", { rows: "3", maxlength: "2000" }), reason = h("input.form-control", { maxlength: "200" });
  note.value = row.note;
  const save = async (version) => {
    const answer = await api.amend(row.id, { version, note: note.value, reason: reason.value });
    if (answer.ok) {
      toast(gettext("Amended. What stood there before is kept."));
      return onChanged();
    }
    if (!answer.data?.theirs) return toast(complaint(answer), "bad");
    const { theirs } = answer.data;
    const choice = await chooseBetween(answer.data.detail, [[gettext("Note"), theirs.note, note.value]]);
    if (choice === "mine") return save(theirs.version);
    return choice === "theirs" ? onChanged() : null;
  };
  return h("li.amend", {}, labelled(gettext("Note"), note), labelled(gettext("Why it is amended"), reason), h("div.button-row", {}, button(gettext("Save the amendment"), () => save(row.version), { css: "btn btn-primary" }), button(gettext("Back"), onChanged)));
}
