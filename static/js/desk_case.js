// The middle pane: the debtor, what is owed, whom one may try, and what happened.
import { revealUrl } from "./desk_api.js";
import { badge, button, day, debt, fact, h, icon, masked, money, moment, refill } from "./desk_dom.js";
import { fill, gettext } from "./kit.js";

const VERIFIED = { verified: "good", pending: "warn", wrong: "bad", unverifiable: "quiet" };
const NUMBER = { normal: "good", empty: "bad", changed: "bad", suspended: "bad", no_answer: "quiet", busy: "quiet", off: "quiet", unknown: "quiet" };
const SIGNS = { call: "telephone", letter: "envelope", registry: "building", payment: "cash-coin", balance: "calculator", warning: "exclamation-triangle", note: "chat-left-text", trail: "clock-history" };

const SHOWN_LINES = 12;

export function drawCase(pane, shown, { onCall, onCheck, onOpen, casesUrl }) {
  const isSame = pane.dataset.case === String(shown.id), at = pane.scrollTop;
  const held = isSame && pane.contains(document.activeElement) ? document.activeElement.closest("[data-key]")?.dataset.key : null;
  const lines = isSame ? Number(pane.dataset.lines) || SHOWN_LINES : SHOWN_LINES;
  refill(
    pane,
    head(shown, casesUrl),
    ...warnings(shown),
    h("section.block.debt-section", {}, title(gettext("Accounts and amounts"), asOf(shown)), accounts(shown), meanings(shown)),
    h("section.block", {}, title(gettext("Contacts, in call order"), gate(shown)), contacts(shown, onCall, onCheck)),
    others(shown, onOpen),
    extra(shown),
    documents(shown, casesUrl),
    h("section.block.debt-section", {}, title(gettext("Timeline")), timeline(shown, lines, pane)),
  );
  pane.dataset.case = String(shown.id);
  pane.scrollTop = isSame ? at : 0;
  if (held) pane.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
}

export function drawNothing(pane, text) {
  delete pane.dataset.case;
  pane.replaceChildren(h("div.empty-state", {}, h("div.empty-icon", {}, icon("telephone")), h("p.empty-name", {}, text)));
}

const title = (text, ...more) => h("div.block-head", {}, h("h2.block-title", {}, text), ...more);

function head(shown, casesUrl) {
  const person = [shown.gender, shown.age === null ? "" : fill(gettext("%(age)s years old"), { age: shown.age })].filter(Boolean).join(" · ");
  return h(
    "header.case-head",
    {},
    h("div.case-who", {}, h("h2.case-name", {}, shown.name), h("span.case-person", {}, person), masked(shown.masked_id, revealUrl("id", shown.debtor_id))),
    h("div.case-owes", {}, h("strong.case-balance", {}, debt(shown.masked ? "¥ ••••" : money(shown.balance))), h("span.case-note", {}, debt(shown.masked ? fill(gettext("%(band)s; shown once identity is verified"), { band: shown.band }) : fill(gettext("as of %(day)s"), { day: shown.balance_on })))),
    h(
      "div.case-line",
      {},
      badge(shown.state_label, shown.stopped ? "bad" : "active"),
      h("a", { href: `${casesUrl}${shown.id}/` }, shown.case_no),
      h("span", {}, debt([shown.client, shown.placement, shown.product, shown.stage, shown.overdue_days === null ? "" : fill(gettext("%(days)s days overdue"), { days: shown.overdue_days })].filter(Boolean).join(" · "))),
      shown.region && h("span", {}, shown.region),
    ),
  );
}

