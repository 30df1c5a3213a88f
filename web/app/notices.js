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
   */
  fail(problem) {
    this.show("error", explain(/** @type {import("./http.js").Problem} */ (problem)));
  }

  dismiss() {
    this.store.set({ notice: null });
  }
}
