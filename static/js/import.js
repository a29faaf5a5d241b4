// Arrivals, the import's progress, templates: files by drag and drop, the pace of long work, only what differs.
import { fill, gettext } from "./kit.js";

// --- Files ------------------------------------------------------------------------------------------------------------

const size = (bytes) => (bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`);

function showFiles(zone, files) {
  const lines = [...files].map((file) => {
    const line = document.createElement("li");
    for (const text of [file.name, size(file.size)]) {
      const part = document.createElement("span");
      part.textContent = text;
      line.append(part);
    }
    return line;
  });
  zone.querySelector("[data-drop-files]").replaceChildren(...lines);
}

function receiveFiles(zone) {
  const input = zone.querySelector("input[type=file]");
  const over = (isOver) => zone.classList.toggle("is-over", isOver);
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  zone.addEventListener("dragleave", () => over(false));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    const all = new DataTransfer();
    for (const file of [...(input.multiple ? input.files : []), ...event.dataTransfer.files]) all.items.add(file);
    input.files = all.files;
    showFiles(zone, input.files);
  });
  input.addEventListener("change", () => showFiles(zone, input.files));
}

for (const zone of document.querySelectorAll("[data-drop]")) receiveFiles(zone);

// --- The pace of long work ----------------------------------------------------------------------------------------------

// Where the work stood when this browser first saw it; kept over a reload, forgotten with the tab.
function paceOf(card) {
  const done = Number(card.dataset.done);
  const key = `pace-${card.dataset.progress}`;
  const first = JSON.parse(sessionStorage.getItem(key) ?? "null");
  if (!done) return "";
  if (!first || first.done > done) {
    sessionStorage.setItem(key, JSON.stringify({ done, at: Date.now() }));
    return "";
  }
  const seconds = (Date.now() - first.at) / 1000;
  const rate = (done - first.done) / seconds;
  if (seconds < 1 || rate <= 0) return "";
  const said = fill(gettext("%(rate)s rows a second"), { rate: Math.round(rate).toLocaleString("en") });
  const left = Number(card.dataset.total) - done;
  return left > 0 ? `${said} · ${fill(gettext("about %(time)s left"), { time: timeText(left / rate) })}` : said;
}

function timeText(seconds) {
  if (seconds < 60) return fill(gettext("%(seconds)s s"), { seconds: Math.ceil(seconds) });
  return fill(gettext("%(minutes)s min %(seconds)s s"), { minutes: Math.floor(seconds / 60), seconds: Math.ceil(seconds % 60) });
}

function showPace() {
  const card = document.querySelector("[data-progress]");
  if (card) card.querySelector("[data-pace]").textContent = paceOf(card);
}

document.addEventListener("htmx:afterSettle", showPace);
showPace();

// --- Templates ----------------------------------------------------------------------------------------------------------

document.querySelector("[data-only-changes]")?.addEventListener("change", (event) => {
  event.target.closest(".card").querySelector(".beside").classList.toggle("is-brief", event.target.checked);
});
