// What the queue is narrowed by, and the views saved of it: saved, renamed, deleted, one opened first.
import { api } from "./desk_api.js";
import { chooseBetween, rowsOf } from "./desk_conflict.js";
import { button, h, icon, labelled, select } from "./desk_dom.js";
import { ask, complaint, fill, gettext, toast } from "./kit.js";

const FIELDS = ["client", "stage", "band", "callable"];

export class Filters {
  constructor({ setup, isTask, onChange }) {
    Object.assign(this, { onChange, isTask, why: "", views: setup.views ?? [], view: null });
    this.search = document.getElementById("queue-search");
    this.box = document.getElementById("queue-filters");
    this.search.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.changed(), 250);
    });
    if (this.box) this.build(setup);
  }

  build(setup) {
    const all = { code: "", label: gettext("All") };
    const change = () => this.changed();
    this.controls = {
      client: select([all, ...setup.clients], { name: "client", onchange: change }),
      stage: select([all, ...setup.stages.map((stage) => ({ code: stage, label: stage }))], { name: "stage", onchange: change }),
      band: select([all, ...setup.bands], { name: "band", onchange: change }),
      callable: h("input.form-check-input", { type: "checkbox", name: "callable", onchange: change }),
    };
    const { client, stage, band, callable } = this.controls;
    this.viewList = h("ul.view-list", { "aria-label": gettext("Saved views") });
    this.nameBox = h("input.form-control", { maxlength: "40", "aria-label": gettext("Name of the view"), placeholder: gettext("Name of the view"), autocomplete: "off" });
    this.head = h("span", {});
    this.box.replaceChildren(
      h("summary.filter-head", {}, icon("funnel"), this.head),
      h(
        "div.filter-body",
        {},
        this.viewList,
        labelled(gettext("Client"), client),
        labelled(gettext("Stage"), stage),
        labelled(gettext("Amount"), band),
        h("label.form-check", {}, callable, h("span.form-check-label", {}, gettext("Callable now"))),
        h("div.view-save", {}, this.nameBox, button(gettext("Save view"), () => this.save())),
        button(gettext("Clear the filter"), () => this.clear(), { css: "btn btn-ghost" }),
      ),
    );
    const first = this.views.find((view) => view.is_default);
    if (first) this.apply(first);
    this.draw();
  }

  values() {
    const found = { q: this.search.value.trim(), why: this.why };
    for (const name of this.controls ? FIELDS : []) {
      const control = this.controls[name];
      found[name] = control.type === "checkbox" ? (control.checked ? "true" : "") : control.value;
    }
    return found;
  }

  isNarrowed() {
    return Object.values(this.values()).some(Boolean);
  }

  setWhy(why) {
    this.why = why;
    this.changed();
  }

  changed() {
    this.view = null;
    this.draw();
    this.onChange();
  }

  clear() {
    this.fill({});
    this.changed();
  }

  fill(filters) {
    this.search.value = filters.q ?? "";
    this.why = filters.why ?? "";
    for (const name of FIELDS) {
      const control = this.controls[name];
      if (control.type === "checkbox") control.checked = Boolean(filters[name]);
      else control.value = filters[name] ?? "";
    }
  }

  apply(view) {
    this.fill(view.filters);
    if (view.has_lapsed) toast(fill(gettext("“%(name)s” was narrowed by an amount, which is no longer offered before identity is verified: it shows more now. Choose a band and save it anew."), { name: view.name }), "warn");
    this.view = view.id;
  }

  draw() {
    if (!this.box) return;
    const count = Object.entries(this.values()).filter(([name, value]) => FIELDS.includes(name) && value).length;
    const open = this.views.find((view) => view.id === this.view);
    this.head.textContent = open ? open.name : count ? fill(gettext("Filter (%(count)s)"), { count }) : gettext("Filter and views");
    this.viewList.replaceChildren(...this.views.map((view) => this.line(view)));
  }

  line(view) {
    const tool = (sign, label, action, pressed = null) => h("button.tool-button", { type: "button", title: label, "aria-label": `${label}: ${view.name}`, "aria-pressed": pressed, onclick: action }, icon(sign));
    const open = () => {
      this.apply(view);
      this.draw();
      this.onChange();
    };
    return h(
      "li.view-line",
      {},
      h("button.link-button", { type: "button", "aria-current": view.id === this.view ? "true" : null, onclick: open }, view.name),
      tool(view.is_default ? "star-fill" : "star", gettext("Open first"), () => this.change(view, { is_default: !view.is_default }), String(view.is_default)),
      tool("pencil", gettext("Rename to what the name field says"), () => this.rename(view)),
      tool("trash", gettext("Delete"), () => this.remove(view)),
    );
  }

  async refresh(text) {
    if (text) toast(text);
    const answer = await api.views();
    if (answer.ok) this.views = answer.data;
    this.draw();
  }

  async save() {
    const name = this.nameBox.value.trim();
    if (!name) return this.nameBox.focus();
    const filters = Object.fromEntries(Object.entries(this.values()).filter(([, value]) => value));
    const answer = await api.saveView({ name, filters });
    if (!answer.ok) return toast(complaint(answer), "bad");
    this.nameBox.value = "";
    this.view = answer.data.id;
    return this.refresh(fill(gettext("The view “%(name)s” is saved."), { name }));
  }

  rename(view) {
    const name = this.nameBox.value.trim();
    if (name) {
      this.nameBox.value = "";
      return this.change(view, { name });
    }
    this.nameBox.focus();
    return toast(gettext("Write the new name in the field below first."), "active");
  }

  async change(view, values) {
    const answer = await api.changeView(view.id, { version: view.version, ...values });
    if (answer.ok) return this.refresh();
    if (answer.status !== 409 || !answer.data?.theirs) return toast(complaint(answer), "bad");
    const labels = { name: gettext("Name"), is_default: gettext("Open first") };
    const rows = rowsOf({ yours: answer.data.yours, theirs: answer.data.theirs }, labels).filter(([label]) => Object.values(labels).includes(label));
    if ((await chooseBetween(answer.data.detail, rows)) === "mine") return this.change({ ...view, version: answer.data.theirs.version }, values);
    return this.refresh();
  }

  async remove(view) {
    if (!(await ask(fill(gettext("Delete the view “%(name)s”?"), { name: view.name }), { danger: true }))) return;
    const answer = await api.deleteView(view.id);
    if (!answer.ok) return toast(complaint(answer), "bad");
    if (this.view === view.id) this.view = null;
    return this.refresh(answer.data.detail);
  }
}
