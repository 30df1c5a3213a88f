// @ts-check
/** Calls a fan back to the page when the turn comes: a notification, a shake, a soft chime. */

/**
 * off: nothing was asked; on: notifications are shown; refused: the browser does
 * not allow them; sound: there are none here, and a sound is made instead; silent:
 * neither is there.
 *
 * @typedef {"off"|"on"|"refused"|"sound"|"silent"} Standing
 */

/** @type {AudioContext|null} */
let audio = null;

/** @type {Promise<ServiceWorkerRegistration|null>|null} */
let worker = null;

/**
 * The service worker: Android shows notifications through it alone, and so do
 * iPhones, once the page is on the home screen.
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

/** @returns {Standing} */
export function standing() {
  if (!known()) return "off";
  if (Notification.permission === "denied") return "refused";
  return "off";
}

/**
 * Must be called from a press: browsers give sound and permission only then.
 *
 * @returns {Promise<Standing>}
 */
export async function allow() {
  const sound = canSound();
  if (!known()) return sound ? "sound" : "silent";
  // Older Safari answers by a callback.
  const permission = await new Promise((resolve) => {
    const asked = Notification.requestPermission(resolve);
    asked?.then?.(resolve);
  });
  if (permission !== "granted") return "refused";
  if (await registered()) return "on";
  return canConstruct() ? "on" : sound ? "sound" : "silent";
}

/** Whether a page may show notifications by itself: on phones trying throws. */
function canConstruct() {
  try {
    new Notification("Usher", { body: "You will be called like this.", tag: "usher-turn" }).close();
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
    // Refused after all: the title, the sound and the page itself tell.
  }
}

/** The turn is over or taken: what calls for it is put away. */
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
