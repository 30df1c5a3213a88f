// @ts-check
import { h, show, text } from "../dom.js";
import { count, countdown, timeOfDay, when } from "../format.js";
import { admin as texts, fan as fanTexts } from "../texts/chosen_work.js";
import * as clock from "../clock.js";
import * as http from "../http.js";
import { explain } from "../explain.js";
import { allotmentsView } from "./admin_allotments.js";
import { announceView } from "./admin_announce.js";
import { cancelView } from "./admin_cancel.js";
import { coursesView } from "./admin_chart.js";
import { checkView } from "./admin_check.js";
import { fanView } from "./admin_fan.js";
import { changesList, salesList } from "./admin_lists.js";
import { codesView } from "./admin_codes.js";
import { phasePlanView } from "./admin_phases.js";
import { lookView } from "./admin_look.js";
import { peopleTable } from "./admin_people.js";
import { planView } from "./admin_plan.js";
import { rehearsalsView } from "./admin_rehearsals.js";
import { seasonView } from "./admin_season.js";

/** How often the page reads its figures and lists, in ms. */
const every = 2000;

/** The course of the sale has a sample each ten seconds: it is read in one of so many rounds. */
const courseEvery = 5;

/**
 * The organiser's page: figures, settings, the line, the sales.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View}
 */
export function adminView(office) {
  const base = `/admin/seasons/${encodeURIComponent(office.season)}`;
  const courses = coursesView();
  const warnings = h("ul", { class: "note", hidden: true, lang: "en", dir: "ltr" });
  const rest = h("p", { class: "fine" });
  const limit = h("input", { type: "number", id: "active-limit", min: "1", max: "1000000", required: true, "aria-describedby": "active-limit-hint", oninput: () => (dirty = true) });
  const limitSaid = h("p", { class: "fine", role: "status" });
  const said = h("p", { class: "note", role: "status", hidden: true });
  const announce = announceView(base);
  const seasonForm = seasonView(base, () => read());
  const phasePlan = phasePlanView(base, () => read());
  const plan = planView(base, () => name, () => read());
  const fan = fanView(base);
  const cancel = cancelView(base, () => name);
  const user = (/** @type {string} */ id) => `${base}/users/${encodeURIComponent(id)}`;
  const details = { words: fanTexts.details, name: fanTexts.detailsOf, open: (/** @type {string} */ id) => fan.open(id) };
  const line = peopleTable({
    name: texts.line,
    columns: texts.lineColumns,
    extra: [1, 3],
    path: `${base}/waiting`,
    list: "waiting",
    cells: (row) => [count(row.position), count(row.number), row.name, when(row.joinedAt, clock.now()), row.present ? texts.present : texts.away],
    where: (row) => texts.inLineAt(row.name, row.position),
    user,
    details,
  });
  const inside = peopleTable({
    name: texts.active,
    columns: texts.activeColumns,
    extra: [3],
    path: `${base}/active`,
    list: "active",
    cells: (row) => [row.name, row.state === "turn" ? texts.hasTurn : texts.isIn, countdown(clock.left(row.deadline)), row.sessionEndsAt ? timeOfDay(Date.parse(row.sessionEndsAt)) : ""],
    where: (row) => (row.state === "turn" ? texts.withTurn(row.name) : texts.inSale(row.name)),
    user,
    details,
  });
  const sales = salesList(office.season, base);
  const changes = changesList(office.season);
  const denied = h("p", { class: "lead", hidden: true }, texts.denied);
  const desk = h(
    "div",
    { class: "desk" },
    warnings,
    courses.element,
    rest,
    said,
    h(
      "div",
      { class: "desk-forms" },
      h(
        "form",
        {
          class: "card",
          onsubmit: (/** @type {Event} */ event) => {
            event.preventDefault();
            setLimit();
          },
        },
        h("h3", null, texts.admission),
        h("div", { class: "field" }, h("label", { htmlFor: "active-limit" }, texts.activeLimit), limit),
        h("p", { class: "fine", id: "active-limit-hint" }, texts.quick),
        h("div", { class: "actions" }, h("button", { type: "submit", class: "button primary" }, texts.save)),
        limitSaid,
      ),
      ...announce.elements,
    ),
    h("div", { class: "desk-wide" }, fan.element, line.element, inside.element, sales.element),
    seasonForm.element,
    phasePlan.element,
    h("div", { class: "desk-wide" }, allotmentsView(base).element, codesView(base).element, lookView(base).element),
    h("div", { class: "desk-wide" }, plan.element, checkView(base), rehearsalsView(base), changes.element, cancel.element),
  );
  const sheet = h("link", { rel: "stylesheet", href: new URL("../admin.css", import.meta.url).href });
  const element = h("div", { class: "admin" }, sheet, h("h2", { class: "display" }, texts.title), denied, desk);
  let name = office.season;
  let dirty = false;
  let rounds = 0;
  let busy = false;

  async function setLimit() {
    if (busy) return; // a disabled button would lose the focus
    busy = true;
    const wanted = Number(limit.value);
    try {
      await http.call("PUT", base, { json: { activeLimit: wanted } });
      dirty = false;
      text(limitSaid, texts.limitIs(wanted));
      read();
    } catch (problem) {
      text(limitSaid, explain(/** @type {http.Problem} */ (problem)));
    } finally {
      busy = false;
    }
  }

  /** @param {string} words */
  function say(words) {
    show(said, words !== "");
    text(said, words);
  }

  async function readCourse() {
    try {
      courses.course(await http.get(`${base}/course`));
    } catch {
      // The figures now say what fails.
    }
  }

  async function read() {
    try {
      /** @type {import("../../../clients/js/wire.js").AdminSeason} */
      const { settings, live, warnings: warned } = await http.get(base);
      courses.add({ at: clock.now(), active: live.active, waiting: live.waiting, admittedPerMinute: live.admittedPerMinute, held: live.held, booked: live.booked });
      const sockets = (live.nodes ?? []).reduce((n, node) => n + node.sockets, 0);
      text(rest, texts.rest(live, sockets));
      name = settings.name;
      cancel.named();
      seasonForm.update(settings);
      phasePlan.update(settings);
      if (!dirty && document.activeElement !== limit) limit.value = String(settings.activeLimit);
      show(warnings, (warned ?? []).length > 0);
      warnings.replaceChildren(...(warned ?? []).map((w) => h("li", null, w)));
      show(denied, false);
      show(desk, true);
      say("");
    } catch (problem) {
      const fault = /** @type {http.Problem} */ (problem);
      if (fault.code === "forbidden" || fault.status === 401) {
        show(denied, true);
        show(desk, false);
        clearInterval(timer);
      } else say(explain(fault));
      return;
    }
    if (rounds++ % courseEvery === 0) readCourse();
    line.read();
    inside.read();
    sales.read();
    changes.read();
  }

  const timer = setInterval(read, every);
  read();
  return {
    element,
    update: (state) => announce.update(state.sale),
    dispose() {
      clearInterval(timer);
      line.dispose();
      inside.dispose();
      seasonForm.dispose();
      phasePlan.dispose();
      plan.dispose();
    },
  };
}
