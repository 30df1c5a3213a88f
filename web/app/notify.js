// @ts-check
import * as storage from "./storage.js";
import { notifications } from "./texts/chosen.js";

/** Calls a fan back to the page when the turn comes: by a notification, a vibration and a soft chime. */

/**
 * off: the user was not asked; on: the browser shows notifications, and the page plays a
 * sound; refused: it does not allow them; sound: it has none, and the page plays a sound
 * instead; silent: it has neither. After a reload a sound needs a press: quiet is on, and
 * press is sound, without it so far.
 *
 * @typedef {"off"|"on"|"quiet"|"refused"|"sound"|"press"|"silent"} NotifyState
 */

/** @type {AudioContext|null} */
let audio = null;

/** @type {Promise<ServiceWorkerRegistration|null>|null} */
let worker = null;

/**
 * The service worker. Android shows notifications only through it, and so do
 * iPhones once the page is on the home screen.
 *
 * @returns {Promise<ServiceWorkerRegistration|null>} null where there is none
 */
function registered() {
  worker ??= (async () => {
    if (!("serviceWorker" in navigator)) return null;
    try {
      await navigator.serviceWorker.register("/worker.js");
      return await Promise.race([navigator.serviceWorker.ready, later(10_000)]);
    } catch {
      return null;
    }
  })();
  return worker;
}

/** @param {number} ms @returns {Promise<null>} */
const later = (ms) => new Promise((resolve) => setTimeout(() => resolve(null), ms));

const known = () => "Notification" in window;

/** @returns {NotifyState} */
export function notifyState() {
  if (!known()) return "off";
  if (Notification.permission === "denied") return "refused";
  return "off";
}

/** Whether the fan is called, so that the button ends it. @param {NotifyState} state */
export const calls = (state) => state === "on" || state === "quiet" || state === "sound" || state === "press";

/** Ends calling. @returns {NotifyState} */
export function stop() {
  storage.keepCalling({ ...storage.calling(), notify: false });
  audio?.close().catch(() => {});
  audio = null;
  return notifyState();
}

/**
 * Takes the choice of an earlier visit up again.
 *
 * @param {(state: NotifyState) => void} changed called when a press has made sounds possible
 * @returns {Promise<NotifyState>}
 */
export async function recall(changed) {
  if (!storage.calling().notify) return notifyState();
  const shows = known() && Notification.permission === "granted" && ((await registered()) !== null || canConstruct());
  if (known() && !shows) return notifyState();
  const heard = new AbortController();
  const pressed = () => {
    heard.abort();
    if (storage.calling().notify && canSound()) changed(shows ? "on" : "sound");
  };
  // Browsers give sound only from a press.
  for (const name of ["click", "keydown"]) addEventListener(name, pressed, { signal: heard.signal, capture: true });
  return shows ? "quiet" : "press";
}

/** Shows and plays once what a call is like. */
export function rehearse() {
  call(notifications.trial.title, notifications.trial.body);
  setTimeout(done, 6000);
}

/**
 * Asks for permission. Must be called from a click: browsers give sound and permission only then.
 *
 * @returns {Promise<NotifyState>}
 */
export async function allow() {
  const sound = canSound();
  const state = await permitted(sound);
  storage.keepCalling({ ...storage.calling(), notify: calls(state) });
  return state;
}

/** @param {boolean} sound @returns {Promise<NotifyState>} */
async function permitted(sound) {
  if (!known()) return sound ? "sound" : "silent";
  // Older Safari versions answer by a callback.
  const permission = await new Promise((resolve) => {
    const asked = Notification.requestPermission(resolve);
    asked?.then?.(resolve);
  });
  if (permission !== "granted") return "refused";
  if (await registered()) return "on";
  return canConstruct() ? "on" : sound ? "sound" : "silent";
}

/** Whether a page may show notifications without a service worker: on phones the attempt throws. */
function canConstruct() {
  try {
    new Notification(notifications.trial.title, { body: notifications.trial.body, tag: "usher-turn" }).close();
    return true;
  } catch {
    return false;
  }
}

function canSound() {
  try {
    audio ??= new AudioContext();
    audio.resume();
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {string} title
 * @param {string} body
 */
export async function call(title, body) {
  navigator.vibrate?.([180, 90, 180]);
  chime();
  if (!known() || Notification.permission !== "granted") return;
  const options = { body, tag: "usher-turn", requireInteraction: true, data: { url: location.pathname + location.search } };
  const through = await registered();
  try {
    if (through) {
      await through.showNotification(title, options);
      return;
    }
    const note = new Notification(title, options);
    note.onclick = () => {
      window.focus();
      note.close();
    };
  } catch {
    // Refused after all: the title, the sound and the page itself say it.
  }
}

/** Closes the notification when the turn is over or taken. */
export async function done() {
  if (!worker) return;
  const notes = (await (await worker)?.getNotifications({ tag: "usher-turn" })) ?? [];
  for (const note of notes) note.close();
}

/** The turn is nearly over: calls once more a fan who does not look. */
export function again() {
  if (!document.hidden) return;
  navigator.vibrate?.([180, 90, 180, 90, 360]);
  chime();
}

function chime() {
  if (!audio || audio.state !== "running") return;
  const start = audio.currentTime;
  for (const [i, frequency] of [659.25, 880].entries()) {
    const at = start + i * 0.22;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.12, at + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.8);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.85);
  }
}
