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
  }

  /**
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   * @param {() => boolean} [onInvalid] may mend an invalid request; true if it did
   * @returns {Promise<boolean>} whether it succeeded
   */
  async send(type, fields, onInvalid) {
    try {
      await this.connection.request(type, fields);
      return true;
    } catch (problem) {
      const { code } = /** @type {import("./http.js").Problem} */ (problem);
      if (code === "invalid_request" && onInvalid?.()) return false;
      this.notices.fail(problem);
      return false;
    }
  }
}
