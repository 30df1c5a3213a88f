// @ts-check
/** The roles that a page is for. @type {Record<"gate"|"admin"|"desk", string[]>} */
export const rolesOf = { gate: ["staff"], admin: ["admin"], desk: ["desk", "admin"] };

/**
 * Whether a user may see a page for work.
 *
 * @param {{roles: string[]}|null} user
 * @param {"gate"|"admin"|"desk"} page
 */
export function mayWork(user, page) {
  return rolesOf[page].some((role) => user?.roles.includes(role));
}

/**
 * @param {import("../types/app.js").State} state
 * @param {"gate"|"admin"|"desk"} page
 * @returns {string} the view of a page for work
 */
export function workPage(state, page) {
  if (!state.user) return "starting";
  return mayWork(state.user, page) ? page : `not-${page}`;
}
