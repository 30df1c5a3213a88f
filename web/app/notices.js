// @ts-check
import { explain } from "./explain.js";

/** Shows notices at the top of the page: one at a time, the last one. */
export class Notices {
  /** @param {import("./store.js").Store} store */
  constructor(store) {
    this.store = store;
  }

  /**
   * @param {import("./types/app.js").Notice["kind"]} kind
   * @param {string} text
   */
  show(kind, text) {
    this.store.set({ notice: { kind, text } });
  }

  /**
   * Says that what the user asked for failed, and why.
   *
   * @param {unknown} problem a Problem of http.js
   * @param {import("./types/app.js").Place} [place] where the user pressed
   * @param {import("./types/app.js").Offer[]} [offers]
   */
  fail(problem, place, offers) {
    this.store.set({ notice: { kind: "error", text: explain(/** @type {import("./http.js").Problem} */ (problem)), place, offers } });
  }

  /**
   * Says in words of its own that what the user asked for failed.
   *
   * @param {string} text
   * @param {import("./types/app.js").Place} [place] where the user pressed
   */
  say(text, place) {
    this.store.set({ notice: { kind: "error", text, place } });
  }

  dismiss() {
    this.store.set({ notice: null });
  }
}
