// @ts-check
import { focus, h, show, text } from "../dom.js";
import { check } from "../draw.js";
import { drawsOf, openingOfDraw } from "../draws.js";
import { explain } from "../explain.js";
import { when } from "../format.js";
import { draw as texts } from "../texts/chosen_work.js";
import { languageSwitch } from "./language_switch.js";
import * as clock from "../clock.js";
import * as http from "../http.js";
import * as storage from "../storage.js";

/** The pause between two reads around the opening, in ms; a random part is added. */
const soon = 2000;
/** The same long before the opening. */
const seldom = 30_000;

/**
 * What a fan notes before the order can be known: the hash of the gathered, and the
 * round, which depends on the time of the record.
 *
 * @param {{gathered: string, round?: number|null}|null|undefined} frozen
 */
const recordOf = (frozen) => (!frozen ? "" : frozen.round ? `${frozen.gathered}/${frozen.round}` : frozen.gathered);

/**
 * The page /draw: how the order of a scheduled opening is drawn, and a check of a
 * rank that the browser works out itself from the published numbers.
 *
 * @param {import("../types/app.js").Config} config
 */
export function drawPage(config) {
  const season = encodeURIComponent(config.season);
  const number = Math.max(1, Math.trunc(Number(new URLSearchParams(location.search).get("number")) || 1));
  // What a fan noted belongs to one draw.
  const noteName = number === 1 ? config.season : `${config.season}/${number}`;
  const title = h("h1", { class: "display", dir: "auto" }, texts.title);
  const lead = h("p", { class: "lead", "aria-live": "polite" }, texts.moment);
  const others = h("ul", { class: "draws", hidden: true, "aria-label": texts.draws });
  const commitment = h("code", { class: "hash" });
  const before = h(
    "p",
    { class: "note", hidden: true },
    texts.commitmentBefore[0],
    commitment,
    texts.commitmentBefore[1],
  );
  const gathered = h("code", { class: "hash" });
  const recordedAs = h("p", { class: "note", hidden: true }, texts.recordBefore[0], gathered, texts.recordBefore[1]);
  const user = h("input", { type: "text", id: "draw-user", autocomplete: "off", spellcheck: false });
  const noted = h("input", { type: "text", id: "draw-noted", autocomplete: "off", spellcheck: false });
  const recorded = h("input", { type: "text", id: "draw-recorded", autocomplete: "off", spellcheck: false });
  const press = h("button", { type: "submit", class: "button primary large" }, texts.press);
  const form = h(
    "form",
    {
      hidden: true,
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        verify();
      },
    },
    h("div", { class: "field" }, h("label", { htmlFor: "draw-user" }, texts.user), user),
    h("div", { class: "field" }, h("label", { htmlFor: "draw-noted" }, texts.noted), noted),
    h("div", { class: "field" }, h("label", { htmlFor: "draw-recorded" }, texts.recorded), recorded),
    h("div", { class: "actions" }, press),
  );
  const verdict = h("p", { class: "lead" });
  const findings = h("ul", { class: "findings" });
  const result = h("section", { "aria-label": texts.result, role: "status" }, verdict, findings);
  const facts = h("dl", { class: "facts" });
  const rule = h("p", { class: "fine" });
  document.title = texts.title;
  document.getElementById("first")?.remove();
  document.body.append(h("main", { id: "main" }, h("section", { class: "card draw" }, title, others, lead, before, recordedAs, form, result, facts, rule, h("p", null, h("a", { class: "alone", href: `/?season=${season}` }, texts.back)))), languageSwitch());

  /** @type {import("../draw.js").Account|null} */
  let account = null;

  /** Reads the season again and again until the draw was held. */
  async function look() {
    let again = soon;
    try {
      const shown = await http.get(`/seasons/${season}`);
      text(title, texts.titleOf(shown.name));
      document.title = texts.titleOf(shown.name);
      list(shown);
      account = await http.get(`/waitingList/draw?season=${season}&number=${number}`).catch((problem) => {
        if (problem.code === "not_found") return null;
        throw problem;
      });
      if (account) return drawn(account);
      promised(shown);
      const opensAt = openingOfDraw(shown, number);
      if (!own(shown) || (opensAt && Date.parse(opensAt) - clock.now() > 2 * seldom)) again = seldom;
    } catch (problem) {
      text(lead, explain(/** @type {http.Problem} */ (problem)));
    }
    setTimeout(look, again * (1 + Math.random()));
  }

  /** The draw of this page. @param {import("../../../clients/js/wire.js").Season} shown */
  const own = (shown) => drawsOf(shown).find((one) => one.number === number) ?? null;

  /** Links to the draws of the other phases. @param {import("../../../clients/js/wire.js").Season} shown */
  function list(shown) {
    const draws = drawsOf(shown);
    show(others, draws.length > 1);
    if (draws.length < 2) return;
    others.replaceChildren(
      ...draws.map((one) => {
        const words = texts.drawOf(one.number, shown.phases?.[one.number - 1]?.name ?? "");
        return h("li", null, one.number === number ? h("strong", { "aria-current": "page" }, words) : h("a", { href: `/draw?season=${season}&number=${one.number}` }, words));
      }),
    );
  }

  /** @param {import("../../../clients/js/wire.js").Season} shown */
  function promised(shown) {
    const draw = own(shown);
    if (!draw) {
      text(lead, texts.noDraw);
      return;
    }
    const { frozen } = draw;
    storage.noteDraw(noteName, { commitment: draw.commitment, gathered: recordOf(frozen) });
    if (frozen) {
      text(lead, texts.frozen(frozen.count, frozen.round));
      text(gathered, recordOf(frozen));
      show(recordedAs, true);
    } else {
      const opensAt = openingOfDraw(shown, number);
      text(lead, texts.promised(opensAt ? when(opensAt, clock.now()) : "", draw.beacon));
    }
    text(commitment, draw.commitment);
    show(before, true);
  }

  /** @param {import("../draw.js").Account} a */
  function drawn(a) {
    text(lead, texts.drawn(a.count, a.you ? texts.yourPlace(a.you.rank) : ""));
    user.value = a.you?.user ?? "";
    const kept = storage.drawNoted(noteName);
    noted.value = kept.commitment;
    recorded.value = kept.gathered;
    show(before, false);
    show(recordedAs, false);
    show(form, true);
    text(rule, a.rule);
    const rows = [
      [texts.commitment, a.commitment],
      [texts.seed, a.seed],
      [texts.beacon, a.beacon ? texts.beaconValue(a.beacon) : texts.noBeacon(a.beaconNote ?? "", a.beaconPromised ?? "")],
      [texts.gathered, a.gathered],
    ];
    facts.replaceChildren(
      ...rows.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, h("code", { class: "hash" }, value)))),
      h("div", null, h("dt", null, texts.marks), h("dd", null, h("a", { href: a.list, download: "draw.txt" }, texts.download))),
    );
  }

  async function verify() {
    if (!account) return;
    findings.replaceChildren();
    if (!globalThis.crypto?.subtle) {
      text(verdict, texts.needsHTTPS);
      return;
    }
    press.disabled = true;
    text(verdict, texts.checking);
    try {
      const list = await fetch(account.list, { credentials: "same-origin" });
      if (!list.ok) throw new http.Problem("unavailable", texts.noList);
      const marks = (await list.text()).split("\n").filter((line) => line !== "");
      const found = await check(account, marks, user.value.trim(), noted.value.trim().toLowerCase(), recorded.value.trim().toLowerCase());
      const sound = found.findings.every((one) => one.right);
      const own = user.value.trim() === "" ? "" : texts.userPlace(found.rank);
      text(verdict, (sound ? texts.fits : texts.doesNotFit) + own);
      findings.replaceChildren(...found.findings.map((one) => h("li", { "data-right": String(one.right) }, `${one.right ? "✓" : "✗"} ${one.text}`)));
    } catch (problem) {
      text(verdict, explain(/** @type {http.Problem} */ (problem)));
    }
    press.disabled = false;
    focus(verdict);
  }

  look();
}
