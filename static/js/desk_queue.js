// The left pane: whose turn it is, and why.
import { api } from "./desk_api.js";
import { badge, debt, h, icon, money } from "./desk_dom.js";
import { Filters } from "./desk_filters.js";
import { complaint, fill, gettext, timeLeft, toast, urgency } from "./kit.js";

const TONES = { "1_broken": "bad", "2_due": "warn", "3_follow_up": "active", "4_filtering": "warn", "5_untouched": "quiet", "6_later": "quiet", "7_held": "bad" };
const PAGE = 50;

/** The amount, its band while it is masked, and not even that with a third party on the line. */
function owed(row) {
  if (!row.masked) return money(row.balance);
  return row.band ? `¥ ${row.band}` : "";
}

export class Queue {
  constructor({ task, setup, onOpen }) {
    this.list = document.getElementById("queue");
    this.foot = document.getElementById("queue-foot");
    this.chips = document.getElementById("queue-whys");
    this.timing = document.getElementById("queue-timing");
    Object.assign(this, { task, whys: setup.whys, onOpen, rows: [], counts: {}, total: 0, next: null, openId: null });
    this.filters = new Filters({ setup, isTask: Boolean(task), onChange: () => this.load() });
    this.list.addEventListener("scroll", () => {
      if (this.list.scrollTop + this.list.clientHeight > this.list.scrollHeight - 200) this.more();
    });
  }

  asked(cursor = "") {
    return { ...this.filters.values(), task: this.task, cursor, page_size: PAGE };
  }

  async load() {
    const mine = (this.turn = (this.turn ?? 0) + 1);
    this.list.setAttribute("aria-busy", "true");
    const answer = await api.queue(this.asked());
    if (mine !== this.turn) return null; // asked anew meanwhile
    this.list.removeAttribute("aria-busy");
    if (!answer.ok) {
      toast(complaint(answer), "bad");
      return null;
    }
    this.rows = [];
    this.isSilent = answer.data.results.some((row) => !row.why_label);
    this.take(answer.data);
    this.say(answer.data.timing);
    return answer.data;
  }

  /** The next page goes on from the last row shown, as of the first page: nothing is shown twice. */
  async more() {
    if (this.loading || !this.next) return;
    this.loading = true;
    const turn = this.turn, answer = await api.queue(this.asked(this.next));
    if (answer.ok && turn === this.turn) this.take(answer.data);
    this.loading = false;
  }

  take(data) {
    const known = new Set(this.rows.map((row) => row.id));
    this.rows.push(...data.results.filter((row) => !known.has(row.id)));
    Object.assign(this, { next: data.next, counts: data.counts, total: Math.max(data.count, this.rows.length) });
    this.draw();
  }

  /** Whether it is a good moment to call (C3.2). */
  say(timing) {
    if (!this.timing) return;
    this.timing.hidden = !timing?.label;
    this.timing.className = `queue-timing tone-${timing?.is_good ? "good" : "warn"}`;
    this.timing.replaceChildren(...(timing?.label ? [icon("clock"), h("span", {}, timing.label)] : []));
  }

  draw() {
    this.drawChips();
    const lines = this.rows.map((row) => this.line(row));
    this.list.replaceChildren(...(lines.length ? lines : [h("li.queue-empty", {}, this.emptyText())]));
    this.foot.textContent = fill(gettext("%(shown)s of %(total)s cases"), { shown: this.rows.length, total: this.total });
  }

  emptyText() {
    if (this.filters.isNarrowed()) return gettext("No case fits. Clear the filter to see more.");
    return this.task ? gettext("This task has no cases left.") : gettext("No cases yet. They appear here once your team lead assigns them.");
  }

  drawChips() {
    if (!this.chips) return;
    const all = Object.values(this.counts).reduce((sum, count) => sum + count, 0), held = this.chips.contains(document.activeElement) && document.activeElement.dataset.why;
    const chip = (code, label, count) =>
      h("button.why-chip", { type: "button", "data-why": code, "aria-pressed": String(this.filters.why === code), onclick: () => this.filters.setWhy(code) }, label, h("span.why-count", {}, String(count)));
    const present = this.whys.filter((why) => this.counts[why.code] || this.filters.why === why.code);
    this.chips.replaceChildren(chip("", gettext("All"), all), ...present.map((why) => chip(why.code, why.label, this.counts[why.code] ?? 0)));
    if (held !== false) this.chips.querySelector(`[data-why="${held}"]`)?.focus();
  }

  line(row) {
    const due = row.due_at ? Date.parse(row.due_at) : 0;
    const when = due && ["3_follow_up", "4_filtering"].includes(row.why) ? h(`span.queue-due.tone-${urgency(due - 86_400_000, due)}`, {}, timeLeft(due)) : null;
    const isDone = row.is_classified && this.task, why = isDone ? row.state_label : row.why_label;
    const free = row.callable ? h("span.queue-free", { title: gettext("The gate would probably allow a call now") }, icon("telephone"), h("span.visually-hidden", {}, gettext("Callable now"))) : null;
    const line = h(
      "button.queue-line",
      { type: "button", onclick: () => this.onOpen(row.id), "aria-current": row.id === this.openId ? "true" : null, "data-case": String(row.id) },
      h("span.queue-top", {}, h("strong.queue-name", {}, row.name), free, h("span.queue-amount", {}, debt(owed(row)))),
      h("span.queue-sub", {}, h("span.queue-case", {}, debt([row.client, row.case_no, row.stage].filter(Boolean).join(" · ")))),
      h("span.queue-why", {}, why && badge(why, isDone ? "good" : TONES[row.why]), when),
      !this.task && row.reason && h("span.queue-reason", {}, debt(row.reason)),
    );
    return h("li", {}, line);
  }

  mark(id) {
    this.openId = id;
    for (const line of this.list.querySelectorAll("[data-case]")) {
      if (Number(line.dataset.case) === id) {
        line.setAttribute("aria-current", "true");
        line.scrollIntoView({ block: "nearest" });
      } else line.removeAttribute("aria-current");
    }
  }

  /** The case below (or above) the open one; the server knows what lies beyond the loaded rows. */
  async neighbour(step) {
    const at = this.rows.findIndex((row) => row.id === this.openId);
    if (at < 0) return this.rows[0]?.id;
    const near = this.rows[at + step];
    if (near) return near.id;
    if (step > 0 && this.next) {
      await this.more();
      return this.rows[at + 1]?.id;
    }
    return null;
  }

  /** Where the open case stands, in words. */
  place(id) {
    const at = this.rows.findIndex((row) => row.id === id);
    return at < 0 ? "" : fill(gettext("Case %(place)s of %(total)s"), { place: at + 1, total: this.total });
  }

  /** The most pressing case other than this one: where "save and next" goes. */
  following(id) {
    const rest = this.rows.filter((row) => row.id !== id && !(this.task && row.is_classified));
    const at = this.rows.findIndex((row) => row.id === id);
    return (rest.find((row) => this.rows.indexOf(row) > at) ?? rest[0])?.id;
  }
}
