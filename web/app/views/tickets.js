// @ts-check
import { h, show } from "../dom.js";
import { money, plural } from "../format.js";

const words = { valid: "Valid", used: "Used", void: "Not valid any more" };

/**
 * @param {import("../types.js").Ticket} ticket
 * @param {string} season
 */
function card(ticket, season) {
  return h(
    "article",
    { class: `ticket ${ticket.status}`, "aria-label": `Ticket ${ticket.seatNumber}` },
    h(
      "div",
      { class: "ticket-text" },
      h("p", { class: "eyebrow" }, season),
      h("h3", null, ticket.seatNumber),
      h("p", null, h("span", { class: `tag ${ticket.category.toLowerCase()}` }, ticket.category)),
      h("p", { class: "fine" }, ticket.holder),
      h("p", { class: "fine" }, words[ticket.status] ?? ticket.status),
    ),
    h("img", {
      class: "qr",
      src: `/tickets/${encodeURIComponent(ticket.id)}/qr.svg`,
      alt: `QR code for seat ${ticket.seatNumber}`,
      width: 264,
      height: 264,
    }),
  );
}

/**
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("./view.js").View}
 */
export function ticketsView(office) {
  const reading = h("p", { class: "note", role: "status" }, "Reading your tickets…");
  const empty = h("p", { class: "lead" }, "You have no tickets yet.");
  const unsettled = h("div");
  const list = h("div", { class: "tickets" });
  const element = h("section", { class: "my-tickets" }, h("h2", { class: "display" }, "Your tickets"), unsettled, reading, empty, list);
  let drawn = "";
  office.readTickets();
  return {
    element,
    update(state) {
      const { tickets } = state;
      show(reading, tickets === null);
      show(empty, tickets !== null && tickets.length === 0 && state.unsettled.length === 0);
      const next = JSON.stringify([tickets?.map((t) => [t.id, t.status]), state.unsettled.map((t) => t.id), state.season?.name]);
      if (next === drawn) return;
      drawn = next;
      list.replaceChildren(...(tickets ?? []).map((ticket) => card(ticket, state.season?.name ?? "")));
      unsettled.replaceChildren(
        ...state.unsettled.map((t) =>
          h("p", { class: "note" }, `A purchase of ${plural(t.seats.length, "seat", "seats")} (${t.seats.join(", ")}) for ${money(t.total, t.currency)} is still being confirmed. The seats are yours until we know.`),
        ),
      );
    },
  };
}
