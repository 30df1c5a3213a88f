// @ts-check
import { h } from "../dom.js";
import { inLanguage, languages } from "../language.js";
import { page } from "../texts/chosen.js";

/**
 * The page's foot: links to this page in other languages. The page loads again; a
 * place in the line, held seats and a purchase outlast that.
 */
export function languageSwitch() {
  const links = Object.entries(languages).map(([tag, name]) => {
    const here = tag === document.documentElement.lang ? "true" : null;
    const link = h("a", { lang: tag, hreflang: tag, href: inLanguage(tag), "aria-current": here }, h("bdi", null, name));
    // The part behind the hash may have changed since.
    link.addEventListener("click", () => (link.href = inLanguage(tag)));
    return link;
  });
  return h("footer", { class: "foot" }, h("nav", { "aria-label": page.language }, ...links));
}
