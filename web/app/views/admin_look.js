// @ts-check
import { h, show, text } from "../dom.js";
import { explain } from "../explain.js";
import { look as texts } from "../texts/chosen_work.js";
import * as http from "../http.js";

/** How long the page waits after a key before it asks for a preview, in ms. */
const pause = 250;

/** @typedef {import("../../../clients/js/wire.js").AdminLook} AdminLook */

/**
 * The organiser's look: accent, text and logo, with a preview in light and dark. What is
 * typed is shown at once, and the server says which colours follow and whether they can be
 * read.
 *
 * @param {string} base the path of the season
 */
export function lookView(base) {
  linkStyle();
  const path = `${base}/look`;
  const accent = h("input", { type: "text", id: "look-accent", maxLength: 7, autocomplete: "off", spellcheck: false, placeholder: "#5b3fa8", "aria-describedby": "look-accent-said" });
  const picker = h("input", { type: "color", "aria-label": texts.picker, value: "#5b3fa8" });
  const accentSaid = h("p", { class: "fine", id: "look-accent-said", role: "status" }, texts.accentHint);
  const words = h("textarea", { id: "look-text", maxLength: 1000, dir: "auto", "aria-describedby": "look-text-hint" });
  const alt = h("input", { type: "text", id: "look-alt", maxLength: 120, autocomplete: "off" });
  const file = h("input", { type: "file", id: "look-logo", accept: ".svg,.png,image/svg+xml,image/png", "aria-describedby": "look-logo-hint" });
  const remove = h("button", { type: "button", class: "button quiet", hidden: true, onclick: () => change("DELETE", `${path}/logo`, texts.logoRemoved) }, texts.removeLogo);
  const said = h("p", { class: "note", role: "status", hidden: true });
  const samples = /** @type {const} */ (["light", "dark"]).map((scheme) => ({ scheme, ...sampleOf(scheme) }));
  const element = h(
    "section",
    { class: "card" },
    h("h3", null, texts.title),
    h(
      "form",
      {
        class: "look-form",
        oninput: () => (typed = true),
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          change("PUT", path, texts.saved, { json: { accent: accent.value.trim(), waitingText: words.value, logoAlt: alt.value } });
        },
      },
      h("div", { class: "field" }, h("label", { htmlFor: "look-accent" }, texts.accent), h("div", { class: "look-color" }, picker, accent), accentSaid),
      h("div", { class: "field" }, h("label", { htmlFor: "look-text" }, texts.text), words, h("p", { class: "fine", id: "look-text-hint" }, texts.textHint)),
      h("div", { class: "field" }, h("label", { htmlFor: "look-logo" }, texts.logo), file, h("p", { class: "fine", id: "look-logo-hint" }, texts.logoHint)),
      h("div", { class: "field" }, h("label", { htmlFor: "look-alt" }, texts.alt), alt),
      h("div", { class: "look-samples", role: "group", "aria-label": texts.preview }, ...samples.map((sample) => sample.element)),
      h("div", { class: "actions" }, h("button", { type: "submit", class: "button primary" }, texts.save), remove),
      said,
    ),
  );
  let asked = 0;
  let typed = false; // what the organiser typed before the look was read must stay
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;

  accent.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(tryAccent, pause);
  });
  picker.addEventListener("input", () => {
    accent.value = picker.value;
    clearTimeout(timer);
    timer = setTimeout(tryAccent, pause);
  });
  words.addEventListener("input", drawText);
  file.addEventListener("change", async () => {
    const picture = file.files?.[0];
    if (!picture) return;
    const type = picture.type === "image/png" ? "image/png" : "image/svg+xml";
    const answer = await change("PUT", `${path}/logo`, texts.logoSaved, { body: picture, type });
    if (answer?.removed.length) say(texts.logoSavedWithout(answer.removed.join(", ")));
    file.value = "";
  });

  /** @param {string} what */
  function say(what) {
    show(said, what !== "");
    text(said, what);
  }

  function drawText() {
    for (const sample of samples) {
      text(sample.words, words.value.trim());
      show(sample.words, words.value.trim() !== "");
    }
  }

  /** @param {AdminLook["colors"]} colors */
  function drawColors(colors) {
    for (const sample of samples) {
      const own = colors?.[sample.scheme];
      // The policy of the page forbids style attributes, and allows scripts to set properties.
      for (const [name, value] of [["--accent", own?.accent], ["--on-accent", own?.on], ["--tint", own?.tint]]) {
        if (value) sample.element.style.setProperty(/** @type {string} */ (name), value);
        else sample.element.style.removeProperty(/** @type {string} */ (name));
      }
      text(sample.contrast, own ? texts.contrast(own.contrast) : "");
    }
    if (colors) picker.value = colors.light.accent;
  }

  /** @param {AdminLook} answer */
  function draw(answer) {
    const { look, colors } = answer;
    accent.value = look.accent ?? "";
    words.value = look.text ?? "";
    if (look.logo) alt.value = look.logo.alt;
    drawColors(colors);
    drawText();
    text(accentSaid, texts.accentHint);
    show(remove, look.logo !== null);
    for (const { logo } of samples) {
      show(logo, look.logo !== null);
      if (look.logo && logo.getAttribute("src") !== look.logo.url) logo.src = look.logo.url;
      logo.alt = look.logo?.alt ?? "";
    }
  }

  async function tryAccent() {
    const ask = ++asked;
    try {
      /** @type {AdminLook} */
      const answer = await http.get(`${path}?accent=${encodeURIComponent(accent.value.trim())}`);
      if (ask !== asked) return;
      drawColors(answer.colors);
      accent.removeAttribute("aria-invalid");
      text(accentSaid, answer.colors ? texts.accentGood(answer.colors.light.contrast, answer.colors.dark.contrast) : texts.accentHint);
    } catch (problem) {
      if (ask !== asked) return;
      accent.setAttribute("aria-invalid", "true");
      text(accentSaid, reasonOf(problem));
    }
  }

  /**
   * @param {string} method
   * @param {string} where
   * @param {string} done
   * @param {{json?: unknown, body?: BodyInit, type?: string}} [content]
   * @returns {Promise<AdminLook|null>}
   */
  async function change(method, where, done, content) {
    const unsaved = where === path ? null : { accent: accent.value, words: words.value, alt: alt.value };
    try {
      const answer = await http.call(method, where, content);
      asked++;
      draw(answer);
      if (unsaved) {
        // A logo is saved by itself: what is typed and not saved yet stays.
        [accent.value, words.value, alt.value] = [unsaved.accent, unsaved.words, unsaved.alt];
        drawText();
        tryAccent();
      }
      say(done);
      return answer;
    } catch (problem) {
      say(reasonOf(problem));
      return null;
    }
  }

  async function read() {
    try {
      const answer = await http.get(path);
      if (!typed) draw(answer);
    } catch (problem) {
      say(reasonOf(problem));
    }
  }

  read();
  return { element };
}

/** @param {unknown} problem */
function reasonOf(problem) {
  const fault = /** @type {http.Problem} */ (problem);
  return fault.detail || explain(fault);
}

/** @param {"light"|"dark"} scheme */
function sampleOf(scheme) {
  const logo = h("img", { class: "logo", alt: "", hidden: true });
  const words = h("p", { class: "waiting-text", dir: "auto", hidden: true });
  const contrast = h("p", { class: "fine" });
  const element = h(
    "div",
    { class: "look-sample", role: "group", "aria-label": texts.schemes[scheme] },
    h("p", { class: "eyebrow" }, texts.schemes[scheme]),
    logo,
    h("p", { class: "place", "aria-hidden": "true" }, "42"),
    words,
    h("span", { class: "sample-button", "aria-hidden": "true" }, texts.sampleButton),
    contrast,
  );
  element.dataset.scheme = scheme;
  return { element, logo, words, contrast };
}

/** Links the style sheet of this section, which the fan's page needs only with a look. */
function linkStyle() {
  const href = new URL("../look.css", import.meta.url).href;
  if (!document.querySelector(`link[href="${href}"], link[href="${new URL(href).pathname}"]`)) document.head.append(h("link", { rel: "stylesheet", href }));
}
