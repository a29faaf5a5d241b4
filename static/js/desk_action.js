// The right pane: the call. The gate is asked, the script is read, identity is verified, the outcome is chosen by its key.
import { api } from "./desk_api.js";
import { callHead, fieldsBlock, identityBlock, outcomeBlock, scriptBlock } from "./desk_call.js";
import { chooseBetween } from "./desk_conflict.js";
import { announce, button, clock, h, icon, key, moment, refill } from "./desk_dom.js";
import { alone, draftOf, dropDraft, keepDraft, waiting, whenDroppedElsewhere } from "./desk_drafts.js";
import { promiseBlock } from "./desk_promise.js";
import { requests } from "./desk_requests.js";
import { summary } from "./desk_summary.js";
import { complaint, fill, gettext, toast } from "./kit.js";

const RETRY_EVERY = 10_000;

/** The server could not be reached or is not itself: what was sent is kept, and sent again with the same key. */
const isLost = (answer) => answer.status === 0 || answer.status === 429 || answer.status >= 500;

export class Action {
  constructor(pane, setup, { onSaved, onOpened, walk }) {
    Object.assign(this, { pane, setup, onSaved, onOpened, walk, shown: null, call: null, recorded: new Set() });
    setInterval(() => this.tick(), 1000);
    setInterval(() => this.sendWaiting(), RETRY_EVERY);
    window.addEventListener("online", () => this.sendWaiting());
    whenDroppedElsewhere((caseId) => this.droppedElsewhere(caseId));
  }

  // --- Which case -------------------------------------------------------------------------------------------------------------

  show(shown) {
    this.shown = shown;
    const draft = shown.is_mine ? draftOf(shown.id) : null;
    this.call = draft && !this.recorded.has(draft.verdict) ? draft : null; // another tab may still hold words of a call that is on record
    if (this.call) this.restore();
    else this.drawIdle();
  }

  /** A call that was being written comes back as it was, and says so. */
  restore() {
    const call = this.call;
    call.saving = call.isTouched = false;
    this.drawCall();
    const kept = new Date(call.keptAt).toTimeString().slice(0, 5);
    const unsaved = fill(gettext("Taken up again: this call is not saved yet; what you wrote until %(time)s is back. Finish it, or say that it was not dialled."), { time: kept });
    this.say(call.body ? gettext("Not sent yet: it is kept here and will be sent when the connection is back.") : unsaved, "warn");
    if (call.verified) this.fetchRest(call);
  }

  async fetchRest(call) {
    const answer = await api.identity(call.verdict, call.factors);
    if (!answer.ok || this.call !== call) return;
    call.rest = answer.data.body;
    this.pane.querySelector(".script")?.replaceWith(scriptBlock(call));
  }

  droppedElsewhere(caseId) {
    if (this.shown?.id !== caseId || !this.call || this.call.saving) return;
    if (this.call.isTouched) return this.say(gettext("This call was saved or cancelled in another tab. What you changed here is not saved: save it to see both."), "warn");
    toast(gettext("This call was saved or cancelled in another tab."), "active");
    this.call = null;
    this.onOpened(caseId);
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
    if (this.walk && this.shown.filtering) return this.walk.draw(this.pane, this.shown, (phone) => this.dial(phone), () => [this.promise(), this.requests(), this.shown.summary.length ? this.summary() : null]);
    refill(this.pane, this.summary(), this.promise(), this.dialFirst(), this.requests());
  }

  requests() {
    return requests(this.shown, this.setup, (id) => this.onOpened(id), (caller) => this.takeInbound(caller));
  }

  summary() {
    return summary(this.shown, () => this.onOpened(this.shown.id));
  }

  promise() {
    return promiseBlock(this.shown, () => this.onOpened(this.shown.id));
  }

  firstCallable() {
    const free = (contacts) => contacts.flatMap((contact) => contact.phones).find((phone) => !phone.refusals.length);
    const contacts = this.shown?.contacts ?? [];
    return free(contacts.filter((contact) => !contact.is_third_party)) ?? free(contacts);
  }

