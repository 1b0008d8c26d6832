/** Builds and fills the page; never from strings of HTML, so that nothing said becomes markup. */

import { language, texts } from "./texts.js";

/**
 * Answers a new element. Attributes that are functions listen ("onclick"); `true` sets an empty
 * attribute; `null`, `undefined` and `false` set none. Children are nodes or texts.
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== null && value !== undefined && value !== false)
      made.setAttribute(key, value);
  }
  made.append(
    ...children.flat().filter((child) => child !== null && child !== undefined && child !== false),
  );
  return made;
}

export function byId(id) {
  return document.getElementById(id);
}

/** Puts the texts where the page names them: `data-text`, and `data-label` for `aria-label`. */
export function fillTexts(root = document) {
  document.documentElement.lang = language;
  for (const node of root.querySelectorAll("[data-text]"))
    node.textContent = textOf(node.dataset.text);
  for (const node of root.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", textOf(node.dataset.label));
  }
}

/** Sets a text only when it is another one, so that nobody is told the same thing twice. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Moves the focus to what has just become the point, without a place in the order of tabs. */
export function focusOn(node) {
  node.tabIndex = -1;
  node.focus();
  node.scrollIntoView({ block: "nearest" });
}

function textOf(path) {
  const found = path.split(".").reduce((at, name) => at?.[name], texts);
  if (typeof found !== "string") throw new Error(`texts.js has no ${path}`);
  return found;
}
