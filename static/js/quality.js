// The quality form: one key for each item, the points as the items are answered, a note where something is wrong.

const form = document.querySelector("[data-check-form]");
const KEYS = { 1: "ok", 2: "slight", 3: "general", 4: "serious" };
const items = form ? [...form.querySelectorAll("[data-item]")] : [];

const chosen = (item) => item.querySelector("input[type=radio]:checked");

function count() {
  const lost = items.reduce((sum, item) => sum + Number(chosen(item)?.dataset.cost ?? 0), 0);
  const points = Math.max(0, 100 - lost);
  const grade = form.querySelector("[data-grade]");
  const found = items.map((item) => chosen(item)?.value).filter((value) => value && value !== "ok");
  const serious = found.includes("serious") || points < Number(grade.dataset.below);
  const kind = serious ? "serious" : found.length ? "minor" : "pass";
  form.querySelector("[data-points]").value = String(points);
  grade.value = items.every(chosen) ? grade.dataset[kind] : "";
  grade.className = `state tone-${{ pass: "good", minor: "warn", serious: "bad" }[kind]}`;
  grade.hidden = !grade.value;
  for (const item of items) item.querySelector(".check-note").hidden = [undefined, "ok"].includes(chosen(item)?.value);
}

function go(item) {
  item?.focus();
  item?.scrollIntoView({ block: "nearest" });
}

function answer(item, value) {
  const box = item.querySelector(`input[value=${value}]`) ?? (value === "ok" ? null : item.querySelector("input[value=serious]"));
  box.checked = true;
  box.dispatchEvent(new Event("change", { bubbles: true }));
  if (value === "ok") go(items[items.indexOf(item) + 1] ?? form.querySelector("button[type=submit]"));
  else item.querySelector(".check-note").focus();
}

function onKey(event) {
  if (event.key === "Enter" && event.ctrlKey) {
    event.preventDefault();
    form.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const item = event.target.closest?.("[data-item]");
  const writing = event.target.matches?.("input:not([type=radio]), textarea, select");
  if (writing) {
    if (item && event.key === "Enter") {
      event.preventDefault();
      go(items[items.indexOf(item) + 1] ?? form.querySelector("textarea"));
    }
    return;
  }
  const here = item ?? items.find((one) => !chosen(one)) ?? items[0];
  const place = items.indexOf(here);
  if (KEYS[event.key]) {
    event.preventDefault();
    answer(here, KEYS[event.key]);
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    go(items[place + (event.key === "ArrowDown" ? 1 : -1)] ?? here);
  }
}

if (form) {
  count();
  form.addEventListener("change", count);
  document.addEventListener("keydown", onKey);
  form.querySelector("[data-all-ok]").addEventListener("click", () => {
    for (const item of items) if (!chosen(item)) item.querySelector("input[value=ok]").checked = true;
    form.dispatchEvent(new Event("change", { bubbles: true }));
  });
  if (!form.querySelector("[role=alert]")) go(items.find((one) => !chosen(one)));
}