  dialFirst() {
    if (!this.shown.is_mine) return null;
    const phone = this.firstCallable();
    if (!phone) return h("div.alert-line.tone-warn.dial-none", {}, icon("slash-circle"), h("p", {}, gettext("The gate allows none of the numbers now; beside each stands why.")));
    const label = [icon("telephone"), fill(gettext("Call %(number)s"), { number: phone.masked }), key("x")];
    return button(label, () => this.dial(phone.id), { css: "btn btn-primary dial-first" });
  }

  // --- The gate --------------------------------------------------------------------------------------------------------------------

  async dial(phoneId, acknowledged = false) {
    if (this.call) {
      toast(this.call.body ? gettext("The last call on this case is not sent yet: wait for the connection.") : gettext("Save the call that is open first, or say that it was not dialled."), "warn");
      return;
    }
    if (this.asking) return;
    const shown = this.shown;
    this.asking = true;
    const answer = await api.call(shown.id, phoneId, acknowledged);
    this.asking = false;
    if (this.shown?.id !== shown.id) return;
    if (answer.status === 409 && answer.data?.warnings?.length) return this.drawWarnings(answer.data, phoneId);
    if (answer.status === 422) return this.drawRefusal(answer.data);
    if (!answer.ok) return toast(complaint(answer), "bad");
    this.begin(answer.data, this.phone(phoneId));
  }

  begin(said, phone) {
    this.call = {
      verdict: said.verdict, at: said.at, begun: Date.now(), whom: said.whom, phone: phone?.id, masked: phone?.masked ?? "", number: said.number, uri: said.uri, backend: said.backend,
      script: said.script, opening: said.opening, rest: "", isThirdParty: said.is_third_party, isInbound: said.direction === "in", verified: false, factors: [],
      outcome: "", note: "", amount: "", due: "", follow: "", key: crypto.randomUUID(), endedAfter: null, body: null,
    };
    this.keep();
    this.drawCall();
  }

  phone(id) {
    return this.shown.contacts.flatMap((contact) => contact.phones).find((row) => row.id === id);
  }

  /** Somebody called us: nothing to ask the gate, everything to verify and record. */
  async takeInbound(caller) {
    if (this.call) return toast(gettext("Save the call that is open first, or say that it was not dialled."), "warn");
    const answer = await api.inbound(this.shown.id, caller);
    return answer.ok ? this.begin(answer.data, this.phone(caller.phone)) : toast(complaint(answer), "bad");
  }

  /** A call that was placed and never recorded is recorded now. */
  takeUnrecorded(row) {
    if (this.call || draftOf(row.case)) return;
    this.begin({ verdict: row.verdict, at: row.at, whom: `${row.whom} ${row.is_third_party ? "" : row.name}`, is_third_party: row.is_third_party, direction: row.direction, number: "", uri: "", backend: "", script: "", opening: "" }, { masked: row.phone });
    this.call.endedAfter = 0;
    this.keep();
    this.drawCall();
    this.say(gettext("This call was placed and never recorded. It counts until you say what came of it."), "warn");
  }

  drawRefusal(refusal) {
    this.drawAnswer("refusal", gettext("The gate refuses this call"), "slash-circle", refusal.rules ?? [{ rule: refusal.rule, text: refusal.detail }], [button(gettext("Back"), () => this.drawIdle())]);
  }

  /** The gate allows the call but warns: who calls all the same has read why one should not. */
  drawWarnings(answer, phoneId) {
    const go = button(gettext("I have read it: call"), () => this.dial(phoneId, true), { css: "btn btn-primary" });
    this.drawAnswer("refusal.is-warning", gettext("Read this before you call"), "exclamation-triangle", answer.warnings, [go, button(gettext("Back"), () => this.drawIdle())]);
  }

  drawAnswer(css, title, sign, rules, buttons) {
    const lines = rules.map((row) => h("li", {}, h("strong.refusal-rule", {}, row.rule), h("span", {}, row.text)));
    refill(this.pane, h(`section.${css}`, { role: "alert", tabindex: "-1" }, h("h2.refusal-title", {}, icon(sign), title), h("ul", {}, lines), h("div.button-row", {}, buttons)), this.summary());
    this.pane.querySelector(".refusal").focus();
  }

  // --- The call ------------------------------------------------------------------------------------------------------------------------

