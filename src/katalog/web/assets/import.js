// <k-import>: people from a CSV file: dropped, looked through difference by difference, and only then written.

import { ask, path } from "./api.js";
import { at, local, wall } from "./dates.js";
import { drawing, make, put } from "./dom.js";
import { doing, tick } from "./form.js";
import { say, sayOr } from "./texts.js";

const PAGE = 200;
const COUNTED = ["added", "changed", "removed", "unchanged", "rejected"];

class Import extends HTMLElement {
  #app;
  #file = null;

  begin(app) {
    this.#app = app;
    return this;
  }

  connectedCallback() {
    this.chooser = make("input.unseen", { type: "file", accept: ".csv,.txt,text/csv", id: "file", onchange: () => this.#take(this.chooser.files[0]) });
    this.drop = make(
      "label.drop", { for: "file" },
      this.chooser, drawing("save"), make("strong", {}, say("drop")), make("span.quiet", {}, say("drop-hint")),
    );
    for (const kind of ["dragenter", "dragover"]) {
      this.drop.addEventListener(kind, (event) => {
        event.preventDefault();
        this.drop.classList.add("over");
      });
    }
    this.drop.addEventListener("dragleave", () => this.drop.classList.remove("over"));
    this.drop.addEventListener("drop", (event) => {
      event.preventDefault();
      this.drop.classList.remove("over");
      this.#take(event.dataTransfer.files[0]);
    });
    this.prune = tick("prune", say("prune"));
    this.prune.addEventListener("change", () => this.#preview());
    this.wrong = make("p.wrong", { role: "alert" });
    this.preview = make("div.preview", { "aria-live": "polite" });
    this.history = make("ul.plans");
    this.replaceChildren(
      make("section", {}, make("h2", {}, say("part-import")), make("p.quiet", {}, say("import-lead")), this.drop, this.prune, this.wrong, this.preview),
      make("section", {}, make("h2", {}, say("import-history")), this.history),
    );
    this.#past();
  }

  #take(file) {
    if (!file) return;
    this.#file = file;
    this.#preview();
  }

  /** What it would do, all of it; nothing is written. */
  async #preview(note = "") {
    if (!this.#file) return;
    const file = this.#file;
    put(this.wrong, "");
    this.preview.replaceChildren(make("p.quiet", {}, say("import-reading", file.name)), make("progress"));
    try {
      const { data } = await this.#send(file, { dry_run: true, force: true });
      if (file === this.#file) this.#draw(data, note);
    } catch (problem) {
      this.preview.replaceChildren();
      put(this.wrong, problem.message);
    }
    this.chooser.value = ""; // so that the same file, mended, can be chosen again
  }

  #send(file, options, etag) {
    const asked = new URLSearchParams({ name: file.name, prune: this.prune.firstChild.checked, ...options });
    return ask("POST", `/api/imports?${asked}`, file, { etag });
  }

  #draw(found, note) {
    const { counts, differences, rejections, warnings } = found;
    const changes = counts.added + counts.changed + counts.removed;
    // More than a fifth would go: whoever means it says so.
    const share = counts.removed / Math.max(1, this.#app.directory.size);
    const many = share > 0.2 ? tick("force", say("import-many", counts.removed, this.#app.directory.size)) : null;
    const go = doing("button.main", {}, say("import-do", changes), async () => {
      put(this.wrong, "");
      if (many && !many.firstChild.checked) {
        put(this.wrong, say("import-many-first"));
        return many.firstChild.focus();
      }
      try {
        const { data } = await this.#send(this.#file, { dry_run: false, force: Boolean(many) }, `"${found.digest}"`);
        this.#file = null;
        this.preview.replaceChildren(make("p.note", {}, say("import-done", data.counts.added, data.counts.changed, data.counts.removed)));
        await this.#past();
      } catch (problem) {
        if (problem.status !== 412) throw problem;
        await this.#preview(say("import-other"));
      }
    }, this.wrong);
    this.preview.replaceChildren(
      ...[
        note ? make("p.alarm", {}, note) : null,
        make("h3", {}, this.#file.name),
        make("ul.counts", {}, COUNTED.map((each) => make("li", { "data-count": each }, make("strong", {}, counts[each].toLocaleString()), " ", say(`count-${each}`)))),
        warnings.map((each) => make("p.warned", {}, each)),
        rejections.length ? make("details", { open: true }, make("summary", {}, drawing("warning"), say("rejections", rejections.length), drawing("down")), paged(rejections, rejection)) : null,
        differences.length ? paged(differences, difference) : make("p.quiet", {}, say("import-same")),
        many,
        changes ? make("div.actions", {}, go, make("button.plain", { type: "button", onclick: () => this.#forget() }, say("cancel"))) : null,
      ].flat().filter(Boolean),
    );
  }

  #forget() {
    this.#file = null;
    this.preview.replaceChildren();
    put(this.wrong, "");
  }

  async #past(cursor = "") {
    try {
      const { data } = await ask("GET", `/api/imports?limit=20${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
      const now = wall(this.#app.directory.now());
      const rows = data.imports.map((each) => this.#row(each, now));
      const more = data.next ? [make("li", {}, doing("button.second", {}, say("more"), () => this.#past(data.next), this.wrong))] : [];
      const none = !cursor && !rows.length ? [make("li.quiet", {}, say("import-none"))] : [];
      if (cursor) this.history.lastChild.replaceWith(...rows, ...more);
      else this.history.replaceChildren(...rows, ...none, ...more);
    } catch (problem) {
      put(this.wrong, problem.message);
    }
  }

  #row(one, now) {
    const place = make("div");
    const open = async ({ target }) => {
      if (!target.open || place.firstChild) return;
      try {
        const { data } = await ask("GET", `${path("/api/imports", one.id)}?limit=1000`);
        place.append(paged(data.differences, difference));
        if (data.next) place.append(make("p.quiet", {}, say("import-more")));
      } catch (problem) {
        place.append(make("p.wrong", { role: "alert" }, problem.message));
      }
    };
    const told = COUNTED.filter((each) => one.counts[each]).map((each) => `${one.counts[each]} ${say(`count-${each}`)}`).join(", ");
    return make("li", {}, make("details", { ontoggle: open },
      make("summary", {}, make("span.lines", {}, make("span.name", {}, one.name), " ", make("span.about", {}, `${at(local(one.at), now)}, ${one.actor}: ${told}`)), drawing("down")), place));
  }
}

/** All of a long list, some at a time. */
function paged(all, row) {
  const list = make("ul.differences");
  let shown = 0;
  const more = make("button.second", { type: "button" });
  const go = () => {
    list.append(...all.slice(shown, shown + PAGE).map(row));
    shown = list.childElementCount;
    put(more, say("more-of", all.length - shown));
    more.hidden = shown >= all.length;
  };
  more.addEventListener("click", go);
  go();
  return make("div", {}, list, more);
}

const SIGNS = { added: "+", changed: "~", removed: "−" };

function difference(each) {
  const told = (value) => (Array.isArray(value) ? value.join(", ") : value === true ? say("yes") : value === false ? say("no") : (value ?? "")) || say("empty");
  const changes = each.action === "changed" ? Object.entries(each.fields) : [];
  return make(
    "li", { "data-action": each.action },
    make("span.sign", { role: "img", "aria-label": say(`count-${each.action}`) }, SIGNS[each.action]),
    make("span.lines", {}, make("span.name", {}, `${each.name ?? ""} `, make("span.about", {}, each.extension ?? "")),
      changes.map(([name, [before, after]]) => make("span.about", {}, `${fieldName(name)}: `, make("del", {}, told(before)), " → ", make("ins", {}, told(after))))),
  );
}

function rejection(each) {
  return make("li", {}, make("span.lines", {},
    make("span.name", {}, [say("import-row", each.line), each.column && fieldName(each.column), each.value].filter(Boolean).join(" · ")), " ", make("span.about", {}, each.reason)));
}

function fieldName(name) {
  return sayOr(name, `field-${name === "keywords" ? "keyWords" : name}`);
}

customElements.define("k-import", Import);
