"use strict";
// What the page shows, and what its reader does.

const data = JSON.parse(document.getElementById("data").textContent);
const { words, titles, authors, years, genres, readers, ids } = data;
const count = titles.length;
const model = makeModel(data.tables, count);
const ranks = fameRanks(readers || titles.map(() => 0));
const folded = titles.map((title, book) => fold(authors ? `${title} ${authors[book]}` : title));
const placeOf = new Map(ids.map((id, book) => [String(id), book]));
const plural = new Intl.PluralRules(words.language);
const figures = new Intl.NumberFormat(words.language);
const RESULTS = 5, STEP = 10, ALIKE = 5;

const state = { liked: new Map(), past: [], fame: 0, shown: STEP, open: "" };
const at = id => document.getElementById(id);

// A sentence with its blanks filled; where a number decides, the right plural form.
function say(name, values = {}) {
  let sentence = words[name];
  if (typeof sentence === "object") sentence = sentence[plural.select(values.count)] || sentence.other;
  return sentence.replace(/\{(\w+)\}/g, (_, key) =>
    typeof values[key] === "number" ? figures.format(values[key]) : values[key]);
}

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function weights() {
  return [...state.liked].map(([book, stars]) => [book, stars - 1]).filter(([, weight]) => weight > 0);
}

function isWithinFame(book) {
  const within = booksWithin(state.fame, count);
  if (state.fame === 0) return true;
  return state.fame < 0 ? ranks[book] < within : ranks[book] >= count - within;
}

// What is kept between visits; a page may be denied it.
function keep() {
  const kept = [...state.liked].map(([book, stars]) => [ids[book], stars]);
  try { localStorage.setItem(data.key, JSON.stringify(kept)); } catch { /* it works without */ }
}

function recall() {
  try {
    for (const [id, stars] of JSON.parse(localStorage.getItem(data.key)) || []) {
      if (placeOf.has(String(id)) && [1, 2, 3, 4, 5].includes(stars)) {
        state.liked.set(placeOf.get(String(id)), stars);
      }
    }
  } catch { state.liked.clear(); }
}

function change(liked, sentence) {
  state.past.push(state.liked);
  state.liked = liked;
  state.shown = STEP;
  update(sentence);
}

function toggle(book) {
  const liked = new Map(state.liked);
  const gone = liked.delete(book);
  if (!gone) liked.set(book, 5);
  change(liked, say(gone ? "unliked" : "liked", { title: titles[book] }));
}

function rate(book, stars) {
  const said = say("rated", { title: titles[book], stars: say("stars", { count: stars }) });
  change(new Map(state.liked).set(book, stars), said);
}

function starsOf(book, where) {
  const given = state.liked.get(book);
  const group = make("fieldset", {}, make("legend", { class: "unseen" }, say("stars_for", { title: titles[book] })));
  for (let stars = 1; stars <= 5; stars++) {
    const input = make("input", {
      type: "radio", name: `${where}-${book}`, value: stars,
      "aria-label": say("stars", { count: stars }), "data-key": `${where} stars ${book} ${stars}`,
    });
    input.checked = stars === given;
    input.addEventListener("change", () => rate(book, stars));
    group.append(make("label", {}, input, make("span", { "aria-hidden": "true" }, stars <= given ? "★" : "☆")));
  }
  return group;
}

function heartOf(book, where) {
  const liked = state.liked.has(book);
  const button = make("button", {
    type: "button", class: "heart", "aria-pressed": liked,
    "aria-label": say("like", { title: titles[book] }), "data-key": `${where} heart ${book}`,
  }, make("span", { "aria-hidden": "true" }, liked ? "♥" : "♡"));
  button.addEventListener("click", () => toggle(book));
  return button;
}

function similarOf(book, where) {
  const key = `${where} similar ${book}`;
  const button = make("button", {
    type: "button", class: "similar", "aria-expanded": state.open === key,
    "aria-label": say("similar_to", { title: titles[book] }), "data-key": key,
  }, say("similar"));
  button.addEventListener("click", () => {
    state.open = state.open === key ? "" : key;
    update();
  });
  return button;
}

function similarList(book, where) {
  const places = best(model.alike(book), ALIKE, model.least, other => other !== book);
  const rows = places.map(other => row(other, `${where}-alike`, { brief: true }));
  const list = make("ul", { "aria-label": say("similar_to", { title: titles[book] }) }, ...rows);
  return make("div", { class: "nested" }, rows.length ? list : make("p", { class: "note" }, say("similar_none")));
}

