// @ts-check
/**
 * The tab's icon and the badge of an installed page: the place in line as a number,
 * and a sign when the turn comes. A tab whose title is cut off shows them still.
 *
 * @typedef {import("./types/app.js").State} State
 */

/** The icon's edge, in px: browsers scale it down. */
const edge = 64;

/**
 * What the icon says in a state: the turn, a place, or nothing.
 *
 * @param {State} state
 * @returns {"turn"|number|null}
 */
export function badgeOf(state) {
  if (state.phase !== "signedIn" || state.connection === "replaced") return null;
  if (state.status?.state === "turn") return "turn";
  return state.status?.state === "waiting" ? state.lastPosition : null;
}

/**
 * At most three signs fit. A large number is rounded up: the icon must not promise a
 * better place.
 *
 * @param {number} place
 */
export function short(place) {
  if (place < 1000) return String(place);
  return place < 100_000 ? `${Math.ceil(place / 1000)}k` : "…";
}

export class TabIcon {
  constructor() {
    this.link = /** @type {HTMLLinkElement|null} */ (document.querySelector('link[rel="icon"]'));
    this.plain = { href: this.link?.href ?? "", type: this.link?.type ?? "" };
    /** @type {"turn"|number|null} */
    this.drawn = null;
  }

  /** @param {State} state */
  update(state) {
    const badge = badgeOf(state);
    if (badge === this.drawn || !this.link) return;
    this.drawn = badge;
    this.link.type = badge === null ? this.plain.type : "image/png";
    this.link.href = badge === null ? this.plain.href : draw(badge);
    this.tell(badge);
  }

  /** @param {"turn"|number|null} badge */
  tell(badge) {
    const { setAppBadge, clearAppBadge } = /** @type {any} */ (navigator);
    if (!setAppBadge) return;
    const told = badge === null ? clearAppBadge.call(navigator) : badge === "turn" ? setAppBadge.call(navigator) : setAppBadge.call(navigator, badge);
    // A page that is not installed has no badge.
    told?.catch?.(() => {});
  }
}

/** @param {"turn"|number} badge @returns {string} a data URL */
function draw(badge) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = edge;
  const context = canvas.getContext("2d");
  if (!context) return "";
  const turn = badge === "turn";
  context.fillStyle = turn ? "#f6c343" : "#5b3fa8";
  const r = edge / 5;
  context.beginPath();
  context.moveTo(r, 0);
  context.arcTo(edge, 0, edge, edge, r);
  context.arcTo(edge, edge, 0, edge, r);
  context.arcTo(0, edge, 0, 0, r);
  context.arcTo(0, 0, edge, 0, r);
  context.fill();
  const words = turn ? "!" : short(badge);
  context.fillStyle = turn ? "#221d2e" : "#ffffff";
  context.font = `bold ${words.length > 2 ? 32 : words.length > 1 ? 44 : 54}px sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(words, edge / 2, edge / 2 + 3, edge - 4);
  return canvas.toDataURL("image/png");
}
