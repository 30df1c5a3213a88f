// @ts-check
import { h, show, text } from "../dom.js";
import { Sight } from "../gate_scans.js";
import { gate as texts } from "../texts/chosen_work.js";

/** The pause between two looks through the camera, in ms. */
const pause = 150;

/**
 * A camera that reads codes; null where the browser cannot. Not every browser can
 * read codes, and TypeScript's library does not know how.
 *
 * @param {(code: string) => void} scanned
 */
export function gateCamera(scanned) {
  const Detector = /** @type {any} */ (window).BarcodeDetector;
  if (!Detector || !navigator.mediaDevices) return null;
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
    if (stream && own === pressed) read(stream, new Detector({ formats: ["qr_code"] }));
  }

  /**
   * Looks for codes a few times a second, while this stream runs.
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
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return { video, button, stop };
}
