// How the desk's panes are built: elements, amounts, days. Loading it has no effect by itself.
import { gettext } from "./kit.js";

/** h("p.note", {title: "x", onclick: f}, "text", child): an element with classes, attributes, listeners and children. */
export function h(what, props = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return element;
}

/** Put these into a pane; what is missing is left out. */
export const refill = (pane, ...children) => pane.replaceChildren(...children.flat(Infinity).filter(Boolean));

export const icon = (name) => h(`i.bi.bi-${name}`, { "aria-hidden": "true" });
export const badge = (text, tone = "quiet") => h(`span.state.tone-${tone}`, {}, text);
export const key = (text) => h("kbd", {}, text);

const SIGNS = { CNY: "¥", USD: "US$", HKD: "HK$" };

/** ¥12,345.60 from the API's decimal text; never through a float. */
export function money(text, currency = "CNY") {
  if (text === null || text === undefined || text === "") return "—";
  const [whole, cents = "00"] = String(text).replace("-", "").split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return `${String(text).startsWith("-") ? "-" : ""}${SIGNS[currency] ?? `${currency} `}${grouped}.${cents.padEnd(2, "0").slice(0, 2)}`;
}

/** What tells of the debt: hidden while a call is open and identity is not verified (CR-12, CR-17). */
export const debt = (text) => h("span.debt", {}, h("span.debt-value", {}, text));

const pad = (number) => String(number).padStart(2, "0");

/** The server answers in the agency's time, whatever zone the browser is in. */
export const moment = (text) => (text ? text.slice(0, 16).replace("T", " ") : "—");

export const day = (text) => text ?? "—";

export const clock = (seconds) => `${pad(Math.floor(seconds / 60))}:${pad(Math.floor(seconds) % 60)}`;

/** A button that does one thing at a time: while it works it can't be pressed again. */
export function button(label, action, { css = "btn", ...props } = {}) {
  const element = h(`button.${css.split(" ").join(".")}`, { type: "button", ...props }, label);
  element.addEventListener("click", async () => {
    if (element.disabled) return;
    element.disabled = true;
    try {
      await action(element);
    } finally {
      element.disabled = false;
    }
  });
  return element;
}

/** A masked value with its eye, as the `masked` tag makes it: desk.js does the rest. */
export function masked(text, url) {
  if (!text) return h("span.none", {}, "—");
  const label = gettext("Show for a minute (is logged)");
  return h(
    "span.masked",
    {},
    h("span.masked-text", { "data-masked-text": "" }, text),
    h("button.masked-reveal", { type: "button", "data-reveal-url": url, title: label, "aria-label": label }, icon("eye")),
  );
}

/** A labelled control. */
export function labelled(label, control, help = "") {
  control.id ||= `f-${Math.random().toString(36).slice(2)}`;
  return h("div.field", {}, h("label.form-label", { for: control.id }, label), control, help && h("div.field-help", {}, help));
}

export function select(options, props = {}) {
  return h("select.form-select", props, options.map((option) => h("option", { value: String(option.code) }, option.label)));
}

export const fact = (term, ...value) => [h("dt", {}, term), h("dd", {}, ...value)];

/** Said to who listens instead of looking: which case opened, what was chosen. */
export function announce(text) {
  const status = document.getElementById("desk-status");
  if (status) status.textContent = text;
}
