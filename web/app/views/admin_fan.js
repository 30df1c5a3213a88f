// @ts-check
import { focus, h, show, text } from "../dom.js";
import { clockTime, count, timeOfDay, when } from "../format.js";
import { explain } from "../explain.js";
import { entriesOf } from "../fan_history.js";
import { fan as texts } from "../texts/chosen_work.js";
import * as clock from "../clock.js";
import * as http from "../http.js";

/** @typedef {import("../../../clients/js/wire.js").LineUser} LineUser */

/**
 * Finds a fan and says where the fan is, why not in yet, and what happened before.
 *
 * @param {string} base the path of the season
 */
export function fanView(base) {
  const query = h("input", { type: "search", id: "find-fan", autocomplete: "off", spellcheck: false, maxLength: 254 });
  const said = h("p", { class: "fine", role: "status" });
  const body = h("tbody");
  const results = h(
    "div",
    { class: "scroll", tabIndex: 0, role: "group", "aria-label": texts.results, hidden: true },
    h("table", { "aria-label": texts.results }, h("thead", null, h("tr", null, ...[...texts.columns, ""].map((name) => h("th", { scope: "col" }, name || h("span", { class: "unseen" }, texts.details))))), body),
  );
  const title = h("h4");
  const facts = h("div", { class: "fan-facts" });
  const detail = h(
    "section",
    { class: "fan", hidden: true },
    title,
    facts,
    h("div", { class: "actions" }, h("button", { type: "button", class: "button quiet small", onclick: () => open(shown, true) }, texts.again), h("button", { type: "button", class: "button quiet small", onclick: () => close() }, texts.close)),
  );
  let asks = 0;
  let shown = "";
  /** @type {Element|null} what had the focus before */
  let before = null;

  async function search() {
    const ask = ++asks;
    try {
      /** @type {import("../../../clients/js/wire.js").FoundUsers} */
      const found = await http.get(`${base}/users?q=${encodeURIComponent(query.value.trim())}`, 15_000);
      if (ask !== asks) return;
      text(said, found.users.length ? texts.found(found.users.length, found.more) : texts.noFan);
      show(results, found.users.length > 0);
      body.replaceChildren(
        ...found.users.map((one) =>
          h(
            "tr",
            null,
            h("td", { dir: "auto" }, one.name),
            h("td", null, one.state === "waiting" ? texts.waitingAt(one.position, one.present) : texts.states[/** @type {keyof typeof texts.states} */ (one.state)]),
            h("td", null, h("button", { type: "button", class: "button quiet small", "aria-label": texts.detailsOf(one.name), onclick: () => open(one.userId) }, texts.details)),
          ),
        ),
      );
      if (found.users.length === 1) open(found.users[0].userId, true);
    } catch (problem) {
      if (ask === asks) text(said, explain(/** @type {http.Problem} */ (problem)));
    }
  }

  /**
   * @param {string} userId
   * @param {boolean} [stay] whether the focus stays where it is
   */
  async function open(userId, stay = false) {
    const ask = ++asks;
    shown = userId;
    if (!stay) before = document.activeElement;
    try {
      /** @type {LineUser} */
      const fan = await http.get(`${base}/users/${encodeURIComponent(userId)}`);
      if (ask !== asks) return;
      text(title, texts.name(fan.name, fan.userId));
      facts.replaceChildren(...draw(fan));
      show(detail, true);
      detail.setAttribute("aria-label", title.textContent ?? "");
      if (!stay) {
        focus(title);
        detail.scrollIntoView({ block: "nearest" });
      }
    } catch (problem) {
      if (ask === asks) text(said, explain(/** @type {http.Problem} */ (problem)));
    }
  }

  function close() {
    show(detail, false);
    if (before instanceof HTMLElement && before.isConnected) before.focus();
    else query.focus();
  }

  const element = h(
    "section",
    { class: "card" },
    h("h3", null, texts.title),
    h("p", { class: "fine" }, texts.what),
    h(
      "form",
      {
        class: "people-tools",
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          search();
        },
      },
      h("div", { class: "field" }, h("label", { htmlFor: "find-fan" }, texts.find), query),
      h("div", { class: "actions" }, h("button", { type: "submit", class: "button" }, texts.search)),
    ),
    said,
    results,
    detail,
  );
  return { element, open };
}

/**
 * @param {LineUser} fan
 * @returns {HTMLElement[]}
 */
function draw(fan) {
  const time = (/** @type {string|null} */ moment) => (moment ? clockTime(moment, clock.now()) : "");
  const now = {
    none: texts.now.none,
    gathering: texts.now.gathering,
    waiting: texts.now.waiting(fan.position, fan.waiting),
    turn: texts.now.turn(time(fan.deadline)),
    active: texts.now.active(time(fan.sessionEndsAt)),
  }[fan.state];
  const inLine = fan.state === "waiting" || fan.state === "gathering";
  const presence = fan.connected ? texts.presence.connected : !inLine ? "" : fan.present ? texts.presence.present(time(fan.presentUntil)) : texts.presence.away;
  /** @type {Record<string, string>} */
  const why = {
    not_in_line: texts.why.not_in_line,
    not_open: texts.why.not_open(fan.opensAt ? when(fan.opensAt, clock.now()) : ""),
    paused: texts.why.paused(fan.pauseReason ?? ""),
    absent: texts.why.absent(time(fan.forgottenAt)),
    no_seat: texts.why.no_seat,
    no_place: texts.why.no_place(fan.active, fan.limit),
    ahead: texts.why.ahead(fan.ahead),
    rate: texts.why.rate,
  };
  /** @type {HTMLElement[]} */
  const parts = [h("p", { class: "lead" }, `${now} ${presence}`.trim())];
  if (fan.state !== "turn" && fan.state !== "active") {
    parts.push(h("h5", null, texts.whyTitle));
    parts.push(fan.reasons.length ? h("ul", { "aria-label": texts.whyTitle }, ...fan.reasons.map((reason) => h("li", null, why[reason] ?? reason))) : h("p", null, texts.inTime));
  }
  const entries = entriesOf(fan);
  parts.push(h("h5", null, texts.historyTitle));
  if (entries.length) {
    parts.push(
      h(
        "div",
        { class: "scroll", tabIndex: 0, role: "group", "aria-label": texts.history },
        h(
          "table",
          { "aria-label": texts.history },
          h("thead", null, h("tr", null, ...texts.historyColumns.map((name) => h("th", { scope: "col" }, name || h("span", { class: "unseen" }, texts.details))))),
          h("tbody", null, ...entries.map(({ at, what, number }) => h("tr", null, h("td", null, time(at)), h("td", null, texts.happened[what] ?? what), h("td", null, count(number))))),
        ),
      ),
    );
  } else parts.push(h("p", null, texts.noHistory));
  parts.push(h("p", { class: "fine" }, [texts.bounded, fan.numbersUnread ? texts.unread : "", texts.asOf(timeOfDay(Date.parse(fan.now)))].filter(Boolean).join(" ")));
  return parts;
}