function warnings(shown) {
  const line = (text, tone, sign) => h(`div.alert-line.tone-${tone}`, { role: "note" }, icon(sign), h("p", {}, text));
  const found = [];
  if (shown.stopped) found.push(line(fill(gettext("Stopped: %(reason)s"), { reason: shown.stopped }), "bad", "sign-stop"));
  if (shown.complaint_open) found.push(line(gettext("A complaint is open."), "bad", "megaphone"));
  for (const flag of shown.flags ?? []) found.push(line([flag.label, flag.evidence, flag.raised_by && `${flag.raised_by} ${day(flag.raised_at?.slice(0, 10))}`].filter(Boolean).join(" · "), flag.kind === "hardship" ? "warn" : "bad", "flag"));
  if (shown.limitation.text) found.push(line(shown.limitation.text, shown.limitation.tone, "hourglass-split"));
  if (shown.warning) found.push(line(shown.warning, "warn", "exclamation-triangle"));
  if (shown.promise && ["open", "broken"].includes(shown.promise.state)) {
    const values = { amount: shown.masked ? "¥ ••••" : money(shown.promise.amount), day: shown.promise.due_on, state: shown.promise.state_label };
    const text = line("", shown.promise.state === "broken" ? "bad" : "active", "calendar-check");
    text.querySelector("p").replaceChildren(debt(fill(gettext("Promise: %(amount)s by %(day)s, %(state)s"), values)));
    found.push(text);
  }
  return found;
}

/** Totals in each currency, in whole cents: nothing is rounded. */
function totals(rows) {
  const sums = new Map();
  for (const row of rows) {
    if (row.amount === null || row.amount === undefined) continue;
    const cents = BigInt(money(row.amount).replace(/[^\d-]/g, ""));
    sums.set(row.currency, (sums.get(row.currency) ?? 0n) + cents);
  }
  const text = (cents) => `${cents < 0n ? "-" : ""}${String(cents < 0n ? -cents : cents).padStart(3, "0").replace(/(\d\d)$/, ".$1")}`;
  return [...sums].map(([currency, cents]) => money(text(cents), currency));
}

function asOf(shown) {
  const told = [fill(gettext("as of %(day)s"), { day: shown.balance_on }), shown.accounts.length > 1 && !shown.masked && fill(gettext("%(count)s accounts: %(amounts)s"), { count: shown.accounts.length, amounts: totals(shown.accounts).join(" + ") })];
  return h("span.block-note", {}, told.filter(Boolean).join(" · "));
}

/** Two lines for an account: what one asks for, and what it is made of. The table fits its pane. */
function accounts(shown) {
  if (!shown.accounts.length) return h("p.none", {}, gettext("The file names no account."));
  const heads = [[gettext("Card")], [gettext("Owed"), "money"], [gettext("Overdue since")], [gettext("Last payment")]];
  const head = h("thead", {}, h("tr", {}, heads.map(([text, kind]) => h(kind ? "th.cell-money" : "th", { scope: "col" }, text))));
  return h("div.table-frame.accounts", { tabindex: "0", role: "region", "aria-label": gettext("Accounts and amounts") }, h("table.rows", {}, head, shown.accounts.map((row) => account(row, shown.masked))));
}

function account(row, isMasked) {
  const paid = row.last_paid_on ? [row.last_paid_on, row.last_paid_amount !== null && h("span.cell-sub", {}, money(row.last_paid_amount, row.currency))] : "—";
  const parts = [[gettext("Principal"), row.principal], [gettext("Interest"), row.interest], [gettext("Fees"), row.fees], [gettext("Minimum"), row.minimum_payment], [gettext("Credit limit"), row.credit_limit]].filter(([, value]) => value !== null);
  const made = [...parts.map(([label, value]) => `${label} ${money(value, row.currency)}`), row.bill_day && fill(gettext("bill day %(day)s"), { day: row.bill_day }), row.opened_on && fill(gettext("opened %(day)s"), { day: row.opened_on })].filter(Boolean);
  return h(
    "tbody",
    {},
    h("tr", {}, h("td", {}, row.card ? masked(row.card, revealUrl("card", row.id)) : "—"), h("td.cell-money", {}, isMasked ? "••••" : money(row.amount, row.currency)), h("td.cell-date", {}, day(row.overdue_since)), h("td.cell-date", {}, paid)),
    made.length ? h("tr.account-parts", {}, h("td", { colSpan: 4 }, made.map((text) => h("span", {}, text)))) : null,
  );
}

