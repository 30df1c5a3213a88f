// @ts-check
import { h, show, text } from "../dom.js";
import { Scans, Sight, clockTime, keepSettings, settings, shownFor, signs, tones } from "../gate.js";
import { Burst, gap } from "../burst.js";
import { byHand } from "./gate_by_hand.js";
import * as clock from "../clock.js";
import * as http from "../http.js";

/** How long a scan may take before it counts as not checked, in ms. */
const patience = 8000;

/** Begins what is checked in by hand, among the codes: no scanner types a control sign. */
const handMark = "\u0001by hand ";

/** How many of the last scans are listed. */
const listed = 10;

/**
 * The gate: codes typed, scanned by a hand scanner (which types), or by camera
 * where the browser can read codes.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("./view.js").View}
 */
export function gateView(office) {
  const kept = settings();
  const code = h("input", { type: "text", id: "ticket-code", class: "gate-code", autocomplete: "off", autocapitalize: "none", spellcheck: false, enterKeyHint: "go" });
  const gate = h("input", { type: "text", id: "gate-name", value: kept.name, maxLength: 64, autocomplete: "off", onchange: keep });
  const sound = h("input", { type: "checkbox", id: "gate-sound", checked: kept.sound, onchange: keep });
  const sign = h("p", { class: "gate-sign", "aria-hidden": "true" });
  const words = h("p", { class: "gate-words" }, "Ready to scan");
  const detail = h("p", { class: "gate-detail" });
  const result = h("div", { class: "gate-result", role: "status", "aria-label": "Result", "aria-atomic": "true" }, sign, words, detail);
  const offline = h("p", { class: "note", role: "alert", hidden: true });
  const camera = cameraOf((scanned) => scans.add(scanned, gateName()));
  const none = h("p", { class: "fine" }, "Nothing was scanned yet.");
  const last = h("ol", { class: "gate-last" });
  const element = h(
    "section",
    { class: "card gate" },
    h("h2", { class: "display" }, "Gate"),
    offline,
    result,
    h(
      "form",
      {
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          const scanned = code.value;
          // Emptied at once: the next person's code must not be typed behind it.
          code.value = "";
          code.focus();
          scans.add(scanned, gateName());
        },
      },
      h("div", { class: "field" }, h("label", { htmlFor: "ticket-code" }, "Ticket code"), code),
      h("div", { class: "actions" }, h("button", { type: "submit", class: "button primary large" }, "Check in"), camera?.button ?? null),
    ),
    camera?.video ?? null,
    byHand({ season: office.season, patience, checkIn: (ticket) => scans.add(handMark + ticket, gateName()) }),
    h("div", { class: "gate-last-scans" }, h("h3", null, "Last scans"), none, last),
    h(
      "div",
      { class: "gate-settings" },
      h("div", { class: "field" }, h("label", { htmlFor: "gate-name" }, "Gate name"), gate),
      h("div", { class: "field check" }, sound, h("label", { htmlFor: "gate-sound" }, "Sound and vibration")),
    ),
  );

  const gateName = () => gate.value.trim() || "Main";
  function keep() {
    keepSettings({ name: gateName(), sound: sound.checked });
  }

  /** Takes the result away after a while. @type {ReturnType<typeof setTimeout>|undefined} */
  let fading;
  const noises = new Noises(() => sound.checked);
  const scans = new Scans({
    season: office.season,
    now: clock.now,
    send: (scanned, name) =>
      http.call("POST", `/checkins?season=${encodeURIComponent(office.season)}`, { json: scanned.startsWith(handMark) ? { ticket: scanned.slice(handMark.length), gate: name } : { code: scanned, gate: name }, patience }),
    begun(_, waiting) {
      clearTimeout(fading);
      // Emptied first: the same words again are news again.
      for (const line of [sign, words, detail]) text(line, "");
      result.dataset.result = "checking";
      text(words, waiting ? `Checking… ${waiting} more` : "Checking…");
    },
    done(verdict) {
      result.dataset.result = verdict.result;
      clearTimeout(fading);
      fading = setTimeout(clear, shownFor[verdict.result]);
      text(sign, signs[verdict.result]);
      text(words, verdict.word);
      text(detail, verdict.detail);
      noises.make(verdict.result);
      tellOffline(verdict.offline);
      list(verdict);
    },
  });

  /** Takes the last result away, unless the next one is under way. */
  function clear() {
    clearTimeout(fading);
    if (result.dataset.result === undefined || result.dataset.result === "checking") return;
    delete result.dataset.result;
    text(sign, "");
    text(detail, "");
    text(words, "Ready to scan");
  }

  /** @param {import("../gate.js").Verdict} verdict */
  function list(verdict) {
    const at = new Date(clock.now()).toISOString();
    last.prepend(
      h(
        "li",
        { "data-result": verdict.result },
        h("time", { dateTime: at }, clockTime(at, clock.now())),
        h("span", { class: "gate-last-sign", "aria-hidden": "true" }, signs[verdict.result]),
        h("strong", null, verdict.word),
        h("span", { class: "gate-last-detail" }, verdict.detail.replaceAll("\n", " · ")),
      ),
    );
    while (last.children.length > listed) last.lastElementChild?.remove();
    show(none, false);
  }

  /** @param {boolean} away */
  function tellOffline(away) {
    show(offline, away);
    text(offline, away ? "No connection: tickets are not checked, and nobody is admitted by this page, until it is back. Keep scanning; each scan tries again." : "");
  }
  const wentOffline = () => tellOffline(true);
  const cameBack = () => tellOffline(false);

  const burst = new Burst();
  /** What had the focus after the last key: a burst does not go from field to field. @type {Element|null} */
  let typedInto = null;
  /** The text field that a burst began in, as it was before. @type {{field: HTMLInputElement, value: string}|null} */
  let before = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let settling;

  /** Gives a field back what it had before a scan was typed into it. */
  function restore() {
    if (before) before.field.value = before.value;
    before = null;
  }

  /**
   * A scanner types wherever the focus is. Its first sign brings the focus to the
   * code unless a person may be typing elsewhere; what turns out to be a scan is
   * taken from there.
   *
   * @param {KeyboardEvent} event
   */
  function catchTyping(event) {
    const written = event.key.length === 1;
    if (written && !event.getModifierState("AltGraph") && (event.ctrlKey || event.metaKey || event.altKey)) return;
    const focused = document.activeElement;
    if (focused !== typedInto) burst.forget();
    const kind = burst.press(event.key, event.timeStamp);
    clearTimeout(settling);
    typedInto = focused;
    const typesInto = focused instanceof HTMLInputElement && focused.type === "text" ? focused : null;
    if (kind === "end") {
      event.preventDefault(); // Tab would leave, and Enter press what has the focus
      const scanned = burst.scanned(focused === code ? code.value : undefined);
      burst.forget();
      restore();
      code.value = "";
      code.focus();
      scans.add(scanned, gateName());
      return;
    }
    if (kind === "none") return;
    if (kind === "first") {
      // The next person is being scanned: the last one's result is not theirs.
      clear();
      before = typesInto && typesInto !== code ? { field: typesInto, value: typesInto.value } : null;
      if (!typesInto && event.key !== " ") code.focus();
      typedInto = document.activeElement;
    }
    // A scanner that presses nothing at the end: its text is no gate's name.
    settling = setTimeout(() => {
      if (!before || !burst.isScan()) return;
      restore();
      code.value = burst.text;
      code.focus();
      burst.forget();
    }, gap);
  }

  addEventListener("keydown", catchTyping, true);
  addEventListener("offline", wentOffline);
  addEventListener("online", cameBack);
  if (!navigator.onLine) wentOffline();
  let shown = false;
  return {
    element,
    update() {
      if (shown) return;
      shown = true;
      // After the page has put the focus where it usually goes.
      setTimeout(() => element.isConnected && code.focus());
    },
    dispose() {
      removeEventListener("keydown", catchTyping, true);
      clearTimeout(settling);
      clearTimeout(fading);
      removeEventListener("offline", wentOffline);
      removeEventListener("online", cameBack);
      camera?.stop();
      noises.stop();
    },
  };
}

