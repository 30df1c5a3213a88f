// @ts-check
import { ask } from "./ask.js";
import { leaving, signingOut } from "../losses.js";

/** Asks before a place is given up. */
export class Leaving {
  /** @param {import("../box_office.js").BoxOffice} office */
  constructor(office) {
    this.office = office;
    /** @type {import("./ask.js").Asked|null} */
    this.asked = null;
    /** @type {string|undefined} */
    this.standing = undefined;
    office.store.subscribe((state) => this.follow(state));
  }

  leave() {
    this.confirm(leaving(this.office.store.state), () => this.office.leave());
  }

  signOut() {
    this.confirm(signingOut(this.office.store.state), () => this.office.signOut());
  }

  /**
   * @param {import("./ask.js").Question|null} question null: nothing is lost
   * @param {() => void} act
   */
  async confirm(question, act) {
    if (question) {
      this.asked?.close();
      this.asked = ask(question);
      if (!(await this.asked.answer)) return;
    }
    act();
  }

  /**
   * A question about what is no longer so is taken back: the turn may come while
   * it is read, and must not be hidden by it.
   *
   * @param {import("../types/app.js").State} state
   */
  follow(state) {
    const standing = `${state.phase} ${state.status?.state}`;
    if (standing !== this.standing) this.asked?.close();
    this.standing = standing;
  }
}
