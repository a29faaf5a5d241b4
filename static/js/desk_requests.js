// What one asks for between calls: a number added, a registry look-up, a letter.
import { api } from "./desk_api.js";
import { button, h, icon, labelled, select } from "./desk_dom.js";
import { complaint, gettext, toast } from "./kit.js";

function request(sign, label, fields, verb, action) {
  return h("details.request", {}, h("summary", {}, icon(sign), label), h("div.request-body", {}, ...fields, button(verb, action)));
}

export function requests(shown, setup, onDone) {
  if (!shown.is_mine) return null;
  const ask = async (sent) => {
    const answer = await sent;
    toast(answer.ok ? answer.data.detail : complaint(answer), answer.ok ? "good" : "bad");
    if (answer.ok) onDone(shown.id);
  };
  return h("section.block.requests", { "aria-label": gettext("Requests") }, addNumber(shown, ask), askRegistry(shown, setup, ask), askLetter(shown, ask));
}

function addNumber(shown, ask) {
  const contacts = shown.contacts.map((row) => ({ code: row.id, label: `${row.relation_label} ${row.name}` }));
  const whose = select(contacts), number = h("input.form-control", { inputmode: "tel", maxlength: "40", autocomplete: "off" });
  const source = select([{ code: "call", label: gettext("Told in a call") }, { code: "debtor", label: gettext("By the debtor") }]);
  const send = () => ask(api.phone(shown.id, { contact: Number(whose.value), number: number.value, source: source.value }));
  return request("plus-lg", gettext("Add a number"), [labelled(gettext("Whose"), whose), labelled(gettext("Number"), number), labelled(gettext("Source"), source)], gettext("Add"), send);
}

function askRegistry(shown, setup, ask) {
  const basis = select(setup.bases), purpose = h("input.form-control", { maxlength: "200" });
  const send = () => ask(api.registry(shown.id, { legal_basis: basis.value, purpose: purpose.value }));
  return request("building", gettext("Ask for a registry look-up"), [labelled(gettext("Legal basis"), basis), labelled(gettext("Purpose"), purpose)], gettext("Ask"), send);
}

function askLetter(shown, ask) {
  const fields = h("div", {});
  const value = (name) => fields.querySelector(`[name=${name}]`)?.value ?? "";
  const send = () => ask(api.letter(shown.id, { template: Number(value("template")), address: Number(value("address")), reason: value("reason") }));
  const box = request("envelope", gettext("Ask for a letter"), [fields], gettext("Ask"), send);
  box.addEventListener("toggle", async () => {
    if (!box.open || fields.childElementCount) return;
    const answer = await api.letterChoices(shown.id);
    if (!answer.ok) return toast(complaint(answer), "bad");
    fields.append(
      labelled(gettext("Template"), select(answer.data.templates, { name: "template" })),
      labelled(gettext("Address"), select(answer.data.addresses, { name: "address" })),
      labelled(gettext("Why"), h("input.form-control", { name: "reason", maxlength: "200" })),
    );
  });
  return box;
}
