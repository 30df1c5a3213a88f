// @ts-check
import { h, show, text } from "../dom.js";
import { areas as texts, seats as seatTexts } from "../texts/chosen.js";
import { areaChooser } from "./area_chooser.js";
import { placedNotice } from "./placed_notice.js";

/**
 * What the map says of one area, as the seat card says it of a seat.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @param {{closed: () => void}} report
 */
export function areaCard(office, report) {
  const { plan } = office.seats;
  const name = h("strong", { class: "seat-card-number" });
  const category = h("span", { class: "tag" });
  const chooser = areaChooser(office, "map");
  const notice = placedNotice(office, "map");
  const element = h(
    "div",
    { class: "seat-card area-card", role: "group", "aria-label": texts.card, hidden: true },
    h("div", { class: "seat-card-head" }, name, category, h("button", { type: "button", class: "icon", "aria-label": seatTexts.closeCard, onclick: () => card.close() }, "×")),
    chooser.element,
    notice.element,
  );
  let state = office.store.state;

  const card = {
    element,
    /** The index that stands for the area; -1: none. */
    index: -1,

    /** @param {number} index */
    open(index) {
      if (index !== card.index && state.notice?.place === "map") office.notices.dismiss();
      card.index = index;
      chooser.open(index - plan.size);
      card.draw();
    },

    close() {
      if (card.index < 0) return;
      if (state.notice?.place === "map") office.notices.dismiss();
      card.index = -1;
      const focused = element.contains(document.activeElement);
      show(element, false);
      if (focused) report.closed();
    },

    /** Goes on to the choice of how many. */
    act() {
      chooser.focus();
    },

    words: () => chooser.words(),

    draw() {
      const area = plan.areas[card.index - plan.size];
      if (!area) card.index = -1;
      show(element, card.index >= 0);
      if (card.index < 0) return;
      text(name, area.area);
      text(category, area.category);
      chooser.draw();
    },

    /** @param {import("../types/app.js").State} next */
    update(next) {
      state = next;
      notice.update(next);
      chooser.update(next);
      card.draw();
    },
  };
  return card;
}
