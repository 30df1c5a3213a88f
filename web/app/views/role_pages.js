// @ts-check
import { h, show, text } from "../dom.js";
import { outside, roles as texts } from "../texts/chosen.js";
import { mayWork } from "./work_page.js";

/**
 * For staff and organisers who are not in the line: links to their pages come first.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View}
 */
export function workView(office) {
  const query = location.search;
  const gate = h("a", { class: "button primary large", href: `/gate${query}` }, texts.toGate);
  const desk = h("a", { class: "button primary large", href: `/desk${query}` }, texts.toDesk);
  const admin = h("a", { class: "button primary large", href: `/admin${query}` }, texts.toAdmin);
  const what = h("p", { class: "lead" });
  const element = h(
    "section",
    { class: "card outside" },
    h("h2", { class: "display" }, texts.title),
    what,
    h("div", { class: "actions" }, gate, desk, admin),
    h("p", { class: "fine" }, texts.notInLine),
    h("div", { class: "actions" }, h("button", { type: "button", class: "button quiet", "data-live": "", onclick: () => office.line.join() }, outside.join)),
  );
  return {
    element,
    update(state) {
      const roles = state.user?.roles ?? [];
      show(gate, roles.includes("staff"));
      show(desk, mayWork(state.user, "desk"));
      show(admin, roles.includes("admin"));
      text(what, roles.includes("admin") ? texts.admin : roles.includes("desk") ? texts.desk : texts.gate);
    },
  };
}

/**
 * In place of a page for another role: says which role is missing and where to go.
 *
 * @param {"gate"|"admin"|"desk"} page
 * @returns {import("../types/app.js").View}
 */
export function notYoursView(page) {
  const query = location.search;
  const { title, who } = texts.missing[page];
  const missing = h("p", { class: "lead" });
  const others = /** @type {const} */ ([["gate", texts.toGate], ["desk", texts.toDesk], ["admin", texts.toAdmin]])
    .filter(([name]) => name !== page)
    .map(([name, words]) => ({ name, link: h("a", { class: "button", href: `/${name}${query}` }, words) }));
  const element = h(
    "section",
    { class: "card outside" },
    h("h2", { class: "display" }, title),
    missing,
    h("p", { class: "fine" }, texts.ask),
    h("div", { class: "actions" }, h("a", { class: "button primary large", href: `/${query}` }, texts.toSale), ...others.map(({ link }) => link)),
  );
  return {
    element,
    update(state) {
      const user = state.user;
      text(missing, texts.signedInAs(who, user?.email || user?.name || ""));
      for (const { name, link } of others) show(link, mayWork(user, name));
    },
  };
}