  drawCall() {
    this.discreet();
    const call = this.call;
    this.message = h("div.call-message", { role: "alert" });
    const body = h(
      "div.call-body",
      { tabindex: "0", role: "group", "aria-label": fill(gettext("Call to %(whom)s"), { whom: call.whom }) },
      callHead(call, this.elapsedText()),
      scriptBlock(call),
      call.isThirdParty ? null : identityBlock(call, this.shown, (code, on) => this.factor(code, on)),
      outcomeBlock(call, this.offered(), (code) => this.choose(code)),
      this.fields(),
    );
    const save = button([gettext("Save and next"), key("Ctrl"), key("Enter")], () => this.save(true), { css: "btn btn-primary" });
    refill(this.pane, body, h("div.call-save", {}, this.message, save, button(gettext("Save"), () => this.save(false)), button(call.isInbound ? gettext("Nobody rang") : gettext("Not dialled"), () => this.askWhyNot(), { css: "btn btn-ghost" })));
    body.focus({ preventScroll: true });
  }

  fields() {
    return fieldsBlock(this.call, this.chosen, { setup: this.setup, shown: this.shown, onKeep: () => this.keep() });
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
    announce(gettext("Identity verified: the debt may be spoken of."));
    this.drawCall();
    this.onOpened(this.shown.id); // the case's amounts are answered from now on
  }

  offered() {
    const wanted = this.call.isThirdParty ? "third_party" : "self";
    return this.setup.outcomes.filter((row) => row.target === "any" || row.target === wanted);
  }

  /** An outcome by its key or by a click; the key goes on to what is typed next. */
  choose(code, byKey = false) {
    this.call.outcome = code;
    this.call.endedAfter ??= Date.now() - this.call.begun;
    this.keep();
    for (const row of this.pane.querySelectorAll("[data-outcome]")) {
      row.classList.toggle("is-chosen", row.dataset.outcome === code);
      row.setAttribute("aria-pressed", String(row.dataset.outcome === code));
    }
    this.pane.querySelector(".call-fields")?.replaceWith(this.fields());
    this.tick();
    announce(this.chosen.label);
    if (this.chosen.creates_promise) this.pane.querySelector("[name=amount]")?.focus();
    else if (byKey) this.pane.querySelector("[name=note]")?.focus();
  }

  get chosen() {
    return this.setup.outcomes.find((row) => row.code === this.call?.outcome);
  }

  /** The outcome that a key stands for in this call; true when there was one. */
  press(pressed) {
    const row = this.call && this.offered().find((outcome) => outcome.key === pressed);
    if (row) this.choose(row.code, true);
    return Boolean(row);
  }

  /** "/" opens the quick texts in the note, wherever the focus was. */
  quickText() {
    const note = this.pane.querySelector("[name=note]");
    note.focus();
    note.setRangeText(`${note.value && !/\s$/.test(note.value) ? " " : ""}/`, note.value.length, note.value.length, "end");
    note.dispatchEvent(new Event("input"));
    return true;
  }

  /** Alt and a digit ticks what was verified. */
  pressAlt(digit) {
    const box = this.call && this.pane.querySelectorAll(".identity input")[digit - 1];
    if (!box || box.disabled) return false;
    box.click();
    return true;
  }

  elapsedText() {
    const length = this.call.endedAfter ?? Date.now() - this.call.begun;
    return clock(length / 1000);
  }

  tick() {
    const shown = document.getElementById("call-clock");
    if (this.call && shown) shown.textContent = this.elapsedText();
  }

  keep() {
    if (!this.call || !this.shown) return;
    this.call.isTouched = true;
    if (this.call.body && !this.call.saving) this.call.body = this.bodyOf(this.call); // changed after it could not be sent
    keepDraft(this.shown.id, this.call);
  }

  say(text, tone) {
    this.message?.replaceChildren(h(`div.alert-line.tone-${tone}`, {}, icon(tone === "bad" ? "x-octagon" : "exclamation-triangle"), h("p", {}, text)));
  }