/** What staff hear and feel without looking. */
class Noises {
  /** @param {() => boolean} wanted */
  constructor(wanted) {
    this.wanted = wanted;
    /** @type {AudioContext|null} */
    this.audio = null;
  }

  /** @param {import("../gate.js").Result} result */
  make(result) {
    if (!this.wanted()) return;
    navigator.vibrate?.(tones[result].map(([, ms]) => ms));
    try {
      this.audio ??= new AudioContext();
      let at = this.audio.currentTime;
      for (const [hertz, ms] of tones[result]) {
        if (hertz) this.tone(this.audio, hertz, at, ms / 1000);
        at += ms / 1000;
      }
    } catch {
      // No sound here: the word and the colour have to do.
    }
  }

  /**
   * @param {AudioContext} audio
   * @param {number} hertz
   * @param {number} at
   * @param {number} seconds
   */
  tone(audio, hertz, at, seconds) {
    const source = audio.createOscillator();
    const volume = audio.createGain();
    source.type = hertz < 300 ? "square" : "sine";
    source.frequency.value = hertz;
    volume.gain.value = 0.2;
    source.connect(volume).connect(audio.destination);
    source.start(at);
    source.stop(at + seconds);
  }

  stop() {
    this.audio?.close().catch(() => {});
  }
}

