// @ts-check
import { h, text } from "../dom.js";
import { codes as texts } from "../texts/chosen_work.js";
import * as http from "../http.js";
import { answerNote, readOnce } from "./admin_answer.js";

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
  const note = answerNote(texts.row);
  const element = h(
    "section",
    { class: "card" },
    h("h3", null, texts.title),
    figures,
    h("div", { class: "field" }, h("label", { htmlFor: "codes-file" }, texts.file), file, h("p", { class: "fine", id: "codes-hint" }, texts.hint)),
    ...note.elements,
  );
  readOnce(path, tell);
  return { element };

  /** @param {PresaleCodes} now */
  function tell(now) {
    text(figures, texts.figures(now.codes, now.used, now.uses));
  }

  async function upload() {
    const chosen = file.files?.[0];
    if (!chosen) return;
    note.say(texts.reading);
    try {
      /** @type {PresaleCodes} */
      const now = await http.call("POST", path, { body: await chosen.arrayBuffer(), type: "text/csv" });
      tell(now);
      note.say(texts.stored(now.added ?? 0));
    } catch (problem) {
      note.refuse(problem);
    }
    file.value = "";
  }
}
