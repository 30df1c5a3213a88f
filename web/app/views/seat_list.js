// @ts-check
import { h, show, text } from "../dom.js";
import { byName, list as listed, money, seatName } from "../format.js";
import { bySection, reason } from "../seat_plan.js";
import { seats as texts } from "../texts/chosen.js";
import { areaChooser } from "./area_chooser.js";
import { looksOf, shapes } from "./category_looks.js";
import { placedNotice } from "./placed_notice.js";

/**
 * Every seat as a box to tick, by section and row, and areas with how many places one
 * wants. Sections are closed at first and draw their seats when they are opened. A row is one stop of the Tab key; arrow keys go from
 * seat to seat.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View & {focus: () => void}}
 */
export function seatListView(office) {
  const sections = h("ul", { class: "sections", "aria-label": texts.list, role: "list" });
  const title = h("h2", null, texts.all);
  const notice = placedNotice(office, "list");
  const element = h("section", { class: "card seat-list" }, title, notice.element, sections);
  const { plan } = office.seats;
  /** @type {Map<number, HTMLInputElement>} the boxes drawn so far, by seat index */
  const boxes = new Map();
  /** @type {{section: number, size: number, label: HTMLElement}[]} */
  let counters = [];
  /** The areas, and what shows each. @type {{chooser: ReturnType<typeof areaChooser>, item: HTMLElement}[]} */
  let areas = [];
  /** The look of each category on the map. @type {number[]} */
  let looks = [];
  let state = office.store.state;
  /** @type {Set<string>} seat numbers in the cart */
  let mine = new Set();
  /** @type {Set<string>} */
  let asking = new Set();
  let paying = false;

  /** @param {number} index */
  function draw(index) {
    const box = boxes.get(index);
    if (!box) return;
    const number = plan.numbers[index];
    const own = mine.has(number);
    const status = plan.status(index);
    const why = own && paying ? texts.beingPaid : reason(status, own);
    const busy = asking.has(number);
    box.checked = busy ? !own : own;
    // A box stays enabled: disabling it would lose the focus, and a press on a seat that was just taken offers others.
    box.setAttribute("aria-disabled", String(why !== "" && !busy));
    box.title = why;
    box.dataset.state = own ? "mine" : status;
    box.classList.toggle("busy", busy);
    const item = /** @type {HTMLElement} */ (box.closest("li"));
    show(item, own || state.highest === null || plan.prices[plan.priceOf[index]] <= state.highest);
  }

  function drawCounts() {
    for (const counter of counters) text(counter.label, texts.free(plan.freeIn(counter.section, state.highest ?? Infinity), counter.size));
  }

  /**
   * @param {HTMLInputElement} box
   * @param {number} index
   */
  function press(box, index) {
    const number = plan.numbers[index];
    const wanted = box.checked;
    draw(index);
    if (asking.has(number) || paying) return;
    const row = box.closest(".row");
    if (row) row.after(notice.element);
    if (mine.has(number)) {
      if (!wanted) office.cart.release([number], "list");
    } else if (plan.status(index) === "available") office.cart.hold([number], "list");
    else office.cart.taken(index, "list");
  }

  /** @param {number} index */
  function seatBox(index) {
    const seat = plan.seat(index);
    const box = h("input", {
      type: "checkbox",
      tabIndex: -1,
      "aria-label": seatName(seat, state.season?.currency ?? "EUR"),
      onchange: () => press(box, index),
    });
    boxes.set(index, box);
    const look = looks[plan.categoryOf[index]] % shapes;
    return h("li", null, h("label", { class: `seat of-c${look}` }, box, h("span", { "aria-hidden": "true" }, h("bdi", null, seat.seatNumber))));
  }

  /**
   * Seats that follow each other with one category and price, with that in words.
   *
   * @param {string} name the section and row
   * @param {number[]} seats
   */
  function runs(name, seats) {
    /** @type {{words: string, seats: number[]}[]} */
    const found = [];
    for (const index of seats) {
      const seat = plan.seat(index);
      const words = listed([seat.category, money(seat.price, state.season?.currency ?? "EUR")]);
      if (found.length && found[found.length - 1].words === words) found[found.length - 1].seats.push(index);
      else found.push({ words, seats: [index] });
    }
    return found.map((run) =>
      h(
        "div",
        { class: "row-run" },
        h("p", { class: "fine" }, run.words),
        h("ul", { class: "seats", role: "list", "aria-label": `${name}: ${run.words}` }, ...run.seats.map(seatBox)),
      ),
    );
  }

  /** Moves the focus between seats, and the row's one Tab stop with it. @param {KeyboardEvent} event */
  function walk(event) {
    const here = event.target;
    if (!(here instanceof HTMLInputElement)) return;
    const rtl = document.documentElement.dir === "rtl";
    const along = { ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1, Home: -Infinity, End: Infinity }[event.key];
    const across = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (along === undefined && across === undefined) return;
    const row = /** @type {HTMLElement} */ (here.closest(".row"));
    const inRow = boxesIn(row);
    let next = null;
    if (along !== undefined) next = inRow[Math.min(inRow.length - 1, Math.max(0, inRow.indexOf(here) + along))];
    else {
      const rows = [...sections.querySelectorAll("details[open] .row")];
      const other = /** @type {HTMLElement|undefined} */ (rows[rows.indexOf(row) + Number(across)]);
      const there = other ? boxesIn(other) : [];
      next = there[Math.min(there.length - 1, inRow.indexOf(here))];
    }
    event.preventDefault();
    next?.focus();
  }

  /** @param {FocusEvent} event */
  function keepStop(event) {
    const box = event.target;
    if (!(box instanceof HTMLInputElement)) return;
    const row = box.closest(".row");
    if (!row) return;
    for (const other of row.querySelectorAll("input")) other.tabIndex = other === box ? 0 : -1;
  }

  /** @param {Element} row @returns {HTMLInputElement[]} the ones shown */
  function boxesIn(row) {
    return [...row.querySelectorAll("input")].filter((box) => !box.closest("li")?.hidden);
  }

  /** Each row with a seat that is shown has one stop. @param {ParentNode} inside */
  function setStops(inside) {
    for (const row of inside.querySelectorAll(".row")) {
      const shown = boxesIn(row);
      show(/** @type {HTMLElement} */ (row), shown.length > 0);
      if (!shown.length || shown.some((box) => box.tabIndex === 0)) continue;
      for (const box of row.querySelectorAll("input")) box.tabIndex = -1;
      shown[0].tabIndex = 0;
    }
  }

  /** @param {number} at the place of the area in the plan */
  function areaItem(at) {
    const { area, category } = plan.areas[at];
    const chooser = areaChooser(office, "list", () => chooser.element.append(notice.element));
    chooser.open(at);
    const tag = h("span", { class: "tag" }, h("bdi", null, category));
    const inner = h("div", { class: "area-entry", role: "group", "aria-label": area }, h("p", { class: "area-name" }, h("strong", null, h("bdi", null, area)), " ", tag), chooser.element);
    return { chooser, item: h("li", null, inner) };
  }

  /** @param {import("../types/app.js").State} next */
  function drawAreas(next) {
    for (const { chooser, item } of areas) {
      chooser.update(next);
      const area = plan.areas[chooser.at];
      // An area is shown as long as one of its prices is not too high.
      show(item, area?.capacity > 0 && (next.highest === null || Math.min(area.price, ...Object.values(area.prices ?? {})) <= next.highest));
    }
  }

  function build() {
    boxes.clear();
    looks = looksOf(plan.categories);
    counters = [];
    title.after(notice.element);
    sections.replaceChildren(
      ...bySection(plan, byName).map((section) => {
        const label = h("span", { class: "fine" });
        counters.push({ section: section.section, size: section.size, label });
        const details = h("details", null, h("summary", null, h("strong", null, h("bdi", null, section.name || texts.unnamedSection)), " ", label));
        let drawn = false;
        const fill = () => {
          if (drawn) return;
          drawn = true;
          for (const row of section.rows()) {
            const name = texts.rowLabel(section.name, row.name);
            details.append(h("div", { class: "row" }, h("span", { class: "row-name" }, row.name ? texts.row(row.name) : ""), h("div", null, ...runs(name, row.seats))));
            for (const seat of row.seats) draw(seat);
          }
          setStops(details);
        };
        details.addEventListener("toggle", () => details.open && fill());
        return h("li", null, details);
      }),
    );
    areas = plan.areas.map((_, at) => areaItem(at));
    sections.append(...areas.map(({ item }) => item));
    drawAreas(state);
    drawCounts();
  }

  sections.addEventListener("keydown", walk);
  sections.addEventListener("focusin", keepStop);
  let countsStale = 0;
  const stopListening = office.seats.listen((changed) => {
    if (!changed) {
      build();
      return;
    }
    for (const index of changed) draw(index);
    if (changed.some((index) => index >= plan.size)) drawAreas(state);
    countsStale ||= requestAnimationFrame(() => {
      countsStale = 0;
      drawCounts();
    });
  });
  if (plan.size) build();

  return {
    element,
    focus() {
      /** @type {HTMLElement|null} */ (sections.querySelector("summary") ?? sections.querySelector("button:not([disabled])"))?.focus();
    },
    update(next) {
      const filtered = next.highest !== state.highest;
      state = next;
      const held = new Set((next.cart?.seats ?? []).map((seat) => seat.seatNumber));
      const nowPaying = next.paying !== "none";
      if (nowPaying !== paying || next.asking !== asking || [...held].join() !== [...mine].join()) {
        const touched = new Set([...mine, ...held, ...asking, ...next.asking]);
        mine = held;
        asking = next.asking;
        paying = nowPaying;
        for (const number of touched) draw(plan.byNumber.get(number) ?? -1);
      }
      if (filtered) {
        for (const index of boxes.keys()) draw(index);
        setStops(sections);
        drawCounts();
      }
      drawAreas(next);
      notice.update(next);
    },
    dispose() {
      cancelAnimationFrame(countsStale);
      stopListening();
    },
  };
}
