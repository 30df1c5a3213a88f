// @ts-check
/**
 * Adds a style sheet of the app to the page, once. A view that not every visitor sees
 * has rules of its own, which its module adds.
 *
 * @param {string} name of a file beside this one
 */
export function addStyles(name) {
  const { href } = new URL(name, import.meta.url);
  if ([...document.querySelectorAll("link")].some((link) => link.href === href)) return;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = href;
  document.head.append(link);
}
