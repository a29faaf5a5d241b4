// Quick texts: "/" in a note opens the list, letters narrow it, Enter puts the text in place of what was typed.
import { h } from "./desk_dom.js";
import { fill, gettext } from "./kit.js";

const ASKED = /(^|\s)\/([^\s/]{0,20})$/;
const SHOWN = 8;

export function quickTexts(area, texts) {
  if (!texts.length) return area;
  const list = h("ul.quick-list", { id: `quick-${Math.random().toString(36).slice(2)}`, role: "listbox", "aria-label": gettext("Quick texts"), hidden: true });
  const status = h("span.visually-hidden", { role: "status" });
  let found = [], at = 0;

  area.setAttribute("role", "combobox");
  area.setAttribute("aria-autocomplete", "list");
  area.setAttribute("aria-controls", list.id);
  area.setAttribute("aria-expanded", "false");

  function close() {
    list.hidden = true;
    area.setAttribute("aria-expanded", "false");
    area.removeAttribute("aria-activedescendant");
  }

  function draw() {
    const asked = ASKED.exec(area.value.slice(0, area.selectionStart));
    found = asked ? texts.filter((row) => `${row.title} ${row.text}`.toLowerCase().includes(asked[2].toLowerCase())).slice(0, SHOWN) : [];
    if (!found.length) return close();
    at = Math.min(at, found.length - 1);
    list.replaceChildren(...found.map((row, index) => h(`li.quick-line${index === at ? ".is-here" : ""}`, { id: `${list.id}-${index}`, role: "option", "aria-selected": String(index === at), onmousedown: (event) => {
      event.preventDefault();
      insert(row);
    } }, h("strong", {}, row.title), h("span", {}, row.text))));
    list.hidden = false;
    status.textContent = fill(gettext("%(count)s quick texts"), { count: found.length });
    area.setAttribute("aria-expanded", "true");
    area.setAttribute("aria-activedescendant", `${list.id}-${at}`);
  }

  function insert(row) {
    const end = area.selectionStart, start = end - ASKED.exec(area.value.slice(0, end))[2].length - 1;
    area.setRangeText(row.text, start, end, "end");
    area.dispatchEvent(new Event("input"));
    close();
  }

  area.addEventListener("input", () => {
    at = 0;
    draw();
  });
  area.addEventListener("blur", close);
  area.addEventListener("keydown", (event) => {
    if (list.hidden || event.ctrlKey || event.metaKey) return;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) at = (at + moves[event.key] + found.length) % found.length;
    else if (event.key === "Enter" || event.key === "Tab") insert(found[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
    if (!list.hidden) draw();
  });
  return h("div.quick", {}, area, list, status);
}
