// Filtering (A3.2, A3.3): one thing at a time: the fields, the call order, what is to be verified, the category.
import { api, revealUrl } from "./desk_api.js";
import { chooseBetween } from "./desk_conflict.js";
import { badge, button, debt, h, icon, key, masked, money, refill } from "./desk_dom.js";
import { complaint, fill, gettext, toast } from "./kit.js";

const FOUND = { clear: "good", doubtful: "warn", missing: "bad" };
const CLOSED = { called: "good", skipped: "warn", locked: "quiet", none: "quiet" };

export class Walk {
  constructor(setup, { onChanged, onClassified }) {
    Object.assign(this, { setup, onChanged, onClassified, keys: {}, field: null, reason: "", note: "" });
  }

  draw(pane, shown, dial, more) {
    if (this.shown?.id !== shown.id) this.field = null;
    Object.assign(this, { pane, shown, dial, more, keys: {}, reason: "", note: "", firstNumber: null });
    const done = shown.filtering.state === "classified";
    refill(pane, this.checklist(), done ? this.done() : this.current(), more());
    this.lookHere();
  }

  /** The focus goes to the new card, unless the person is busy elsewhere. */
  lookHere() {
    const card = this.pane.querySelector(".walk-card");
    if (!card || document.activeElement?.closest("#queue, input, textarea, select, dialog, .pane-case")) return;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  }

  /** A key of the card that is shown; true when it meant something. */
  press(pressed) {
    const box = pressed === "n" && this.pane.querySelector(".walk-card input");
    if (box) {
      box.focus();
      return true;
    }
    if (pressed === "b") return this.back();
    if (pressed === "x" && this.firstNumber) {
      this.dial(this.firstNumber);
      return true;
    }
    const action = this.keys[pressed];
    if (action) action();
    return Boolean(action);
  }

  /** The field before: looked at again, judged again. */
  back() {
    const { reviews } = this.shown.filtering;
    const turn = this.turn(), at = turn ? reviews.findIndex((row) => row.field === turn) : reviews.length;
    if (at < 1) return false;
    this.field = reviews[at - 1].field;
    this.draw(this.pane, this.shown, this.dial, this.more);
    return true;
  }

  /** Every card stands alike: it takes the focus, and says its name when it comes. */
  card(title, ...content) {
    const id = "walk-title";
    return h("section.walk-card", { tabindex: "-1", "aria-labelledby": id }, h("h2.walk-title", { id }, title), content);
  }

  // --- What is done, what is next -----------------------------------------------------------------------------------------------

  checklist() {
    const { reviews, steps, unverified } = this.shown.filtering;
    const again = (row) => () => {
      this.field = row.field;
      this.draw(this.pane, this.shown, this.dial, this.more);
    };
    const fields = reviews.map((row) => h(`button.check-chip${row.finding ? `.tone-${FOUND[row.finding]}` : ""}`, { type: "button", title: row.note || null, onclick: again(row), "aria-current": this.turn() === row.field ? "step" : null }, row.finding ? icon(row.finding === "clear" ? "check-lg" : "exclamation-lg") : null, row.label));
    const order = steps.map((row) => h(`li.order-step${row.is_current ? ".is-current" : ""}`, {}, h("span", {}, row.label), row.state ? badge(row.state_label, CLOSED[row.state]) : row.is_current ? badge(gettext("Now"), "active") : null, row.reason && row.state === "skipped" && h("span.step-reason", {}, row.reason)));
    const left = reviews.filter((row) => !row.finding).length;
    return h(
      "section.block.checklist",
      {},
      h("div.block-head", {}, h("h2.block-title", {}, fill(gettext("1 Fields (%(done)s of %(total)s)"), { done: reviews.length - left, total: reviews.length }))),
      h("div.check-chips", {}, fields),
      h("div.block-head", {}, h("h2.block-title", {}, gettext("2 Call order"))),
      h("ol.order-steps", {}, order),
      h("div.block-head", {}, h("h2.block-title", {}, gettext("3 Verify")), badge(unverified ? fill(gettext("%(count)s left"), { count: unverified }) : gettext("All done"), unverified ? "warn" : "good")),
    );
  }

