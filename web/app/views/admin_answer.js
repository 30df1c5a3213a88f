// @ts-check
import { h, show, text } from "../dom.js";
import { explain } from "../explain.js";
import { admin } from "../texts/chosen_work.js";
import * as http from "../http.js";

/**
 * What the server answered to a change on the admin page: a sentence, and below it the lines
 * of a file and the seats that a refusal names.
 *
 * @param {(line: number, problem: string) => string} row says what is wrong with a line
 */
export function answerNote(row) {
  const said = h("p", { class: "note", role: "status", hidden: true });
  const details = h("ul", { class: "fine", "aria-label": admin.details });

  /** @param {string} words "": nothing is shown */
  function say(words) {
    details.replaceChildren();
    show(said, words !== "");
    text(said, words);
  }
  return {
    elements: [said, details],
    say,
    /** @param {unknown} problem */
    refuse(problem) {
      const refused = /** @type {http.Problem} */ (problem);
      say(explain(refused));
      const lines = (refused.errors ?? []).map(({ line, problem }) => h("li", null, row(line, problem)));
      details.replaceChildren(...lines, ...(refused.seats ?? []).map((seat) => h("li", null, h("bdi", null, seat))));
    },
  };
}

/**
 * Reads a part of the page when it opens. Nothing is shown where the server does not answer:
 * the page says that elsewhere.
 *
 * @template T
 * @param {string} path
 * @param {(now: T) => void} tell
 */
export async function readOnce(path, tell) {
  try {
    tell(await http.call("GET", path));
  } catch {
    // See above.
  }
}
