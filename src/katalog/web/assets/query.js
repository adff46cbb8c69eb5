// What somebody typed into a search field, taken apart: the same rules as domain/query.py.

import { formsOf } from "./notation.js";
import { fold, plain, wordsOf } from "./words.js";

const NUMBER = /^[+\d().\-/‐-―]*\d[+\d().\-/‐-―]*$/; // a piece of a number, as people group it
const PART = 3; // digits that a part of a number must have to be looked for

/**
 * Terms that must all be found, in any order: `{ word }`, or `{ words, forms, parts }` of digits that are a number, a part
 * of one, or words like any other.
 */
export function parse(text, country) {
  const terms = new Map();
  const put = (term) => terms.set(JSON.stringify(term), term);
  let pieces = [];
  for (const piece of [...plain(text).split(/\s+/).filter(Boolean), ""]) {
    if (NUMBER.test(piece)) {
      pieces.push(piece);
      continue;
    }
    const words = wordsOf(piece);
    if (pieces.length && (words.length || !piece)) {
      put(numberOf(pieces, country));
      pieces = [];
    }
    for (const word of words) put(/^\d+$/.test(word) ? numberOf([word], country) : { word: wordOf(word) });
  }
  return [...terms.values()];
}

function wordOf(spelled) {
  const folded = fold(spelled);
  return { spelled, folded, isAccented: spelled !== folded };
}

function numberOf(pieces, country) {
  const forms = formsOf(pieces.join(" "), country);
  const parts = forms[0].length >= PART ? forms.filter((form) => form.length >= PART) : [];
  return { words: pieces.flatMap(wordsOf).map(wordOf), forms, parts };
}