  /** The number was not dialled: with a reason, soon after it was shown; otherwise what came of it is recorded. */
  askWhyNot() {
    const call = this.call, caseId = this.shown.id;
    const why = call.isInbound ? gettext("Why there was no call") : gettext("Why the number was not dialled");
    const reason = h("input.form-control", { maxlength: "200", "aria-label": why, placeholder: why });
    const cancel = button(gettext("Cancel the call"), async () => {
      const answer = await api.cancel(call.verdict, reason.value);
      if (!answer.ok) return toast(complaint(answer), "bad");
      dropDraft(caseId);
      toast(answer.data.detail, "active");
      if (this.call === call) this.call = null;
      return this.onOpened(caseId);
    });
    this.message.replaceChildren(h("div.view-save", {}, reason, cancel, button(gettext("Back"), () => this.message.replaceChildren())));
    reason.focus();
  }

  // --- Saving -------------------------------------------------------------------------------------------------------------------------------

  bodyOf(call) {
    const began = Date.parse(call.at);
    return {
      verdict: call.verdict,
      outcome: call.outcome,
      started_at: call.at,
      ended_at: new Date(began + Math.max(1, call.endedAfter ?? Date.now() - call.begun)).toISOString(), // the server counts in microseconds, the browser in milliseconds
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
    if (isLost(answer)) return this.say(gettext("No connection. The call is kept on this computer and will be sent as soon as the connection is back."), "warn");
    if (answer.ok) return this.saved(caseId, answer.data, next);
    call.body = null;
    this.keep();
    if (answer.data?.rule === "F14" || answer.data?.theirs) return this.savedElsewhere(caseId, call, answer);
    return this.say(fieldErrors(answer) || complaint(answer), "bad");
  }

  saved(caseId, data, next) {
    this.recorded.add(draftOf(caseId)?.verdict);
    dropDraft(caseId);
    if (this.shown?.id === caseId) this.call = null;
    this.discreet();
    toast(data.follow_up_at ? fill(gettext("Saved. Comes up again %(when)s."), { when: moment(data.follow_up_at) }) : gettext("Saved."));
    if (data.warnings.length) toast(fill(gettext("These words may not be used: %(words)s. Quality supervision will see them."), { words: data.warnings.map((hit) => hit.text).join("、") }), "warn");
    this.onSaved(caseId, next);
  }

  /** This call is on record already, with other words: from another tab. Both are shown. */
  async savedElsewhere(caseId, call, answer) {
    const now = await api.case(caseId);
    const saved = now.ok ? (now.data.summary.find((row) => row.verdict === call.verdict) ?? now.data.summary[0]) : null;
    const rows = [[gettext("Outcome"), saved?.outcome, this.chosen?.label], [gettext("Note"), saved?.note, call.note]];
    const choice = await chooseBetween(complaint(answer), rows, { canKeepMine: Boolean(saved?.may_amend) });
    if (!choice) return;
    if (choice === "mine") {
      const amended = await api.amend(saved.id, { version: saved.version, note: call.note, reason: gettext("Written in another tab") });
      if (!amended.ok) return this.say(complaint(amended), "bad");
    }
    dropDraft(caseId);
    this.call = null;
    this.onOpened(caseId);
  }

  /** What could not be sent is sent now, each once: the server knows it by its key, and one tab sends for all. */
  async sendWaiting() {
    if (this.sending || !waiting().length) return;
    this.sending = true;
    await alone(() => this.sendEach());
    this.sending = false;
  }

  async sendEach() {
    for (const { caseId, draft } of waiting()) {
      if (this.call?.saving && this.shown?.id === caseId) continue;
      const answer = await api.record(draft.body, draft.key);
      if (answer.ok) {
        this.saved(caseId, answer.data, false);
        continue;
      }
      if (isLost(answer)) return;
      keepDraft(caseId, { ...draft, body: null });
      if (this.shown?.id === caseId && this.call) {
        this.call.body = null;
        this.say(fieldErrors(answer) || complaint(answer), "bad");
      } else toast(complaint(answer), "bad");
    }
  }
}

/** A 400 names its fields; the person needs only the words. */
function fieldErrors(answer) {
  if (answer.status !== 400 || !answer.data?.fields) return "";
  return Object.values(answer.data.fields).flat().join(" ");
}
