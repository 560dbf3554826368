"use strict";
const all = (selector) => [...document.querySelectorAll(selector)];

for (const button of all("button.copy")) {
  const code = button.parentElement.querySelector("code");
  button.hidden = false;
  button.addEventListener("click", async () => {
    const range = document.createRange();
    range.selectNodeContents(code);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Press Ctrl+C"; // selected above; the browser keeps the clipboard from pages on disk
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}

const filters = document.querySelector(".filters");
filters.hidden = false;
filters.addEventListener("click", (event) => {
  const pressed = event.target.closest("button");
  if (!pressed) return;
  for (const button of filters.children) button.setAttribute("aria-pressed", String(button === pressed));
  for (const part of all("[data-verdict]")) {
    part.hidden = pressed.dataset.show !== "" && part.dataset.verdict !== pressed.dataset.show;
  }
});
