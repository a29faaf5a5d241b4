// What is being written survives a reload, a closed tab and a lost connection: one draft for each case, on this computer, until it is saved.
// The draft holds the call, its script, and what was typed. The number in the clear is kept only as long as this tab lives: after a
// closed tab it comes back masked, and is shown again by the logged reveal.

const person = () => document.getElementById("workbench").dataset.user;
const prefix = () => `desk:${person()}:`;
const numberName = (verdict) => `desk-number:${person()}:${verdict}`;
const KEPT_FOR = 24 * 3600 * 1000;

export function keepDraft(caseId, draft) {
  const { number, uri, rest, ...kept } = draft;
  try {
    localStorage.setItem(prefix() + caseId, JSON.stringify({ ...kept, keptAt: Date.now() }));
    if (number) sessionStorage.setItem(numberName(draft.verdict), number);
  } catch {
    // A full or forbidden store only means that nothing survives a reload.
  }
}

export function draftOf(caseId) {
  try {
    const draft = JSON.parse(localStorage.getItem(prefix() + caseId));
    if (draft && Date.now() - draft.keptAt < KEPT_FOR) return { ...draft, rest: "", uri: "", number: sessionStorage.getItem(numberName(draft.verdict)) ?? "" };
  } catch {
    // Unreadable: as if there were none.
  }
  dropDraft(caseId);
  return null;
}

export function dropDraft(caseId) {
  try {
    const draft = JSON.parse(localStorage.getItem(prefix() + caseId));
    if (draft) sessionStorage.removeItem(numberName(draft.verdict));
    localStorage.removeItem(prefix() + caseId);
  } catch {
    // Nothing to drop.
  }
}

/** Every case with a call that is not saved yet; `body` is there when sending was tried and waits for the connection. */
export function drafts() {
  const names = Object.keys(localStorage).filter((name) => name.startsWith(prefix()));
  return names
    .map((name) => Number(name.slice(prefix().length)))
    .map((caseId) => ({ caseId, draft: draftOf(caseId) }))
    .filter(({ draft }) => draft);
}

export const waiting = () => drafts().filter(({ draft }) => draft.body);

/** Another tab saved or dropped the draft of a case. */
export function whenDroppedElsewhere(action) {
  window.addEventListener("storage", (event) => {
    if (event.key?.startsWith(prefix()) && event.newValue === null) action(Number(event.key.slice(prefix().length)));
  });
}

/** One tab at a time sends what waits; where the browser has no locks the server's keys keep it to once. */
export function alone(action) {
  return navigator.locks ? navigator.locks.request(`${prefix()}send`, { ifAvailable: true }, (lock) => (lock ? action() : null)) : action();
}
