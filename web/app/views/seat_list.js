// @ts-check
import { h, text } from "../dom.js";
import { byName, count, seatName } from "../format.js";
import { bySection, reason } from "../seat_book.js";

/** Above this many seats the sections start closed and draw their seats when opened. */
const largeHouse = 3000;

/**
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("./view.js").View}
 */
export function seatListView(office) {
  const list = h("ul", { class: "sections", "aria-label": "Seats", role: "list" });
  const element = h("section", { class: "card seat-list" }, h("h2", null, "All seats"), list);
  /** @type {Map<number, HTMLInputElement>} the boxes drawn so far, by seat index */
  const boxes = new Map();
  /** @type {{size: number, free: () => number, label: HTMLElement}[]} */
  let counters = [];
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
    const seat = office.house.book.plan[index];
    const own = mine.has(seat.seatNumber);
    const status = office.house.book.status(index);
    const why = own && paying ? "Being paid for" : reason(status, own);
    const busy = asking.has(seat.seatNumber);
    box.checked = busy ? !own : own;
    // A box that is asking stays enabled: disabling it would drop the focus.
    box.disabled = why !== "" && !busy;
    box.title = why;
    box.dataset.state = own ? "mine" : status;
    box.classList.toggle("busy", busy);
  }

  function drawCounts() {
    for (const counter of counters) text(counter.label, `${count(counter.free())} of ${count(counter.size)} free`);
  }

  /** @param {import("../types/wire.js").Seat[]} seats */
  function rowOf(seats) {
    const currency = state.season?.currency ?? "EUR";
    return seats.map((seat) => {
      const box = h("input", {
        type: "checkbox",
        "aria-label": seatName(seat, currency),
        onchange: () => {
          if (asking.has(seat.seatNumber)) {
            draw(seat.index);
            return;
          }
          if (box.checked) office.hold([seat.seatNumber]);
          else office.release([seat.seatNumber]);
        },
      });
      boxes.set(seat.index, box);
      return h("li", null, h("label", { class: `seat ${seat.category.toLowerCase()}` }, box, h("span", { "aria-hidden": "true" }, seat.seatNumber)));
    });
  }

  function build() {
    boxes.clear();
    counters = [];
    const { book } = office.house;
    const large = book.plan.length > largeHouse;
    // Indexes are places in the plan: that is what makes boxes findable.
    list.replaceChildren(
      ...bySection(book.plan, byName).map((section) => {
        const label = h("span", { class: "fine" });
        const all = section.rows.flatMap((row) => row.seats);
        counters.push({ size: section.size, label, free: () => all.reduce((n, seat) => n + (book.state[seat.index] === 0 ? 1 : 0), 0) });
        const details = h("details", null, h("summary", null, h("strong", null, section.name || "House"), " ", label));
        let drawn = false;
        const fill = () => {
          if (drawn) return;
          drawn = true;
          for (const row of section.rows) {
            details.append(
              h(
                "div",
                { class: "row" },
                h("span", { class: "row-name" }, row.name ? `Row ${row.name}` : ""),
                h("ul", { class: "seats", role: "list", "aria-label": `${section.name} ${row.name ? `row ${row.name}` : ""}`.trim() || "House" }, ...rowOf(row.seats)),
              ),
            );
          }
          for (const seat of all) draw(seat.index);
        };
        details.addEventListener("toggle", () => details.open && fill());
        if (!large) {
          fill();
          details.open = true;
        }
        return h("li", null, details);
      }),
    );
    drawCounts();
  }

  /** @param {number[]|null} changed */
  function seatsChanged(changed) {
    if (!changed) {
      build();
      return;
    }
    for (const index of changed) draw(index);
    drawCounts();
  }

  office.house.listeners.push(seatsChanged);
  if (office.house.book.plan.length) build();

  return {
    element,
    update(next) {
      state = next;
      const held = new Set((next.cart?.seats ?? []).map((seat) => seat.seatNumber));
      const touched = new Set([...mine, ...held, ...asking, ...next.asking]);
      mine = held;
      asking = next.asking;
      paying = next.paying !== "none";
      for (const number of touched) {
        const index = office.house.book.byNumber.get(number);
        if (index !== undefined) draw(index);
      }
    },
    dispose() {
      office.house.listeners = office.house.listeners.filter((listener) => listener !== seatsChanged);
    },
  };
}
