// @ts-check
import { h, show, text } from "../dom.js";
import { clockTime } from "../format.js";
import { shownFor, signs } from "../gate_outcome.js";
import { Scans } from "../gate_scans.js";
import { keepSettings, settings } from "../gate_settings.js";
import { gate as texts } from "../texts/chosen_work.js";
import { gateByHand } from "./gate_by_hand.js";
import { gateCamera } from "./gate_camera.js";
import { GateSounds } from "./gate_sounds.js";
import { catchScanner } from "./gate_typing.js";
import * as clock from "../clock.js";
import * as http from "../http.js";

/** How long a scan may take before it counts as not checked, in ms. */
const patience = 8000;

/** Marks a ticket id in the queue of codes as a check-in by hand: no scanner types a control character. */
const byHandMark = "\u0001by hand ";

/** How many of the last scans are listed. */
const listed = 10;

/**
 * The gate. Codes are typed, scanned by a hand scanner, which types too, or read by
 * the camera where the browser can.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View}
 */
export function gateView(office) {
  const kept = settings();
  const code = h("input", { type: "text", id: "ticket-code", class: "gate-code", autocomplete: "off", autocapitalize: "none", spellcheck: false, enterKeyHint: "go" });
  const gate = h("input", { type: "text", id: "gate-name", value: kept.name, maxLength: 64, autocomplete: "off", onchange: keep });
  const sound = h("input", { type: "checkbox", id: "gate-sound", checked: kept.sound, onchange: keep });
  const sign = h("p", { class: "gate-sign", "aria-hidden": "true" });
  const word = h("p", { class: "gate-words" }, texts.ready);
  const detail = h("p", { class: "gate-detail" });
  const result = h("div", { class: "gate-result", role: "status", "aria-label": texts.result, "aria-atomic": "true" }, sign, word, detail);
  const offline = h("p", { class: "note", role: "alert", hidden: true });
  const camera = gateCamera((scanned) => scans.add(scanned, gateName()));
  const none = h("p", { class: "fine" }, texts.none);
  const last = h("ol", { class: "gate-last" });
  const element = h(
    "section",
    { class: "card gate" },
    h("h2", { class: "display" }, texts.title),
    offline,
    result,
    h(
      "form",
      {
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          const scanned = code.value;
          // Emptied at once: the next person's code must not be typed behind this one.
          code.value = "";
          code.focus();
          scans.add(scanned, gateName());
        },
      },
      h("div", { class: "field" }, h("label", { htmlFor: "ticket-code" }, texts.code), code),
      h("div", { class: "actions" }, h("button", { type: "submit", class: "button primary large" }, texts.checkIn), camera?.button ?? null),
    ),
    camera?.video ?? null,
    gateByHand({ season: office.season, patience, checkIn: (ticket) => scans.add(byHandMark + ticket, gateName()) }),
    h("div", { class: "gate-last-scans" }, h("h3", null, texts.last), none, last),
    h(
      "div",
      { class: "gate-settings" },
      h("div", { class: "field" }, h("label", { htmlFor: "gate-name" }, texts.name), gate),
      h("div", { class: "field check" }, sound, h("label", { htmlFor: "gate-sound" }, texts.sound)),
    ),
  );

  const gateName = () => gate.value.trim() || texts.main;
  function keep() {
    keepSettings({ name: gateName(), sound: sound.checked });
  }

  /** Removes the outcome after a while. @type {ReturnType<typeof setTimeout>|undefined} */
  let fading;
  const sounds = new GateSounds(() => sound.checked);
  const scans = new Scans({
    season: office.season,
    now: clock.now,
    send(scanned, name) {
      const json = scanned.startsWith(byHandMark) ? { ticket: scanned.slice(byHandMark.length), gate: name } : { code: scanned, gate: name };
      return http.call("POST", `/checkins?season=${encodeURIComponent(office.season)}`, { json, patience });
    },
    begun(_, waiting) {
      clearTimeout(fading);
      // Emptied first, so that screen readers announce the same words again.
      for (const line of [sign, word, detail]) text(line, "");
      result.dataset.result = "checking";
      text(word, texts.checking(waiting));
    },
    done(outcome) {
      result.dataset.result = outcome.result;
      clearTimeout(fading);
      fading = setTimeout(clear, shownFor[outcome.result]);
      text(sign, signs[outcome.result]);
      text(word, outcome.word);
      text(detail, outcome.detail);
      sounds.play(outcome.result);
      showOffline(outcome.offline);
      list(outcome);
    },
  });

  /** Removes the last outcome, unless a check is in flight. */
  function clear() {
    clearTimeout(fading);
    if (result.dataset.result === undefined || result.dataset.result === "checking") return;
    delete result.dataset.result;
    text(sign, "");
    text(detail, "");
    text(word, texts.ready);
  }

  /** @param {import("../gate_outcome.js").Outcome} outcome */
  function list(outcome) {
    const at = new Date(clock.now()).toISOString();
    last.prepend(
      h(
        "li",
        { "data-result": outcome.result },
        h("time", { dateTime: at }, clockTime(at, clock.now())),
        h("span", { class: "gate-last-sign", "aria-hidden": "true" }, signs[outcome.result]),
        h("strong", null, outcome.word),
        h("span", { class: "gate-last-detail" }, outcome.detail.replaceAll("\n", " · ")),
      ),
    );
    while (last.children.length > listed) last.lastElementChild?.remove();
    show(none, false);
  }

  /** @param {boolean} away */
  function showOffline(away) {
    show(offline, away);
    text(offline, away ? texts.offline : "");
  }
  const wentOffline = () => showOffline(true);
  const cameBack = () => showOffline(false);

  const stopCatching = catchScanner({
    code,
    // The next person is being scanned: the last outcome is not theirs.
    began: clear,
    scanned: (scanned) => scans.add(scanned, gateName()),
  });
  addEventListener("offline", wentOffline);
  addEventListener("online", cameBack);
  if (!navigator.onLine) wentOffline();
  let shown = false;
  return {
    element,
    update() {
      if (shown) return;
      shown = true;
      // After the shell has moved the focus to the heading.
      setTimeout(() => element.isConnected && code.focus());
    },
    dispose() {
      stopCatching();
      clearTimeout(fading);
      removeEventListener("offline", wentOffline);
      removeEventListener("online", cameBack);
      camera?.stop();
      sounds.stop();
    },
  };
}
