// <k-choices>: the catalogue of profiles: dragged into order, changed, added, removed.

import { ask, path } from "./api.js";
import { drawing, make, put } from "./dom.js";
import { field, form, select, surely, tick } from "./form.js";
import { markChoice } from "./mark.js";
import { say } from "./texts.js";

const SYMBOLS = ["available", "busy", "meeting", "meal", "travel", "home", "left", "ill", "child", "holiday", "parent", "other"];

class Choices extends HTMLElement {
  #app;
  #etag = "";
  #choices = [];
  #open = "";

  begin(app) {
    this.#app = app;
    return this;
  }

  connectedCallback() {
    this.wrong = make("p.wrong", { role: "alert" });
    this.note = make("p.unseen", { "aria-live": "assertive" });
    this.list = make("ol.plans.choices-of");
    this.add = make("button.second", { type: "button", onclick: () => this.#show("new") }, drawing("add"), say("choice-add"));
    this.place = make("div");
    this.replaceChildren(make("section", {}, make("h2", {}, say("part-profiles")), make("p.quiet", {}, say("choices-lead")), this.wrong, this.list, this.add, this.place), this.note);
    this.#read();
  }

  async #read() {
    try {
      const { data, etag } = await ask("GET", "/api/profiles");
      [this.#choices, this.#etag] = [data, etag];
      await this.#app.catalogue.load();
      this.#draw();
    } catch (problem) {
      put(this.wrong, problem.message);
    }
  }

  #draw(focus = "") {
    this.list.replaceChildren(...this.#choices.map((choice, index) => this.#row(choice, index)));
    if (focus) this.list.querySelector(`[data-id="${CSS.escape(focus)}"] .handle`)?.focus();
  }

  #row(choice, index) {
    const disc = make("span.mark");
    markChoice(disc, choice);
    const about = [
      say(choice.available ? "choice-available" : "choice-away"), say(`end-${choice.end}`, choice.at ?? ""),
      choice.code ? say("choice-code", choice.code) : "", choice.pbx === "nothing" ? "" : say(`pbx-${choice.pbx}`, choice.forward ?? ""),
    ];
    // By mouse it is dragged, by keys moved with the arrows (WCAG 2.2, 2.5.7).
    const handle = make("button.icon.handle", {
      type: "button", draggable: "true", "aria-label": say("choice-move", choice.name),
      onkeydown: (event) => {
        const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (!step) return;
        event.preventDefault();
        this.#move(index, index + step);
      },
    }, drawing("drag"));
    const row = make(
      "li", { "data-id": choice.id },
      handle, disc,
      make("span.lines", {}, make("span.name", {}, choice.name), " ", make("span.about", {}, about.filter(Boolean).join(" · "))),
      make("button.icon", { type: "button", "aria-label": say("choice-up", choice.name), onclick: () => this.#move(index, index - 1), disabled: index === 0 }, drawing("up")),
      make("button.icon", { type: "button", "aria-label": say("choice-down", choice.name), onclick: () => this.#move(index, index + 1), disabled: index === this.#choices.length - 1 }, drawing("down")),
      make("button.icon", { type: "button", "aria-label": say("choice-change", choice.name), onclick: () => this.#show(choice.id) }, drawing("edit")),
    );
    handle.addEventListener("dragstart", (event) => {
      event.dataTransfer.setData("text/plain", choice.id);
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setDragImage(row, 12, 20);
    });
    row.addEventListener("dragover", (event) => {
      event.preventDefault();
      row.classList.add("over");
    });
    row.addEventListener("dragleave", () => row.classList.remove("over"));
    row.addEventListener("drop", (event) => {
      event.preventDefault();
      row.classList.remove("over");
      const from = this.#choices.findIndex((each) => each.id === event.dataTransfer.getData("text/plain"));
      if (from >= 0) this.#move(from, index);
    });
    return row;
  }

  async #move(from, to) {
    if (to < 0 || to >= this.#choices.length || from === to) return;
    const moved = [...this.#choices];
    const [choice] = moved.splice(from, 1);
    moved.splice(to, 0, choice);
    put(this.wrong, "");
    try {
      const { data, etag } = await ask("PUT", "/api/profiles/order", moved.map((each) => each.id), { etag: this.#etag });
      [this.#choices, this.#etag] = [data, etag];
      put(this.note, say("choice-moved", choice.name, to + 1, moved.length));
      this.#draw(choice.id);
      await this.#app.catalogue.load();
    } catch (problem) {
      put(this.wrong, problem.message);
      if (problem.status === 412) await this.#read();
    }
  }

  async #show(id) {
    this.#open = id;
    put(this.wrong, "");
    let [choice, etag] = [{ names: {}, colour: "#546e7a", symbol: "other", end: "none", pbx: "nothing" }, ""];
    if (id !== "new") {
      try {
        ({ data: choice, etag } = await ask("GET", path("/api/profiles", id)));
      } catch (problem) {
        return put(this.wrong, problem.message);
      }
      if (this.#open !== id) return;
    }
    const close = () => {
      this.place.replaceChildren();
      this.add.hidden = false;
    };
    const disc = make("span.mark");
    const input = (name, value, more = {}) => make("input", { name, value: value ?? "", autocomplete: "off", ...more });
    const end = select("end", ["none", "hour", "time", "morning", "ask"].map((each) => [each, say(`end-${each}`, "…")]), choice.end);
    const pbx = select("pbx", ["nothing", "dnd", "forward"].map((each) => [each, say(`pbx-${each}`, "…")]), choice.pbx);
    const at = field(say("choice-at"), input("at", choice.at, { type: "time" }));
    const forward = field(say("choice-forward"), input("forward", choice.forward, { type: "tel" }));
    const available = tick("available", say("choice-can"), choice.available);
    if (choice.default) available.firstChild.disabled = true;
    const colour = input("colour", choice.colour, { type: "color" });
    const symbol = select("symbol", SYMBOLS.map((each) => [each, say(`symbol-${each}`)]), choice.symbol);
    const shape = () => {
      at.hidden = end.value !== "time";
      forward.hidden = pbx.value !== "forward";
      markChoice(disc, { available: available.firstChild.checked, colour: colour.value, symbol: symbol.value });
    };
    const sheet = form(
      "form.sheet",
      [
        field(say("choice-sv"), input("sv", choice.names.sv)), field(say("choice-en"), input("en", choice.names.en)),
        available, tick("ask_message", say("choice-asks"), choice.ask_message),
        field(say("choice-symbol"), symbol), make("div.row-of", {}, field(say("choice-colour"), colour), disc),
        field(say("choice-end"), end), at, field(say("choice-pbx"), pbx), forward,
        field(say("choice-digits"), input("code", choice.code, { inputmode: "numeric", maxlength: 4 }), say("choice-digits-hint")),
      ],
      say("set"),
      async () => {
        const { elements } = sheet;
        const names = Object.fromEntries(["sv", "en"].map((each) => [each, elements[each].value.trim()]).filter(([, name]) => name));
        const sent = {
          names, available: available.firstChild.checked, colour: colour.value, symbol: symbol.value, end: end.value, pbx: pbx.value,
          ask_message: elements.ask_message.checked, code: elements.code.value || null,
        };
        if (end.value === "time") sent.at = elements.at.value;
        if (pbx.value === "forward") sent.forward = elements.forward.value;
        if (id === "new") await ask("POST", "/api/profiles", sent);
        else await ask("PUT", path("/api/profiles", id), { ...sent, order: choice.order }, { etag });
        close();
        await this.#read();
      },
      [
        make("button.plain", { type: "button", onclick: close }, say("cancel")),
        id !== "new" && !choice.default ? surely(say("choice-remove"), async () => {
          await ask("DELETE", path("/api/profiles", id), undefined, { etag });
          close();
          await this.#read();
        }, this.wrong) : null,
      ],
    );
    sheet.addEventListener("input", shape);
    shape();
    this.place.replaceChildren(sheet);
    this.add.hidden = true;
    sheet.elements.sv.focus();
  }
}

customElements.define("k-choices", Choices);
