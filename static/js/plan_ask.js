// Asking for a plan by shares: fill them in, see each one's part in per cent.

const inputs = () => [...document.querySelectorAll("[data-share]")];

function showParts() {
  const whole = inputs().reduce((sum, input) => sum + (Number(input.value) || 0), 0);
  for (const input of inputs()) {
    const part = whole ? ((Number(input.value) || 0) * 100) / whole : 0;
    input.parentElement.querySelector("[data-share-percent]").value = `${part.toFixed(1)} %`;
  }
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-share]")) showParts();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-shares]");
  if (!button) return;
  for (const input of inputs()) input.value = button.dataset.shares === "equal" ? "100" : input.dataset.proposed;
  showParts();
});

showParts();
