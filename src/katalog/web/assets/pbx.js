// <k-pbx>: the telephone systems: whether what is shown is now, and what to do when it is not.

import { ask } from "./api.js";
import { at, local, wall } from "./dates.js";
import { make, put } from "./dom.js";
import { Polled } from "./polled.js";
import { say } from "./texts.js";

class Pbx extends Polled {
  static PERIOD = 2000;
  #app;

  begin(app) {
    this.#app = app;
    return this;
  }

  build() {
    this.list = make("div.pbxs");
    this.wrong = make("p.wrong", { role: "alert" });
    this.replaceChildren(make("section", {}, make("h2", {}, say("part-pbx")), make("p.quiet", {}, say("pbx-lead")), this.wrong, this.list));
  }

  async read() {
    try {
      const { data } = await ask("GET", "/api/pbx");
      put(this.wrong, "");
      this.list.replaceChildren(...(data.length ? data.map((each) => this.#row(each)) : [make("p", {}, say("pbx-none"))]));
    } catch (problem) {
      put(this.wrong, problem.message);
    }
  }

  #row(pbx) {
    const now = wall(this.#app.directory.now());
    const when = (moment) => (moment ? at(local(moment), now) : "–");
    const facts = [
      ["pbx-since", when(pbx.since)], ["pbx-last", when(pbx.last_event)], ["pbx-rate", pbx.rate.toLocaleString(undefined, { maximumFractionDigits: 1 })],
      ["pbx-events", pbx.events.toLocaleString()], ["pbx-legs", pbx.legs.toLocaleString()], ["pbx-healed", say("pbx-healed-of", pbx.healed.last, pbx.healed.total)],
    ];
    return make(
      "article.pbx", { "data-link": pbx.link },
      make("h3", {}, make("span.lamp", { "data-on": String(pbx.link === "live") }), pbx.name, " ", make("span.about", {}, [pbx.type, pbx.host].filter(Boolean).join(" · "))),
      make("p", {}, make("strong", {}, say(`link-${pbx.link}`)), pbx.reason && pbx.link !== "live" ? `: ${pbx.reason}` : ""),
      pbx.advice ? make("p.warned", {}, pbx.advice) : null,
      make("dl.facts", {}, facts.map(([name, value]) => make("div", {}, make("dt", {}, say(name)), make("dd", {}, value)))),
    );
  }
}

customElements.define("k-pbx", Pbx);
