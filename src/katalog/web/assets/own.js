// <k-own>: oneself, at the top of the page: what one shows now, and a panel to set it in. Its button is also the menu.

import { ask } from "./api.js";
import { TICK } from "./dates.js";
import { callOf, partyOf } from "./directory.js";
import { make, put } from "./dom.js";
import { mark } from "./mark.js";
import { timeOf, words } from "./row.js";
import "./set.js";
import { otherLanguage, say } from "./texts.js";

class Own extends HTMLElement {
  #app;

  /** `app` has the directory, the catalogue and the reader. */
  begin(app) {
    this.#app = app;
    return this;
  }

  connectedCallback() {
    this.timer = setInterval(() => this.#tick(), TICK);
    if (this.panel) return;
    const { directory, catalogue, reader } = this.#app;
    this.mark = make("span.mark");
    this.name = make("span.name");
    this.state = make("span.about");
    this.button = make(
      "button.own", { popovertarget: "own", "aria-keyshortcuts": "p" },
      this.mark, make("span.lines", {}, this.name, " ", this.state),
    );
    this.set = reader.entry && !reader.read_only ? make("k-set").begin(directory, catalogue) : null;
    this.panel = make(
      "div.panel", { id: "own", popover: true, "aria-label": say("own-profile"), role: "dialog" },
      this.set,
      make(
        "div.menu", {},
        make("button.plain", { onclick: () => this.dispatchEvent(new Event("help", { bubbles: true })) }, say("help")),
        make("button.plain", { onclick: otherLanguage, lang: say("other-language") }, say("language")),
        make("button.plain", { onclick: () => this.#leave() }, say("log-out")),
      ),
    );
    this.panel.addEventListener("toggle", ({ newState }) => {
      if (newState === "open") this.panel.querySelector("[aria-pressed=true], button")?.focus();
      else this.set?.forget();
    });
    this.addEventListener("set", () => this.close());
    this.append(this.button, this.panel);
    this.show();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  open() {
    this.panel.showPopover();
  }

  close() {
    this.panel.hidePopover();
  }

  /** Oneself as the directory has one now. */
  show() {
    if (!this.panel) return;
    const { directory, catalogue, reader } = this.#app;
    const entry = directory.get(reader.entry);
    put(this.name, entry?.name ?? reader.login);
    this.mark.hidden = !entry;
    if (!entry) return;
    this.#tick();
    mark(this.mark, entry, catalogue);
    this.set?.show(entry);
  }

  /** What one shows, or the call on one's own line. */
  #tick() {
    const { directory, reader } = this.#app;
    const entry = directory.get(reader.entry);
    if (!entry) return;
    const call = callOf(entry);
    put(this.state, call ? `${partyOf(call.call, directory)} ${timeOf(call, directory)}` : words(entry, directory));
  }

  async #leave() {
    await ask("POST", "/api/auth/logout").catch(() => {});
    location.assign("/");
  }
}

customElements.define("k-own", Own);
