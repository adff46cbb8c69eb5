// <k-feed>: the address of one's calendar, from which busy times are read.

import { ask, latest, path } from "./api.js";
import { at, local, wall } from "./dates.js";
import { make } from "./dom.js";
import { field, form, surely } from "./form.js";
import { Polled } from "./polled.js";
import { say } from "./texts.js";

class Feed extends Polled {
  #app;
  #id = "";
  #shown = "";
  #last = latest();

  begin(app, id) {
    [this.#app, this.#id] = [app, id];
    return this;
  }

  build() {
    this.#shown = "";
  }

  get #path() {
    return path("/api/entries", this.#id, "calendar");
  }

  async read() {
    const isTyped = this.querySelector("details[open]") || this.querySelector("input")?.value;
    if (!isTyped) await this.#renew();
  }

  async #renew() {
    try {
      this.#show(await this.#last(ask("GET", this.#path)));
    } catch (problem) {
      if (problem.status === 404) return this.#show({ data: null });
      this.#shown = "";
      this.replaceChildren(make("p.wrong", { role: "alert" }, problem.message));
    }
  }

  /** `answer` is undefined if another was asked for meanwhile. */
  #show(answer) {
    const told = JSON.stringify(answer?.data);
    if (!answer || told === this.#shown) return;
    this.#shown = told;
    this.#draw(answer.data);
  }

  #draw(feed) {
    const wrong = make("p.wrong", { role: "alert" });
    const link = form(
      "form.inline",
      [field(say("feed-link"), make("input", { name: "url", type: "url", placeholder: "https://…/calendar.ics", autocomplete: "off" }), say("feed-hint"))],
      say("feed-set"),
      async (sent) => {
        const { data } = await ask("PUT", this.#path, { url: sent.elements.url.value });
        this.#shown = "";
        this.#show(await this.#last({ data }));
      },
    );
    const remove = async () => {
      await ask("DELETE", this.#path);
      await this.#renew();
    };
    this.replaceChildren(
      ...[
        feed ? make("p", {}, make("strong", {}, feed.url ?? say("feed-locked")), " ", make("span.about", {}, this.#told(feed))) : make("p.quiet", {}, say("feed-none")),
        feed?.state === "broken" ? make("p.wrong", {}, feed.reason) : null,
        feed?.own ? surely(say("feed-remove"), remove, wrong) : null,
        wrong,
        feed?.own ? make("details", {}, make("summary", {}, say("feed-other")), link) : link,
      ].filter(Boolean),
    );
  }

  #told(feed) {
    if (feed.state === "waiting") return say("feed-waiting");
    const checked = feed.checked ? say("feed-checked", at(local(feed.checked), wall(this.#app.directory.now()))) : "";
    return [say("feed-events", feed.events), checked].filter(Boolean).join(", ");
  }
}

customElements.define("k-feed", Feed);
