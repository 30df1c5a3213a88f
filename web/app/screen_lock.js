// @ts-check
import * as storage from "./storage.js";

/**
 * Keeps the screen on while the fan waits, if asked to: a phone whose screen goes dark
 * cuts the page off. The browser takes the lock away whenever the page is hidden, so it
 * is asked for again.
 *
 * @typedef {"none"|"off"|"on"|"refused"} ScreenState none: this browser cannot; refused: it did not allow it, as with a low battery
 */

export class ScreenLock {
  /** @param {import("./store.js").Store} store */
  constructor(store) {
    this.store = store;
    /** @type {WakeLockSentinel|null} */
    this.lock = null;
    this.asking = false;
    this.wanted = screenState() !== "none" && storage.calling().screen;
    store.subscribe(() => this.follow());
    document.addEventListener("visibilitychange", () => this.follow());
  }

  toggle() {
    this.wanted = !this.wanted;
    storage.keepCalling({ ...storage.calling(), screen: this.wanted });
    if (!this.wanted) this.store.set({ screen: "off" });
    this.follow();
  }

  /** Whether the lock serves a purpose now. */
  get due() {
    const { status, phase, connection } = this.store.state;
    const waits = status?.state === "waiting" || status?.state === "gathering" || status?.state === "turn";
    return this.wanted && waits && phase === "signedIn" && connection !== "replaced" && document.visibilityState === "visible";
  }

  async follow() {
    if (!this.due) {
      this.lock?.release().catch(() => {});
      this.lock = null;
      return;
    }
    if (this.lock || this.asking) return;
    this.asking = true;
    try {
      const lock = await navigator.wakeLock.request("screen");
      this.asking = false;
      lock.addEventListener("release", () => {
        if (this.lock !== lock) return;
        this.lock = null;
        // The system may take it away from a page that is seen: the choice stays, the state is told.
        if (document.visibilityState === "visible") this.store.set({ screen: "refused" });
      });
      this.lock = lock;
      if (this.store.state.screen !== "on") this.store.set({ screen: "on" });
      if (!this.due) this.follow();
    } catch {
      this.asking = false;
      this.wanted = false;
      this.store.set({ screen: "refused" });
    }
  }
}

/** @returns {ScreenState} before anything was asked */
export function screenState() {
  return "wakeLock" in navigator ? "off" : "none";
}
