// @ts-check
import { h, text } from "../dom.js";
import { when } from "../format.js";
import * as clock from "../clock.js";
import * as http from "../http.js";
import { explain } from "../explain.js";

/**
 * The gate: codes typed, scanned by a hand scanner (which types), or by camera
 * where the browser can read codes.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("./view.js").View}
 */
export function gateView(office) {
  const code = h("input", { type: "text", id: "ticket-code", autocomplete: "off", spellcheck: false, required: true });
  const gate = h("input", { type: "text", id: "gate-name", value: "Main", maxLength: 32 });
  const words = h("p", { class: "gate-words" });
  const detail = h("p", { class: "lead" });
  const result = h("div", { class: "gate-result", role: "status", "aria-label": "Result" }, words, detail);
  const video = h("video", { class: "gate-video", muted: true, playsInline: true, hidden: true });
  const scan = h("button", { type: "button", class: "button", hidden: true }, "Scan with the camera");
  const element = h(
    "section",
    { class: "card gate" },
    h("h2", { class: "display" }, "Gate"),
    h(
      "form",
      {
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          checkIn(code.value.trim());
        },
      },
      h("div", { class: "field" }, h("label", { htmlFor: "gate-name" }, "Gate name"), gate),
      h("div", { class: "field" }, h("label", { htmlFor: "ticket-code" }, "Ticket code"), code),
      h("div", { class: "actions" }, h("button", { type: "submit", class: "button primary large" }, "Check in"), scan),
    ),
    video,
    result,
  );

  /** @param {string} scanned */
  async function checkIn(scanned) {
    result.dataset.result = "";
    text(words, "");
    text(detail, "");
    try {
      const season = encodeURIComponent(office.season);
      const answer = await http.call("POST", `/checkins?season=${season}`, { json: { code: scanned, gate: gate.value.trim() } });
      result.dataset.result = answer.result;
      const seat = answer.ticket ? `${answer.ticket.seatNumber}, ${answer.ticket.category}, ${answer.ticket.holder}` : "";
      switch (answer.result) {
        case "admitted":
          text(words, "Admitted");
          text(detail, seat);
          break;
        case "already_admitted":
          text(words, "Already admitted");
          text(detail, `${seat} · at ${when(answer.admittedAt, clock.now())}${answer.gate ? `, gate ${answer.gate}` : ""}`);
          break;
        default:
          text(words, "Not valid");
          text(detail, answer.result === "void" ? `${seat} · this ticket was given back` : "This is no ticket of this sale");
      }
    } catch (problem) {
      result.dataset.result = "invalid";
      text(words, "Not checked");
      const fault = /** @type {http.Problem} */ (problem);
      text(detail, fault.code === "not_found" ? "This server does not check tickets in." : explain(fault));
    }
    code.select();
  }

  // Reading codes is not in every browser, nor in TypeScript's library.
  const Detector = /** @type {any} */ (window).BarcodeDetector;
  /** @type {MediaStream|null} */
  let stream = null;
  let timer = 0;
  function stop() {
    clearInterval(timer);
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.hidden = true;
    text(scan, "Scan with the camera");
  }
  if (Detector && navigator.mediaDevices) {
    scan.hidden = false;
    scan.onclick = async () => {
      if (stream) {
        stop();
        return;
      }
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      } catch {
        text(detail, "The camera cannot be used here.");
        return;
      }
      text(scan, "Stop scanning");
      video.srcObject = stream;
      video.hidden = false;
      await video.play();
      const detector = new Detector({ formats: ["qr_code"] });
      let last = "";
      timer = setInterval(async () => {
        const [found] = await detector.detect(video).catch(() => []);
        if (!found || found.rawValue === last) return;
        last = found.rawValue;
        code.value = last;
        checkIn(last);
      }, 250);
    };
  }
  return { element, update() {}, dispose: stop };
}
