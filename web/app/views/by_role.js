// @ts-check
import { h, show, text } from "../dom.js";

/**
 * For staff and organisers who are not in the line: the way to the work first.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("./view.js").View}
 */
export function workView(office) {
  const query = location.search;
  const gate = h("a", { class: "button primary large", href: `/gate${query}` }, "Go to the gate");
  const admin = h("a", { class: "button primary large", href: `/admin${query}` }, "Go to the admin page");
  const what = h("p", { class: "lead" });
  const element = h(
    "section",
    { class: "card outside" },
    h("h2", { class: "display" }, "You work here"),
    what,
    h("div", { class: "actions" }, gate, admin),
    h("p", { class: "fine" }, "You are not in the line. To buy tickets for yourself, join it like everybody else."),
    h("div", { class: "actions" }, h("button", { type: "button", class: "button quiet", onclick: () => office.join() }, "Join the line")),
  );
  return {
    element,
    update(state) {
      const roles = state.user?.roles ?? [];
      show(gate, roles.includes("staff"));
      show(admin, roles.includes("admin"));
      text(what, roles.includes("admin") ? "The admin page shows the sale and changes it." : "The gate checks tickets in.");
    },
  };
}

/** Who a page is for, and what it is called. */
const pages = {
  gate: { role: "staff", title: "This page is for staff", who: "Only staff can check tickets in." },
  admin: { role: "admin", title: "This page is for organisers", who: "Only organisers can see and change the sale." },
};

/**
 * A page for another role: says what is missing and where to go.
 *
 * @param {"gate"|"admin"} page
 * @returns {import("./view.js").View}
 */
export function notYoursView(page) {
  const query = location.search;
  const { title, who } = pages[page];
  const missing = h("p", { class: "lead" });
  const other = page === "gate" ? h("a", { class: "button", href: `/admin${query}` }, "Go to the admin page") : h("a", { class: "button", href: `/gate${query}` }, "Go to the gate");
  const element = h(
    "section",
    { class: "card outside" },
    h("h2", { class: "display" }, title),
    missing,
    h("p", { class: "fine" }, "Should that be you? Ask the organiser to add your address, or sign out and use another account."),
    h("div", { class: "actions" }, h("a", { class: "button primary large", href: `/${query}` }, "Go to the sale"), other),
  );
  return {
    element,
    update(state) {
      const user = state.user;
      text(missing, `${who} You are signed in as ${user?.email || user?.name || "another person"}.`);
      show(other, user?.roles.includes(page === "gate" ? pages.admin.role : pages.gate.role) ?? false);
    },
  };
}

/**
 * @param {import("../types/app.js").State} state
 * @param {"gate"|"admin"} page
 * @returns {string} the view that a page of work calls for
 */
export function workPage(state, page) {
  if (!state.user) return "starting";
  return state.user.roles.includes(pages[page].role) ? page : `not-${page}`;
}
