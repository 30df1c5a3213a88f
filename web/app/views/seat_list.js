// @ts-check
import { h, text } from "../dom.js";
import { byName, seatName } from "../format.js";
import { bySection, reason } from "../seat_plan.js";
import { seats as texts } from "../texts/chosen.js";

/** Above this many seats the sections start closed and draw their seats when opened. */
const largePlan = 3000;

/**
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View}
 */
export function seatListView(office) {
  const list = h("ul", { class: "sections", "aria-label": texts.list, role: "list" });
  const element = h("section", { class: "card seat-list" }, h("h2", null, texts.all), list);
  const { plan } = office.seats;
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
    const seat = plan.seats[index];
    const own = mine.has(seat.seatNumber);
    const status = plan.status(index);
    const why = own && paying ? texts.beingPaid : reason(status, own);
    const busy = asking.has(seat.seatNumber);
    box.checked = busy ? !own : own;
    // A box with a request in flight stays enabled: disabling it would lose the focus.
    box.disabled = why !== "" && !busy;
    box.title = why;
    box.dataset.state = own ? "mine" : status;
    box.classList.toggle("busy", busy);
  }

  function drawCounts() {
    for (const counter of counters) text(counter.label, texts.free(counter.free(), counter.size));
  }

  /** @param {import("../../../clients/js/wire.js").Seat[]} seats */
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
          if (box.checked) office.cart.hold([seat.seatNumber]);
          else office.cart.release([seat.seatNumber]);
        },
      });
      boxes.set(seat.index, box);
      return h("li", null, h("label", { class: `seat ${seat.category.toLowerCase()}` }, box, h("span", { "aria-hidden": "true" }, h("bdi", null, seat.seatNumber))));
    });
  }

  function build() {
    boxes.clear();
    counters = [];
    const large = plan.seats.length > largePlan;
    // The boxes are found by their seats' indexes in the plan.
    list.replaceChildren(
      ...bySection(plan.seats, byName).map((section) => {
        const label = h("span", { class: "fine" });
        const all = section.rows.flatMap((row) => row.seats);
        counters.push({ size: section.size, label, free: () => all.reduce((n, seat) => n + (plan.codes[seat.index] === 0 ? 1 : 0), 0) });
        const details = h("details", null, h("summary", null, h("strong", null, h("bdi", null, section.name || texts.unnamedSection)), " ", label));
        let drawn = false;
        const fill = () => {
          if (drawn) return;
          drawn = true;
          for (const row of section.rows) {
            details.append(
              h(
                "div",
                { class: "row" },
                h("span", { class: "row-name" }, row.name ? texts.row(row.name) : ""),
                h("ul", { class: "seats", role: "list", "aria-label": texts.rowLabel(section.name, row.name) }, ...rowOf(row.seats)),
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

  const stopListening = office.seats.listen(seatsChanged);
  if (plan.seats.length) build();

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
        const index = plan.byNumber.get(number);
        if (index !== undefined) draw(index);
      }
    },
    dispose() {
      stopListening();
    },
  };
}
