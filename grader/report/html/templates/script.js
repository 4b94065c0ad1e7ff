"use strict";
const said = document.getElementById("said");

async function copy(button) {
  const code = button.parentElement.querySelector("code");
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    // Where the clipboard is refused, the line is selected and copied as of old.
    getSelection().selectAllChildren(code);
    if (!document.execCommand("copy")) {
      said.textContent = "The line is selected; copy it with the keyboard.";
      return;
    }
  }
  said.textContent = "Copied.";
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; }, 2000);
}

for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}

let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open]):not(.log):not(.again)")];
  for (const one of opened) one.open = true;
});
addEventListener("afterprint", () => { for (const one of opened) one.open = false; });
