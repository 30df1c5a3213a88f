// @ts-check
import { h, show, text } from "../dom.js";
import { Sight } from "../gate_scans.js";
import { gate as texts } from "../texts/chosen_work.js";

/** The pause between two looks through the camera, in ms. */
const pause = 150;

/** The pause between two images that the server reads, in ms. */
const serverPause = 350;

/** The longest side of an image for the server, in pixels. A code needs no more. */
const longestSide = 900;

/**
 * A camera that reads codes; null where there is none. Not every browser can read
 * codes, and TypeScript's library does not know how; the others ask the server.
 *
 * @param {object} o
 * @param {(code: string) => void} o.scanned
 * @param {(image: Blob) => Promise<string|null>} o.ask the server reads an image
 * @param {() => void} o.away the server cannot be reached
 * @param {() => void} o.reached
 */
export function gateCamera({ scanned, ask, away, reached }) {
  const Detector = /** @type {any} */ (window).BarcodeDetector;
  if (!navigator.mediaDevices) return null;
  const video = h("video", { class: "gate-video", muted: true, playsInline: true, hidden: true, "aria-label": texts.camera });
  const button = h("button", { type: "button", class: "button large", hidden: true, onclick: press }, texts.scan);
  const sight = new Sight();
  /** @type {MediaStream|null} */
  let stream = null;
  // Counts presses. A browser may ask for permission for a long time, and a stream
  // for any press but the last is turned off.
  let pressed = 0;
  let asking = false;
  // A browser may have the detector but not read QR codes.
  let detects = false;
  Promise.resolve(Detector?.getSupportedFormats() ?? [])
    .then((/** @type {string[]} */ formats) => (detects = formats.includes("qr_code")), () => {})
    .then(() => show(button, true));

  function stop() {
    pressed++;
    asking = false;
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    show(video, false);
    text(button, texts.scan);
  }

  async function press() {
    if (stream || asking) {
      stop();
      return;
    }
    const own = ++pressed;
    asking = true;
    text(button, texts.stop);
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
      text(button, texts.noCamera);
      return;
    }
    if (stream && own === pressed) read(stream, detects ? reader(new Detector({ formats: ["qr_code"] })) : serverReader());
  }

  /**
   * @param {any} detector
   * @returns {() => Promise<string[]>}
   */
  const reader = (detector) => async () => (await detector.detect(video)).map((/** @type {any} */ one) => one.rawValue);

  /** Sends what the camera sees to the server, one image at a time. @returns {() => Promise<string[]>} */
  function serverReader() {
    const canvas = document.createElement("canvas");
    return async () => {
      const scale = Math.min(1, longestSide / Math.max(video.videoWidth, video.videoHeight, 1));
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      const paint = canvas.getContext("2d");
      if (!paint || !canvas.width || !canvas.height) return [];
      paint.drawImage(video, 0, 0, canvas.width, canvas.height);
      const image = await new Promise((/** @type {(image: Blob|null) => void} */ resolve) => canvas.toBlob(resolve, "image/jpeg", 0.7));
      if (!image) return [];
      try {
        const code = await ask(image);
        reached();
        return code ? [code] : [];
      } catch (thrown) {
        const problem = /** @type {import("../http.js").Problem} */ (thrown);
        if (problem.code !== "rate_limited") away();
        await new Promise((resolve) => setTimeout(resolve, problem.retryAfterMs ?? 1000));
        return [];
      }
    };
  }

  /**
   * Looks for codes a few times a second, while this stream runs.
   *
   * @param {MediaStream} own
   * @param {() => Promise<string[]>} look
   */
  async function read(own, look) {
    while (stream === own) {
      const found = await look().catch(() => []);
      for (const code of found) {
        if (stream === own && sight.sees(code, performance.now())) scanned(code);
      }
      await new Promise((resolve) => setTimeout(resolve, detects ? pause : serverPause));
    }
  }
  return { video, button, stop };
}
