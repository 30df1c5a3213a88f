// @ts-check
import { h } from "./dom.js";

/**
 * The organiser's look of the season. The server writes it into the page, so that the
 * page is never drawn without it; its colours are a style sheet that the page names.
 *
 * @type {import("../../clients/js/wire.js").Look|null}
 */
export const look = JSON.parse(document.querySelector(`meta[name="usher:look"]`)?.getAttribute("content") || "null");

/** The organiser's logo; null when there is none. A new element each time. */
export function logo() {
  const picture = look?.logo;
  if (!picture) return null;
  return h("img", { class: "logo", src: picture.url, width: picture.width, height: picture.height, alt: picture.alt, decoding: "sync" });
}

/**
 * The organiser's text on the waiting page; null when there is none.
 */
export function waitingText() {
  return look?.text ? h("p", { class: "waiting-text", dir: "auto" }, look.text) : null;
}
