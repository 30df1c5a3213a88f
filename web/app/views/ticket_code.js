// @ts-check
import { h, show, text } from "../dom.js";
import { keptCode } from "../kept_cache.js";
import { tickets as texts } from "../texts/chosen.js";

/** @typedef {import("../../../clients/js/wire.js").Ticket} Ticket */

/** A sign for each status, for people who cannot tell the colours apart. @type {Record<string, string>} */
export const signs = { valid: "✓", used: "●", void: "✕" };

/**
 * What people read of a ticket's seat: its number, or the name of the area, whose places
 * fans do not tell apart.
 *
 * @param {Ticket} ticket
 */
export const placeOf = (ticket) => ticket.area || ticket.seatNumber;

/**
 * @param {string} status
 * @param {boolean} [cancelled] whether the show is: then the fan has given nothing back
 */
export const statusWords = (status, cancelled = false) =>
  texts.statuses[/** @type {keyof typeof texts.statuses} */ (cancelled && status === "void" ? "cancelled" : status)] ?? status;

/**
 * The picture of a ticket's code; the kept one where the server cannot be reached.
 *
 * @param {Ticket} ticket
 * @param {number} size
 */
export function codeImage(ticket, size) {
  const image = h("img", { class: "qr", alt: texts.qrCode(placeOf(ticket)), width: size, height: size });
  image.addEventListener("error", async () => {
    const kept = await keptCode(ticket.id);
    if (kept) image.src = kept;
  }, { once: true });
  image.src = `/tickets/${encodeURIComponent(ticket.id)}/qr.svg`;
  return image;
}

/**
 * One code on the whole screen, black on white, with the screen kept on. The tickets of
 * the same purchase follow one by one, so that a scanner never sees two codes.
 *
 * @param {Ticket[]} tickets
 * @param {Ticket} first
 * @returns {{update: (tickets: Ticket[]) => void, close: () => void, closed: Promise<void>}}
 */
export function showCode(tickets, first) {
  const before = document.activeElement;
  let at = Math.max(0, tickets.findIndex((ticket) => ticket.id === first.id));
  const seat = h("h2", { class: "code-seat", id: "code-seat" });
  const place = h("p", { class: "code-place", dir: "auto" });
  const frame = h("div", { class: "code-frame" });
  const status = h("p", { class: "code-status", role: "status" });
  const which = h("p", { class: "code-which" });
  const back = h("button", { type: "button", class: "button", onclick: () => turn(-1) }, texts.previousCode);
  const next = h("button", { type: "button", class: "button", onclick: () => turn(1) }, texts.nextCode);
  const done = h("button", { type: "button", class: "button primary", onclick: () => close() }, texts.closeCode);
  const turning = h("div", { class: "actions" }, back, which, next);
  const inside = h("div", { class: "code-sheet" }, seat, place, frame, status, h("p", { class: "code-hint" }, texts.brightness), turning, done);
  const names = { class: "code-screen", "aria-labelledby": seat.id };
  // Safari before 15.4 has no modal dialogs.
  const native = typeof HTMLDialogElement === "function" && typeof HTMLDialogElement.prototype.showModal === "function";
  const dialog = native ? h("dialog", names, inside) : null;
  const element = dialog ?? h("div", { ...names, role: "dialog", "aria-modal": "true" }, inside);
  let open = true;
  let drawn = "";
  /** @type {{release: () => Promise<void>}|null} */
  let lock = null;
  /** @type {() => void} */
  let resolve;
  /** @type {Promise<void>} */
  const closed = new Promise((given) => (resolve = given));

  /** @param {number} by */
  function turn(by) {
    at = (at + by + tickets.length) % tickets.length;
    draw();
  }

  function draw() {
    const ticket = tickets[at];
    text(seat, placeOf(ticket));
    text(place, [ticket.section, ticket.row && `${texts.row} ${ticket.row}`, ticket.category].filter(Boolean).join(" · "));
    if (drawn !== ticket.id) frame.replaceChildren(codeImage(ticket, 544));
    drawn = ticket.id;
    element.dataset.status = ticket.status;
    text(status, `${signs[ticket.status] ?? ""} ${statusWords(ticket.status)}`.trim());
    text(which, texts.codeOf(at + 1, tickets.length));
    show(turning, tickets.length > 1);
  }

  function close() {
    if (!open) return;
    open = false;
    lock?.release().catch(() => {});
    element.remove();
    document.documentElement.classList.remove("code-open");
    if (before instanceof HTMLElement && before.isConnected) before.focus();
    resolve();
  }

  async function keepOn() {
    try {
      const held = await /** @type {any} */ (navigator).wakeLock?.request("screen");
      if (open) lock = held ?? null;
      else held?.release();
    } catch {
      // The browser decides: a low battery refuses it.
    }
  }

  /** @param {KeyboardEvent} event */
  function keys(event) {
    const rtl = getComputedStyle(element).direction === "rtl" ? -1 : 1;
    if (event.key === "ArrowRight" && tickets.length > 1) turn(rtl);
    else if (event.key === "ArrowLeft" && tickets.length > 1) turn(-rtl);
    else if (event.key === "Escape" && !dialog) close();
    else if (event.key === "Tab" && !dialog) {
      const stops = tickets.length > 1 ? [back, next, done] : [done];
      const now = stops.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
      event.preventDefault();
      stops[(now + (event.shiftKey ? -1 : 1) + stops.length) % stops.length].focus();
    }
  }

  draw();
  element.addEventListener("keydown", (event) => keys(/** @type {KeyboardEvent} */ (event)));
  document.body.append(element);
  document.documentElement.classList.add("code-open");
  if (dialog) {
    dialog.addEventListener("close", close);
    dialog.showModal();
  }
  done.focus();
  keepOn();
  return {
    close,
    closed,
    /** @param {Ticket[]} now the same tickets with their status now */
    update(now) {
      tickets = tickets.map((ticket) => now.find((other) => other.id === ticket.id) ?? ticket);
      draw();
    },
  };
}
