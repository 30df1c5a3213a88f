// @ts-check
import { leaving as texts } from "./texts/chosen.js";

/**
 * What a fan loses by leaving or signing out, as a question; null where nothing is
 * lost, and there is nothing to ask.
 *
 * @typedef {import("./types/app.js").State} State
 * @typedef {import("./views/question_dialog.js").Question} Question
 */

/**
 * Whether an active fan has bought and has nothing more under way.
 *
 * @param {State} state
 */
export function finished(state) {
  return state.status?.state === "active" && state.done !== null && !state.cart?.seats.length && state.paying === "none";
}

/**
 * @param {State} state
 * @param {boolean} signingOut
 * @returns {string} what is lost; "" when nothing is
 */
function loss(state, signingOut) {
  switch (state.status?.state) {
    case "gathering":
      return texts.loss.gathering(signingOut);
    case "waiting":
      return state.lastPosition === null ? texts.loss.inLine(signingOut) : texts.loss.position(state.lastPosition, signingOut);
    case "turn":
      return texts.loss.turn(signingOut);
    case "active": {
      if (finished(state)) return "";
      const seats = state.cart?.seats ?? [];
      if (state.paying !== "none") return texts.loss.paying();
      if (!seats.length) return texts.loss.session();
      return texts.loss.held(
        seats.map((seat) => seat.seatNumber),
        signingOut,
      );
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
  const what = loss(state, false);
  if (!what) return null;
  switch (state.status?.state) {
    case "turn":
      return { ...texts.leaveTurn, what };
    case "active":
      return { ...texts.leaveSale, what };
    default:
      return { ...texts.leaveLine, what };
  }
}

/**
 * @param {State} state
 * @returns {Question|null}
 */
export function signingOut(state) {
  const what = loss(state, true);
  return what ? { ...texts.signOut, what } : null;
}
