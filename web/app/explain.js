// @ts-check
/** Says in words what a code of docs/protocol.md means for the person reading it. */

/** @typedef {{code: string, detail?: string, seats?: string[]}} Fault */

/** @param {string[]} seats */
function names(seats) {
  const shown = seats.slice(0, 6).join(", ");
  return seats.length > 6 ? `${shown} and ${seats.length - 6} more` : shown;
}

/**
 * @param {Fault} fault
 * @returns {string}
 */
export function explain(fault) {
  const seats = fault.seats ?? [];
  const one = seats.length === 1;
  const which = seats.length ? `${one ? "Seat" : "Seats"} ${names(seats)}` : "";
  switch (fault.code) {
    case "payment_declined":
      return "The card was declined. You have not been charged, and your seats are still yours until the timer runs out. Try another card.";
    case "seat_taken":
      return which
        ? `${which} ${one ? "has" : "have"} just been taken by somebody else. Please choose again.`
        : "Somebody else was quicker. Please choose again.";
    case "hold_expired":
      return which
        ? `Your hold on ${one ? "seat" : "seats"} ${names(seats)} has run out, so nothing was bought and nothing charged. If still free, you can take ${one ? "it" : "them"} again.`
        : "Your hold has run out, so nothing was bought and nothing charged. Please choose your seats again.";
    case "seat_limit":
      return fault.detail || "That would be more seats than one person may have.";
    case "no_adjacent_seats":
      return "There are not that many free seats side by side. Try fewer, another category, or seats apart.";
    case "unknown_seat":
      return which ? `${which} ${one ? "does" : "do"} not exist in this house.` : "There is no such seat in this house.";
    case "not_admitted":
      return "Your time in the sale is over, so this could not be done. Join the line again to go on.";
    case "season_closed":
      return "The sale is closed.";
    case "sold_out":
      return "Everything is sold out. Should a seat come back, you can join the line again.";
    case "conflict":
      return fault.detail || "That is not possible just now.";
    case "key_reused":
      return "This purchase was already made with other seats. Look into “My tickets” before you try again.";
    case "unauthenticated":
    case "invalid_credential":
      return "You are signed out. Please sign in again.";
    case "forbidden":
      return "You may not do that.";
    case "rate_limited":
      if (which) {
        return `${which} stayed in your cart until its time was over. Others come first for a minute; please choose other seats.`;
      }
      // The node's own limits speak to programs; what a fan has had too much of is said to people.
      return !fault.detail || fault.detail.includes("Retry-After")
        ? "That was too quick. Wait a moment and try again."
        : `Not now: ${fault.detail}.`;
    case "unavailable":
    case "draining":
      return "The box office does not answer just now. Nothing is lost; try again in a moment.";
    case "disconnected":
      return "The connection broke before an answer came. It is being restored; look at your seats before you try again.";
    default:
      return fault.detail || "Something went wrong. Please try again.";
  }
}

/**
 * Why somebody is out of the line.
 *
 * @param {string} reason lapsed's reason, or "left", "ended"
 */
export function explainOut(reason) {
  switch (reason) {
    case "turn_missed":
      return "Your turn came, but it was not taken in time, so the next in line got it.";
    case "idle":
      return "We did not hear from you for a while, so your place went to the next in line.";
    case "session_ended":
      return "Your time in the sale is over. Seats you had not paid for were given back.";
    case "put_out":
      return "The organiser has taken you out of the sale.";
    case "absent":
      return "You were away for too long, so your place in the line was given up.";
    case "finished":
      return "You have bought, and the next person was let in. Your tickets are under “My tickets”. To buy more, join the line again.";
    case "left":
      return "You have left. You can join the line again at its end.";
    default:
      return "You are not in the line any more: your place has ended, or was given up elsewhere.";
  }
}
