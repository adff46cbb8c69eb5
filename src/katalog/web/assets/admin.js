// <k-admin>: what admins do: a list of its parts, and the one that is open.

import { en, sv } from "./admin-words.js";
import { drawing, make } from "./dom.js";
import { learn, say } from "./texts.js";

learn({ sv, en });

// Each part is an element of its own, fetched when it is opened.
const PARTS = {
  start: ["k-start", () => import("./start.js")],
  people: ["k-staff", () => import("./staff.js")],
  import: ["k-import", () => import("./import.js")],
  profiles: ["k-choices", () => import("./choices.js")],
  accounts: ["k-accounts", () => import("./accounts.js")],
  pbx: ["k-pbx", () => import("./pbx.js")],
  webhooks: ["k-webhooks", () => import("./webhooks.js")],
  audit: ["k-audit", () => import("./audit.js")],
};
const DRAWN = { start: "available", people: "people", import: "save", profiles: "meal", accounts: "settings", pbx: "oncall", webhooks: "out", audit: "message" };

class Admin extends HTMLElement {
  #app;
  #shown = "";

  /** `app` has the directory, the catalogue, the reader and the view. */
  begin(app) {
    this.#app = app;
    return this;
  }

  connectedCallback() {
    if (this.nav) return;
    this.nav = make("nav.parts", { "aria-label": say("administration") }, Object.keys(PARTS).map((part) =>
      make("a", { href: `/admin/${part}`, "data-page": true, "data-part": part }, drawing(DRAWN[part]), say(`part-${part}`)),
    ));
    this.place = make("div.part");
    this.append(this.nav, this.place);
  }

  /** The part that the address is of. */
  get #part() {
    return this.#app.view.page.split("/")[2] || "start";
  }

  /** Another part is opened, or the same one differently. */
  async look() {
    const part = this.#part;
    const [name, load] = PARTS[part] ?? PARTS.start;
    for (const link of this.nav.children) {
      link.toggleAttribute("aria-current", false);
      if (link.dataset.part !== part) continue;
      link.setAttribute("aria-current", "page");
      link.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    await load();
    if (this.#part !== part) return; // somebody has gone on meanwhile
    if (this.#shown !== name) {
      this.#shown = name;
      this.opened = make(name).begin(this.#app);
      this.place.replaceChildren(this.opened);
      this.place.scrollTop = 0;
    }
    this.opened.look?.();
  }

  changed(ids) {
    this.opened?.changed?.(ids);
  }

  key(event) {
    return this.opened?.key?.(event) ?? false;
  }
}

customElements.define("k-admin", Admin);
