// <k-webhooks>: programs elsewhere that are told what happens: added, paused, tried, and what became of each message.

import { ask, path } from "./api.js";
import { at, local, wall } from "./dates.js";
import { drawing, make, put } from "./dom.js";
import { copied, doing, field, form, surely, tick } from "./form.js";
import { say } from "./texts.js";

const EVENTS = ["call.started", "call.answered", "call.ended", "profile.changed", "entry.added", "entry.changed", "entry.removed", "pbx.lost", "pbx.back"];

class Webhooks extends HTMLElement {
  #app;

  begin(app) {
    this.#app = app;
    return this;
  }

  connectedCallback() {
    this.wrong = make("p.wrong", { role: "alert" });
    this.told = make("div", { role: "status" });
    this.list = make("ul.plans");
    this.replaceChildren(make(
      "section", {}, make("h2", {}, say("part-webhooks")), make("p.quiet", {}, say("webhooks-lead")),
      this.list, this.told, this.wrong,
      make("details", {}, make("summary", {}, drawing("add"), say("webhook-add"), drawing("down")), this.#adding()),
    ));
    this.#read();
  }

  #when(moment) {
    return at(local(moment), wall(this.#app.directory.now()));
  }

  async #read() {
    try {
      const { data } = await ask("GET", "/api/webhooks");
      this.list.replaceChildren(...(data.length ? data.map((each) => this.#row(each)) : [make("li.quiet", {}, say("webhooks-none"))]));
    } catch (problem) {
      put(this.wrong, problem.message);
    }
  }

  #adding() {
    const fields = [
      field(say("webhook-url"), make("input", { name: "url", type: "url", placeholder: "https://", autocomplete: "off" })),
      make("fieldset", { "data-field": "events" }, make("legend", {}, say("webhook-events")), EVENTS.map((each) => tick(each, say(`event-${each}`))), make("span.wrong")),
      field(say("department"), make("input", { name: "department", autocomplete: "off" }), say("webhook-all")),
    ];
    return form("form.narrow", fields, say("webhook-make"), async (sent) => {
      const events = EVENTS.filter((each) => sent.elements[each].checked);
      const { data } = await ask("POST", "/api/webhooks", { url: sent.elements.url.value, events, department: sent.elements.department.value });
      sent.reset();
      this.#secret(data.secret);
      await this.#read();
    });
  }

  #secret(text) {
    this.told.replaceChildren(make("div.secret", {}, make("p", {}, say("webhook-secret")), copied(say("webhook-secret"), text)));
  }

  #row(webhook) {
    const place = make("div.opened");
    const state = webhook.state === "failing" ? "failing" : webhook.state === "paused" ? "paused" : "active";
    const about = [say(`webhook-${state}`), webhook.reason, webhook.waiting ? say("webhook-waiting", webhook.waiting) : "", webhook.events.map((each) => say(`event-${each}`)).join(", ")];
    return make("li", {}, make("details", { ontoggle: ({ target }) => target.open && !place.firstChild && this.#open(webhook, place) },
      make("summary", {}, make("span.lamp", { "data-on": String(state === "active") }), make("span.lines", {}, make("span.name", {}, webhook.url ?? say("feed-locked")), " ", make("span.about", {}, about.filter(Boolean).join(" · "))), drawing("down")),
      place));
  }

  #open(webhook, place) {
    const one = path("/api/webhooks", webhook.id);
    const wrong = make("p.wrong", { role: "alert" });
    const deliveries = make("ul.plans");
    const list = async () => {
      const { data } = await ask("GET", `${one}/deliveries?limit=50`);
      deliveries.replaceChildren(...(data.deliveries.length ? data.deliveries.map((each) => this.#delivery(each, one, wrong, list)) : [make("li.quiet", {}, say("deliveries-none"))]));
    };
    const test = async () => {
      const { data } = await ask("POST", `${one}/test`);
      const last = data.attempts?.at(-1);
      put(wrong, data.state === "delivered" ? "" : (last?.reason ?? say("wrong")));
      await list();
    };
    const pause = async () => {
      await ask("PATCH", one, { paused: webhook.state !== "paused" });
      await this.#read();
    };
    place.replaceChildren(
      make(
        "div.actions", {},
        doing("button.second", {}, say("webhook-test"), test, wrong),
        doing("button.second", {}, say(webhook.state === "paused" ? "webhook-resume" : "webhook-pause"), pause, wrong),
        surely(say("webhook-rotate"), async () => this.#secret((await ask("POST", `${one}/secret`)).data.secret), wrong),
        surely(say("webhook-remove"), async () => {
          await ask("DELETE", one);
          await this.#read();
        }, wrong),
      ),
      wrong, make("h3", {}, say("deliveries")), deliveries,
    );
    list().catch((problem) => put(wrong, problem.message));
  }

  #delivery(delivery, one, wrong, again) {
    const last = delivery.attempts?.at(-1);
    const about = [
      say(`delivery-${delivery.state}`), last ? this.#when(last.at) : "", last?.status ? `HTTP ${last.status}` : "", last?.milliseconds ? `${Math.round(last.milliseconds)} ms` : "",
      last?.reason ?? "", delivery.next ? say("delivery-next", this.#when(delivery.next)) : "",
    ];
    const retry = async () => {
      await ask("POST", path(`${one}/deliveries`, delivery.id, "retry"));
      await again();
    };
    return make("li", {}, make("span.lamp", { "data-on": String(delivery.state === "delivered") }),
      make("span.lines", {}, make("span.name", {}, delivery.event), " ", make("span.about", {}, about.filter(Boolean).join(" · "))),
      delivery.state === "failed" || delivery.state === "delivered" ? doing("button.second", {}, say("delivery-retry"), retry, wrong) : null);
  }
}

customElements.define("k-webhooks", Webhooks);
