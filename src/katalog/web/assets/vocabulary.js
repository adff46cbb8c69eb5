// The words that people have, in an order in which a query looks through all of them at once: each word is kept once, and
// whose they are lies in one array. To go from person to person through objects takes ten times as long.

import { fold, isSlip } from "./words.js";

export const PLACES = 3; // name; title, department, location and keywords; e-mail
const SHORTEST = 4; // letters of a word in which a slip is forgiven

/** What came of comparing a word of a query with one of somebody's. */
export const [BEGINS, WHOLE, SPELLED, SLIP] = [1, 2, 4, 8];

export class Vocabulary {
  size = 0; // of those whose words were put
  ids = new Uint32Array(4096); // of the words of everybody, place by place, one after another,
  ends = new Uint32Array(4096); // and where each place of each of them ends
  #ids = new Map();
  #spelled = [];
  #folded = [];

  /** Takes somebody's words of each place in; gives the number by which they are found. */
  put(places) {
    let end = this.size ? this.ends[this.size * PLACES - 1] : 0;
    this.ends = roomFor(this.ends, (this.size + 1) * PLACES);
    for (let place = 0; place < PLACES; place++) {
      const words = new Set(places[place]);
      this.ids = roomFor(this.ids, end + words.size);
      for (const word of words) this.ids[end++] = this.#idOf(word);
      this.ends[this.size * PLACES + place] = end;
    }
    return this.size++;
  }

  /** For each word, by its id, what came of comparing it with one of a query. */
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

  /** Where somebody's words begin in `ids`. */
  begin(at) {
    return at ? this.ends[at * PLACES - 1] : 0;
  }

  #idOf(word) {
    let id = this.#ids.get(word);
    if (id === undefined) {
      this.#ids.set(word, (id = this.#spelled.push(word) - 1));
      this.#folded.push(fold(word));
    }
    return id;
  }
}

function roomFor(array, size) {
  if (size <= array.length) return array;
  const larger = new Uint32Array(2 * size);
  larger.set(array);
  return larger;
}

/** Whether a slip is forgiven: in a word that is long enough and has no digits. */
function maySlip({ folded }) {
  return folded.length >= SHORTEST && /^\p{L}+$/u.test(folded);
}
