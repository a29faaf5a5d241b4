// Asking for letters: which account "as the template says" means, before anything is sent.
import { fill, gettext } from "./kit.js";

const template = document.querySelector("select[name=template]");
const empty = document.querySelector("select[name=payee]").options[0];
const words = empty.textContent;

function say() {
  const account = template.selectedOptions[0]?.dataset.payee;
  empty.textContent = account ? fill(gettext("As the template says: %(account)s"), { account }) : words;
}

template.addEventListener("change", say);
say();
