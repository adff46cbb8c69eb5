// A search among the people who are here, by the rules of the API, in its order: docs/api.md, "Search". A query is compared
// with all words, each once (vocabulary.js), then everybody is looked through by what came of it.

import { formsOf, wholeOf } from "./notation.js";
import { parse } from "./query.js";
import { BEGINS, PLACES, SLIP, SPELLED, Vocabulary, WHOLE } from "./vocabulary.js";
import { wordsOf } from "./words.js";

// The levels of domain/rank.py, the best first. An entry is as good as the term that is found worst in it.
const [ALL_OF_NAME, EXTENSION, OTHER_NUMBER, EXTENSION_BEGINS, PART_OF_NUMBER, TYPOS, LEVELS] = [0, 1, 3, 7, 13, 20, 23];
const NOWHERE = 99;
const TURN = 5; // milliseconds of work after which the page has its turn
const SEARCHED = ["name", "extension", "title", "department", "location", "keyWords", "email", "mobile", "numbers"];

export class Search {
  #country;
  #vocabulary = new Vocabulary();
  #known = new Map(); // by id: the entry, and what is to be known of it
  #last = {};
  #texts = new Map(); // words of a text that many have: a title, a department

  /** `country` has the `calling` code, the `trunk` and the `international` prefix of where numbers are read. */
  constructor(country) {
    this.#country = country;
  }

  /** Everybody of `listed` (an Ordered, in list order) whom a query finds, the best first. */
  find(text, listed) {
    const { items: entries } = listed;
    const terms = parse(text, this.#country);
    if (!terms.length) return [];
    // All words are known before any is compared.
    const { records, places } = this.#recordsOf(listed);
    const asked = terms.flatMap((term) => term.words ?? [term.word]);
    for (const word of asked) word.found = this.#vocabulary.compare(word);
    const words = [...new Map(asked.map((word) => [word.spelled, word])).values()];
    const found = Array.from({ length: LEVELS }, () => []);
    for (let index = 0; index < entries.length; index++) {
      let level = 0;
      for (const term of terms) {
        const its = term.word ? this.#levelOfWord(term.word, places[index]) : this.#levelOfNumber(term, records[index]);
        if (its > level) level = its;
        if (level === NOWHERE) break;
      }
      if (level < TYPOS && this.#isAllOfName(words, places[index])) level = ALL_OF_NAME;
      if (level < LEVELS) found[level].push(entries[index]);
    }
    return found.flat();
  }

  /** Works out ahead what a search needs to know of everybody of `listed`, while nothing else is to be done. */
  prepare(listed) {
    const entries = [...listed.items];
    let at = 0;
    const work = () => {
      const until = performance.now() + TURN;
      while (at < entries.length && performance.now() < until) this.#record(entries[at++]);
      // A first search takes several times as long as those that follow: let it not be the reader's.
      later(at < entries.length ? work : () => this.find(entries[0]?.name ?? "", listed));
    };
    later(work);
  }

  /** Of one key to the next they are the same, unless somebody is another by then. */
  #recordsOf(listed) {
    const last = this.#last;
    if (last.listed !== listed || last.changes !== listed.changes) {
      if (this.#vocabulary.size > 2 * listed.items.length + 1000) {
        // Most of it is of people who are gone, or have other names by now.
        this.#known.clear();
        this.#vocabulary = new Vocabulary();
      }
      const records = listed.items.map((entry) => this.#record(entry));
      this.#last = { listed, changes: listed.changes, records, places: Uint32Array.from(records, ({ at }) => at) };
    }
    return this.#last;
  }

  #record(entry) {
    const known = this.#known.get(entry.id);
    if (known?.entry === entry) return known.record;
    // Most of what changes of people is where they are, not what they are found by.
    const record = known && SEARCHED.every((field) => isSame(known.entry[field], entry[field])) ? known.record : this.#made(entry);
    this.#known.set(entry.id, { entry, record });
    return record;
  }

  #made(entry) {
    const name = [...wordsOf(entry.name)];
    if (!/^\d+$/.test(entry.extension)) name.push(...wordsOf(entry.extension).filter((word) => !/^\d+$/.test(word)));
    const work = [entry.title, entry.department, entry.location, ...entry.keyWords].flatMap((text) => this.#wordsOf(text));
    const others = [entry.mobile, ...entry.numbers].filter(Boolean);
    return {
      at: this.#vocabulary.put([name, work, wordsOf(entry.email)]),
      extension: wholeOf(entry.extension, this.#country),
      others: others.map((number) => wholeOf(number, this.#country)),
      digits: [entry.extension, ...others].flatMap((number) => formsOf(number, this.#country)).join(" "),
    };
  }

  #wordsOf(text) {
    let words = this.#texts.get(text);
    if (!words) this.#texts.set(text, (words = wordsOf(text)));
    return words;
  }

  /** Where a slip would have to be forgiven, that level. */
  #levelOfWord({ found, isAccented }, at) {
    const { ids, ends } = this.#vocabulary;
    let [best, slip] = [NOWHERE, NOWHERE];
    for (let place = 0, id = this.#vocabulary.begin(at); place < PLACES; place++) {
      for (const end = ends[at * PLACES + place]; id < end; id++) {
        const how = found[ids[id]];
        if (how & SLIP && slip === NOWHERE) slip = TYPOS + place;
        if (!(how & (BEGINS | WHOLE))) continue;
        const match = how & WHOLE ? 0 : 1;
        const level = isAccented && !(how & SPELLED)
          ? PART_OF_NUMBER + 1 + match * PLACES + place
          : 1 + match * 2 * PLACES + 2 * place + (how & SPELLED ? 0 : 1);
        if (level < best) best = level;
      }
    }
    return best === NOWHERE ? slip : best;
  }

  #levelOfNumber({ words, forms, parts }, record) {
    let best = NOWHERE;
    if (record.extension && forms.includes(record.extension)) best = EXTENSION;
    else if (record.others.some((number) => forms.includes(number))) best = OTHER_NUMBER;
    else if (record.extension && forms.some((form) => record.extension.startsWith(form))) best = EXTENSION_BEGINS;
    else if (parts.some((part) => record.digits.includes(part))) best = PART_OF_NUMBER;
    if (best === EXTENSION) return best;
    const asWords = Math.max(1, ...words.map((word) => this.#levelOfWord(word, record.at)));
    return words.length && asWords < PART_OF_NUMBER ? Math.min(best, asWords) : best;
  }

  /** Whether the query's words are the whole name, in any order. */
  #isAllOfName(words, at) {
    const name = this.#vocabulary.ids.subarray(this.#vocabulary.begin(at), this.#vocabulary.ends[at * PLACES]);
    if (words.length !== name.length) return false;
    const wanted = (word) => (word.isAccented ? WHOLE | SPELLED : WHOLE);
    return words.every((word) => name.some((id) => (word.found[id] & wanted(word)) === wanted(word)));
  }
}

function isSame(one, other) {
  return one === other || (Array.isArray(one) && one.length === other?.length && one.every((each, at) => each === other[at]));
}

function later(work) {
  if (globalThis.requestIdleCallback) requestIdleCallback(work, { timeout: 500 });
  else setTimeout(work, 20);
}
