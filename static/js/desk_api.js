// The desk's requests. Every answer is {ok, status, data}; a lost connection is status 0.
import { send } from "./kit.js";

const root = () => document.getElementById("workbench").dataset.setup.replace(/setup\/$/, "");
const get = (path) => send(root() + path, undefined, { method: "GET" });
const post = (path, body) => send(root() + path, body);

export const api = {
  setup: () => get("setup/"),
  queue: (params) => get(`queue/?${new URLSearchParams(Object.entries(params).filter(([, value]) => value))}`),
  case: (id) => get(`cases/${id}/`),
  call: (id, phone) => post(`cases/${id}/calls/`, { phone }),
  identity: (verdict, factors) => post(`calls/${verdict}/identity/`, { factors }),
  record: (body) => post("records/", body),
  field: (id, body) => post(`cases/${id}/reviews/fields/`, body),
  step: (id, body) => post(`cases/${id}/reviews/steps/`, body),
  classify: (id, category) => post(`cases/${id}/reviews/classification/`, { category }),
  check: (id, kind, row, verification) => post(`cases/${id}/checks/`, { kind, id: row, verification }),
  phone: (id, body) => post(`cases/${id}/phones/`, body),
  registry: (id, body) => post(`cases/${id}/registry/`, body),
  letterChoices: (id) => get(`cases/${id}/letters/`),
  letter: (id, body) => post(`cases/${id}/letters/`, body),
};

export const revealUrl = (kind, id) => `${document.getElementById("workbench").dataset.reveal}${kind}/${id}/`;
