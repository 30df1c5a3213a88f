// @ts-check
import { h, show, text } from "../dom.js";
import { explain } from "../explain.js";
import { clockTime } from "../format.js";
import { conflictText } from "../gate_outcome.js";
import { gate as texts } from "../texts/chosen_work.js";

/**
 * What the gate says about checking without a network: whether it is ready, that it
 * does so now, what waits, and which guests it let in by mistake.
 *
 * @param {{seen: (n: number) => void}} o seen: staff have read a conflict
 */
export function gateOffline({ seen }) {
  const alert = h("p", { class: "note gate-away", role: "alert", "aria-label": texts.awayLabel, hidden: true });
  const ready = h("div", { class: "gate-ready", role: "status", "aria-label": texts.readyLabel });
  const readyText = h("p", { class: "fine" });
  const waiting = h("p", { class: "gate-waiting", hidden: true });
  const lasting = h("p", { class: "fine", hidden: true }, texts.notLasting);
  const page = h("p", { class: "fine", hidden: true }, texts.pageNotKept);
  ready.append(waiting, readyText, lasting, page);
  const heading = h("h3");
  const list = h("ul");
  const conflicts = h("section", { class: "gate-conflicts", role: "alert", "aria-label": texts.conflictsLabel, hidden: true }, heading, list);
  /** @type {import("../gate_offline.js").OfflineState|null} */
  let known = null;
  let now = 0;
  let cameraIsAway = false;
  let drawn = "";

  /** @param {import("../gate_offline.js").OfflineState} state */
  function awayText(state) {
    return state.ready ? texts.offlineAdmits(clockTime(new Date(state.asOf).toISOString(), now)) : texts.offline;
  }

  function drawAlert() {
    const lines = [];
    if (known?.away) lines.push(awayText(known));
    if (cameraIsAway) lines.push(texts.cameraNeedsServer);
    show(alert, lines.length > 0);
    text(alert, lines.join(" "));
  }

  return {
    alert,
    ready,
    conflicts,

    /** Before the device's own data are read. @param {boolean} away */
    away(away) {
      show(alert, away);
      text(alert, away ? texts.offline : "");
    },

    /** @param {boolean} away whether the camera cannot read codes without the server */
    cameraAway(away) {
      cameraIsAway = away;
      drawAlert();
    },

    /** @param {boolean} kept whether the page opens without a network */
    pageKept(kept) {
      ready.dataset.kept = String(kept);
      show(page, !kept);
    },

    /**
     * @param {import("../gate_offline.js").OfflineState} state
     * @param {number} time the server's, in ms
     */
    show(state, time) {
      known = state;
      now = time;
      drawAlert();
      text(readyText, state.ready ? texts.offlineReady(clockTime(new Date(state.asOf).toISOString(), now), state.refunds) : state.missing ? texts.offlineMissing[state.missing] : "");
      ready.dataset.ready = String(state.ready);
      show(lasting, !state.lasting);
      show(waiting, state.waiting > 0);
      const refused = state.refused ? ` ${texts.waitingRefused(explain({ code: state.refused }))}` : "";
      text(waiting, state.waiting ? texts.waitingScans(state.waiting) + refused : "");
      const next = JSON.stringify(state.conflicts.map((scan) => scan.n));
      if (next === drawn) return;
      drawn = next;
      show(conflicts, state.conflicts.length > 0);
      text(heading, state.conflicts.length ? texts.conflicts(state.conflicts.length) : "");
      list.replaceChildren(
        ...state.conflicts.map((scan) =>
          h(
            "li",
            null,
            h("span", null, conflictText(scan, now)),
            h(
              "button",
              { type: "button", class: "button small", onclick: () => seen(/** @type {number} */ (scan.n)) },
              texts.conflictSeen,
              h("span", { class: "unseen" }, texts.conflictSeenOf(scan.seat)),
            ),
          ),
        ),
      );
    },
  };
}