function row(book, where, { because = null, brief = false } = {}) {
  const facts = [authors && authors[book]];
  if (!brief) {
    facts.push(years && years[book], genres && data.genreNames[genres[book]]);
    if (readers) facts.push(say("read_by", { count: readers[book] }));
  }
  const about = make("div", { class: "about" }, make("span", { class: "title", dir: "auto" }, titles[book]));
  const by = facts.filter(fact => fact || fact === 0).join(" · ");
  if (by) about.append(make("span", { class: "by", dir: "auto" }, by));
  if (because !== null) {
    about.append(make("span", { class: "because", dir: "auto" }, say("because", { title: titles[because] })));
  }
  const actions = make("div", { class: "actions" }, heartOf(book, where));
  if (!brief) actions.append(similarOf(book, where));
  const item = make("li", { "data-book": ids[book] }, about, actions);
  if (state.liked.has(book)) item.append(starsOf(book, where));
  if (state.open === `${where} similar ${book}`) item.append(similarList(book, where));
  return item;
}

function showResults() {
  const query = at("query").value;
  const found = findBooks(query, folded, ranks);
  at("results").replaceChildren(...found.slice(0, RESULTS).map(book => row(book, "results")));
  const name = found.length > RESULTS ? "found_more" : "found";
  const said = found.length ? say(name, { count: found.length, shown: RESULTS }) : say("none_found");
  at("found").textContent = query.trim() ? said : "";
}

function showBasket() {
  const books = [...state.liked.keys()].reverse();
  at("basket").replaceChildren(...books.map(book => row(book, "basket", { brief: true })));
  at("basket-note").textContent = say(books.length ? "basket_how" : "basket_empty");
  at("undo").setAttribute("aria-disabled", state.past.length === 0);
  at("clear").setAttribute("aria-disabled", books.length === 0);
}

// The books of the list, one more than shown where there are more.
function booksOfList(given) {
  const allowed = book => !state.liked.has(book) && isWithinFame(book);
  if (given.length) return best(model.scores(given), state.shown + 1, model.least, allowed);
  if (state.liked.size || !readers) return [];
  return best(readers, state.shown + 1, 0, allowed);
}

function showList() {
  const given = weights();
  const books = booksOfList(given);
  const rows = books.slice(0, state.shown).map(book =>
    row(book, "list", { because: given.length ? mainReason(model, given, book) : null }));
  at("list").replaceChildren(...rows);
  at("list-heading").textContent = say(state.liked.size || !readers ? "list" : "list_start");
  let note = "";
  if (!rows.length) note = given.length || (readers && !state.liked.size) ? "list_nothing" : state.liked.size ? "list_one_star" : "list_empty";
  at("list-note").textContent = note && say(note);
  at("more").hidden = books.length <= state.shown;
  return rows.length ? say("first_now", { title: titles[books[0]] }) : note && say(note);
}

function showFame() {
  const name = state.fame < 0 ? "fame_most" : state.fame > 0 ? "fame_least" : "fame_all";
  const said = say(name, { count: booksWithin(state.fame, count) });
  document.querySelector("#fame output").textContent = said;
  at("slider").setAttribute("aria-valuetext", said);
}

// Where the focus is, so that it can be there again when all rows are new.
function rememberFocus() {
  const key = document.activeElement?.dataset?.key;
  if (!key) return () => {};
  const item = document.activeElement.closest("li");
  const list = item.parentElement, place = [...list.children].indexOf(item);
  const listId = list.id || list.closest("[id]").id;
  return () => {
    const same = [...document.querySelectorAll("[data-key]")].find(each => each.dataset.key === key);
    const next = [...at(listId).children];
    const instead = next[Math.min(place, next.length - 1)]?.querySelector(".heart");
    (same || instead || document.querySelector(`#${listId}-heading`) || at("query")).focus();
  };
}

function update(sentence) {
  const start = performance.now();
  const restoreFocus = rememberFocus();
  showResults();
  showBasket();
  const first = showList();
  showFame();
  restoreFocus();
  if (sentence) at("said").textContent = `${sentence} ${first}`;
  keep();
  performance.measure("update", { start });
}

at("search").addEventListener("submit", event => {
  event.preventDefault();
  document.querySelector("#results .heart")?.focus();
});
at("query").addEventListener("input", showResults);
at("slider").addEventListener("input", event => {
  state.fame = Number(event.target.value);
  state.shown = STEP;
  update();
});
at("more").addEventListener("click", () => {
  const before = state.shown;
  state.shown += STEP;
  update();
  at("list").children[before]?.querySelector(".heart").focus();
});
at("undo").addEventListener("click", () => {
  if (!state.past.length) return;
  state.liked = state.past.pop();
  update(say("undone"));
});
at("clear").addEventListener("click", () => {
  if (state.liked.size) change(new Map(), say("cleared"));
});

at("fame").hidden = !readers;
recall();
update();
