// The right pane: the call. The gate is asked, the script is read, identity is verified, the outcome is chosen by its key.
import { api } from "./desk_api.js";
import { badge, button, clock, h, icon, key, labelled, moment, refill, select } from "./desk_dom.js";
import { draftOf, dropDraft, keepDraft, waiting } from "./desk_drafts.js";
import { ask, complaint, fill, gettext, toast } from "./kit.js";

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

const RETRY_EVERY = 10_000;

export class Action {
  constructor(pane, setup, { onSaved, onOpened, walk }) {
    Object.assign(this, { pane, setup, onSaved, onOpened, walk, shown: null, call: null });
    setInterval(() => this.tick(), 1000);
    setInterval(() => this.sendWaiting(), RETRY_EVERY);
    window.addEventListener("online", () => this.sendWaiting());
  }

  // --- Which case -------------------------------------------------------------------------------------------------------------

  show(shown) {
    this.shown = shown;
    this.call = null;
    const draft = draftOf(shown.id);
    if (draft && shown.is_mine) {
      this.call = draft;
      this.drawCall();
      this.say(draft.body ? gettext("Not sent yet: it is kept here and will be sent when the connection is back.") : gettext("This call isn't saved yet. Finish it, or put it aside."), "warn");
      return;
    }
    this.drawIdle();
  }

  clear() {
    this.shown = this.call = null;
    this.discreet();
    this.pane.replaceChildren();
  }

  /** What of the debt may be seen now: nothing in a call to a third party, and nothing before identity is verified. */
  discreet() {
    const root = document.getElementById("workbench");
    root.classList.toggle("is-discreet", Boolean(this.call) && !this.call.verified);
    root.classList.toggle("is-third-party", Boolean(this.call?.isThirdParty));
  }

  // --- Between calls -------------------------------------------------------------------------------------------------------------

  drawIdle() {
    this.discreet();
    if (this.walk && this.shown.filtering) return this.walk.draw(this.pane, this.shown, (phone) => this.dial(phone), () => [this.requests(), this.shown.summary.length ? this.summary() : null]);
    refill(this.pane, this.summary(), this.dialFirst(), this.requests());
  }

  /** The next call opens with a short summary of the last ones (C3.3). */
  summary() {
    const rows = this.shown.summary.map((row) =>
      h("li", {}, h("div.summary-head", {}, h("strong", {}, `${row.whom} · ${row.outcome}`), h("time", {}, moment(row.at))), row.note && h("p.summary-note", {}, row.note), h("span.summary-who", {}, row.person)),
    );
    const told = rows.length ? h("ol.summary", {}, rows) : h("p.none", {}, gettext("No call yet: this is the first contact."));
    return h("section.block", {}, h("div.block-head", {}, h("h2.block-title", {}, gettext("The last calls"))), told);
  }

  firstCallable() {
    return this.shown?.contacts.flatMap((contact) => (contact.is_third_party ? [] : contact.phones)).find((phone) => !phone.refusals.length)
      ?? this.shown?.contacts.flatMap((contact) => contact.phones).find((phone) => !phone.refusals.length);
  }

  dialFirst() {
    if (!this.shown.is_mine) return null;
    const phone = this.firstCallable();
    if (!phone) return h("div.alert-line.tone-warn", {}, icon("slash-circle"), h("p", {}, gettext("The gate allows none of the numbers now; beside each stands why.")));
    const label = [icon("telephone"), fill(gettext("Call %(number)s"), { number: phone.masked }), key("x")];
    return button(label, () => this.dial(phone.id), { css: "btn btn-primary dial-first" });
  }

  requests() {
    if (!this.shown.is_mine) return null;
    return h("section.block.requests", {}, this.addNumber(), this.askRegistry(), this.askLetter());
  }

  addNumber() {
    const contacts = this.shown.contacts.map((row) => ({ code: row.id, label: `${row.relation_label} ${row.name}` }));
    const whose = select(contacts), number = h("input.form-control", { inputmode: "tel", maxlength: "40", autocomplete: "off" });
    const source = select([{ code: "call", label: gettext("Told in a call") }, { code: "debtor", label: gettext("By the debtor") }]);
    const send = () => this.ask(api.phone(this.shown.id, { contact: Number(whose.value), number: number.value, source: source.value }));
    return this.request("plus-lg", gettext("Add a number"), [labelled(gettext("Whose"), whose), labelled(gettext("Number"), number), labelled(gettext("Source"), source)], gettext("Add"), send);
  }

