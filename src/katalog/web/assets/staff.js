// <k-staff>: the people of the directory, hidden ones too: added, changed, hidden, removed, exported.

import { drawing, make, put } from "./dom.js";
import "./entry.js";
import "./list.js";
import { say } from "./texts.js";

class Staff extends HTMLElement {
  #app;
  #query = null;

  begin(app) {
    this.#app = app;
    return this;
  }

  connectedCallback() {
    if (this.list) return;
    const { view, directory, catalogue } = this.#app;
    this.search = make("input", {
      type: "search", "aria-label": say("search"), placeholder: say("search"), autocomplete: "off", value: view.query, maxlength: 200,
      oninput: () => view.set({ query: this.search.value }),
    });
    this.count = make("output.count");
    this.list = make("k-list").begin(directory, catalogue);
    this.entry = make("k-entry").begin(this.#app);
    this.entry.addEventListener("done", ({ detail }) => view.set({ open: detail }));
    this.replaceChildren(
      make(
        "div.tools", {},
        make("label.search", {}, drawing("search"), this.search),
        make("button.main", { type: "button", onclick: () => view.set({ open: "new" }) }, drawing("add"), say("add-person")),
        make("a.button", { href: "/api/entries?format=csv", download: true }, drawing("save"), say("export")),
        this.count,
      ),
      make("div.sides", {}, make("div.side", {}, this.list), this.entry),
    );
    this.addEventListener("open", (event) => {
      event.stopPropagation();
      if (this.entry.mayLeave()) view.set({ open: event.detail });
    });
  }

  look() {
    const { query, open } = this.#app.view;
    if (this.search.value !== query) this.search.value = query;
    this.#show(this.#query !== query);
    this.#query = query;
    this.entry.show(open);
  }

  changed(ids) {
    if (!this.list) return;
    this.#show(false);
    if (!ids || ids.has(this.#app.view.open)) this.entry.changed();
  }

  key(event) {
    if (event.key === "Escape" && this.#app.view.open && this.entry.mayLeave()) this.#app.view.set({ open: "" });
    else if (event.key === "/" && !event.target.matches("input, select, textarea")) this.search.focus();
    else return false;
    return true;
  }

  #show(anew) {
    const { directory } = this.#app;
    const entries = directory.find(this.#app.view.query);
    this.list.show(entries, { anew });
    put(this.count, entries.length === directory.size ? say("people", entries.length) : say("found", entries.length, directory.size));
  }
}

customElements.define("k-staff", Staff);
