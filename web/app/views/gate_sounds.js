// @ts-check
import { tones } from "../gate_outcome.js";

/** Plays the tones of an outcome and vibrates, so that staff need not look. */
export class GateSounds {
  /** @param {() => boolean} wanted */
  constructor(wanted) {
    this.wanted = wanted;
    /** @type {AudioContext|null} */
    this.audio = null;
  }

  /** @param {import("../gate_outcome.js").Result} result */
  play(result) {
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
      // This device has no sound: the word and the colour remain.
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
