// @ts-check
/**
 * The address in ?return=, to which the page sends an active fan on. Only an origin that
 * the server lists is followed: any other would let a link with this site's name lead to
 * a foreign page.
 */

/**
 * @param {string} search the page's query, as location.search
 * @param {string} listed the origins to follow, separated by spaces
 * @returns {string} the address; "" if there is none to follow
 */
export function returnAddress(search, listed) {
  const asked = new URLSearchParams(search).get("return") ?? "";
  // Browsers read a backslash as a slash, and drop tabs and newlines; a listed shop needs neither.
  // eslint-disable-next-line no-control-regex
  if (!/^https?:\/\/[^\\\s\u0000-\u0020]+$/i.test(asked)) return "";
  let address;
  try {
    address = new URL(asked);
  } catch {
    return "";
  }
  const named = address.username !== "" || address.password !== "";
  const origins = listed.split(" ").filter(Boolean).map((origin) => origin.toLowerCase());
  return !named && origins.includes(address.origin) ? address.href : "";
}
