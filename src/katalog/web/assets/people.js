// <k-people>: the directory: a search, filters, everybody who was found, and the card of one.

import "./card.js";
import { presence } from "./directory.js";
import { drawing, make, put } from "./dom.js";
import "./list.js";
import { words } from "./row.js";
import { say } from "./texts.js";

const FILTERS = {
  "": ["all", () => true],
  available: ["available", (entry) => presence(entry) === "available"],
  absent: ["absent", (entry) => entry.profile?.available === false],
  oncall: ["oncall", (entry) => entry.calls.length > 0],
};

class People extends HTMLElement {
  #app;
  #filters = ""; // what was shown
  #heard = ""; // what the open one showed

  /** `app` has the directory, the catalogue, the reader and the view. */
  begin(app) {
    this.#app = app;
    return this;
  }

  connectedCallback() {
    if (this.list) return;
    const { view, directory, catalogue } = this.#app;
    this.search = make("input", {
      type: "search", "aria-label": say("search"), placeholder: say("search"), autocomplete: "off", spellcheck: "false",
      "aria-keyshortcuts": "/", maxlength: 200,
      oninput: () => view.set({ query: this.search.value }),
      onkeydown: (event) => this.#inSearch(event),
    });
    this.search.value = view.query;
    this.chips = make("div.chips", { role: "group", "aria-label": say("filters") }, Object.entries(FILTERS).map(([value, [text]]) =>
      make("button.chip", { "data-value": value, onclick: () => view.set({ shown: value }) }, say(text)),
    ));
    this.department = make("select.chip", {
      "aria-label": say("department"), onchange: () => view.set({ department: this.department.value }),
    });
    this.count = make("output.count", { "aria-live": "polite" });
    this.list = make("k-list").begin(directory, catalogue);
    this.card = make("k-card").begin(this.#app);
    this.empty = make("div.empty");
    this.append(
      make("div.tools", { role: "search" },
        make("label.search", {}, drawing("search"), this.search, make("kbd", { "aria-hidden": "true" }, "/")),
        this.chips, this.department, this.count),
      make("div.sides", {}, make("div.side", {}, this.list, this.empty), this.card),
    );
    this.addEventListener("look-for", ({ detail }) => view.set({ query: detail, shown: "", department: "" }));
    this.list.focus({ preventScroll: true });
    this.look();
  }

  /** What the server has told: of some (a set of ids), or of everything (null). */
  changed(ids) {
    this.#departments();
    this.#show(false);
    this.#hear(ids);
  }

  /** Something else is looked at. */
  look() {
    const { query, open } = this.#app.view;
    if (this.search.value !== query) this.search.value = query;
    this.#departments();
    this.#show(this.#filters !== this.#wanted());
    this.#hear(null);
    if (!open && this.card.contains(document.activeElement)) this.list.focus();
  }

  /** A key that was pressed where nothing is typed. Gives whether it was for this page. */
  key(event) {
    const { view } = this.#app;
    if (event.key === "Escape") {
      if (view.open) view.set({ open: "" });
      else if (view.query || view.shown || view.department) view.set({ query: "", shown: "", department: "" });
      this.list.focus();
    } else if (event.key === "/" && !event.target.matches("input, select, textarea")) {
      this.search.focus();
      this.search.select();
    } else return false;
    return true;
  }

  #inSearch(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      this.list.move(steps[event.key]);
      event.preventDefault();
    } else if (event.key === "Enter") this.list.enter();
  }

  #wanted() {
    const { query, shown, department } = this.#app.view;
    return JSON.stringify([query, shown, department]);
  }

  /** `anew`: other people are looked for, so the list begins at its top. */
  #show(anew) {
    const { directory, view } = this.#app;
    const { shown, department, open } = view;
    const everybody = directory.find(view.query);
    const [, wanted] = FILTERS[shown];
    const entries =
      shown || department
        ? everybody.filter((entry) => wanted(entry) && (!department || entry.department === department))
        : everybody;
    this.#filters = this.#wanted();
    this.list.show(entries, { anew });
    const all = directory.size;
    put(this.count, entries.length === all ? say("people", all) : say("found", entries.length, all));
    for (const chip of this.chips.children) chip.setAttribute("aria-pressed", String(chip.dataset.value === shown));
    this.department.classList.toggle("pressed", Boolean(department));
    this.#nobody(entries.length, all);
    this.card.show(directory.get(open) ?? null);
  }

  #nobody(count, all) {
    const isLoading = this.#app.directory.state === "loading";
    this.empty.hidden = count > 0;
    this.list.hidden = !count;
    if (count) return;
    const clear = () => this.#app.view.set({ query: "", shown: "", department: "" });
    const told = isLoading
      ? [make("p.quiet", {}, say("loading"))]
      : all
        ? [make("h2", {}, say("nobody-found")), make("p.quiet", {}, say("nobody-hint")), make("button.main", { onclick: clear }, say("clear"))]
        : [make("h2", {}, say("nobody")), this.#app.reader.role === "admin" ? make("p", {}, make("a.button.main", { href: "/admin/import", "data-page": true }, say("import-them"))) : null];
    const text = told.map((each) => each?.textContent).join("\n");
    if (this.empty.dataset.told === text) return;
    this.empty.dataset.told = text;
    this.empty.replaceChildren(...told.filter(Boolean));
  }

  #departments() {
    const { view, directory } = this.#app;
    const names = directory.departments;
    if (this.names !== names) {
      this.names = names;
      this.department.replaceChildren(...["", ...names].map((name) => make("option", { value: name }, name || say("departments"))));
      this.department.hidden = !names.length;
    }
    if (this.department.value !== view.department) this.department.value = view.department;
  }

  /** Whoever hears the page is told of the one that is open, and of nobody else. */
  #hear(ids) {
    const entry = this.#app.directory.get(this.#app.view.open);
    const shown = entry ? [entry.name, words(entry, this.#app.directory), entry.calls.length ? say("in-call") : ""].filter(Boolean).join(", ") : "";
    if (ids && entry && this.#heard && ids.has(entry.id) && shown !== this.#heard) {
      this.dispatchEvent(new CustomEvent("hear", { detail: shown, bubbles: true }));
    }
    this.#heard = shown;
  }
}

customElements.define("k-people", People);
