// The words of a text, as they are compared in a search: as spelled, and with their accents folded. The same rules as
// domain/words.py.

const LETTERS = { æ: "a", ø: "o", œ: "o", ł: "l", đ: "d", ð: "d", þ: "t", ħ: "h", ı: "i" };
const folds = new Map(); // letter → the one without accents; worked out once for each letter

/** `fold("malmö")` is "malmo", letter by letter: the beginning of a word is folded to the beginning of the folded word. */
export function fold(word) {
  if (/^[\0-\x7f]*$/.test(word)) return word;
  let folded = "";
  for (const letter of word) {
    let one = folds.get(letter);
    if (one === undefined) {
      const [first, ...rest] = letter.normalize("NFD");
      // Signs that are made of others, such as Korean syllables, are not letters with an accent.
      one = rest.every((each) => /\p{M}/u.test(each)) ? (LETTERS[first] ?? first) : letter;
      folds.set(letter, one);
    }
    folded += one;
  }
  return folded;
}

/** The text in one case and one way of writing each letter (NFKC), without apostrophes and accents on nothing. */
export function plain(text) {
  if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase().replaceAll("'", "");
  const cased = text.normalize("NFKC").toLowerCase().replaceAll("ß", "ss").replaceAll("ς", "σ");
  return cased.normalize("NFKC").replace(/[\p{M}'’]/gu, "");
}

/** `wordsOf("Anna-Karin O'Brien, Malmö")` is anna, karin, obrien, malmö. */
export function wordsOf(text) {
  return text ? (plain(text).match(/[\p{L}\p{N}]+/gu) ?? []) : [];
}

/** Whether two words differ by one slip of the fingers at most: a letter missing, too many or wrong, or two changed. */
export function isSlip(one, other) {
  if (Math.abs(one.length - other.length) > 1) return false;
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  if (short.length < long.length) return isSame(short, at, long, at + 1);
  if (isSame(short, at + 1, long, at + 1)) return true;
  return short[at] === long[at + 1] && short[at + 1] === long[at] && isSame(short, at + 2, long, at + 2);
}

/** Whether two words end alike, each from a place on. */
function isSame(one, from, other, begin) {
  for (let at = from, there = begin; at < one.length || there < other.length; at++, there++) {
    if (one[at] !== other[there]) return false;
  }
  return true;
}
