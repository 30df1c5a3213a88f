// @ts-check
import { focus, h, show, text } from "../dom.js";
import { check } from "../draw.js";
import { explain } from "../explain.js";
import { count, when } from "../format.js";
import * as clock from "../clock.js";
import * as http from "../http.js";
import * as memory from "../memory.js";

const soon = 2000; // ms between two looks around the opening, and a little by chance
const seldom = 30000; // … and long before it

/**
 * What is to be noted before the order can be known: the hash of the gathered,
 * and the round, which a later time of the record would make another.
 *
 * @param {{gathered: string, round?: number|null}|null|undefined} frozen
 */
const recordOf = (frozen) => (!frozen ? "" : frozen.round ? `${frozen.gathered}/${frozen.round}` : frozen.gathered);

/**
 * The page /draw: how the order of a scheduled opening is drawn, and a check of
 * one's own rank that trusts the server with nothing but the numbers.
 *
 * @param {import("../types/app.js").Config} config
 */
export function drawPage(config) {
  const season = encodeURIComponent(config.season);
  const title = h("h1", { class: "display", dir: "auto" }, "The draw");
  const lead = h("p", { class: "lead", "aria-live": "polite" }, "One moment…");
  const commitment = h("code", { class: "hash" });
  const before = h(
    "p",
    { class: "note", hidden: true },
    "The commitment, published when the opening was set up: ",
    commitment,
    ". This browser keeps it; note it elsewhere too, and compare it after the opening.",
  );
  const gathered = h("code", { class: "hash" });
  const recordedAs = h("p", { class: "note", hidden: true }, "The hash of those who have gathered, and the beacon's round, published before anybody can know the order: ", gathered, ". This browser keeps it too.");
  const user = h("input", { type: "text", id: "draw-user", autocomplete: "off", spellcheck: false });
  const noted = h("input", { type: "text", id: "draw-noted", autocomplete: "off", spellcheck: false });
  const recorded = h("input", { type: "text", id: "draw-recorded", autocomplete: "off", spellcheck: false });
  const press = h("button", { type: "submit", class: "button primary large" }, "Check the draw");
  const form = h(
    "form",
    {
      hidden: true,
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        verify();
      },
    },
    h("div", { class: "field" }, h("label", { htmlFor: "draw-user" }, "User id (yours is filled in when you are signed in)"), user),
    h("div", { class: "field" }, h("label", { htmlFor: "draw-noted" }, "Commitment you noted before the opening (optional)"), noted),
    h("div", { class: "field" }, h("label", { htmlFor: "draw-recorded" }, "Hash of the gathered, and round, you noted before the order was drawn (optional)"), recorded),
    h("div", { class: "actions" }, press),
  );
  const verdict = h("p", { class: "lead" });
  const findings = h("ul", { class: "findings" });
  const result = h("section", { "aria-label": "Result", role: "status" }, verdict, findings);
  const facts = h("dl", { class: "facts" });
  const rule = h("p", { class: "fine" });
  document.title = "The draw";
  document.body.append(h("main", { id: "main" }, h("section", { class: "card draw" }, title, lead, before, recordedAs, form, result, facts, rule, h("p", null, h("a", { href: `/?season=${season}` }, "Back to the line")))));

  /** @type {import("../draw.js").Account|null} */
  let account = null;

  /** Looks until the draw was held. */
  async function look() {
    let again = soon;
    try {
      const shown = await http.get(`/seasons/${season}`);
      text(title, `The draw · ${shown.name}`);
      document.title = `The draw · ${shown.name}`;
      account = await http.get(`/waitingList/draw?season=${season}`).catch((problem) => {
        if (problem.code === "not_found") return null;
        throw problem;
      });
      if (account) return drawn(account);
      promised(shown);
      if (!shown.draw || (shown.opensAt && Date.parse(shown.opensAt) - clock.now() > 2 * seldom)) again = seldom;
    } catch (problem) {
      text(lead, explain(/** @type {http.Problem} */ (problem)));
    }
    setTimeout(look, again * (1 + Math.random()));
  }

  /** @param {any} shown the season */
  function promised(shown) {
    if (!shown.draw) {
      text(lead, "No draw is planned here: everybody is in the order they came.");
      return;
    }
    const frozen = shown.draw.frozen;
    memory.noteDraw(config.season, { commitment: shown.draw.commitment, gathered: recordOf(frozen) });
    const opens = shown.opensAt ? `The sale opens ${when(shown.opensAt, clock.now())}. ` : "";
    const beacon = shown.draw.beacon ? ` The beacon ${shown.draw.beacon} will be mixed in.` : "";
    if (frozen) {
      const round = frozen.round ? ` The order follows from round ${frozen.round} of the beacon, which is not out yet.` : "";
      text(lead, `${count(frozen.count)} ${frozen.count === 1 ? "fan has" : "fans have"} gathered.${round} One moment…`);
      text(gathered, recordOf(frozen));
      show(recordedAs, true);
    } else {
      text(lead, `${opens}Then the order of everybody who has gathered is drawn, and can be checked here.${beacon}`);
    }
    text(commitment, shown.draw.commitment);
    show(before, true);
  }

  /** @param {import("../draw.js").Account} a */
  function drawn(a) {
    const rank = a.you ? (a.you.rank ? `You drew place ${count(a.you.rank)}. ` : "You were not here when the order was drawn. ") : "";
    text(lead, `The order of ${count(a.count)} ${a.count === 1 ? "fan" : "fans"} was drawn. ${rank}Check it yourself:`);
    user.value = a.you?.user ?? "";
    const kept = memory.drawNoted(config.season);
    noted.value = kept.commitment;
    recorded.value = kept.gathered;
    show(before, false);
    show(recordedAs, false);
    show(form, true);
    text(rule, a.rule);
    const rows = [
      ["Commitment", a.commitment],
      ["Seed", a.seed],
      ["Beacon", a.beacon ? `${a.beacon.source}, round ${a.beacon.round}: ${a.beacon.value}` : `none (${a.beaconNote})${a.beaconPromised ? `, though ${a.beaconPromised} was promised` : ""}`],
      ["Hash of those who had gathered", a.gathered],
    ];
    facts.replaceChildren(
      ...rows.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, h("code", { class: "hash" }, value)))),
      h("div", null, h("dt", null, "All marks, in order"), h("dd", null, h("a", { href: a.list, download: "draw.txt" }, "Download the list"))),
    );
  }

  async function verify() {
    if (!account) return;
    findings.replaceChildren();
    if (!globalThis.crypto?.subtle) {
      text(verdict, "This browser checks only on pages that came by https. The command “usher draw verify” checks anywhere.");
      return;
    }
    press.disabled = true;
    text(verdict, "Checking…");
    try {
      const list = await fetch(account.list, { credentials: "same-origin" });
      if (!list.ok) throw new http.Problem("unavailable", "The list cannot be read at the moment.");
      const marks = (await list.text()).split("\n").filter((line) => line !== "");
      const found = await check(account, marks, user.value.trim(), noted.value.trim().toLowerCase(), recorded.value.trim().toLowerCase());
      const sound = found.findings.every((one) => one.right);
      const own = user.value.trim() === "" ? "" : found.rank ? ` This user drew place ${count(found.rank)}.` : " This user was not among those drawn.";
      text(verdict, (sound ? "Everything fits." : "Something does not fit.") + own);
      findings.replaceChildren(...found.findings.map((one) => h("li", { "data-right": String(one.right) }, `${one.right ? "✓" : "✗"} ${one.text}`)));
    } catch (problem) {
      text(verdict, explain(/** @type {http.Problem} */ (problem)));
    }
    press.disabled = false;
    focus(verdict);
  }

  look();
}
