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
  #last = latest();

  begin(app, id) {
    [this.#app, this.#id] = [app, id];
    return this;
  }

  get #path() {
    return path("/api/entries", this.#id, "calendar");
  }

  /** What is being typed is not replaced, unless it is sent: `isSent`. */
  async read({ isSent = false } = {}) {
    try {
      const answer = await this.#last(ask("GET", this.#path));
      if (answer) this.#show(answer.data, isSent);
    } catch (problem) {
      if (problem.status === 404) this.#show(null, isSent);
      else if (!this.#isTyped && this.isOther(problem.message)) this.replaceChildren(make("p.wrong", { role: "alert" }, problem.message));
    }
  }

  get #isTyped() {
    return Boolean(this.querySelector("details[open]") || this.querySelector("input")?.value);
  }

  #show(feed, isSent) {
    if (this.#isTyped && !isSent) return;
    if (this.isOther(feed) || isSent) this.#draw(feed);
  }

  #draw(feed) {
    const wrong = make("p.wrong", { role: "alert" });
    const link = form(
      "form.inline",
      [field(say("feed-link"), make("input", { name: "url", type: "url", placeholder: "https://…/calendar.ics", autocomplete: "off" }), say("feed-hint"))],
      say("feed-set"),
      async (sent) => {
        const { data } = await ask("PUT", this.#path, { url: sent.elements.url.value });
        await this.#last(null); // what was asked before is older
        this.#show(data, true);
      },
    );
    const remove = async () => {
      await ask("DELETE", this.#path);
      await this.read({ isSent: true });
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
