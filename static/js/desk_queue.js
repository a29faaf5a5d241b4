// The left pane: whose turn it is, and why.
import { api } from "./desk_api.js";
import { badge, debt, h, money } from "./desk_dom.js";
import { complaint, fill, gettext, timeLeft, toast, urgency } from "./kit.js";

const TONES = { "1_broken": "bad", "2_due": "warn", "3_follow_up": "active", "4_filtering": "warn", "5_untouched": "quiet", "6_later": "quiet", "7_held": "bad" };
const PAGE = 50;

export class Queue {
  constructor({ task, whys, onOpen }) {
    this.list = document.getElementById("queue");
    this.foot = document.getElementById("queue-foot");
    this.chips = document.getElementById("queue-whys");
    this.search = document.getElementById("queue-search");
    Object.assign(this, { task, whys, onOpen, rows: [], counts: {}, total: 0, next: null, why: "", openId: null });
    this.search.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.load(), 250);
    });
    this.list.addEventListener("scroll", () => {
      if (this.list.scrollTop + this.list.clientHeight > this.list.scrollHeight - 200) this.more();
    });
  }

  asked(cursor = "") {
    return { task: this.task, why: this.why, q: this.search.value.trim(), cursor, page_size: PAGE };
  }

  async load() {
    const answer = await api.queue(this.asked());
    if (!answer.ok) return toast(complaint(answer), "bad");
    this.rows = [];
    this.take(answer.data);
    return answer.data;
  }

  /** The next page goes on from the last row shown, as of the first page: nothing is shown twice. */
  async more() {
    if (this.loading || !this.next) return;
    this.loading = true;
    const answer = await api.queue(this.asked(this.next));
    if (answer.ok) this.take(answer.data);
    this.loading = false;
  }

  take(data) {
    const known = new Set(this.rows.map((row) => row.id));
    this.rows.push(...data.results.filter((row) => !known.has(row.id)));
    Object.assign(this, { next: data.next, counts: data.counts, total: Math.max(data.count, this.rows.length) });
    this.draw();
  }

  draw() {
    this.drawChips();
    const now = this.rows.map((row) => this.line(row));
    this.list.replaceChildren(...(now.length ? now : [h("li.queue-empty", {}, this.emptyText())]));
    this.foot.textContent = fill(gettext("%(shown)s of %(total)s cases"), { shown: this.rows.length, total: this.total });
  }

  emptyText() {
    if (this.why || this.search.value) return gettext("No case fits. Clear the filter to see more.");
    return this.task ? gettext("This task has no cases left.") : gettext("No cases yet. They appear here once your team lead assigns them.");
  }

  drawChips() {
    if (!this.chips) return;
    const all = Object.values(this.counts).reduce((sum, count) => sum + count, 0);
    const chip = (code, label, count) => {
      const choose = () => {
        this.why = code;
        this.load();
      };
      return h("button.why-chip", { type: "button", "aria-pressed": String(this.why === code), onclick: choose }, label, h("span.why-count", {}, String(count)));
    };
    const present = this.whys.filter((why) => this.counts[why.code]);
    this.chips.replaceChildren(chip("", gettext("All"), all), ...present.map((why) => chip(why.code, why.label, this.counts[why.code])));
  }

  line(row) {
    const open = () => this.onOpen(row.id);
    const due = row.due_at ? Date.parse(row.due_at) : 0;
    const when = due && ["3_follow_up", "4_filtering"].includes(row.why) ? h(`span.queue-due.tone-${urgency(due - 86_400_000, due)}`, {}, timeLeft(due)) : null;
    const link = h(
      "button.queue-line",
      { type: "button", onclick: open, "aria-current": row.id === this.openId ? "true" : null, "data-case": String(row.id) },
      h("span.queue-top", {}, h("strong.queue-name", {}, row.name), h("span.queue-amount", {}, debt(money(row.balance)))),
      h("span.queue-sub", {}, h("span.queue-case", {}, debt(`${row.client} · ${row.case_no}${row.stage ? ` · ${row.stage}` : ""}`))),
      h("span.queue-why", {}, badge(row.is_classified && this.task ? row.state_label : row.why_label, row.is_classified && this.task ? "good" : TONES[row.why]), when),
    );
    return h("li", {}, link);
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

  /** The case `steps` below (or above) the open one; the first when none is open. */
  neighbour(steps) {
    const at = this.rows.findIndex((row) => row.id === this.openId);
    if (at < 0) return this.rows[0]?.id;
    return this.rows[Math.max(0, Math.min(this.rows.length - 1, at + steps))]?.id;
  }

  /** The most pressing case other than this one: where "save and next" goes. */
  following(id) {
    const rest = this.rows.filter((row) => row.id !== id && !(this.task && row.is_classified));
    const at = this.rows.findIndex((row) => row.id === id);
    return (rest.find((row) => this.rows.indexOf(row) > at) ?? rest[0])?.id;
  }
}
