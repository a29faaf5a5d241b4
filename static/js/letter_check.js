// The quality form: points as the items are answered, and everything OK with one button.

const form = document.querySelector("[data-check-form]");

function count() {
  const lost = [...form.querySelectorAll("[data-weight]:checked")].reduce((sum, box) => sum + Number(box.dataset.weight), 0);
  form.querySelector("[data-points]").value = String(Math.max(0, 100 - lost));
}

if (form) {
  count();
  form.addEventListener("change", count);
  form.querySelector("[data-all-ok]").addEventListener("click", () => {
    for (const box of form.querySelectorAll("input[value=ok]")) box.checked = true;
    count();
  });
}
