// What is being written survives a reload and a lost connection: one draft for each case, on this computer, until it is saved.
// Numbers and amounts of the case are never kept here; what the collector typed is.

const prefix = () => `desk:${document.getElementById("workbench").dataset.user}:`;
const KEPT_FOR = 24 * 3600 * 1000;

export function keepDraft(caseId, draft) {
  try {
    localStorage.setItem(prefix() + caseId, JSON.stringify({ ...draft, keptAt: Date.now() }));
  } catch {
    // A full or forbidden store only means that nothing survives a reload.
  }
}

export function draftOf(caseId) {
  try {
    const draft = JSON.parse(localStorage.getItem(prefix() + caseId));
    if (draft && Date.now() - draft.keptAt < KEPT_FOR) return draft;
  } catch {
    // Unreadable: as if there were none.
  }
  dropDraft(caseId);
  return null;
}

export function dropDraft(caseId) {
  try {
    localStorage.removeItem(prefix() + caseId);
  } catch {
    // Nothing to drop.
  }
}

/** The cases with a draft whose sending was tried and waits for the connection. */
export function waiting() {
  const found = [];
  for (let index = 0; index < localStorage.length; index += 1) {
    const name = localStorage.key(index);
    if (!name.startsWith(prefix())) continue;
    const caseId = Number(name.slice(prefix().length));
    const draft = draftOf(caseId);
    if (draft?.body) found.push({ caseId, draft });
  }
  return found;
}
