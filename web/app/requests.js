// @ts-check

/** Sends what the fan asks for over the connection, and shows a notice when it fails. */
export class Requests {
  /**
   * @param {import("../../clients/js/src/usher.js").Usher} connection
   * @param {import("./notices.js").Notices} notices
   */
  constructor(connection, notices) {
    this.connection = connection;
    this.notices = notices;
    /** Called when a challenge must be solved first. @type {() => boolean} whether the page shows one */
    this.challenged = () => false;
  }

  /**
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   * @param {() => boolean} [onInvalid] may mend an invalid request; true if it did
   * @param {import("./types/app.js").Place} [place] where the user pressed
   * @param {(problem: import("./http.js").Problem) => import("./types/app.js").Offer[]} [offers] what may be done instead
   * @param {(problem: import("./http.js").Problem) => string|null} [words] what a problem means here; null: the same as everywhere
   * @returns {Promise<boolean>} whether it succeeded
   */
  async send(type, fields, onInvalid, place, offers, words) {
    try {
      await this.connection.request(type, fields);
      return true;
    } catch (problem) {
      const { code } = /** @type {import("./http.js").Problem} */ (problem);
      const other = offers?.(/** @type {import("./http.js").Problem} */ (problem)) ?? [];
      if (code === "invalid_request" && onInvalid?.()) return false;
      if (code === "challenge_required" && this.challenged()) return false;
      const own = words?.(/** @type {import("./http.js").Problem} */ (problem)) ?? null;
      if (own === null) this.notices.fail(problem, place, other);
      else this.notices.say(own, place);
      return false;
    }
  }
}
