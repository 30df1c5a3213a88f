// @ts-check
import * as clock from "./clock.js";
import { h, show, text } from "./dom.js";
import { addressees, messageOf, stateOf } from "./embed_state.js";
import { count, countdown, when } from "./format.js";
import * as http from "./http.js";
import { logo, look } from "./look.js";
import * as texts from "./texts/chosen.js";
import { pauseWords, stockWords } from "./views/sale_state.js";

/**
 * The sale in a frame on another site's page (docs/embedding.md). It shows and acts on
 * nothing: a page can lay something over a frame, so that a visitor clicks into it without
 * knowing. The one control is a link to the whole page. It opens no socket either, which
 * would close the one of the fan's own page.
 */

/** How often the frame asks how the line stands, in ms, and how often while the fan's turn is near. */
const every = 5000;
const soon = 2000;

/** How old the season's public state may become, in ms. */
const seasonAge = 8000;

/** @param {string} name */
const meta = (name) => document.querySelector(`meta[name="usher:${name}"]`)?.getAttribute("content") ?? "";

/** @typedef {import("../../clients/js/wire.js").Season} Season */
/** @typedef {import("../../clients/js/wire.js").Status} Status */

function run() {
  const { embed, gathering, line, sale: saleTexts, signIn, turn, expectedWait } = texts;
  const asked = new URLSearchParams(location.search);
  const id = asked.get("season") || meta("season");
  const whole = new URLSearchParams({ season: id });
  const lang = asked.get("lang");
  if (lang) whole.set("lang", lang);

  const name = h("h1", { class: "embed-name", dir: "auto" });
  const headline = h("p", { class: "embed-headline", role: "status" });
  const place = h("p", { class: "embed-place" });
  const detail = h("p", { class: "embed-detail" });
  const stock = h("p", { class: "embed-stock" });
  const notice = h("p", { class: "embed-notice", dir: "auto" });
  const words = h("span", null, embed.open);
  const link = h("a", { class: "button primary", href: `/?${whole}`, target: "_blank", rel: "noopener" }, words, h("span", { class: "unseen" }, ` (${embed.newTab})`));
  const element = h("main", { class: "embed" }, logo(), name, headline, place, detail, stock, notice, h("div", { class: "embed-actions" }, link));
  // A large logo and a name do not both fit into the smallest frames.
  if (look?.logo) name.classList.add("beside-logo");

  /** @type {Season|null} */
  let season = null;
  /** When the season was read, by the device's clock. */
  let readAt = -Infinity;
  /** @type {Status|null} */
  let status = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  /** Whether the server could not be reached last. */
  let lost = false;

  function draw() {
    const now = clock.now();
    const state = stateOf(season, status, now);
    const sale = season?.sale ?? null;
    text(name, season?.name ?? "");
    text(headline, lost && !season ? embed.unreachable : headlineOf(state, now));
    const position = status?.position ?? null;
    const large = state === "turn" ? countdown(clock.left(status?.deadline)) : state === "waiting" && position !== null ? count(position) : "";
    show(place, large !== "");
    text(place, large);
    text(detail, detailOf(state));
    show(detail, detail.textContent !== "");
    const counts = sale !== null && sale.stock !== "none" && state !== "closed" && state !== "sold_out";
    show(stock, counts);
    if (counts) text(stock, stockWords(sale));
    show(notice, Boolean(sale?.notice));
    text(notice, sale?.notice ?? "");
    text(words, state === "turn" ? embed.enter : embed.open);
    element.dataset.state = state;
    tell();
  }

  /** @param {import("./embed_state.js").Shown} state @param {number} now */
  function headlineOf(state, now) {
    const opensAt = season?.opensAt ?? status?.opensAt;
    switch (state) {
      case "turn":
        return turn.title;
      case "active":
        return embed.inside;
      case "waiting":
        return line.title;
      case "gathering":
        return opensAt ? `${gathering.youAreIn}. ${gathering.opens(when(opensAt, now))}` : gathering.youAreIn;
      case "closed":
        return signIn.closed;
      case "upcoming":
        return opensAt ? gathering.opens(when(opensAt, now)) : "";
      case "sold_out":
        return saleTexts.gone;
      case "open":
        return embed.onSale;
      default:
        return "";
    }
  }

  /** @param {import("./embed_state.js").Shown} state */
  function detailOf(state) {
    if (state === "turn") return turn.timeLeft;
    if (state === "closed" || !status) return "";
    if (season?.sale?.paused) return pauseWords(season.sale);
    if (state === "waiting") return `${line.expectedWait}: ${expectedWait(status.etaSeconds)}`;
    return state === "active" ? "" : `${line.waiting}: ${count(status.waiting)}`;
  }

  const listed = meta("embed-origins").split(" ").filter(Boolean);
  let told = "";

  /** Tells the page around the frame what is shown, when that has changed. */
  function tell() {
    if (parent === window || !season) return;
    const message = messageOf(id, season, status, clock.now(), Math.ceil(element.getBoundingClientRect().height));
    const written = JSON.stringify(message);
    if (written === told) return;
    told = written;
    for (const origin of addressees(listed, location.ancestorOrigins?.[0], document.referrer)) parent.postMessage(message, origin);
  }

  async function read() {
    const path = encodeURIComponent(id);
    if (Date.now() - readAt > seasonAge) {
      season = await http.get(`/seasons/${path}`, every);
      readAt = Date.now();
    }
    status = await http.get(`/waitingList/status?season=${path}`, every);
    clock.shared.set(/** @type {Status} */ (status).serverTime);
  }

  /** How long to wait before the next question, in ms. */
  function pause() {
    // To ask counts as a sign of life. Who is in must give those on the whole page, or a
    // frame left open would keep others waiting: the frame asks again at the session's end.
    if (status?.state === "active") return Math.max(every, clock.left(status.sessionEndsAt) + 1000);
    const pace = status?.state === "turn" || status?.position === 1 ? soon : every;
    return pace * (0.8 + 0.4 * Math.random()); // frames that were loaded together do not ask together
  }

  async function loop() {
    clearTimeout(timer);
    if (document.hidden) return; // goes on when it is seen again
    let next = every;
    try {
      await read();
      lost = false;
      next = pause();
    } catch (failed) {
      const { code, retryAfterMs } = /** @type {http.Problem} */ (failed);
      if (code === "not_found") {
        text(headline, signIn.noSeason);
        return;
      }
      lost = true;
      next = retryAfterMs ?? every;
    }
    draw();
    clearTimeout(timer);
    timer = setTimeout(loop, next);
  }

  document.body.append(element);
  setInterval(() => !document.hidden && status?.state === "turn" && draw(), 1000);
  document.addEventListener("visibilitychange", () => !document.hidden && loop());
  addEventListener("message", (event) => {
    if (event.source !== parent || !listed.includes(event.origin) || event.data?.type !== "usher:ask") return;
    told = "";
    tell();
  });
  loop();
}

// The name is computed, so that the server leaves this import as it is. The file has only
// those groups of texts that are used here.
const own = `./texts/${document.documentElement.lang}_embed.js`;
import(own).then((chosen) => {
  texts.use(chosen);
  run();
});