  turn() {
    return this.field ?? this.shown.filtering.reviews.find((row) => !row.finding)?.field;
  }

  current() {
    const { steps } = this.shown.filtering;
    if (this.turn()) return this.fieldCard(this.turn());
    const step = steps.find((row) => row.is_current);
    if (step) return this.stepCard(step);
    const pending = this.pending();
    return pending.length ? this.verifyCard(pending) : this.classifyCard();
  }

  done() {
    return h("section.walk-card", { tabindex: "-1" }, h("p", {}, badge(gettext("Classified"), "good"), ` ${this.shown.filtering.category}`));
  }

  /** `sent` takes what was on screen; when somebody judged meanwhile both are shown, and what is there now is what one then saw (F13). */
  async send(sent, labels = []) {
    if (this.busy) return;
    this.busy = true;
    let answer = await sent();
    this.busy = false;
    if (answer.status === 409 && answer.data?.theirs) {
      const name = "finding" in answer.data.theirs ? "finding" : "verification";
      const { theirs, yours, detail } = answer.data;
      const said = (row) => labels.find((one) => one.code === row?.[name])?.label ?? row?.[name];
      const choice = await chooseBetween(detail, [[gettext("Verification"), said(theirs), said(yours)]]);
      if (!choice) return;
      if (choice === "mine") answer = await sent(theirs[name]);
    }
    if (!answer.ok && !answer.data?.theirs) return toast(complaint(answer), "bad");
    this.field = null;
    return this.onChanged(this.shown.id);
  }

  choices(rows) {
    return h("div.walk-keys", {}, rows.map(([pressed, label, css, action]) => {
      this.keys[pressed] = action;
      return h(`button.btn.${css}`, { type: "button", onclick: action, "aria-keyshortcuts": pressed }, key(pressed), label);
    }));
  }

  input(name, label) {
    return h("input.form-control", { "aria-label": label, placeholder: `${label} (n)`, maxlength: "200", oninput: (event) => {
      this[name] = event.target.value;
    } });
  }

  // --- First: the fields -------------------------------------------------------------------------------------------------------------

  fieldCard(field) {
    const row = this.shown.filtering.reviews.find((review) => review.field === field);
    const judge = (finding) => () => this.send((seen = row.finding) => api.field(this.shown.id, { field, finding, seen, note: this.note }), this.setup.findings);
    const [clear, doubtful, missing] = this.setup.findings;
    return this.card(
      row.label,
      h("ul.walk-known", {}, this.known(field).map((line) => h("li", {}, line))),
      this.input("note", gettext("Note, if something is wrong")),
      this.choices([["1", clear.label, "btn-good", judge("clear")], ["2", doubtful.label, "btn-plain", judge("doubtful")], ["3", missing.label, "btn-plain", judge("missing")]]),
    );
  }

  /** What the case says of a field, and what it means. */
  known(field) {
    const shown = this.shown;
    const whose = (relations) => shown.contacts.filter((contact) => relations.includes(contact.step)).map((contact) => `${contact.relation_label} ${contact.name} ${contact.phones.map((phone) => phone.masked).join("、")}`);
    const lines = {
      identity: () => [[shown.name, shown.gender, shown.age === null ? "" : fill(gettext("%(age)s years old"), { age: shown.age })].filter(Boolean).join(" · "), masked(shown.masked_id, revealUrl("id", shown.debtor_id))],
      accounts: () => [debt(fill(gettext("%(count)s accounts, %(amount)s owed as of %(day)s"), { count: shown.accounts.length, amount: money(shown.balance), day: shown.balance_on })), ...shown.accounts.map((row) => `${row.card || "—"} ${money(row.amount, row.currency)}`)],
      stage: () => [`${shown.stage || "—"} · ${shown.overdue_days === null ? "—" : fill(gettext("%(days)s days overdue"), { days: shown.overdue_days })}`, ...shown.meanings],
      payments: () => shown.accounts.map((row) => `${row.card || "—"}: ${row.last_paid_on ?? "—"} ${row.last_paid_on ? money(row.last_paid_amount, row.currency) : ""} · ${fill(gettext("bill day %(day)s"), { day: row.bill_day ?? "—" })}`),
      employer: () => whose(["employer"]),
      contacts: () => whose(["reference", "committee", "family"]),
      addresses: () => shown.contacts.flatMap((contact) => contact.addresses.map((address) => `${contact.relation_label} · ${address.kind} ${address.masked}`)),
      remarks: () => [shown.warning, ...shown.extra.map((row) => `${row.header}: ${row.text}`)].filter(Boolean),
    }[field]();
    return lines.length ? lines : [gettext("The file says nothing of it.")];
  }

