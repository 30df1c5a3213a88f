// @ts-check
/** Calls a fan back to the page when the turn comes: a notification, a shake, a soft chime. */

/** @type {AudioContext|null} */
let audio = null;

/** @returns {"off"|"on"|"refused"} */
export function standing() {
  if (!("Notification" in window)) return "off";
  if (Notification.permission === "denied") return "refused";
  return "off";
}

/**
 * Must be called from a press: browsers give sound and permission only then.
 *
 * @returns {Promise<"on"|"refused">}
 */
export async function allow() {
  audio ??= new AudioContext();
  audio.resume();
  if (!("Notification" in window)) return "on";
  return (await Notification.requestPermission()) === "granted" ? "on" : "refused";
}

/**
 * @param {string} title
 * @param {string} body
 */
export function call(title, body) {
  navigator.vibrate?.([180, 90, 180]);
  chime();
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  try {
    const note = new Notification(title, { body, tag: "usher-turn", requireInteraction: true });
    note.onclick = () => {
      window.focus();
      note.close();
    };
  } catch {
    // Some phones allow notifications only to service workers.
  }
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
