// The parts of an open call: whom, the script, the identity check, the outcomes by their keys, what is typed.
import { revealUrl } from "./desk_api.js";
import { badge, h, icon, key, labelled, masked, money } from "./desk_dom.js";
import { quickTexts } from "./desk_quick.js";
import { fill, gettext } from "./kit.js";

const GROUPS = ["no_contact", "right_party", "third_party", "invalid_number", "admin"];

/** What the person is asked, with what the file says, to compare by ear. */
function factors(shown) {
  const self = shown.contacts.find((contact) => contact.relation === "self");
  return [
    ["name", gettext("Full name"), shown.name],
    ["id_last4", gettext("Last four of the ID number"), shown.masked_id.slice(-4)],
    ["card_last4", gettext("Last four of the card"), shown.accounts.map((row) => row.card.slice(-4)).filter(Boolean).join("、")],
    ["address", gettext("Address"), self?.addresses[0]?.masked ?? ""],
  ];
}

/** The number: in the clear, as a link for a SIP telephone, or masked with its eye when this tab never saw it. */
function numberOf(call) {
  if (call.uri) return h("a.call-number", { href: call.uri }, call.number || gettext("Call with the telephone on this computer"));
  if (call.backend === "cti") return h("div.call-number.is-text", {}, gettext("The telephone system is calling"));
  if (call.number) return h("div.call-number", {}, call.number);
  return h("div.call-number", {}, call.masked ? masked(call.masked, revealUrl("phone", call.phone)) : "—");
}

export function callHead(call, elapsed) {
  return h(
    "section.call-head",
    {},
    h("h2.call-whom", {}, call.whom, call.isThirdParty && badge(gettext("Third party: nothing of the debt"), "bad"), call.isInbound && badge(gettext("Called us"), "active")),
    numberOf(call),
    h("div.call-clock.tabular", { id: "call-clock", "aria-label": gettext("Length of the call") }, elapsed),
  );
}

export function scriptBlock({ script, opening, rest }) {
  if (!opening) return null;
  return h("section.script", { "aria-label": gettext("Script"), tabindex: "0" }, h("div.script-head", {}, icon("lock"), script), h("p.script-text", {}, opening), rest && h("p.script-text", {}, rest));
}

export function identityBlock(call, shown, onFactor) {
  if (call.verified) {
    const told = factors(shown).filter(([code]) => call.factors.includes(code)).map(([, label]) => label).join("、");
    return h("section.identity", { role: "group", "aria-label": gettext("Identity check") }, h("div.identity-title", {}, gettext("Identity check"), badge(gettext("Verified"), "good"), h("span.block-note", {}, told)));
  }
  const box = ([code, label, known], index) =>
    h(
      "label.form-check",
      {},
      h("input.form-check-input", { type: "checkbox", name: `factor-${code}`, checked: call.factors.includes(code), "aria-keyshortcuts": `Alt+${index + 1}`, onchange: (event) => onFactor(code, event.target.checked) }),
      h("span.form-check-label", {}, label, key(`Alt ${index + 1}`), known && h("span.identity-known", {}, known)),
    );
  const state = badge(gettext("Verify two before the debt is spoken of"), "warn");
  return h("section.identity", { role: "group", "aria-label": gettext("Identity check") }, h("div.identity-title", {}, gettext("Identity check"), state), factors(shown).map(box));
}

export function outcomeBlock(call, offered, onChoose) {
  const choice = (row) =>
    h(`button.outcome${row.code === call.outcome ? ".is-chosen" : ""}`, { type: "button", "aria-pressed": String(row.code === call.outcome), "data-outcome": row.code, onclick: () => onChoose(row.code) }, row.key && key(row.key), h("span", {}, row.label));
  const group = (code) => {
    const rows = offered.filter((row) => row.group === code);
    return rows.length ? [h("div.outcome-group", {}, rows[0].group_label), h("div.outcome-grid", {}, rows.map(choice))] : [];
  };
  return h("section.outcomes", { role: "group", "aria-label": gettext("Outcome") }, GROUPS.map(group));
}

/** The limits of a promise in words, so that nobody learns them from a refusal. */
export function promiseLimits(policy) {
  if (!policy) return "";
  const said = [
    policy.least && fill(gettext("at least %(amount)s, or all that is owed"), { amount: money(policy.least) }),
    policy.max_days && fill(gettext("within %(days)s days"), { days: policy.max_days }),
    policy.max_in_row && fill(gettext("none after %(most)s broken in a row"), { most: policy.max_in_row }),
  ];
  return said.filter(Boolean).join(" · ");
}

export function fieldsBlock(call, chosen, { setup, shown, onKeep }) {
  const bound = (name, props) =>
    h("input.form-control", { name, ...props, value: call[name], oninput: (event) => {
      call[name] = event.target.value;
      onKeep();
    } });
  const policy = shown.promise_policy;
  const last = new Date(Date.parse(setup.today) + (policy?.max_days ?? setup.promise_days ?? 30) * 86_400_000).toISOString().slice(0, 10);
  const note = h("textarea.form-control", { name: "note", rows: "3", maxlength: "2000", oninput: (event) => {
    call.note = event.target.value;
    onKeep();
  } });
  note.value = call.note;
  const texts = (setup.quick_texts ?? []).filter((row) => row.target === "any" || (row.target === "third_party") === call.isThirdParty);
  const noteBox = labelled(gettext("Note"), note, texts.length ? gettext("“/” puts in a quick text.") : "");
  const place = noteBox.insertBefore(h("span", {}), note);
  place.replaceWith(quickTexts(note, texts));
  const promise = chosen?.creates_promise && [
    h("div.field-pair", {}, labelled(gettext("Promised amount"), bound("amount", { inputmode: "decimal", autocomplete: "off" })), labelled(gettext("Until"), bound("due", { type: "date", min: setup.today, max: last }))),
    promiseLimits(policy) && h("p.field-help", {}, icon("info-circle"), promiseLimits(policy)),
  ];
  const help = (text) => h("p.field-help", {}, icon("exclamation-triangle"), text);
  return h(
    "div.call-fields",
    {},
    chosen?.bars_number && help(gettext("The number will be barred for everybody, at once and for good.")),
    chosen?.stops_case && help(gettext("The case will be stopped.")),
    promise,
    noteBox,
    labelled(gettext("Follow up"), bound("follow", { type: "datetime-local" }), gettext("Left empty, the outcome's own day is taken.")),
  );
}
