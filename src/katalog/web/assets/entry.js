// <k-entry>: one entry is added or changed. Whoever changes what somebody else has changed meanwhile is told, and
// nothing is lost of either.

import { ask, path } from "./api.js";
import { drawing, make, put } from "./dom.js";
import { field, form, select, surely, tick } from "./form.js";
import { say } from "./texts.js";

const LISTS = { keyWords: ", ", numbers: ", ", devices: " " }; // what parts them where they are typed
const FIELDS = ["extension", "name", "kind", "email", "mobile", "numbers", "title", "department", "location", "keyWords", "devices", "source_id", "hidden"];

class Entry extends HTMLElement {
  #app;
  #id = null; // "new" for one that is to be added, "" for none
  #kept = null; // as it was read, and its entity tag
  #etag = "";

  begin(app) {
    this.#app = app;
    return this;
  }

  /** Whether what was typed is saved, or may be thrown away. */
  mayLeave() {
    return !this.sheet || !this.#changes() || confirm(say("leave"));
  }

  async show(id) {
    if (id === this.#id) return;
    this.#id = id;
    this.hidden = !id;
    this.sheet = null;
    this.replaceChildren();
    if (!id) return;
    if (id === "new") return this.#draw({ kind: "person" }, "");
    try {
      const { data, etag } = await ask("GET", path("/api/entries", id));
      if (this.#id === id) this.#draw(data, etag);
    } catch (problem) {
      this.replaceChildren(make("p.wrong", { role: "alert" }, problem.message));
    }
  }

  /** It has changed elsewhere: what nobody types in is renewed at once, else whoever saves is told. */
  async changed() {
    if (!this.sheet || this.#id === "new" || this.#changes()) return;
    const shown = this.#app.directory.get(this.#id);
    if (!shown || FIELDS.every((name) => written(name, shown[name]) === written(name, this.#kept[name]))) return;
    const focused = this.contains(document.activeElement) ? document.activeElement.name : "";
    const id = this.#id;
    this.#id = null;
    await this.show(id);
    if (focused) this.sheet?.elements[focused]?.focus();
  }

  #draw(entry, etag) {
    [this.#kept, this.#etag] = [entry, etag];
    const departments = make("datalist", { id: "departments" }, this.#app.directory.departments.map((value) => make("option", { value })));
    const input = (name, more = {}) => field(say(`field-${name}`), make("input", { name, autocomplete: "off", value: written(name, entry[name]), ...more }), HINTS.includes(name) ? say(`hint-${name}`) : "");
    const remove = async () => {
      await ask("DELETE", path("/api/entries", this.#id), undefined, { etag: this.#etag });
      this.#leave("");
    };
    this.wrong = make("p.wrong", { role: "alert" });
    this.meanwhile = make("div.meanwhile", { role: "alert" });
    this.note = make("p.note", { role: "status" });
    this.sheet = form(
      "form.fields",
      [
        input("extension"), input("name"),
        field(say("field-kind"), select("kind", ["person", "room", "function"].map((kind) => [kind, say(`kind-${kind}`)]), entry.kind)),
        input("title"), input("department", { list: "departments" }), departments, input("location"),
        input("email", { type: "email" }), input("mobile", { type: "tel" }), input("numbers"), input("keyWords"), input("devices"), input("source_id"),
        make("div", { "data-field": "hidden" }, tick("hidden", say("field-hidden"), Boolean(entry.hidden))),
        this.meanwhile,
      ],
      say("set"),
      () => this.#save(),
      [make("button.plain", { type: "button", onclick: () => this.mayLeave() && this.#leave("") }, say("cancel"))],
    );
    this.replaceChildren(
      ...[
        make("button.close", { type: "button", "aria-label": say("close"), onclick: () => this.mayLeave() && this.#leave("") }, drawing("close")),
        make("h2", {}, this.#id === "new" ? say("add-person") : entry.name),
        this.sheet, this.note,
        this.#id === "new" ? null : make("div.actions", {}, surely(say("remove-person"), remove, this.wrong),
          make("a.button", { href: `/admin/audit?subject=${this.#id}`, "data-page": true }, say("history"))),
        this.wrong,
      ].filter(Boolean),
    );
    if (this.#id === "new") this.sheet.elements.extension.focus();
  }

  #leave(id) {
    this.sheet = null;
    this.dispatchEvent(new CustomEvent("done", { detail: id }));
  }

  /** What was typed that differs from what was read, as the server takes it; null if nothing does. */
  #changes() {
    const found = {};
    for (const name of FIELDS) {
      const input = this.sheet.elements[name];
      const typed = name === "hidden" ? input.checked : input.value.trim();
      const kept = name === "hidden" ? Boolean(this.#kept.hidden) : written(name, this.#kept[name]);
      if (typed === kept) continue;
      found[name] = name in LISTS ? typed.split(name === "devices" ? /[\s,;]+/ : /[,;]/).map((each) => each.trim()).filter(Boolean) : typed;
    }
    return Object.keys(found).length ? found : null;
  }

  async #save() {
    put(this.note, "");
    const changes = this.#changes();
    if (this.#id === "new") {
      const { data } = await ask("POST", "/api/entries", { ...changes, kind: this.sheet.elements.kind.value });
      this.#id = data.id;
      this.#leave(data.id);
      this.#id = null;
      return this.show(data.id);
    }
    if (!changes) return put(this.note, say("nothing-changed"));
    try {
      const { data, etag } = await ask("PATCH", path("/api/entries", this.#id), changes, { etag: this.#etag });
      this.#draw(data, etag);
      put(this.note, say("saved"));
    } catch (problem) {
      if (problem.status !== 412) throw problem;
      await this.#both(changes);
    }
  }

  /** Somebody else was first: theirs is shown beside what was typed, which stays. */
  async #both(changes) {
    const { data, etag } = await ask("GET", path("/api/entries", this.#id));
    const theirs = FIELDS.filter((name) => written(name, data[name]) !== written(name, this.#kept[name]));
    const line = (name) =>
      make("li", {}, make("strong", {}, say(`field-${name}`)), ": ", shown(name, data[name]), name in changes ? make("span.wrong", {}, ` ${say("you-typed", shown(name, changes[name]))}`) : null);
    // What was not typed over is now theirs; of what was, this one's is still in the form.
    for (const name of theirs) {
      if (name in changes) continue;
      if (name === "hidden") this.sheet.elements.hidden.checked = Boolean(data.hidden);
      else this.sheet.elements[name].value = written(name, data[name]);
    }
    [this.#kept, this.#etag] = [data, etag];
    this.meanwhile.replaceChildren(
      make("p", {}, make("strong", {}, say("meanwhile"))),
      make("ul", {}, theirs.map(line)),
      make("p", {}, say("meanwhile-hint")),
      make("button.second", { type: "button", onclick: () => this.#draw(data, etag) }, say("take-theirs")),
    );
  }
}

const HINTS = ["numbers", "keyWords", "devices", "source_id"];

/** A field as it stands in its input. */
function written(name, value) {
  return name in LISTS ? (value ?? []).join(LISTS[name]) : String(value ?? (name === "hidden" ? false : ""));
}

function shown(name, value) {
  if (name === "hidden") return say(value ? "yes" : "no");
  return written(name, value) || say("empty");
}

customElements.define("k-entry", Entry);
