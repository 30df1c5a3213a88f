// @ts-check
import { h } from "../dom.js";
import { money } from "../format.js";
import { priceTypes, tickets as texts } from "../texts/chosen.js";
import { shortCode } from "../ticket_code.js";
import { typeName } from "./price_types.js";
import { codeImage, placeOf, signs, statusWords } from "./ticket_code.js";

/** @typedef {import("../../../clients/js/wire.js").Ticket} Ticket */

/** @param {string} words for screen readers only */
export const unseen = (words) => h("span", { class: "unseen" }, words);

/**
 * Links to paper: a page to print, and a PDF. A text is what is shown, and what
 * screen readers add.
 *
 * @param {string} print the page's address
 * @param {[string, string]} printText
 * @param {string} pdf the file's address
 * @param {[string, string]} pdfText
 */
export const paperLinks = (print, printText, pdf, pdfText) => [
  h("a", { class: "button small", href: print }, printText[0], unseen(printText[1])),
  h("a", { class: "button small", href: pdf, target: "_blank", rel: "noopener" }, pdfText[0], unseen(pdfText[1])),
];

/**
 * @param {string} name
 * @param {string} value
 * @returns {HTMLElement|null} nothing for an empty value
 */
const fact = (name, value) => (value ? h("div", null, h("dt", null, name), h("dd", { dir: "auto" }, value)) : null);

/**
 * @param {Ticket} ticket
 * @param {string} season its name
 * @param {boolean} dated whether the time of the event is known
 * @param {() => void} open shows the code on the whole screen
 * @param {(() => void)|null} giveBack null where the ticket cannot be given back
 * @param {boolean} cancelled whether the show is
 */
export function ticketCard(ticket, season, dated, open, giveBack, cancelled) {
  const path = `/tickets/${encodeURIComponent(ticket.id)}`;
  const seat = placeOf(ticket);
  // A ticket that was given back must not be taken to the gate: it has no paper and no code.
  const gone = ticket.status === "void";
  return h(
    "article",
    { class: `ticket ${ticket.status}`, "aria-label": texts.label(seat) },
    h(
      "div",
      { class: "ticket-text" },
      h("p", { class: "eyebrow" }, h("bdi", null, season)),
      h("h4", null, h("bdi", null, seat)),
      h(
        "dl",
        { class: "ticket-facts" },
        fact(texts.section, ticket.section),
        fact(texts.row, ticket.row),
        fact(texts.category, ticket.category),
        ...(ticket.type ? [fact(priceTypes.title, typeName(ticket.type))] : []),
        fact(texts.price, ticket.currency ? money(ticket.price, ticket.currency) : ""),
        fact(texts.holder, ticket.holder),
      ),
      h("p", { class: `ticket-status ${ticket.status}` }, h("span", { "aria-hidden": "true" }, `${signs[ticket.status] ?? ""} `), statusWords(ticket.status, cancelled)),
      gone
        ? null
        : h(
            "div",
            { class: "actions" },
            h("button", { type: "button", class: "button small", onclick: open }, texts.showCode, unseen(texts.codeFor(seat))),
            dated ? h("a", { class: "button small", href: `${path}/event.ics`, download: "" }, texts.calendar, unseen(texts.codeFor(seat))) : null,
            ...paperLinks(`${path}/print`, [texts.print, texts.printOf(seat)], `${path}/ticket.pdf`, [texts.pdf, texts.pdfOf(seat)]),
            giveBack && h("button", { type: "button", class: "button small quiet", "data-live": "", onclick: giveBack }, texts.giveBack, unseen(texts.giveBackSeat(seat))),
          ),
    ),
    gone ? null : h("div", { class: "ticket-code" }, codeImage(ticket, 264), h("p", { "aria-label": texts.shortCode(shortCode(ticket.id)) }, shortCode(ticket.id))),
  );
}
