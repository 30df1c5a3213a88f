// @ts-check
import { areaCard } from "./area_card.js";
import { seatCard } from "./seat_card.js";

/**
 * The card that the map shows: of a seat or of an area, one at a time.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @param {{closed: () => void}} report
 */
export function placeCard(office, report) {
  const { plan } = office.seats;
  const seat = seatCard(office, report);
  const area = areaCard(office, report);
  const now = () => (area.index >= 0 ? area : seat);
  return {
    elements: [seat.element, area.element],
    /** The card that is shown, or was last. */
    get element() {
      return now().element;
    },
    /** The index of the seat or the area that it shows; -1: none. */
    get index() {
      return now().index;
    },
    /** @param {number} index */
    open(index) {
      const [next, other] = index < plan.size ? [seat, area] : [area, seat];
      other.close();
      next.open(index);
    },
    close: () => now().close(),
    act: () => now().act(),
    words: () => now().words(),
    draw: () => now().draw(),
    /** @param {import("../types/app.js").State} next */
    update(next) {
      seat.update(next);
      area.update(next);
    },
  };
}