  askRegistry() {
    const basis = select(this.setup.bases), purpose = h("input.form-control", { maxlength: "200" });
    const send = () => this.ask(api.registry(this.shown.id, { legal_basis: basis.value, purpose: purpose.value }));
    return this.request("building", gettext("Ask for a registry look-up"), [labelled(gettext("Legal basis"), basis), labelled(gettext("Purpose"), purpose)], gettext("Ask"), send);
  }

  askLetter() {
    const fields = h("div", {}), box = this.request("envelope", gettext("Ask for a letter"), [fields], gettext("Ask"), () => this.ask(this.sendLetter(fields)));
    box.addEventListener("toggle", async () => {
      if (!box.open || fields.childElementCount) return;
      const answer = await api.letterChoices(this.shown.id);
      if (!answer.ok) return toast(complaint(answer), "bad");
      fields.append(
        labelled(gettext("Template"), select(answer.data.templates, { name: "template" })),
        labelled(gettext("Address"), select(answer.data.addresses, { name: "address" })),
        labelled(gettext("Why"), h("input.form-control", { name: "reason", maxlength: "200" })),
      );
    });
    return box;
  }

  sendLetter(fields) {
    const value = (name) => fields.querySelector(`[name=${name}]`)?.value ?? "";
    return api.letter(this.shown.id, { template: Number(value("template")), address: Number(value("address")), reason: value("reason") });
  }

  request(sign, label, fields, verb, action) {
    return h("details.request", {}, h("summary", {}, icon(sign), label), h("div.request-body", {}, ...fields, button(verb, action)));
  }

  async ask(sent) {
    const answer = await sent;
    toast(answer.ok ? answer.data.detail : complaint(answer), answer.ok ? "good" : "bad");
    if (answer.ok) this.onOpened(this.shown.id);
  }

  // --- The gate --------------------------------------------------------------------------------------------------------------------

  async dial(phoneId) {
    if (this.call && !this.call.body) {
      toast(gettext("Save the call that is open first, or put it aside."), "warn");
      return;
    }
    const caseId = this.shown.id;
    let answer = await api.call(caseId, phoneId);
    // The gate warns: who calls all the same says so.
    if (answer.status === 409 && answer.data?.warnings && (await ask(answer.data.warnings.map((row) => `${row.text} (${row.rule})`).join("\n"), { yes: gettext("Call all the same") }))) answer = await api.call(caseId, phoneId, true);
    if (this.shown?.id !== caseId) return;
    if (answer.status === 422) return this.drawRefusal(answer.data);
    if (!answer.ok) return toast(complaint(answer), "bad");
    const said = answer.data;
    this.call = {
      verdict: said.verdict, at: said.at, begun: Date.now(), whom: said.whom, number: said.number, script: said.script, opening: said.opening, rest: "",
      isThirdParty: said.is_third_party, verified: false, factors: [], outcome: "", note: "", amount: "", due: "", follow: "",
      key: crypto.randomUUID(), endedAfter: null, body: null,
    };
    this.keep();
    this.drawCall();
  }

  drawRefusal(refusal) {
    const rules = refusal.rules.map((row) => h("li", {}, h("strong.refusal-rule", {}, row.rule), h("span", {}, row.text)));
    const back = button(gettext("Back"), () => this.drawIdle());
    refill(
      this.pane,
      h("section.refusal", { role: "alert", tabindex: "-1" }, h("h2.refusal-title", {}, icon("slash-circle"), gettext("The gate refuses this call")), h("ul", {}, rules), back),
      this.summary(),
    );
    this.pane.querySelector(".refusal").focus();
  }

  // --- The call ------------------------------------------------------------------------------------------------------------------------

  drawCall() {
    this.discreet();
    const call = this.call;
    this.message = h("div.call-message", { role: "alert" });
    const body = h(
      "div.call-body",
      { tabindex: "0", role: "group", "aria-label": gettext("Call") },
      h("section.call-head", {}, h("div.call-whom", {}, call.whom, call.isThirdParty && badge(gettext("Third party: nothing of the debt"), "bad")), h("div.call-number", {}, call.number || "—"), h("div.call-clock.tabular", { id: "call-clock" }, this.elapsedText())),
      this.scriptBlock(),
      call.isThirdParty ? null : this.identityBlock(),
      this.outcomeBlock(),
      this.fieldsBlock(),
    );
    refill(
      this.pane,
      body,
      h("div.call-save", {}, this.message, button([gettext("Save and next"), key("Ctrl"), key("Enter")], () => this.save(true), { css: "btn btn-primary" }), button(gettext("Save"), () => this.save(false)), button(gettext("Put aside"), () => this.putAside(), { css: "btn btn-ghost" })),
    );
    body.focus({ preventScroll: true });
  }