  // --- Second: the call order ---------------------------------------------------------------------------------------------------------

  stepCard(step) {
    const contacts = this.shown.contacts.filter((contact) => contact.step === step.step && contact.phones.length);
    const lines = contacts.flatMap((contact) =>
      contact.phones.map((phone) => h("li.walk-phone", {}, h("span", {}, `${contact.relation_label} ${contact.name}`), h("span.tabular", {}, phone.masked), badge(phone.status_label), button([icon(phone.refusals.length ? "slash-circle" : "telephone"), gettext("Call")], () => this.dial(phone.id), { css: "btn", "aria-label": fill(gettext("Call %(number)s"), { number: phone.masked }), title: phone.refusals.map((row) => `${row.rule} ${row.text}`).join("\n") || null }))),
    );
    this.firstNumber = (contacts.flatMap((contact) => contact.phones).find((phone) => !phone.refusals.length) ?? contacts[0]?.phones[0])?.id;
    const close = (state) => () => this.send(() => api.step(this.shown.id, { step: step.step, state, reason: this.reason }));
    return this.card(
      fill(gettext("Call: %(step)s"), { step: step.label }),
      h("ul.walk-phones", {}, lines),
      this.input("reason", gettext("Why it is skipped")),
      this.choices([["1", gettext("Called: next step"), "btn-good", close("called")], ["2", gettext("Skip with the reason"), "btn-plain", close("skipped")]]),
    );
  }

  // --- Third: verification --------------------------------------------------------------------------------------------------------------

  pending() {
    return this.shown.contacts.flatMap((contact) => [
      ...(contact.relation !== "self" && contact.verification === "pending" ? [["contact", contact, contact.name]] : []),
      ...contact.phones.filter((phone) => phone.verification === "pending").map((phone) => ["phone", contact, phone.masked, phone]),
      ...contact.addresses.filter((address) => address.verification === "pending").map((address) => ["address", contact, address.masked, address]),
    ]);
  }

  verifyCard(pending) {
    const [kind, contact, text, row = contact] = pending[0];
    const names = { contact: gettext("Relation"), phone: gettext("Phone"), address: gettext("Address") };
    const judge = (verification) => () => this.send((seen = row.verification) => api.check(this.shown.id, { kind, id: row.id, verification, seen }), this.setup.verifications);
    return this.card(
      fill(gettext("Verify: %(what)s"), { what: names[kind] }),
      h("p.walk-what", {}, `${contact.relation_label} ${contact.name} `, kind === "contact" ? "" : masked(text, revealUrl(kind, row.id))),
      row.status_label && h("p.walk-note", {}, badge(row.status_label)),
      this.choices([["1", gettext("Verified"), "btn-good", judge("verified")], ["2", gettext("Cannot be verified"), "btn-plain", judge("unverifiable")], ["3", gettext("Wrong"), "btn-plain", judge("wrong")]]),
    );
  }

  // --- Last: the category ------------------------------------------------------------------------------------------------------------------

  classifyCard() {
    const choose = (row) => async () => {
      if (this.busy) return;
      this.busy = true;
      const answer = await api.classify(this.shown.id, row.code);
      this.busy = false;
      if (!answer.ok) return toast(complaint(answer), "bad");
      toast(answer.data.detail);
      return this.onClassified(this.shown.id, answer.data);
    };
    const rows = this.setup.categories.map((row, index) => ["123456789acdefgh".charAt(index), row.label, "btn-plain", choose(row)]);
    return this.card(gettext("4 Classify the case"), this.choices(rows));
  }
}
