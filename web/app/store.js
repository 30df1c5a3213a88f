// @ts-check
/** @typedef {import("./types/app.js").State} State */

/**
 * The page's one state. All changes of one turn of the event loop are shown
 * together, from a microtask: a background tab draws no frames but must still
 * change its title.
 */
export class Store {
  /** @param {State} initial */
  constructor(initial) {
    this.state = initial;
    /** @type {((state: State) => void)[]} */
    this.listeners = [];
    this.scheduled = false;
  }

  /** @param {Partial<State>} patch */
  set(patch) {
    this.state = { ...this.state, ...patch };
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      for (const listener of this.listeners) listener(this.state);
    });
  }

  /** @param {(state: State) => void} listener */
  subscribe(listener) {
    this.listeners.push(listener);
  }
}
