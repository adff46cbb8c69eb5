// <k-profile>: one's own page: what holds now, what is planned, one's calendar, telephones, password, and tokens.

import "./devices.js";
import { make, put } from "./dom.js";
import "./feed.js";
import { mark } from "./mark.js";
import "./password.js";
import "./plan.js";
import { words } from "./row.js";
import "./set.js";
import { learn, say } from "./texts.js";
import "./tokens.js";
import { en, sv } from "./profile-words.js";

learn({ sv, en });

class Profile extends HTMLElement {
  #app;

  begin(app) {
    this.#app = app;
    return this;
  }

  connectedCallback() {
    if (this.state) return;
    const { reader, directory, catalogue } = this.#app;
    this.mark = make("span.mark");
    this.name = make("h2");
    this.state = make("p.quiet");
    this.set = make("k-set").begin(directory, catalogue);
    const part = (title, hint, ...content) => make("section", {}, make("h2", {}, say(title)), hint ? make("p.quiet", {}, say(hint)) : null, content);
    this.append(
      make(
        "div.columns", {},
        make(
          "div", {},
          make("section", {}, make("div.top", {}, this.mark, make("div.lines", {}, this.name, this.state)), this.set),
          part("planned", "planned-hint", make("k-plan").begin(this.#app, reader.entry)),
        ),
        make(
          "div", {},
          part("calendar", "calendar-hint", make("k-feed").begin(this.#app, reader.entry)),
          part("my-devices", "", make("k-devices").begin(reader.entry)),
          part("password", "", make("k-password").begin(reader)),
          part("opened-by", "opened-hint", make("k-tokens").begin(this.#app)),
        ),
      ),
    );
    this.changed();
  }

  /** What the server has told. */
  changed() {
    const { reader, directory, catalogue } = this.#app;
    const entry = directory.get(reader.entry);
    if (!this.state || !entry) return;
    mark(this.mark, entry, catalogue);
    put(this.name, entry.name);
    put(this.state, words(entry, directory));
    this.set.show(entry);
  }
}

customElements.define("k-profile", Profile);
