// <k-audit>: the audit trail: who changed what, filtered, a page at a time.

import { browser } from "./agent.js";
import { ask, latest } from "./api.js";
import { at, local, wall } from "./dates.js";
import { make, put } from "./dom.js";
import { doing, select } from "./form.js";
import { say, sayOr } from "./texts.js";

const KINDS = ["", "entry.", "import.", "profile.", "absence.", "choice.", "account.", "token.", "session.", "webhook.", "calendar.", "dial.", "message.", "recording."];

class Audit extends HTMLElement {
  #app;
  #asked = null;
  #last = latest();
  #lines = []; // those that are shown, in the order of the rows

  begin(app) {
    this.#app = app;
    return this;
  }

  connectedCallback() {
    [this.#asked, this.#lines] = [null, []]; // it is drawn anew
    const asked = new URLSearchParams(location.search);
    this.kind = select("action", KINDS.map((each) => [each, say(`audit-${each}`)]), asked.get("action") ?? "");
    this.actor = make("input", { name: "actor", "aria-label": say("audit-actor"), placeholder: say("audit-actor"), autocomplete: "off", value: asked.get("actor") ?? "" });
    this.from = make("input", { name: "from", type: "date", value: asked.get("from") ?? "" });
    this.to = make("input", { name: "to", type: "date", value: asked.get("to") ?? "" });
    this.subject = make("button.chip.pressed", { type: "button", onclick: () => this.#set({ subject: "" }) });
    this.kind.setAttribute("aria-label", say("audit-kind"));
    this.wrong = make("p.wrong", { role: "alert" });
    this.list = make("ol.trail");
    for (const each of [this.kind, this.actor, this.from, this.to]) each.addEventListener("change", () => this.#set({ [each.name]: each.value }));
    this.replaceChildren(make("section", {}, make("h2", {}, say("part-audit")), make("p.quiet", {}, say("audit-lead")),
      make("div.filters", { role: "search" }, this.kind, this.actor,
        make("label.beside", {}, say("from"), this.from), make("label.beside", {}, say("through"), this.to), this.subject), this.wrong, this.list));
  }

  look() {
    const asked = location.search;
    if (asked === this.#asked) return;
    this.#asked = asked;
    const subject = new URLSearchParams(asked).get("subject");
    this.subject.hidden = !subject;
    if (subject) put(this.subject, `${this.#app.directory.get(subject)?.name ?? say("audit-one")} ✕`);
    this.#read("");
  }

  /** The first page may be here before the people are, whose names stand in it. */
  changed(ids) {
    if (ids === null) this.#lines.forEach((line, at) => put(this.list.children[at].querySelector(".name"), this.#told(line)));
  }

  /** The filters are in the address, so that what is seen can be sent to somebody. */
  #set(changes) {
    const address = new URL(location.href);
    for (const [key, value] of Object.entries(changes)) {
      if (value) address.searchParams.set(key, value);
      else address.searchParams.delete(key);
    }
    this.#app.view.go(address.pathname + address.search);
  }

  async #read(cursor) {
    const asked = new URLSearchParams(this.#asked);
    asked.set("limit", 50);
    if (cursor) asked.set("cursor", cursor);
    put(this.wrong, "");
    try {
      const answer = await this.#last(ask("GET", `/api/audit?${asked}`));
      if (!answer) return;
      const { data } = answer;
      this.#lines = cursor ? [...this.#lines, ...data.audit] : data.audit;
      const rows = data.audit.map((each) => this.#row(each));
      if (data.next) rows.push(make("li", {}, doing("button.second", {}, say("more"), () => this.#read(data.next), this.wrong)));
      if (cursor) this.list.lastChild.replaceWith(...rows);
      else this.list.replaceChildren(...(rows.length ? rows : [make("li.quiet", {}, say("audit-none"))]));
    } catch (problem) {
      put(this.wrong, problem.message);
    }
  }

  /** What was done, and to whom or what. */
  #told({ action, subject, details }) {
    const { name: called, login } = details ?? {};
    const agent = action.startsWith("session.") && typeof called === "string" ? browser(called) : "";
    const name = this.#app.directory.get(subject)?.name || agent || called || login || "";
    return `${sayOr(action, `did-${action}`)} ${typeof name === "string" ? name : ""}`;
  }

  #row(line) {
    const told = (value) => (value === null || value === "" ? say("empty") : Array.isArray(value) ? value.join(", ") || say("empty") : typeof value === "object" ? JSON.stringify(value) : String(value));
    const details = Object.entries(line.details ?? {});
    const changed = /\.changed$/.test(line.action);
    return make(
      "li", {},
      make("time.about", { datetime: line.at }, at(local(line.at), wall(this.#app.directory.now()))),
      make("span.lines", { "data-action": line.action },
        make("span.name", {}, this.#told(line)), " ",
        make("span.about", {}, `${line.actor} · ${line.origin}`),
        details.length ? make("details", {}, make("summary", {}, say("audit-details")), make("ul", {}, details.map(([key, value]) =>
          make("li", {}, `${key}: `, changed && Array.isArray(value) && value.length === 2 ? [make("del", {}, told(value[0])), " → ", make("ins", {}, told(value[1]))] : told(value))))) : null),
    );
  }
}

customElements.define("k-audit", Audit);
