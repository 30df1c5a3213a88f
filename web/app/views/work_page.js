// @ts-check
/** The role that a page is for. */
export const roleOf = { gate: "staff", admin: "admin" };

/**
 * @param {import("../types/app.js").State} state
 * @param {"gate"|"admin"} page
 * @returns {string} the view of a page for work
 */
export function workPage(state, page) {
  if (!state.user) return "starting";
  return state.user.roles.includes(roleOf[page]) ? page : `not-${page}`;
}
