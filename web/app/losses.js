// @ts-check
import { count, plural } from "./format.js";

/**
 * What a fan loses by leaving or signing out, in words; null where that is
 * nothing, and there is nothing to ask.
 *
 * @typedef {import("./types/app.js").State} State
 * @typedef {import("./views/ask.js").Question} Question
 */

/**
 * Whether a fan who is in has bought and has nothing more under way.
 *
 * @param {State} state
 */
export function finished(state) {
  return state.status?.state === "active" && state.done !== null && !state.cart?.seats.length && state.paying === "none";
}

/**
 * @param {State} state
 * @returns {string} what is lost; "" when that is nothing
 */
function loss(state) {
  switch (state.status?.state) {
    case "gathering":
      return "You are in for the draw of the order. If you leave, you are not drawn.";
    case "waiting":
      return state.lastPosition === null
        ? "You have a place in the line. If you leave, you start again at the end."
        : `You are number ${count(state.lastPosition)}. If you leave, you start again at the end.`;
    case "turn":
      return "It is your turn. If you leave, the next in line gets it, and you start again at the end.";
    case "active": {
      if (finished(state)) return "";
      const seats = state.cart?.seats ?? [];
      const again = "To come in again, you start at the end of the line.";
      if (state.paying !== "none") return `Your payment goes on, and nothing is bought twice. ${again}`;
      if (!seats.length) return `Your time to choose seats ends. ${again}`;
      const names = seats.length > 6 ? plural(seats.length, "seat", "seats") : seats.map((seat) => seat.seatNumber).join(", ");
      return `You hold ${names}, not paid yet. If you leave, ${seats.length === 1 ? "the seat goes" : "the seats go"} back on sale. ${again}`;
    }
    default:
      return "";
  }
}

/**
 * @param {State} state
 * @returns {Question|null}
 */
export function leaving(state) {
  const what = loss(state);
  if (!what) return null;
  switch (state.status?.state) {
    case "turn":
      return { title: "Give up your turn?", what, yes: "Yes, give it up" };
    case "active":
      return { title: "Leave the sale?", what, yes: "Yes, leave" };
    default:
      return { title: "Leave the line?", what, yes: "Yes, leave" };
  }
}

/**
 * @param {State} state
 * @returns {Question|null}
 */
export function signingOut(state) {
  const what = loss(state).replaceAll("If you leave", "If you sign out");
  return what ? { title: "Sign out?", what, yes: "Yes, sign out" } : null;
}
