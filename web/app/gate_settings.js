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

const staffKey = "usher.gate.staff";

/**
 * Remembers who works at this gate, so that the page opens without a network. It gives
 * no rights: the server asks for the session.
 *
 * @param {import("../../clients/js/wire.js").User|null} user null forgets
 */
export function rememberStaff(user) {
  try {
    if (user) localStorage.setItem(staffKey, JSON.stringify(user));
    else localStorage.removeItem(staffKey);
  } catch {
    // As above.
  }
}

/** @returns {import("../../clients/js/wire.js").User|null} */
export function rememberedStaff() {
  try {
    const user = JSON.parse(localStorage.getItem(staffKey) ?? "null");
    return Array.isArray(user?.roles) ? user : null;
  } catch {
    return null;
  }
}
