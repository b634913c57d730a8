// Lets a password be shown while it is typed, and counts its characters towards the rule. Pages work without this file.
"use strict";

for (const input of document.querySelectorAll("input[data-reveal]")) {
  const label = document.querySelector(`label[for="${input.id}"]`).textContent;
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-controls", input.id);
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-label", `${shown ? "Hide" : "Show"}: ${label}`);
  };
  show(false);
  button.addEventListener("click", () => show(input.type === "password"));
  input.after(button);
  // Password stores know the field by its type.
  input.form.addEventListener("submit", () => show(false));

  const least = Number(input.dataset.min || 0);
  if (least > 0) {
    const count = document.createElement("p");
    count.className = "count";
    count.setAttribute("role", "status");
    const field = input.closest(".field");
    field.insertBefore(count, field.querySelector(".rules"));
    input.addEventListener("input", () => {
      const length = [...input.value].length;
      const missing = least - length;
      count.toggleAttribute("data-enough", missing <= 0);
      if (length === 0) count.textContent = "";
      else if (missing > 0) count.textContent = missing === 1 ? "1 more character" : `${missing} more characters`;
      else count.textContent = "Long enough";
    });
  }
}
