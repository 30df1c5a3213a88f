// @ts-check
import { h } from "../dom.js";
import { desk as texts } from "../texts/chosen_work.js";
import { deskFind } from "./desk_find.js";
import { deskSale } from "./desk_sale.js";

/**
 * The desk, which is the box office: sells seats to people in front of it, and finds what
 * was sold. All of it works by keyboard.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View}
 */
export function deskView(office) {
  const find = deskFind(office.season);
  const sale = deskSale(office.season, () => find.refresh());
  const element = h(
    "section",
    { class: "box-office" },
    h("h2", { class: "display" }, texts.title),
    h("link", { rel: "stylesheet", href: new URL("../desk.css", import.meta.url).href }),
    sale.element,
    find.element,
  );
  let shown = false;
  return {
    element,
    tick: () => sale.tick(),
    update(state) {
      sale.update(state.sale);
      if (shown) return;
      shown = true;
      // After the shell has moved the focus to the heading.
      setTimeout(() => element.isConnected && sale.focus());
    },
  };
}