function contacts(shown, onCall, onCheck) {
  if (!shown.contacts.length) return h("p.none", {}, gettext("The file names nobody to contact. Add a number at the right once you learn one, or ask for a registry look-up."));
  return shown.contacts.map((contact) => contactCard(contact, shown, onCall, onCheck));
}

/** What the columns mean for this person; many accounts make many lines, which wait to be opened. */
function meanings(shown) {
  const list = h("ul.meanings", {}, shown.meanings.map((text) => h("li", {}, text)));
  if (shown.meanings.length > 6) return h("details", {}, h("summary.case-note", {}, fill(gettext("What it means (%(count)s)"), { count: shown.meanings.length })), list);
  return shown.meanings.length ? list : null;
}

function gate(shown) {
  const calls = fill(gettext("spoken to today: %(count)s of %(limit)s"), { count: shown.effective, limit: shown.effective_limit ?? "—" });
  const third = shown.is_open_order ? gettext("order open by the client's instruction") : shown.is_lost ? gettext("contact lost: third parties open") : gettext("third parties locked (CR-10)");
  return h("span.block-note", {}, `${calls} · ${third}`);
}

function contactCard(contact, shown, onCall, onCheck) {
  const relation = contact.relation_text && contact.relation_text !== contact.relation_label ? `${contact.relation_label} (${contact.relation_text})` : contact.relation_label;
  const isSelf = contact.relation === "self";
  return h(
    "article.contact",
    { "data-contact": String(contact.id) },
    h("div.contact-head", {}, h("strong", {}, contact.name || relation), contact.name && h("span.contact-relation", {}, relation), contact.is_third_party && badge(contact.standing), h("span.contact-relation", {}, fill(gettext("from: %(source)s"), { source: contact.source })), !isSelf && h("span.contact-check", {}, check(contact, "contact", onCheck, shown))),
    ...contact.phones.map((phone) => phoneLine(phone, shown, onCall, onCheck)),
    ...contact.addresses.map((address) => addressLine(address, shown, onCheck)),
    !contact.phones.length && !contact.addresses.length && h("p.none", {}, gettext("No phone and no address")),
  );
}

function phoneLine(phone, shown, onCall, onCheck) {
  const refused = phone.refusals.length > 0;
  const why = phone.refusals.map((row) => `${row.text} (${row.rule})`).join("\n");
  const call = button([icon(refused ? "slash-circle" : "telephone"), gettext("Call")], () => onCall(phone.id), { css: refused ? "btn call-button is-refused" : "btn call-button", "data-phone": String(phone.id), "data-key": `call-${phone.id}`, title: why || null });
  if (!shown.is_mine) call.hidden = true;
  return h(
    "div.reach",
    { "data-callable": refused ? null : "" },
    h(
      "div.reach-what",
      {},
      h("span.reach-value", {}, masked(phone.masked, revealUrl("phone", phone.id)), phone.extension && ` ×${phone.extension}`),
      h("span.reach-notes", {}, `${phone.kind} · ${phone.source}`, phone.expires_on && ` · ${fill(gettext("until %(day)s"), { day: phone.expires_on })}`),
    ),
    h(
      "div.reach-state",
      {},
      phone.status !== "unknown" && badge(phone.status_label, NUMBER[phone.status]),
      h("span.reach-count", { title: gettext("Dials to this number today") }, `${phone.attempts}/${shown.attempts_limit ?? "—"}`),
      check(phone, "phone", onCheck, shown),
      call,
    ),
    refused && h("p.reach-refusal", {}, icon("lock"), phone.refusals.map((row) => `${row.rule} ${row.text}`).join(" ")),
  );
}

