// <k-start>: the first steps of an admin, each of which looks by itself whether it is done.

import { ask } from "./api.js";
import { drawing, make } from "./dom.js";
import { Polled } from "./polled.js";
import { say } from "./texts.js";

class Start extends Polled {
  #app;
  #accounts = null; // how many can log in and have chosen a password; looked for until others than the reader can

  begin(app) {
    this.#app = app;
    return this;
  }

  build() {
    this.steps = make("ol.steps");
    this.replaceChildren(make("h2", {}, say("start-title")), make("p.quiet", {}, say("start-lead")), this.steps);
  }

  async read() {
    try {
      const { data: pbxs } = await ask("GET", "/api/pbx");
      // There may be one for each of 10,000 people: they are looked at until that step is done.
      if (!(this.#accounts?.all > 1)) this.#accounts = counted((await ask("GET", "/api/accounts")).data);
      this.#draw(pbxs, this.#accounts);
    } catch {
      // A lost link is told at the top of the page; what was seen last stays.
    }
  }

  #draw(pbxs, accounts) {
    const { size } = this.#app.directory;
    const live = pbxs.filter((each) => each.link === "live");
    const calls = pbxs.some((each) => each.events > 1);
    const steps = [
      ["pbx", pbxs.length > 0 && live.length === pbxs.length,
        pbxs.length ? say("start-pbx-there", live.length, pbxs.length) : say("start-pbx-none"),
        pbxs.map((each) => each.advice).filter(Boolean)],
      ["import", size > 0, size ? say("people", size) : say("start-import-none"), []],
      ["calls", calls, say(calls ? "start-calls-seen" : "start-calls-none"), []],
      ["accounts", accounts.all > 1, say("start-accounts-there", accounts.all, accounts.chosen), []],
    ];
    if (!this.isOther(steps)) return;
    this.steps.replaceChildren(...steps.map(([part, done, told, advice]) =>
      make(
        "li", { "data-done": String(Boolean(done)) },
        make("span.mark", { "data-kind": done ? "available" : "none" }, drawing(done ? "available" : "other")),
        make(
          "span.lines", {},
          make("span.name", {}, say(`start-${part}`)), " ",
          make("span.about", {}, `${say(done ? "start-done" : "start-not-done")}: ${told}`),
          advice.map((each) => make("span.wrong", {}, each)),
        ),
        make("a.button", { href: `/admin/${part === "calls" ? "pbx" : part}`, "data-page": true }, say(`start-do-${part}`)),
      ),
    ));
  }
}

function counted(accounts) {
  const able = accounts.filter((each) => !each.disabled && each.role !== "service");
  return { all: able.length, chosen: able.filter((each) => each.has_password).length };
}

customElements.define("k-start", Start);
