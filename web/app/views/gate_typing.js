// @ts-check
import { Burst, gap } from "../scanner_burst.js";

/**
 * Catches a hand scanner, which types wherever the focus is. Its first character
 * moves the focus to the code's field unless a person may be typing elsewhere. A
 * burst that turns out to be a scan is taken out of the field it was typed into.
 *
 * @param {object} o
 * @param {HTMLInputElement} o.code the field for codes
 * @param {() => void} o.began a scan may have begun
 * @param {(code: string) => void} o.scanned
 * @returns {() => void} stops catching
 */
export function catchScanner({ code, began, scanned }) {
  const burst = new Burst();
  /** What had the focus after the last key: a burst stays in one field. @type {Element|null} */
  let typedInto = null;
  /** The text field that a burst began in, and its value before. @type {{field: HTMLInputElement, value: string}|null} */
  let before = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let settling;

  /** Gives a field back the value that it had before a scan was typed into it. */
  function restore() {
    if (before) before.field.value = before.value;
    before = null;
  }

  /** @param {KeyboardEvent} event */
  function keydown(event) {
    const isCharacter = event.key.length === 1;
    if (isCharacter && !event.getModifierState("AltGraph") && (event.ctrlKey || event.metaKey || event.altKey)) return;
    const focused = document.activeElement;
    if (focused !== typedInto) burst.forget();
    const kind = burst.press(event.key, event.timeStamp);
    clearTimeout(settling);
    typedInto = focused;
    const field = focused instanceof HTMLInputElement && focused.type === "text" ? focused : null;
    if (kind === "end") {
      event.preventDefault(); // Tab would leave the field, and Enter press a focused button
      const scan = burst.scanned(focused === code ? code.value : undefined);
      burst.forget();
      restore();
      code.value = "";
      code.focus();
      scanned(scan);
      return;
    }
    if (kind === "none") return;
    if (kind === "first") {
      began();
      before = field && field !== code ? { field, value: field.value } : null;
      if (!field && event.key !== " ") code.focus();
      typedInto = document.activeElement;
    }
    // A scanner may send no Enter or Tab: its text still belongs into the code's field.
    settling = setTimeout(() => {
      if (!before || !burst.isScan()) return;
      restore();
      code.value = burst.text;
      code.focus();
      burst.forget();
    }, gap);
  }

  addEventListener("keydown", keydown, true);
  return () => {
    removeEventListener("keydown", keydown, true);
    clearTimeout(settling);
  };
}
