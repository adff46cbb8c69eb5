// <k-devices>: one's telephones, as the telephone system has them now: no event tells whether one is on.

import { ask, path } from "./api.js";
import { make } from "./dom.js";
import { Polled } from "./polled.js";
import { say } from "./texts.js";

class Devices extends Polled {
  #id = "";

  begin(id) {
    this.#id = id;
    return this;
  }

  async read() {
    try {
      const { data } = await ask("GET", path("/api/entries", this.#id, "devices"));
      if (!this.isOther(data)) return;
      this.replaceChildren(data.length ? make("ul.plans", {}, data.map(row)) : make("p.quiet", {}, say("no-devices")));
    } catch (problem) {
      if (this.isOther(problem.message)) this.replaceChildren(make("p.wrong", { role: "alert" }, problem.message));
    }
  }
}

function row(device) {
  const state = device.registered === null ? "device-unknown" : device.registered ? "device-there" : "device-away";
  const told = [say(state), device.dnd ? say("device-dnd") : "", device.preferred ? say("device-preferred") : ""];
  return make(
    "li", {},
    make("span.lamp", { "data-on": String(device.registered === true) }),
    make("span.lines", {}, make("span.name", {}, device.device), " ", make("span.about", {}, told.filter(Boolean).join(", "))),
    make("span.about", {}, device.pbx),
  );
}

customElements.define("k-devices", Devices);
