// @ts-check
import { h, show, text } from "../dom.js";
import { clockTime } from "../format.js";
import { shownFor, signs } from "../gate_outcome.js";
import { OfflineGate } from "../gate_offline.js";
import { keepPage } from "../gate_page.js";
import { Scans, byHandMark } from "../gate_scans.js";
import { keepSettings, rememberStaff, settings } from "../gate_settings.js";
import { gateStore } from "../gate_store.js";
import { gate as texts } from "../texts/chosen_work.js";
import { gateByHand } from "./gate_by_hand.js";
import { gateCamera } from "./gate_camera.js";
import { gateOffline } from "./gate_offline.js";
import { GateSounds } from "./gate_sounds.js";
import { catchScanner } from "./gate_typing.js";
import * as clock from "../clock.js";
import * as http from "../http.js";

/** How long a scan may take before it counts as not checked, in ms. */
const patience = 8000;

/** The same where this device can check by itself: a dead network must not hold up the line. */
const shortPatience = 3000;

/** How often the keys and the list of refunds are fetched, in ms: usually, while the server is away, and while scans wait. */
const every = { usual: 60_000, away: 3000, waiting: 8000 };

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
  const panel = gateOffline({ seen: (n) => scans.offline?.seen(n) });
  const path = `/checkins?season=${encodeURIComponent(office.season)}`;
  const camera = gateCamera({
    scanned: (scanned) => scans.add(scanned, gateName()),
    ask: async (image) => (await http.call("POST", "/checkins/scan", { body: image, type: "image/jpeg", patience })).code,
    away: () => panel.cameraAway(true),
    reached: () => panel.cameraAway(false),
  });
  const none = h("p", { class: "fine" }, texts.none);
  const last = h("ol", { class: "gate-last" });
  const element = h(
    "section",
    { class: "card gate" },
    h("h2", { class: "display" }, texts.title),
    h("link", { rel: "stylesheet", href: new URL("../gate.css", import.meta.url).href }),
    panel.alert,
    panel.conflicts,
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
    panel.ready,
  );

  const gateName = () => gate.value.trim() || texts.main;
  function keep() {
    keepSettings({ name: gateName(), sound: sound.checked });
  }

  /** Removes the outcome after a while. @type {ReturnType<typeof setTimeout>|undefined} */
  let fading;
  const sounds = new GateSounds(() => sound.checked);
  /** @type {Scans} */
  const scans = new Scans({
    season: office.season,
    now: clock.now,
    send(scanned, name, scan) {
      const json = scanned.startsWith(byHandMark) ? { ticket: scanned.slice(byHandMark.length), gate: name, scan } : { code: scanned, gate: name, scan };
      return http.call("POST", path, { json, patience: scans.offline?.state.ready ? shortPatience : patience });
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
      if (!scans.offline) panel.away(outcome.offline);
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

  let disposed = false;
  let fetchedAt = 0;
  let fetching = false;

  /** Fetches what checking without a network needs, and sends what waits. */
  async function refresh() {
    const { offline } = scans;
    if (!offline || fetching) return;
    fetching = true;
    await offline.refresh(offline.state.away ? shortPatience : patience).catch(() => {});
    fetchedAt = Date.now();
    fetching = false;
  }

  async function prepare() {
    const store = await gateStore();
    if (disposed) return;
    const offline = new OfflineGate({
      season: office.season,
      store,
      now: clock.now,
      get: http.get,
      settle: ({ code: scanned, gate: name, scan, at }) => http.call("POST", path, { json: { code: scanned, gate: name, scan, at: new Date(at).toISOString() }, patience }),
      changed: (state) => panel.show(state, clock.now()),
      conflicted: () => sounds.play("already_admitted"),
    });
    await offline.start();
    scans.offline = offline;
    if (!navigator.onLine) offline.lost();
    await refresh();
    panel.pageKept(await keepPage());
  }
  prepare().catch(() => {});

  const wentOffline = () => (scans.offline ? scans.offline.lost() : panel.away(true));
  const cameBack = () => (scans.offline ? refresh() : panel.away(false));

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
    tick() {
      const state = scans.offline?.state;
      if (!state) return;
      const due = state.away ? every.away : state.waiting ? every.waiting : every.usual;
      if (Date.now() - fetchedAt >= due) refresh();
    },
    update(state) {
      if (state.user?.roles.includes("staff")) rememberStaff(state.user);
      if (shown) return;
      shown = true;
      // After the shell has moved the focus to the heading.
      setTimeout(() => element.isConnected && code.focus());
    },
    dispose() {
      disposed = true;
      stopCatching();
      clearTimeout(fading);
      removeEventListener("offline", wentOffline);
      removeEventListener("online", cameBack);
      camera?.stop();
      sounds.stop();
    },
  };
}
