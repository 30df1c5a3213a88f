// @ts-check
import { h, show, text } from "../dom.js";
import { count, isolate } from "../format.js";
import { explain } from "../explain.js";
import { changed, changeOf, durationOf, fields, groups, settingOf, shownZone, units, valuesOf } from "../season_settings.js";
import { season as texts } from "../texts/chosen_work.js";
import { isKnown, wallTime } from "../zone.js";
import * as clock from "../clock.js";
import * as http from "../http.js";
import { ask } from "./question_dialog.js";

/**
 * @typedef {import("../season_settings.js").Field} Field
 * @typedef {import("../season_settings.js").Settings} Settings
 * @typedef {{field: Field, read: () => string|boolean, write: (value: string|boolean) => void, first: HTMLElement, wrong: HTMLElement, row: HTMLElement}} Control
 */

const label = (/** @type {string} */ name) => texts.fields[name] ?? name;
const idOf = (/** @type {string} */ name) => `season-${name.replace(".", "-")}`;

/**
 * One value of a setting for a person.
 *
 * @param {Settings} settings
 * @param {Field} field
 */
export function settingText(settings, { name, kind }) {
  const is = settingOf(settings, name);
  if (is === null || is === undefined || is === "") return texts.none;
  switch (kind) {
    case "flag":
      return is ? texts.yes : texts.no;
    case "number":
      return count(is);
    case "duration": {
      const { count: n, unit } = durationOf(is);
      return texts.duration(n, texts.units[unit]);
    }
    case "time": {
      const zone = shownZone(settings.timeZone ?? "UTC");
      return `${wallTime(is, zone).replace("T", " ")} ${zone}`;
    }
    default:
      return isolate(String(is));
  }
}

/**
 * The whole season as a form. What changes is shown before it is applied, and what the
 * server refuses stands beside its field.
 *
 * @param {string} base the path of the season
 * @param {() => void} applied called after a change
 */
