// <k-keys>: the keys by which everything can be done, shown with `?`.

import { make } from "./dom.js";
import { say } from "./texts.js";

const KEYS = [["/", "key-search"], ["↑ ↓", "key-move"], ["Enter", "key-open"], ["Esc", "key-close"], ["p", "key-own"], ["?", "key-help"]];

class Keys extends HTMLElement {
  connectedCallback() {
    this.dialog = make(
      "dialog",
      { "aria-labelledby": "keys" },
      make("h2", { id: "keys" }, say("keys")),
      make("dl", {}, KEYS.map(([key, text]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, say(text))])),
      make("form", { method: "dialog" }, make("button.main", {}, say("close"))),
    );
    this.replaceChildren(this.dialog);
  }

  get isOpen() {
    return this.dialog.open;
  }

  open() {
    if (!this.isOpen) this.dialog.showModal();
  }
}

customElements.define("k-keys", Keys);
