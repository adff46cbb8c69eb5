// The profiles that can be set, as the organisation has them.

import { ask } from "./api.js";

export class Catalogue {
  choices = [];
  #byName = new Map();

  async load() {
    const { data } = await ask("GET", "/api/profiles");
    this.choices = data;
    this.#byName = new Map(data.map((choice) => [choice.name, choice]));
  }

  get(id) {
    return this.choices.find((choice) => choice.id === id);
  }

  /** Which of them a profile is; undefined if it is another's by now, or the telephone's do-not-disturb. */
  of(profile) {
    return profile ? this.#byName.get(profile.name) : undefined;
  }
}
