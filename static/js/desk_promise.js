// A promise that one took oneself is amended, or cancelled, while its call may be amended: within the policy, with a reason.
import { api } from "./desk_api.js";
import { promiseLimits } from "./desk_call.js";
import { chooseBetween } from "./desk_conflict.js";
import { button, h, icon, labelled, money, refill } from "./desk_dom.js";
import { complaint, fill, gettext, toast } from "./kit.js";

export function promiseBlock(shown, onChanged) {
  const promise = shown.promise;
  if (!promise?.may_amend) return null;
  const block = h("section.block", {});
  const head = h("div.block-head", {}, h("h2.block-title", {}, gettext("Your promise")));
  const told = h("p", {}, fill(gettext("%(amount)s by %(day)s"), { amount: shown.masked ? "¥ ••••" : money(promise.amount), day: promise.due_on }));
  const show = (...parts) => refill(block, head, told, ...parts);
  const idle = () => {
    const amend = button(gettext("Amend the promise"), () => show(amendForm(shown, idle, onChanged)), { css: "link-button" });
    const cancel = button(gettext("There was no promise"), () => show(cancelForm(promise, idle, onChanged)), { css: "link-button" });
    show(h("div.button-row", {}, amend, cancel));
  };
  idle();
  return block;
}

const why = () => h("input.form-control", { maxlength: "200", required: true });

function amendForm(shown, onBack, onChanged) {
  const { promise, promise_policy: policy } = shown;
  const amount = h("input.form-control", { inputmode: "decimal", autocomplete: "off" }), due = h("input.form-control", { type: "date" }), reason = why();
  amount.value = promise.amount ?? "";
  due.value = promise.due_on;
  const save = async (version) => {
    const typed = amount.value.replace(/[,，\s¥]/g, "");
    const answer = await api.amendPromise(promise.id, { version, amount: typed, due_on: due.value || null, reason: reason.value });
    if (answer.ok) return done(gettext("The promise is amended. What stood there before is kept."), onChanged);
    if (!answer.data?.theirs) return toast(inWords(answer), "bad");
    const { theirs } = answer.data;
    const rows = [[gettext("Promised amount"), theirs.amount, typed], [gettext("Until"), theirs.due_on, due.value]];
    const choice = await chooseBetween(answer.data.detail, rows);
    if (choice === "mine") return save(theirs.version);
    return choice === "theirs" ? onChanged() : null;
  };
  const limits = promiseLimits(policy);
  return h(
    "div.amend",
    {},
    h("div.field-pair", {}, labelled(gettext("Promised amount"), amount), labelled(gettext("Until"), due)),
    limits && h("p.field-help", {}, icon("info-circle"), limits),
    labelled(gettext("Why it is amended"), reason),
    h("div.button-row", {}, button(gettext("Save the amendment"), () => save(promise.version), { css: "btn btn-primary" }), button(gettext("Back"), onBack)),
  );
}

function cancelForm(promise, onBack, onChanged) {
  const reason = why();
  const save = async () => {
    const answer = await api.cancelPromise(promise.id, { version: promise.version, reason: reason.value });
    if (answer.ok) return done(gettext("The promise is cancelled. The call stays on record."), onChanged);
    toast(inWords(answer), "bad");
    return answer.data?.theirs ? onChanged() : null;
  };
  return h(
    "div.amend",
    {},
    labelled(gettext("Why there was no promise"), reason),
    h("div.button-row", {}, button(gettext("Cancel the promise"), save, { css: "btn btn-primary" }), button(gettext("Back"), onBack)),
  );
}

function done(text, onChanged) {
  toast(text);
  return onChanged();
}

/** A 400 names its fields; the person needs only the words. */
const inWords = (answer) => (answer.status === 400 && answer.data?.fields ? Object.values(answer.data.fields).flat().join(" ") : complaint(answer));
