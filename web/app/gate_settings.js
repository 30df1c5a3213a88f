// @ts-check
import { gate as texts } from "./texts/chosen_work.js";

const key = "usher.gate";

/** @returns {{name: string, sound: boolean}} what this device was last set to */
export function settings() {
  const usual = { name: texts.main, sound: true };
  try {
    return { ...usual, ...JSON.parse(localStorage.getItem(key) ?? "{}") };
  } catch {
    return usual;
  }
}

/** @param {{name: string, sound: boolean}} settings */
export function keepSettings(settings) {
  try {
    localStorage.setItem(key, JSON.stringify(settings));
  } catch {
    // A private window keeps nothing: the gate works without it.
  }
}
