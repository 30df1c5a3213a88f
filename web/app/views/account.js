// @ts-check
import { focus, h, show, text } from "../dom.js";
import { when } from "../format.js";
import * as clock from "../clock.js";
import * as http from "../http.js";
import { sessions as texts } from "../texts/chosen.js";

/** @typedef {import("../../../clients/js/wire.js").Session} Session */

/**
 * Where the fan is signed in, and the end of that: for one who has left a session open on
 * another computer.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View}
 */
export function accountView(office) {
  const heading = h("h2", { class: "display" }, texts.title);
  const reading = h("p", { class: "note", role: "status" }, texts.reading);
  const list = h("ul", { class: "sessions", "aria-label": texts.title });
  const others = h("button", { type: "button", class: "button", hidden: true, onclick: () => end("/auth/sessions") }, texts.endOthers);
  const element = h("section", { class: "card account" }, heading, h("p", { class: "lead" }, texts.what), reading, list, h("div", { class: "actions" }, others));
  let gone = false;

  /** @param {Session} session */
  function row(session) {
    const began = when(session.createdAt, clock.now());
    const words = h("div", null, h("strong", null, texts.since(began)), h("p", { class: "fine" }, session.current ? texts.here : texts.seen(when(session.lastSeenAt, clock.now()))));
    if (session.current) return h("li", null, words);
    const button = h(
      "button",
      { type: "button", class: "button small", "aria-label": texts.endOf(began), onclick: () => end(`/auth/sessions/${encodeURIComponent(session.id)}`) },
      texts.end,
    );
    return h("li", null, words, button);
  }

  async function read() {
    try {
      const { sessions } = /** @type {import("../../../clients/js/wire.js").Sessions} */ (await http.get("/auth/sessions"));
      if (gone) return;
      list.replaceChildren(...sessions.map(row));
      show(others, sessions.length > 1);
      text(reading, "");
      show(reading, false);
    } catch (problem) {
      if (!gone) office.notices.fail(/** @type {http.Problem} */ (problem));
    }
  }

  /** @param {string} path */
  async function end(path) {
    try {
      await http.call("DELETE", path);
    } catch (problem) {
      // A session that has ended in another way is what was asked for.
      if (/** @type {http.Problem} */ (problem).status !== 404) office.notices.fail(/** @type {http.Problem} */ (problem));
    }
    if (gone) return;
    await read();
    // The pressed button is gone.
    if (!gone) focus(heading);
  }

  read();
  return {
    element,
    update() {},
    dispose() {
      gone = true;
    },
  };
}
