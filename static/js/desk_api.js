// The desk's requests. Every answer is {ok, status, data}; a lost connection is status 0.
import { send } from "./kit.js";

const root = () => document.getElementById("workbench").dataset.setup.replace(/setup\/$/, "");
const get = (path) => send(root() + path, undefined, { method: "GET" });
const post = (path, body) => send(root() + path, body);
/** A write that the server does once, however often it comes with this key. */
const once = (path, body, { key = crypto.randomUUID(), method = "POST" } = {}) => send(root() + path, body, { method, headers: { "Idempotency-Key": key } });

export const api = {
  setup: () => get("setup/"),
  queue: (params) => get(`queue/?${new URLSearchParams(Object.entries(params).filter(([, value]) => value))}`),
  neighbour: (params) => get(`queue/neighbour/?${new URLSearchParams(Object.entries(params).filter(([, value]) => value))}`),
  case: (id) => get(`cases/${id}/`),
  call: (id, phone, acknowledged = false) => post(`cases/${id}/calls/`, { phone, acknowledged }),
  identity: (verdict, factors) => post(`calls/${verdict}/identity/`, { factors }),
  record: (body, key) => once("records/", body, { key }),
  field: (id, body) => once(`cases/${id}/reviews/fields/`, body),
  step: (id, body) => once(`cases/${id}/reviews/steps/`, body),
  classify: (id, category) => once(`cases/${id}/reviews/classification/`, { category }),
  check: (id, body) => once(`cases/${id}/checks/`, body),
  phone: (id, body) => once(`cases/${id}/phones/`, body),
  registry: (id, body) => once(`cases/${id}/registry/`, body),
  inbound: (id, body) => post(`cases/${id}/inbound/`, body),
  cancel: (verdict, reason) => once(`calls/${verdict}/cancel/`, { reason }),
  unrecorded: () => get("calls/unrecorded/"),
  amend: (record, body) => once(`records/${record}/`, body, { method: "PATCH" }),
  amendPromise: (promise, body) => once(`promises/${promise}/`, body, { method: "PATCH" }),
  cancelPromise: (promise, body) => once(`promises/${promise}/cancel/`, body),
  referrals: (id, cursor = "") => get(`cases/${id}/referrals/${cursor && `?cursor=${cursor}`}`),
  refer: (id, body) => once(`cases/${id}/referrals/`, body),
  withdraw: (referral, reason) => once(`referrals/${referral}/withdraw/`, { reason }),
  raise: (id, body) => once(`cases/${id}/flags/`, body),
  lift: (flag, reason) => once(`flags/${flag}/lift/`, { reason }),
  views: () => get("views/"),
  saveView: (body) => once("views/", body),
  changeView: (id, body) => once(`views/${id}/`, body, { method: "PATCH" }),
  deleteView: (id) => once(`views/${id}/`, undefined, { method: "DELETE" }),
  letterChoices: (id) => get(`cases/${id}/letters/choices/`),
  letter: (id, body) => once(`cases/${id}/letters/`, body),
};

export const revealUrl = (kind, id) => `${document.getElementById("workbench").dataset.reveal}${kind}/${id}/`;