  scriptBlock() {
    const { script, opening, rest } = this.call;
    if (!opening) return null;
    return h("section.script", { "aria-label": gettext("Script") }, h("div.script-head", {}, icon("lock"), script), h("p.script-text", {}, opening), rest && h("p.script-text", {}, rest));
  }

  identityBlock() {
    const call = this.call;
    const box = ([code, label, known]) =>
      h("label.form-check", {}, h("input.form-check-input", { type: "checkbox", checked: call.factors.includes(code), disabled: call.verified, onchange: (event) => this.factor(code, event.target.checked) }), h("span.form-check-label", {}, label, known && h("span.identity-known", {}, known)));
    const state = call.verified ? badge(gettext("Verified"), "good") : badge(gettext("Verify two before the debt is spoken of"), "warn");
    return h("section.identity", { role: "group", "aria-label": gettext("Identity check") }, h("div.identity-title", {}, gettext("Identity check"), state), factors(this.shown).map(box));
  }

  async factor(code, on) {
    const call = this.call;
    call.factors = on ? [...call.factors, code] : call.factors.filter((known) => known !== code);
    this.keep();
    if (call.factors.length < 2 || call.verified) return;
    const answer = await api.identity(call.verdict, call.factors);
    if (!answer.ok) return this.say(complaint(answer), "bad");
    Object.assign(call, { verified: true, rest: answer.data.body });
    this.keep();
    if (this.call !== call) return;
    this.drawCall();
    this.onOpened(this.shown.id); // the case's amounts are answered from now on
  }

  offered() {
    const wanted = this.call.isThirdParty ? "third_party" : "self";
    return this.setup.outcomes.filter((row) => row.target === "any" || row.target === wanted);
  }

  outcomeBlock() {
    const choice = (row) =>
      h(`button.outcome${row.code === this.call.outcome ? ".is-chosen" : ""}`, { type: "button", "aria-pressed": String(row.code === this.call.outcome), "data-outcome": row.code, onclick: () => this.choose(row.code) }, row.key && key(row.key), h("span", {}, row.label));
    const offered = this.offered();
    const group = (code) => {
      const rows = offered.filter((row) => row.group === code);
      return rows.length ? [h("div.outcome-group", {}, rows[0].group_label), h("div.outcome-grid", {}, rows.map(choice))] : [];
    };
    return h("section.outcomes", { role: "group", "aria-label": gettext("Outcome") }, GROUPS.map(group));
  }

  choose(code) {
    this.call.outcome = code;
    this.call.endedAfter ??= Date.now() - this.call.begun;
    this.keep();
    for (const row of this.pane.querySelectorAll("[data-outcome]")) {
      row.classList.toggle("is-chosen", row.dataset.outcome === code);
      row.setAttribute("aria-pressed", String(row.dataset.outcome === code));
    }
    this.pane.querySelector(".call-fields")?.replaceWith(this.fieldsBlock());
    this.tick();
    if (this.chosen?.creates_promise) this.pane.querySelector("[name=amount]")?.focus();
  }

  get chosen() {
    return this.setup.outcomes.find((row) => row.code === this.call?.outcome);
  }

  /** The outcome that a key stands for in this call; true when there was one. */
  press(pressed) {
    const row = this.call && this.offered().find((outcome) => outcome.key === pressed);
    if (row) this.choose(row.code);
    return Boolean(row);
  }

