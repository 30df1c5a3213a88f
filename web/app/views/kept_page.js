// @ts-check
import { h } from "../dom.js";
import { dateTime, money } from "../format.js";
import { tickets as texts } from "../texts/chosen.js";
import { eventLines } from "./event_facts.js";
import { placeOf } from "./ticket_code.js";

/**
 * The tickets as a page of its own that needs nothing else: no script, no file, no
 * network. One ticket fills the screen. A kept page is shown by every later version
 * of the app, so it must not depend on one.
 */

const style = `:root{color-scheme:light}*{box-sizing:border-box}
body{margin:0;background:#fff;color:#000;font:1.05rem/1.4 system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif}
header,article{max-width:40rem;margin:0 auto;padding:1rem}
h1{margin:0 0 .5rem;font-size:1.3rem;line-height:1.2}h2{margin:0;font-size:2.2rem;line-height:1.1}p{margin:.25rem 0}
a{color:#000;display:inline-block;padding:.65rem 0;font-weight:600}
article{min-height:100vh;display:grid;align-content:center;justify-items:center;gap:.5rem;text-align:center;border-top:1px solid #767676;break-after:page}
article img{width:min(92vw,70vh,34rem);height:auto}
.fine{font-size:.9rem}`;

/** @param {Uint8Array} bytes */
const base64 = (bytes) => btoa(String.fromCharCode(...bytes));

/**
 * @param {import("../kept_tickets.js").Kept} kept
 * @returns {Promise<{html: string, policy: string}>}
 */
export async function keptPage(kept) {
  const { lang, dir } = document.documentElement;
  const body = h(
    "body",
    null,
    h("header", null, h("h1", null, texts.title), h("p", null, texts.offline(dateTime(kept.at))), h("a", { href: "/" }, texts.tryAgain)),
    h("main", null, ...kept.tickets.map((ticket) => article(ticket, kept))),
  );
  const html = `<!doctype html>\n<html lang="${lang}" dir="${dir}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">${h("title", null, texts.title).outerHTML}<style>${style}</style></head>${body.outerHTML}</html>`;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style)));
  return { html, policy: `default-src 'none'; img-src data:; style-src 'sha256-${base64(digest)}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'` };
}

/**
 * @param {import("../kept_tickets.js").Ticket} ticket
 * @param {import("../kept_tickets.js").Kept} kept
 */
function article(ticket, kept) {
  const season = kept.seasons[ticket.season];
  const where = [ticket.section, ticket.row && `${texts.row} ${ticket.row}`, ticket.category].filter(Boolean).join(" · ");
  return h(
    "article",
    { "aria-label": texts.label(placeOf(ticket)) },
    h("p", null, h("bdi", null, season?.name ?? ticket.season)),
    h("h2", null, h("bdi", null, placeOf(ticket))),
    h("p", null, h("bdi", null, where)),
    h("img", { src: kept.codes[ticket.id] ?? "", alt: texts.qrCode(placeOf(ticket)), width: 544, height: 544 }),
    h("p", null, h("strong", null, texts.statuses[ticket.status] ?? ticket.status)),
    ...(season ? eventLines(season) : []).map((line) => h("p", null, h("bdi", null, line))),
    h("p", { class: "fine" }, h("bdi", null, [ticket.holder, ticket.currency && money(ticket.price, ticket.currency)].filter(Boolean).join(" · "))),
  );
}
