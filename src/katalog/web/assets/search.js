// A search among the people who are here, by the rules of the API, in its order: docs/api.md, "Search". Each word is kept
// once, whoever has it: a query is compared with all words, then everybody is looked through by what came of it.

import { formsOf, wholeOf } from "./notation.js";
import { parse } from "./query.js";
import { fold, isSlip, wordsOf } from "./words.js";

// The levels of domain/rank.py, the best first. An entry is as good as the term that is found worst in it.
const [ALL_OF_NAME, EXTENSION, OTHER_NUMBER, EXTENSION_BEGINS, PART_OF_NUMBER, TYPOS, LEVELS] = [0, 1, 3, 7, 13, 20, 23];
const NOWHERE = 99;
const PLACES = 3; // name; title, department, location and keywords; e-mail
const SHORTEST = 4; // letters of a word in which a slip is forgiven
const TURN = 5; // milliseconds of work after which the page has its turn

// What came of comparing a word of the query with one of an entry.
const [BEGINS, WHOLE, SPELLED, SLIP] = [1, 2, 4, 8];

export class Search {
  #country;
  #records = new WeakMap();
  #vocabulary = new Vocabulary();
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
    const records = this.#recordsOf(listed);
    for (const word of terms.flatMap((term) => term.words ?? [term.word])) word.found = this.#vocabulary.compare(word);
    const slips = terms.some((term) => term.word && maySlip(term.word));
    const words = [...new Map(terms.flatMap((term) => term.words ?? [term.word]).map((word) => [word.spelled, word])).values()];
    const found = Array.from({ length: LEVELS }, () => []);
    records.forEach((record, at) => {
      let level = 0;
      for (const term of terms) {
        level = Math.max(level, levelOf(term, record));
        if (level === NOWHERE) break;
      }
      if (level === NOWHERE && slips) level = withSlips(terms, record);
      if (level < TYPOS && isAllOfName(words, record)) level = ALL_OF_NAME;
      if (level < LEVELS) found[level].push(entries[at]);
    });
    return found.flat();
  }

  /** Works out ahead what a search needs to know of entries, while nothing else is to be done. */
  prepare(entries) {
    let at = 0;
    const work = () => {
      const until = performance.now() + TURN;
      while (at < entries.length && performance.now() < until) this.#record(entries[at++]);
      if (at < entries.length) later(work);
    };
    later(work);
  }

  /** Of one key to the next they are the same, unless somebody is another by then. */
  #recordsOf(listed) {
    const last = this.#last;
    if (last.listed !== listed || last.changes !== listed.changes) {
      this.#last = { listed, changes: listed.changes, records: listed.items.map((entry) => this.#record(entry)) };
    }
    return this.#last.records;
  }

  #record(entry) {
    let record = this.#records.get(entry);
    if (!record) {
      record = this.#made(entry);
      this.#records.set(entry, record);
    }
    return record;
  }

  #made(entry) {
    const name = [...wordsOf(entry.name)];
    if (!/^\d+$/.test(entry.extension)) name.push(...wordsOf(entry.extension).filter((word) => !/^\d+$/.test(word)));
    const work = [entry.title, entry.department, entry.location, ...entry.keyWords].flatMap((text) => this.#wordsOf(text));
    const others = [entry.mobile, ...entry.numbers].filter(Boolean);
    return {
      places: [name, work, wordsOf(entry.email)].map((words) => this.#vocabulary.idsOf(words)),
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
}

/** Every word that anybody has, by a number. */
class Vocabulary {
  #ids = new Map();
  #spelled = [];
  #folded = [];

  /** Of words, each once. */
  idsOf(words) {
    return [...new Set(words)].map((word) => {
      let id = this.#ids.get(word);
      if (id === undefined) {
        this.#ids.set(word, (id = this.#spelled.push(word) - 1));
        this.#folded.push(fold(word));
      }
      return id;
    });
  }

  /** For each word, by its number, what came of comparing it with one of a query. */
  compare(word) {
    const may = maySlip(word);
    const found = new Uint8Array(this.#spelled.length);
    for (let id = 0; id < found.length; id++) {
      const folded = this.#folded[id];
      if (folded.startsWith(word.folded)) {
        const isSpelled = this.#spelled[id].startsWith(word.spelled);
        found[id] = (folded.length === word.folded.length ? WHOLE : BEGINS) | (isSpelled ? SPELLED : 0);
      }
      if (may && isSlip(folded, word.folded)) found[id] |= SLIP;
    }
    return found;
  }
}

function levelOf(term, record) {
  return term.word ? levelOfWord(term.word, record) : levelOfNumber(term, record);
}

function levelOfWord({ found, isAccented }, record) {
  let best = NOWHERE;
  for (let place = 0; place < PLACES; place++) {
    for (const id of record.places[place]) {
      const how = found[id];
      if (!(how & (BEGINS | WHOLE))) continue;
      const match = how & WHOLE ? 0 : 1;
      const level = isAccented && !(how & SPELLED)
        ? PART_OF_NUMBER + 1 + match * PLACES + place
        : 1 + match * 2 * PLACES + 2 * place + (how & SPELLED ? 0 : 1);
      if (level < best) best = level;
    }
  }
  return best;
}

function levelOfNumber({ words, forms, parts }, record) {
  let best = NOWHERE;
  if (record.extension && forms.includes(record.extension)) best = EXTENSION;
  else if (record.others.some((number) => forms.includes(number))) best = OTHER_NUMBER;
  else if (record.extension && forms.some((form) => record.extension.startsWith(form))) best = EXTENSION_BEGINS;
  else if (parts.some((part) => record.digits.includes(part))) best = PART_OF_NUMBER;
  if (best === EXTENSION) return best;
  const asWords = Math.max(1, ...words.map((word) => levelOfWord(word, record)));
  return words.length && asWords < PART_OF_NUMBER ? Math.min(best, asWords) : best;
}

/** Whether a slip is forgiven: in a word that is long enough and has no digits. */
function maySlip({ folded }) {
  return folded.length >= SHORTEST && /^\p{L}+$/u.test(folded);
}

/** The level where a slip is forgiven in each word in which it may be. */
function withSlips(terms, record) {
  let worst = 0;
  for (const term of terms) {
    let level = levelOf(term, record);
    if (level === NOWHERE && term.word) {
      const place = record.places.findIndex((ids) => ids.some((id) => term.word.found[id] & SLIP));
      if (place >= 0) level = TYPOS + place;
    }
    worst = Math.max(worst, level);
    if (worst === NOWHERE) break;
  }
  return worst;
}

/** Whether the query's words are the whole name, in any order. */
function isAllOfName(words, record) {
  const [ids] = record.places;
  if (words.length !== ids.length) return false;
  const wanted = (word) => (word.isAccented ? WHOLE | SPELLED : WHOLE);
  return words.every((word) => ids.some((id) => (word.found[id] & wanted(word)) === wanted(word)));
}

function later(work) {
  if (globalThis.requestIdleCallback) requestIdleCallback(work, { timeout: 500 });
  else setTimeout(work, 20);
}
