// @ts-check
import { notifications } from "./texts/chosen.js";

/** Calls a fan back to the page when the turn comes: by a notification, a vibration and a soft chime. */

/**
 * off: the user was not asked; on: the browser shows notifications; refused: it does
 * not allow them; sound: it has none, and the page plays a sound instead; silent: it
 * has neither.
 *
 * @typedef {"off"|"on"|"refused"|"sound"|"silent"} NotifyState
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

/**
 * Asks for permission. Must be called from a click: browsers give sound and permission only then.
 *
 * @returns {Promise<NotifyState>}
 */
export async function allow() {
  const sound = canSound();
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
