// @ts-check
import { ask } from "./question_dialog.js";
import { leaving, signingOut } from "../losses.js";

/** Asks before the fan gives up a place. */
export class LeaveQuestion {
  /** @param {import("../box_office.js").BoxOffice} office */
  constructor(office) {
    this.office = office;
    /** @type {import("./question_dialog.js").Asked|null} */
    this.asked = null;
    /** @type {string|undefined} */
    this.askedAbout = undefined;
    office.store.subscribe((state) => this.follow(state));
  }

  leave() {
    this.confirm(leaving(this.office.store.state), () => this.office.line.leave());
  }

  signOut() {
    this.confirm(signingOut(this.office.store.state), () => this.office.signOut());
  }

  /**
   * @param {import("./question_dialog.js").Question|null} question null: nothing is lost
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
   * Closes a question whose reason has passed: the turn may come while the fan reads
   * it, and the question must not hide the turn.
   *
   * @param {import("../types/app.js").State} state
   */
  follow(state) {
    const about = `${state.phase} ${state.status?.state}`;
    if (about !== this.askedAbout) this.asked?.close();
    this.askedAbout = about;
  }
}
