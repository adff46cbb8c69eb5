// <k-card>: everything about one, beside the list.

import { ask, latest, path } from "./api.js";
import { TICK, at, ends, local, span, wall } from "./dates.js";
import { partyOf } from "./directory.js";
import { drawing, make, put } from "./dom.js";
import { mark } from "./mark.js";
import { symbolOf, timeOf } from "./row.js";
import "./set.js";
import { say } from "./texts.js";

const PLANNED = 6; // of what is planned, that is shown

class Card extends HTMLElement {
  #app;
  #entry = null;
  #kept = ""; // what of the entry is drawn
  #last = latest();
  #agenda = ""; // whose agenda is shown, and as of which profile

  /** `app` has the directory, the catalogue and the reader. */
  begin(app) {
    this.#app = app;
    return this;
  }

  connectedCallback() {
    this.setAttribute("role", "complementary");
    this.setAttribute("aria-label", say("details"));
    this.hidden = true;
    this.timer = setInterval(() => this.#tick(), TICK);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  /** An entry, or null for none. */
  show(entry) {
    this.hidden = !entry;
    if (!entry) {
      this.#entry = null;
      this.#kept = "";
      return this.replaceChildren();
    }
    const before = this.#entry;
    this.#entry = entry;
    const { profile, calls, calls_since, ...kept } = entry;
    const drawn = JSON.stringify(kept);
    if (drawn !== this.#kept) {
      this.#kept = drawn;
      this.#draw(entry, before?.id === entry.id);
    }
    this.#state(entry);
  }

  /** What stays while somebody telephones: drawn when it is another. */
  #draw(entry, isSame) {
    const { reader, directory, catalogue } = this.#app;
    this.mark = make("span.mark");
    this.state = make("p.state");
    this.message = make("p.message");
    this.calls = make("ul.calls");
    this.planned = make("div.planned");
    this.name = make("h2", { tabindex: -1 }, entry.name);
    const mayset = !reader.read_only && entry.kind === "person" && entry.id !== reader.entry && ["reception", "admin"].includes(reader.role);
    this.set = mayset ? make("k-set").begin(directory, catalogue) : null;
    this.replaceChildren(
      make("button.close", { "aria-label": say("close"), onclick: () => this.#close() }, drawing("close")),
      make("div.top", {}, this.mark, make("div.lines", {}, this.name, make("p.quiet", {}, [entry.title, entry.department].filter(Boolean).join(" · ")))),
      this.state,
      this.message,
      this.calls,
      this.#numbers(entry),
      make(
        "dl", {},
        fact("email", entry.email && make("a", { href: `mailto:${encodeURIComponent(entry.email)}` }, entry.email)),
        fact("place", entry.location),
        fact("keywords", entry.keyWords.length ? this.#keywords(entry) : ""),
        fact("also", this.#others(entry)),
      ),
      this.planned,
      ...(this.set ? [make("details.setting", {}, make("summary", {}, drawing("edit"), say("set-for"), drawing("down")), this.set)] : []),
      make(
        "details.share", { ontoggle: (event) => this.#share(event.target, entry) },
        make("summary", {}, drawing("code"), say("contact"), drawing("down")),
      ),
    );
    if (!isSame) this.scrollTop = 0;
    this.#agenda = "";
  }

  #numbers(entry) {
    const shown = [["extension", entry.extension], ...entry.numbers.map((each) => ["number", each]), ["mobile", entry.mobile]];
    const { reader } = this.#app;
    const dials = reader.dials && !reader.read_only && entry.id !== reader.entry;
    return make(
      "ul.telephones", {},
      shown.filter(([, number]) => number).map(([kind, number]) => {
        const wrong = make("span.wrong", { role: "alert" });
        const call = dials
          ? make("button.call", { "aria-label": say("call", number), onclick: (event) => this.#dial(number, event.currentTarget, wrong) }, drawing("oncall"))
          : make("a.call", { href: telephone(number), "aria-label": say("call", number) }, drawing("oncall"));
        return make("li", {}, call, make("span.lines", {}, make("span.number", {}, number), " ", make("span.about", {}, say(kind)), wrong));
      }),
    );
  }

  #keywords(entry) {
    const search = (word) => this.dispatchEvent(new CustomEvent("look-for", { detail: word, bubbles: true }));
    return make("span.words", {}, entry.keyWords.map((word) => make("button.chip", { onclick: () => search(word) }, word)));
  }

  /** Who else has the number: a room with several telephones, a group. */
  #others(entry) {
    const others = this.#app.directory.holders(entry.extension).filter((each) => each.id !== entry.id);
    const open = (id) => this.dispatchEvent(new CustomEvent("open", { detail: id, bubbles: true }));
    return others.length
      ? make("span.others", {}, others.slice(0, 10).map((each) => make("button.link", { onclick: () => open(each.id) }, each.name)))
      : "";
  }

  /** What is another from one moment to the next. */
  #state(entry) {
    const { directory, catalogue } = this.#app;
    const { profile } = entry;
    mark(this.mark, entry, catalogue);
    const end = profile ? ends(profile.until, profile.available, wall(directory.now())) : "";
    this.state.replaceChildren(
      ...(profile ? [make("strong", {}, profile.name), end ? make("span.end", {}, ` ${end}`) : ""] : []),
    );
    put(this.message, profile?.message ?? "");
    this.set?.show(entry);
    this.#tick();
    const agenda = `${entry.id} ${JSON.stringify(profile)}`;
    if (agenda === this.#agenda || entry.kind !== "person") return;
    this.#agenda = agenda;
    this.#plan(entry);
  }

  #tick() {
    if (!this.#entry) return;
    const { directory } = this.#app;
    const lines = this.#entry.calls.map((call, index) => {
      const since = this.#entry.calls_since?.[index];
      const time = timeOf({ call, since: since ? Date.parse(since) : null, more: 0 }, directory);
      return [symbolOf(call), `${say(`hear-${call.direction}`)} ${partyOf(call, directory)}`, time];
    });
    while (this.calls.children.length > lines.length) this.calls.lastChild.remove();
    lines.forEach(([symbol, party, time], index) => {
      let line = this.calls.children[index];
      if (line?.dataset.symbol !== symbol) {
        const drawn = make("li", { "data-symbol": symbol }, drawing(symbol), make("span.party"), make("span.time"));
        if (line) line.replaceWith(drawn);
        else this.calls.append(drawn);
        line = drawn;
      }
      put(line.children[1], party);
      put(line.children[2], time);
    });
  }

  async #plan(entry) {
    try {
      const answer = await this.#last(ask("GET", path("/api/entries", entry.id, "agenda")));
      if (!answer || this.#entry?.id !== entry.id) return;
      const { data } = answer;
      const now = wall(this.#app.directory.now());
      const coming = data.spans.filter((each) => local(each.from) > now && each.source !== "hand").slice(0, PLANNED);
      const free = !entry.profile?.available && data.free ? make("p.free", {}, say("free", at(local(data.free), now))) : null;
      this.planned.replaceChildren(
        ...[
          free,
          coming.length && make("h3", {}, say("planned")),
          coming.length && make("ul", {}, coming.map((each) =>
            make("li", {}, make("span.name", {}, each.name), " ", make("span.about", {}, span(local(each.from), each.until ? local(each.until) : "", now))))),
        ].filter(Boolean),
      );
    } catch {
      // The rest of the card is right without it; a lost link is told at the top.
    }
  }

  #share(details, entry) {
    if (!details.open || details.querySelector("img")) return;
    details.append(
      make("img.qr", { src: path("/api/entries", entry.id, "qr"), alt: say("qr", entry.name), width: 200, height: 200 }),
      make("p", {}, make("a.button", { href: path("/api/entries", entry.id, "vcard"), download: true }, drawing("save"), say("vcard"))),
    );
  }

  async #dial(number, button, wrong) {
    for (const each of this.querySelectorAll(".telephones .wrong")) put(each, "");
    button.disabled = true;
    try {
      await ask("POST", path("/api/dial", number));
      this.dispatchEvent(new CustomEvent("hear", { detail: say("dialled"), bubbles: true }));
    } catch (problem) {
      put(wrong, problem.message);
    } finally {
      button.disabled = false;
    }
  }

  #close() {
    this.dispatchEvent(new CustomEvent("open", { detail: "", bubbles: true }));
  }
}

function fact(name, value) {
  return value ? [make("dt", {}, say(name)), make("dd", {}, value)] : [];
}

function telephone(number) {
  return `tel:${number.replace(/[^\d+*#]/g, "")}`;
}

customElements.define("k-card", Card);