  fieldsBlock() {
    const call = this.call;
    const bound = (name, props) =>
      h("input.form-control", { name, ...props, value: call[name], oninput: (event) => {
        call[name] = event.target.value;
        this.keep();
      } });
    const last = new Date(Date.parse(this.setup.today) + (this.setup.promise_days ?? 30) * 86_400_000).toISOString().slice(0, 10);
    const note = h("textarea.form-control", { name: "note", rows: "3", maxlength: "2000", oninput: (event) => {
      call.note = event.target.value;
      this.keep();
    } });
    note.value = call.note;
    const promise = this.chosen?.creates_promise && [
      h("div.field-pair", {}, labelled(gettext("Promised amount"), bound("amount", { inputmode: "decimal", autocomplete: "off" })), labelled(gettext("Until"), bound("due", { type: "date", min: this.setup.today, max: last }))),
    ];
    const warn = this.chosen?.bars_number && h("p.field-help", {}, icon("exclamation-triangle"), gettext("The number will be barred for everybody, at once and for good."));
    const stop = this.chosen?.stops_case && h("p.field-help", {}, icon("exclamation-triangle"), gettext("The case will be stopped."));
    return h("div.call-fields", {}, warn, stop, promise, labelled(gettext("Note"), note), labelled(gettext("Follow up"), bound("follow", { type: "datetime-local" }), gettext("Left empty, the outcome's own day is taken.")));
  }

  elapsedText() {
    const length = this.call.endedAfter ?? Date.now() - this.call.begun;
    return clock(length / 1000);
  }

  tick() {
    const shown = document.getElementById("call-clock");
    if (this.call && shown) shown.textContent = this.elapsedText();
  }

  /** Numbers are not kept: only what was typed, and which call it belongs to. */
  keep() {
    if (!this.call || !this.shown) return;
    const { number, opening, rest, ...kept } = this.call;
    keepDraft(this.shown.id, kept);
  }

  say(text, tone) {
    this.message?.replaceChildren(h(`div.alert-line.tone-${tone}`, {}, icon(tone === "bad" ? "x-octagon" : "exclamation-triangle"), h("p", {}, text)));
  }

  putAside() {
    dropDraft(this.shown.id);
    this.call = null;
    this.drawIdle();
    toast(gettext("Put aside. The gate's answer stays on record; nothing was recorded as a call."), "active");
  }

  // --- Saving -------------------------------------------------------------------------------------------------------------------------------

  bodyOf(call) {
    const began = Date.parse(call.at);
    return {
      verdict: call.verdict,
      outcome: call.outcome,
      started_at: call.at,
      ended_at: new Date(began + Math.max(0, call.endedAfter ?? Date.now() - call.begun)).toISOString(),
      note: call.note,
      promise_amount: this.chosen?.creates_promise && call.amount ? call.amount.replace(/[,，\s¥]/g, "") : null,
      promise_due_on: this.chosen?.creates_promise && call.due ? call.due : null,
      follow_up_at: call.follow || null,
    };
  }

  async save(next) {
    const call = this.call, caseId = this.shown?.id;
    if (!call || call.saving) return;
    if (!call.outcome) return this.say(gettext("Choose the outcome first."), "warn");
    call.saving = true;
    call.body = this.bodyOf(call);
    this.keep();
    const answer = await api.record(call.body, call.key);
    call.saving = false;
    if (answer.status === 0) return this.say(gettext("No connection. The call is kept on this computer and will be sent as soon as the connection is back."), "warn");
    if (!answer.ok) {
      call.body = null;
      this.keep();
      return this.say(fieldErrors(answer) || complaint(answer), "bad");
    }
    this.saved(caseId, answer.data, next);
  }

  saved(caseId, data, next) {
    dropDraft(caseId);
    if (this.shown?.id === caseId) this.call = null;
    this.discreet();
    toast(data.follow_up_at ? fill(gettext("Saved. Comes up again %(when)s."), { when: moment(data.follow_up_at) }) : gettext("Saved."));
    if (data.warnings.length) toast(fill(gettext("These words may not be used: %(words)s. Quality supervision will see them."), { words: data.warnings.map((hit) => hit.text).join("、") }), "warn");
    this.onSaved(caseId, next);
  }

  /** What could not be sent is sent now, each once: the server knows it by its key. */
  async sendWaiting() {
    if (this.sending) return;
    this.sending = true;
    for (const { caseId, draft } of waiting()) {
      if (this.call?.saving && this.shown?.id === caseId) continue;
      const answer = await api.record(draft.body, draft.key);
      if (answer.ok) this.saved(caseId, answer.data, false);
      else if (answer.status !== 0) {
        keepDraft(caseId, { ...draft, body: null });
        if (this.shown?.id === caseId && this.call) this.call.body = null;
        toast(complaint(answer), "bad");
      } else break;
    }
    this.sending = false;
  }
}

/** A 400 names its fields; the person needs only the words. */
function fieldErrors(answer) {
  if (answer.status !== 400 || !answer.data?.fields) return "";
  return Object.values(answer.data.fields).flat().join(" ");
}