function addressLine(address, shown, onCheck) {
  return h(
    "div.reach",
    {},
    h("div.reach-what", {}, h("span.reach-value", {}, masked(address.masked, revealUrl("address", address.id))), h("span.reach-notes", {}, `${address.kind} · ${address.source}`, address.expires_on && ` · ${fill(gettext("until %(day)s"), { day: address.expires_on })}`)),
    h("div.reach-state", {}, address.returned_at && badge(gettext("Mail came back"), "bad"), check(address, "address", onCheck, shown)),
  );
}

/** The verification, and a menu to change it. */
function check(row, kind, onCheck, shown) {
  if (!shown.is_mine) return badge(row.verification_label, VERIFIED[row.verification]);
  const menu = h("details.menu.check-menu", {}, h("summary", { "data-key": `${kind}-${row.id}`, "aria-label": fill(gettext("Verification: %(state)s"), { state: row.verification_label }) }, badge(row.verification_label, VERIFIED[row.verification])));
  const choose = (verification) => {
    menu.open = false;
    return onCheck(kind, row, verification);
  };
  const choices = [["verified", gettext("Verified"), "check-lg"], ["unverifiable", gettext("Cannot be verified"), "dash-lg"], ["wrong", gettext("Wrong"), "x-lg"]];
  menu.append(h("div.menu-panel", {}, choices.map(([code, label, sign]) => h("button.menu-item", { type: "button", onclick: () => choose(code) }, icon(sign), label))));
  return menu;
}

function others(shown, onOpen) {
  if (!shown.other_cases.length) return null;
  const rows = shown.other_cases.map((row) => h("li", {}, h("button.link-button", { type: "button", onclick: () => onOpen(row.id) }, row.case_no), ` ${row.client} · ${shown.masked ? "••••" : money(row.balance)} · ${row.state_label}`));
  return h("section.block.debt-section", {}, title(gettext("Other cases of the same debtor")), h("ul.plain-list", {}, rows));
}

function extra(shown) {
  if (!shown.extra.length) return null;
  return h("details.block.debt-section", {}, h("summary.block-title", {}, fill(gettext("Other columns of the file (%(count)s)"), { count: shown.extra.length })), h("dl.facts", {}, shown.extra.flatMap((row) => fact(row.header, row.text))));
}

/** Letters, registry answers and files: each opens on its own page. */
function documents(shown, casesUrl) {
  const found = shown.timeline.filter((line) => ["letter", "registry"].includes(line.kind));
  const pages = [["documents", gettext("All documents")], ["timeline", gettext("The whole timeline")]];
  const links = h("p.case-links", {}, pages.map(([tab, label]) => h("a", { href: `${casesUrl}${shown.id}/?tab=${tab}` }, label)));
  const rows = found.slice(0, 5).map((line) => h("li", {}, `${moment(line.at)} ${line.title}`, line.text && ` · ${line.text}`));
  return h("section.block", {}, title(gettext("Documents")), rows.length ? h("ul.plain-list", {}, rows) : h("p.none", {}, gettext("No letter and no registry look-up yet.")), links);
}

function timeline(shown, shownLines, pane) {
  if (!shown.timeline.length) return h("p.none", {}, gettext("Nothing has happened yet."));
  const list = h("ol.timeline", {});
  const more = button("", () => draw(Number(pane.dataset.lines) + 20), { css: "btn btn-ghost timeline-more" });
  function draw(count) {
    pane.dataset.lines = String(count);
    list.replaceChildren(...shown.timeline.slice(0, count).map(timelineLine));
    more.hidden = count >= shown.timeline.length;
    more.textContent = fill(gettext("Show more (%(count)s)"), { count: shown.timeline.length - count });
  }
  draw(shownLines);
  return [list, more];
}

const timelineLine = (line) =>
  h("li", {}, h(`span.timeline-sign.tone-${line.tone}`, {}, icon(SIGNS[line.kind] ?? "dot")), h("div", {}, h("div.timeline-head", {}, h("strong", {}, line.title), h("span", {}, line.person), h("time", { datetime: line.at }, moment(line.at))), line.text && h("p.timeline-text", {}, line.text)));