/**
 * A camera that reads codes; null where the browser cannot. Reading codes is not
 * in every browser, nor in TypeScript's library.
 *
 * @param {(code: string) => void} scanned
 */
function cameraOf(scanned) {
  const Detector = /** @type {any} */ (window).BarcodeDetector;
  if (!Detector || !navigator.mediaDevices) return null;
  const video = h("video", { class: "gate-video", muted: true, playsInline: true, hidden: true, "aria-label": "Camera" });
  const button = h("button", { type: "button", class: "button large", hidden: true, onclick: press }, "Scan with the camera");
  const sight = new Sight();
  /** @type {MediaStream|null} */
  let stream = null;
  // Counts presses: a browser may ask for leave for a long time, and whatever it
  // then gives to a press that is not the last is turned off.
  let pressed = 0;
  let asking = false;
  // A browser may have the reader and no QR codes in it.
  Promise.resolve(Detector.getSupportedFormats()).then(
    (formats) => show(button, formats.includes("qr_code")),
    () => {},
  );

  function stop() {
    pressed++;
    asking = false;
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    show(video, false);
    text(button, "Scan with the camera");
  }

  async function press() {
    if (stream || asking) {
      stop();
      return;
    }
    const own = ++pressed;
    asking = true;
    text(button, "Stop the camera");
    try {
      const given = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      if (own !== pressed) {
        for (const track of given.getTracks()) track.stop();
        return;
      }
      asking = false;
      stream = given;
      video.srcObject = stream;
      show(video, true);
      await video.play();
    } catch {
      if (own !== pressed) return;
      stop();
      text(button, "The camera cannot be used: try again");
      return;
    }
    if (stream && own === pressed) read(stream, new Detector({ formats: ["qr_code"] }));
  }

  /**
   * Looks a few times a second, while this stream runs.
   *
   * @param {MediaStream} own
   * @param {any} detector
   */
  async function read(own, detector) {
    while (stream === own) {
      const found = await detector.detect(video).catch(() => []);
      for (const one of found) {
        if (stream === own && sight.sees(one.rawValue, performance.now())) scanned(one.rawValue);
      }
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  }
  return { video, button, stop };
}
