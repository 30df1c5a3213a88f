// @ts-check
import { h, show, text } from "../dom.js";
import { explain } from "../explain.js";
import { admin, codes as texts } from "../texts/chosen_work.js";
import * as http from "../http.js";

/** @typedef {import("../../../clients/js/wire.js").PresaleCodes} PresaleCodes */

/**
 * The codes for phases that need one: how many there are and are used, and the upload of
 * more.
 *
 * @param {string} base the path of the season
 */
export function codesView(base) {
  const path = `${base}/codes`;
  const file = h("input", { type: "file", id: "codes-file", accept: ".csv,text/csv", "aria-describedby": "codes-hint", onchange: () => upload() });
  const figures = h("p", { class: "lead" });
  const said = h("p", { class: "note", role: "status", hidden: true });
  const details = h("ul", { class: "fine", "aria-label": admin.details });
  const element = h(
    "section",
    { class: "card" },
    h("h3", null, texts.title),
    figures,
    h("div", { class: "field" }, h("label", { htmlFor: "codes-file" }, texts.file), file, h("p", { class: "fine", id: "codes-hint" }, texts.hint)),
    said,
    details,
  );
  read();
  return { element };

  /** @param {string} words */
  function say(words) {
    show(said, words !== "");
    text(said, words);
  }

  async function read() {
    try {
      tell(await http.call("GET", path));
    } catch {
      text(figures, ""); // the page says elsewhere that the server does not answer
    }
  }

  /** @param {PresaleCodes} now */
  function tell(now) {
    text(figures, texts.figures(now.codes, now.used, now.uses));
  }

  async function upload() {
    const chosen = file.files?.[0];
    if (!chosen) return;
    details.replaceChildren();
    say(texts.reading);
    try {
      /** @type {PresaleCodes} */
      const now = await http.call("POST", path, { body: await chosen.arrayBuffer(), type: "text/csv" });
      tell(now);
      say(texts.stored(now.added ?? 0));
    } catch (problem) {
      const refused = /** @type {http.Problem} */ (problem);
      say(explain(refused));
      details.replaceChildren(...(refused.errors ?? []).map(({ line, problem }) => h("li", null, texts.row(line, problem))));
    }
    file.value = "";
  }
}
