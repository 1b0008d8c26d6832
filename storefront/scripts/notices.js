/** Notices in a corner of the page; they stay until they are answered. */

import { byId, element } from "./dom.js";
import { texts } from "./texts.js";

/** Shows a notice once per key: a sentence, and maybe something to do about it. */
export function notify(key, sentence, action = null) {
  const place = byId("notices");
  place.querySelector(`[data-notice="${CSS.escape(key)}"]`)?.remove();
  const close = () => notice.remove();
  const notice = element(
    "div",
    { class: "notice", "data-notice": key },
    element("p", {}, sentence),
    element(
      "div",
      { class: "notice-actions" },
      action &&
        element(
          "button",
          { type: "button", class: "button small", onclick: () => act(action, close) },
          action.label,
        ),
      element(
        "button",
        { type: "button", class: "button quiet small", onclick: close },
        texts.dismiss,
      ),
    ),
  );
  place.append(notice);
}

function act(action, close) {
  action.run();
  close();
}
