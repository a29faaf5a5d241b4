// What one does between calls: a number added, a registry look-up, a letter; what the customer said passed on, or held as a flag; a call that came in.
import { api } from "./desk_api.js";
import { badge, button, h, icon, labelled, select } from "./desk_dom.js";
import { complaint, fill, gettext, toast } from "./kit.js";

function request(sign, label, fields, verb, action) {
  return h("details.request", {}, h("summary", {}, icon(sign), label), h("div.request-body", {}, ...fields, button(verb, action)));
}

export function requests(shown, setup, onDone, onInbound) {
  if (!shown.is_mine) return null;
  const ask = async (sent) => {
    const answer = await sent;
    toast(answer.ok ? (answer.data.detail ?? gettext("Saved.")) : complaint(answer), answer.ok ? "good" : "bad");
    if (answer.ok) onDone(shown.id);
  };
  return h("section.block.requests", { "aria-label": gettext("Requests") }, addNumber(shown, ask), askRegistry(shown, setup, ask), askLetter(shown, ask), passOn(shown, setup, ask), raiseFlag(shown, setup, ask), calledUs(shown, onInbound));
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
  const send = () => ask(api.letter(shown.id, { template: Number(value("template")), address: Number(value("address")), payee: Number(value("payee")) || null, reason: value("reason") }));
  const box = request("envelope", gettext("Ask for a letter"), [fields], gettext("Ask"), send);
  box.addEventListener("toggle", async () => {
    if (!box.open || fields.childElementCount) return;
    const answer = await api.letterChoices(shown.id);
    if (!answer.ok) return toast(complaint(answer), "bad");
    const template = select(answer.data.templates, { name: "template" });
    fields.append(
      labelled(gettext("Template"), template),
      labelled(gettext("Address"), select(answer.data.addresses, { name: "address" })),
      ...whereToPay(answer.data, template),
      labelled(gettext("Why"), h("input.form-control", { name: "reason", maxlength: "200" })),
    );
  });
  return box;
}

/** Where the client has several accounts: the template's own, said in words, unless another one is chosen (CR-28). */
function whereToPay({ templates, payees }, template) {
  if (!payees.length) return [];
  const words = gettext("As the template says, else the client's first account");
  const payee = select([{ code: "", label: words }, ...payees], { name: "payee" });
  const say = () => {
    const named = templates.find((row) => row.code === template.value)?.payee;
    const account = payees.find((row) => row.code === named)?.label;
    payee.options[0].textContent = account ? fill(gettext("As the template says: %(account)s"), { account }) : words;
  };
  template.addEventListener("change", say);
  say();
  return [labelled(gettext("Where to pay"), payee)];
}

/** What the customer said goes to the department concerned, and its reply comes back here (E14). */
function passOn(shown, setup, ask) {
  if (!setup.departments?.length) return null;
  const department = select(setup.departments ?? []), text = h("textarea.form-control", { rows: "3", maxlength: "500" });
  const past = h("ul.passed-on", {});
  const send = () => ask(api.refer(shown.id, { department: department.value, text: text.value }));
  const box = request("send", gettext("Pass on to a department"), [labelled(gettext("Department"), department), labelled(gettext("What it is about"), text)], gettext("Pass on"), send);
  box.append(past);
  box.addEventListener("toggle", async () => {
    if (!box.open) return;
    past.replaceChildren();
    more();
  });
  async function more(cursor = "") {
    const answer = await api.referrals(shown.id, cursor);
    if (!answer.ok) return;
    const { results, next } = answer.data;
    past.append(...results.map((row) => referral(row, ask)));
    if (!next) return;
    const line = h("li", {}, button(gettext("More"), () => {
      line.remove();
      return more(next);
    }, { css: "btn btn-ghost" }));
    past.append(line);
  }
  return box;
}

function referral(row, ask) {
  const isOpen = row.state === "open";
  const reason = h("input.form-control", { maxlength: "200", "aria-label": gettext("Why it is withdrawn"), placeholder: gettext("Why it is withdrawn") });
  return h(
    "li",
    {},
    h("div.summary-head", {}, h("strong", {}, row.department_label), badge(row.state_label, isOpen ? "active" : "good")),
    h("p.summary-note", {}, row.text),
    row.reply && h("p.reply", {}, `${row.closed_by ?? ""}: ${row.reply}`),
    isOpen && h("div.view-save", {}, reason, button(gettext("Withdraw"), () => ask(api.withdraw(row.id, reason.value)))),
  );
}

/** What a flag does is said before it is raised. */
const EFFECTS = {
  dispute: gettext("Holds all calls until the dispute is answered."),
  complaint: gettext("Holds all calls until the complaint is closed; quality supervision is told."),
  incapable: gettext("Holds all calls: the debtor cannot act alone."),
  lawyer: gettext("Only the lawyer is contacted from now on."),
  relief: gettext("Holds all calls: bankruptcy or debt mediation."),
  illness: gettext("Holds all calls: serious illness."),
  hardship: gettext("Calls stay allowed; everybody is warned before each."),
  lost: gettext("Opens third parties, if the attempts prove that contact is lost (CR-10)."),
};

function raiseFlag(shown, setup, ask) {
  if (!setup.flag_kinds?.length) return null;
  const effect = h("p.field-help", { role: "status" });
  const kind = select(setup.flag_kinds ?? [], { onchange: () => say() }), evidence = h("textarea.form-control", { rows: "2", maxlength: "200" });
  const say = () => {
    effect.textContent = EFFECTS[kind.value] ?? "";
  };
  say();
  const send = () => ask(api.raise(shown.id, { kind: kind.value, evidence: evidence.value }));
  const box = request("flag", gettext("Raise a flag"), [labelled(gettext("What is the case"), kind), effect, labelled(gettext("What shows it"), evidence)], gettext("Raise"), send);
  box.append(...(shown.flags ?? []).filter((flag) => flag.is_of_this_case).map((flag) => liftFlag(flag, ask)));
  return box;
}

function liftFlag(flag, ask) {
  const reason = h("input.form-control", { maxlength: "200", "aria-label": gettext("Why it is lifted"), placeholder: gettext("Why it is lifted") });
  return h("div.view-save", {}, badge(flag.label, "warn"), reason, button(gettext("Lift"), () => ask(api.lift(flag.id, reason.value))));
}

function calledUs(shown, onInbound) {
  const callers = shown.contacts.flatMap((contact) => [
    ...contact.phones.map((phone) => ({ code: `phone:${phone.id}`, label: `${contact.relation_label} ${contact.name} ${phone.masked}` })),
  ]);
  const who = select(callers);
  const open = () => {
    const [kind, id] = who.value.split(":");
    return onInbound({ [kind]: Number(id) });
  };
  return callers.length ? request("telephone-inbound", gettext("Somebody called us"), [labelled(gettext("Who is calling"), who)], gettext("Open the call"), open) : null;
}