export function seasonView(base, applied) {
  const said = h("p", { class: "note", role: "status", hidden: true });
  const zones = h("datalist", { id: "season-zones" });
  const zoneNote = h("p", { class: "fine" });
  const review = h("button", { type: "submit", class: "button primary" }, texts.review);
  const reset = h("button", { type: "button", class: "button quiet", onclick: () => undo() }, texts.reset);
  /** @type {Map<string, Control>} */
  const controls = new Map(fields.map((field) => [field.name, control(field)]));
  /** @type {Settings|null} the settings from which the fields began */
  let known = null;
  let busy = false;
  /** @type {import("./question_dialog.js").Asked|null} */
  let asked = null;

  const form = h(
    "form",
    {
      class: "card season",
      noValidate: true,
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        submit();
      },
      oninput: () => drawZone(),
    },
    h("h3", null, texts.title),
    h("p", { class: "fine" }, texts.what),
    ...groups.map((group) =>
      h(
        "fieldset",
        null,
        h("legend", null, texts.groups[group.name]),
        h("div", { class: "season-fields" }, ...group.fields.map((field) => /** @type {Control} */ (controls.get(field.name)).row)),
      ),
    ),
    zones,
    said,
    h("div", { class: "actions" }, review, reset),
  );
  /** @type {HTMLElement} */ (controls.get("timeZone")?.row).append(zoneNote);
  const listed = /** @type {{supportedValuesOf?: (key: string) => string[]}} */ (Intl).supportedValuesOf;
  if (listed) zones.append(...listed("timeZone").map((zone) => h("option", { value: zone })));

  /** @param {string} words */
  function say(words) {
    show(said, words !== "");
    text(said, words);
  }

  /**
   * @param {Field} field
   * @returns {Control}
   */
  function control(field) {
    const id = idOf(field.name);
    const name = texts.fields[field.name];
    const hint = texts.hints[field.name];
    const wrong = h("p", { class: "wrong", id: `${id}-wrong`, hidden: true });
    const help = hint ? h("p", { class: "fine", id: `${id}-hint` }, hint) : null;
    const described = [help?.id, wrong.id].filter(Boolean).join(" ");
    const common = { id, "aria-describedby": described, autocomplete: "off" };
    /** @param {...HTMLElement} inputs */
    const row = (...inputs) => h("div", { class: "field" }, h("label", { htmlFor: id }, name), ...inputs, help, wrong);
    if (field.kind === "flag") {
      const box = h("input", { ...common, type: "checkbox" });
      return {
        field,
        read: () => box.checked,
        write: (value) => (box.checked = Boolean(value)),
        first: box,
        wrong,
        row: h("div", { class: "field" }, h("div", { class: "field check" }, box, h("label", { htmlFor: id }, name)), help, wrong),
      };
    }
    if (field.kind === "duration") {
      const number = h("input", { ...common, type: "number", min: "0", step: "any" });
      const unit = h("select", { id: `${id}-unit`, "aria-label": texts.unitOf(name) }, ...Object.keys(units).map((key) => h("option", { value: key }, texts.units[/** @type {keyof typeof units} */ (key)])));
      let was = "";
      return {
        field,
        // Untouched, the field gives back what the server wrote.
        read: () => {
          if (number.value === "") return "";
          const { count: n, unit: of } = durationOf(was || "0s");
          return was && Number(number.value) === n && unit.value === of ? was : `${number.value}${unit.value}`;
        },
        write: (value) => {
          was = String(value);
          const { count: n, unit: of } = durationOf(was);
          number.value = String(n);
          unit.value = of;
          for (const option of unit.options) if (option.value === "ms") option.hidden = of !== "ms";
        },
        first: number,
        wrong,
        row: row(h("div", { class: "duration" }, number, unit)),
      };
    }
    const input = h("input", {
      ...common,
      type: field.kind === "number" ? "number" : field.kind === "time" ? "datetime-local" : "text",
      ...(field.kind === "number" ? { min: String(field.least), max: String(field.most), step: "1" } : {}),
      ...(field.kind === "zone" ? { list: "season-zones", spellcheck: false } : {}),
      ...(field.kind === "text" && field.name !== "currency" ? { dir: "auto" } : {}),
    });
    return { field, read: () => input.value, write: (value) => (input.value = String(value)), first: input, wrong, row: row(input) };
  }

  const read = () => Object.fromEntries([...controls].map(([name, one]) => [name, one.read()]));

  /** A time of midnight may be read back without its seconds. @param {string|boolean} a @param {string|boolean} b */
  const same = (a, b) => a === b || (typeof a === "string" && typeof b === "string" && a.replace(/(T\d\d:\d\d):00$/, "$1") === b);

  function drawZone() {
    const zone = String(controls.get("timeZone")?.read() ?? "").trim();
    text(zoneNote, isKnown(zone) ? texts.zoneNow(wallTime(new Date(clock.now()).toISOString(), zone).slice(0, 16).replace("T", " ")) : zone && known?.timeZone === zone ? texts.zoneUnknown : "");
  }

  function undo() {
    clear();
    say("");
    if (!known) return;
    for (const [name, value] of Object.entries(valuesOf(known))) controls.get(name)?.write(value);
    drawZone();
  }

  function clear() {
    for (const { wrong, first } of controls.values()) {
      show(wrong, false);
      first.removeAttribute("aria-invalid");
    }
  }

  /**
   * @param {string} name
   * @param {string} code
   * @param {string} problem the server's words
   */
  function words(name, code, problem) {
    const field = fields.find((one) => one.name === name);
    const { problems } = texts;
    switch (code) {
      case "range":
        if (field?.kind === "duration") return problems.duration;
        return field?.most !== undefined ? problems.range(count(field.least ?? 0), count(field.most)) : problem;
      case "text":
        return problems.text(field?.most ?? 200);
      case "format":
        if (field?.kind === "duration") return problems.duration;
        return problems.format[/** @type {"currency"|"timeZone"} */ (name)] ?? problems.format.other;
      case "order":
        return problems.order[/** @type {"closesAt"|"doorsAt"} */ (name)] ?? problem;
      case "missing":
      case "type":
      case "fixed":
      case "skipped":
        return problems[code];
      default:
        return problem;
    }
  }

  /** @param {{field: string, code: string, problem?: string}[]} wrong */
  function refuse(wrong) {
    /** @type {HTMLElement|null} */
    let first = null;
    for (const [name, one] of controls) {
      const problem = wrong.find((each) => each.field === name || (each.field === "venue" && name === "venue.name"));
      if (!problem) continue;
      text(one.wrong, words(name, problem.code, problem.problem ?? ""));
      show(one.wrong, true);
      one.first.setAttribute("aria-invalid", "true");
      first ??= one.first;
    }
    say(texts.wrong(wrong.length));
    first?.focus();
  }

  async function submit() {
    if (busy || !known) return; // a disabled button would lose the focus
    clear();
    const values = read();
    for (const name of Object.keys(values)) {
      const was = valuesOf(known)[name];
      if (same(values[name], was)) values[name] = was;
    }
    const { patch, wrong, twice } = changeOf(known, values);
    if (wrong.length) return refuse(wrong);
    if (Object.keys(patch).length === 0) return say(texts.nothing);
    busy = true;
    try {
      const before = known;
      /** @type {{settings: Settings}} */
      const preview = await http.call("PUT", `${base}?dryRun=true`, { json: patch });
      const differ = changed(before, preview.settings);
      if (differ.length === 0) return say(texts.nothing);
      say("");
      /** @type {http.Problem|null} */
      let problem = null;
      asked = ask({
        title: texts.reviewTitle(before.name, differ.length),
        what: texts.reviewWhat,
        more: h("div", { class: "review" }, differenceTable(before, preview.settings, differ), twice.length ? h("p", { class: "note" }, texts.twice(twice.map(label))) : h("span")),
        yes: texts.apply,
        no: texts.keep,
        act: () =>
          http
            .call("PUT", base, { json: patch })
            .then((answer) => begin(answer.settings))
            .catch((thrown) => (problem = thrown)),
      });
      const done = await asked.answer;
      asked = null;
      if (problem) throw problem;
      if (done) {
        say(texts.applied(differ.length));
        applied();
      }
    } catch (problem) {
      const fault = /** @type {http.Problem} */ (problem);
      if (fault.fields?.length) refuse(fault.fields);
      else say(fault.code === "invalid_request" || fault.code === "conflict" ? fault.detail : explain(fault));
    } finally {
      busy = false;
    }
  }

  /** @param {Settings} settings */
  function begin(settings) {
    known = settings;
    for (const [name, value] of Object.entries(valuesOf(settings))) controls.get(name)?.write(value);
    drawZone();
  }

  return {
    element: form,
    /** Follows what the server says, also of other admins; what is typed stays. @param {Settings} settings */
    update(settings) {
      if (!known) return begin(settings);
      if (asked || busy || JSON.stringify(settings) === JSON.stringify(known)) return;
      const was = valuesOf(known);
      const now = valuesOf(settings);
      let touched = false;
      known = settings;
      for (const [name, one] of controls) {
        if (now[name] === was[name]) continue;
        if (same(one.read(), was[name]) && document.activeElement !== one.first) one.write(now[name]);
        else touched = true;
      }
      if (touched) say(texts.other);
      drawZone();
    },
    dispose: () => asked?.close(),
  };
}

/**
 * @param {Settings} before
 * @param {Settings} after
 * @param {Field[]} differ
 */
function differenceTable(before, after, differ) {
  return h(
    "div",
    { class: "scroll", tabIndex: 0, role: "group", "aria-label": texts.columns.join(", ") },
    h(
      "table",
      null,
      h("thead", null, h("tr", null, ...texts.columns.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", null, ...differ.map((field) => h("tr", null, h("th", { scope: "row" }, label(field.name)), h("td", null, h("bdi", null, settingText(before, field))), h("td", null, h("bdi", null, settingText(after, field)))))),
    ),
  );
}
