// A click on a day puts it into the form beside the calendar.
const form = document.getElementById("day-form");

for (const button of document.querySelectorAll("[data-day]")) {
  button.addEventListener("click", () => {
    form.elements.day.value = button.dataset.day;
    form.elements.kind.value = button.dataset.kind;
    form.elements.name.value = button.dataset.name;
    document.querySelector(".day.is-chosen")?.classList.remove("is-chosen");
    button.classList.add("is-chosen");
    form.elements.kind.focus();
  });
}
