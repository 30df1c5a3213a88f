// @ts-check
import { h, show, text } from "../dom.js";
import { when } from "../format.js";
import { explain } from "../explain.js";
import { rehearsals as texts } from "../texts/chosen_work.js";
import * as clock from "../clock.js";
import * as http from "../http.js";

/**
 * The reports of the season's rehearsals, newest first. They are read once and by the
 * button: a rehearsal takes minutes.
 *
 * @param {string} base the path of the season
 */
export function rehearsalsView(base) {
  const said = h("p", { class: "note", role: "status" }, texts.reading);
  const body = h("tbody");
  const head = h("tr", null, ...texts.columns.map((name) => h("th", { scope: "col" }, name)));
  const table = h("div", { class: "scroll", tabIndex: 0, role: "group", "aria-label": texts.scrollable, hidden: true }, h("table", { "aria-label": texts.title }, h("thead", null, head), body));

  /** @param {import("../../../clients/js/wire.js").Rehearsal} one */
  function row(one) {
    const failed = one.refusals ? [...one.problems, texts.refusals(one.refusals)] : one.problems;
    const cells = [
      when(one.startedAt, clock.now()),
      one.by,
      texts.fans(one.came, one.fans, one.nodes),
      h("strong", null, texts.results[one.result]),
      texts.counts(one.admitted, one.bought, one.errors),
      texts.times(one.turnMs.p95, one.holdMs.p95, one.purchaseMs.p95),
      failed.length ? h("ul", { class: "fine" }, ...failed.map((words) => h("li", null, words))) : texts.nothing,
    ];
    return h("tr", null, ...cells.map((cell) => h("td", null, typeof cell === "string" ? h("bdi", null, cell) : cell)));
  }

  async function read() {
    try {
      /** @type {import("../../../clients/js/wire.js").Rehearsals} */
      const answer = await http.get(`${base}/rehearsals`);
      body.replaceChildren(...answer.rehearsals.map(row));
      show(table, answer.rehearsals.length > 0);
      text(said, answer.rehearsals.length ? texts.found(answer.rehearsals.length) : texts.none);
    } catch (problem) {
      text(said, explain(/** @type {http.Problem} */ (problem)));
    }
  }
  read();

  return h("section", { class: "card" }, h("h3", null, texts.title), h("p", { class: "fine" }, texts.what), h("div", { class: "actions" }, h("button", { type: "button", class: "button quiet small", onclick: () => read() }, texts.again)), said, table);
}
