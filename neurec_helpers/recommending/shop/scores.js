"use strict";
// What the page reckons: scores, the best, similar books, search. It knows nothing of the screen.

function decode(text, Kind) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return new Kind(bytes.buffer);
}

// The numbers of all rows: whole ones times their row's step.
function decodeRows(tables) {
  const whole = decode(tables.values, tables.bits === 16 ? Int16Array : Int8Array);
  const steps = decode(tables.steps, Float32Array);
  const rows = new Float32Array(whole.length);
  for (let i = 0, at = 0; i < steps.length; i++) {
    for (const end = at + tables.numbers; at < end; at++) rows[at] = whole[at] * steps[i];
  }
  return rows;
}

// A reader is the weighted mean of the vectors of the books liked; a score is a product.
function vectorModel(tables) {
  const size = tables.numbers;
  const rows = decodeRows(tables);
  const ofReader = decode(tables.ofReader, Float32Array);
  const ofBook = decode(tables.ofBook, Float32Array);
  const product = (vector, book) => {
    let sum = 0;
    for (let i = 0, at = book * size; i < size; i++) sum += vector[i] * rows[at + i];
    return sum;
  };
  const vectorOf = book => rows.subarray(book * size, (book + 1) * size);
  return {
    least: -Infinity,
    scores(weights) {
      const reader = new Float64Array(size);
      for (const [book, weight] of weights) {
        vectorOf(book).forEach((x, i) => { reader[i] += weight * ofReader[book] * x; });
      }
      return Float64Array.from(ofBook, (length, book) => length * product(reader, book));
    },
    share: (from, weight, to) =>
      weight * ofReader[from] * ofBook[to] * product(vectorOf(from), to),
    alike: book => Float64Array.from(ofBook, (_, other) => product(vectorOf(book), other)),
  };
}

// Each book liked adds to the scores of its neighbours; a score of 0 says nothing of a book.
function neighbourModel(tables, count) {
  const keep = tables.numbers;
  const rows = decodeRows(tables);
  const which = decode(tables.which, tables.idBits === 16 ? Uint16Array : Uint32Array);
  const scores = weights => {
    const sums = new Float64Array(count);
    for (const [book, weight] of weights) {
      for (let at = book * keep; at < (book + 1) * keep; at++) sums[which[at]] += weight * rows[at];
    }
    return sums;
  };
  return {
    least: 0,
    scores,
    share(from, weight, to) {
      let sum = 0;
      for (let at = from * keep; at < (from + 1) * keep; at++) {
        if (which[at] === to) sum += weight * rows[at];
      }
      return sum;
    },
    alike: book => scores([[book, 1]]),
  };
}

function makeModel(tables, count) {
  return tables.kind === "vectors" ? vectorModel(tables) : neighbourModel(tables, count);
}

// Places of the `wanted` highest scores above `least`; of two equal ones the first.
function best(scores, wanted, least, allowed) {
  const places = [];
  for (let i = 0; i < scores.length; i++) {
    const full = places.length === wanted;
    const bar = full ? scores[places[wanted - 1]] : least;
    if (!(scores[i] > bar) || !allowed(i)) continue;
    if (full) places.pop();
    let at = places.length;
    while (at > 0 && scores[i] > scores[places[at - 1]]) at--;
    places.splice(at, 0, i);
  }
  return places;
}

// The book liked that speaks most for another one, or null.
function mainReason(model, weights, book) {
  let reason = null, most = 0;
  for (const [from, weight] of weights) {
    const share = model.share(from, weight, book);
    if (share > most) [reason, most] = [from, share];
  }
  return reason;
}

// How many readers more than others a book has, as a rank from 0.
function fameRanks(readers) {
  const order = readers.map((_, book) => book).sort((a, b) => readers[b] - readers[a] || a - b);
  const ranks = new Uint32Array(readers.length);
  order.forEach((book, rank) => { ranks[book] = rank; });
  return ranks;
}

// Steps of the slider: from -3, few famous books, by 0, all, to 3, few obscure ones.
const SHARES = [1, 0.5, 0.2, 0.05];

function booksWithin(step, count) {
  return Math.ceil(SHARES[Math.abs(step)] * count);
}

const LETTERS = { "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i" };

// Small letters without accents, words parted by single spaces.
function fold(text) {
  const plain = text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f'’]/g, "")
    .replace(/[øłđðþæœßı]/g, letter => LETTERS[letter]);
  return plain.replace(/[^\p{L}\p{N}\p{M}]+/gu, " ").trim() || plain.trim();
}

// Places of the books that hold all words of the query: titles that begin with it, then the famous.
function findBooks(query, folded, ranks) {
  const whole = fold(query);
  if (!whole) return [];
  const words = whole.split(" ");
  const found = [];
  folded.forEach((text, book) => {
    if (words.every(word => text.includes(word))) found.push(book);
  });
  const early = book => (folded[book].startsWith(whole) ? 0 : 1);
  return found.sort((a, b) => early(a) - early(b) || ranks[a] - ranks[b]);
}
