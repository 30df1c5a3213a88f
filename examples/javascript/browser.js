// The program in a browser. See README.md for how to serve the page.
// @ts-check
import { Usher, retry } from "../../clients/js/src/usher.js";
import { buyTickets } from "./buy.js";

const form = /** @type {HTMLFormElement} */ (document.querySelector("form"));
const log = /** @type {HTMLOListElement} */ (document.querySelector("ol"));
const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));

/** @param {string} text */
function say(text) {
  const line = document.createElement("li");
  line.textContent = text;
  log.append(line);
}

/** Offers the page for the payment. A browser would refuse a window that no press opened. @param {string} url */
function pay(url) {
  const link = document.createElement("a");
  link.href = url;
  link.target = "_blank";
  link.textContent = "Go to the payment page";
  const line = document.createElement("li");
  line.append(link);
  log.append(line);
}

// ?url= names another server.
const asked = new URLSearchParams(location.search).get("url");
if (asked) form.url.value = asked;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  log.replaceChildren();
  const name = form.elements.namedItem("name");
  const fan = /** @type {HTMLInputElement} */ (name).value;
  // The sign-in answers with a cookie, which also opens the socket: no token is needed.
  const usher = new Usher({ url: form.url.value });
  try {
    await retry(() => usher.signInDev({ email: `${fan.toLowerCase().replaceAll(" ", ".")}@fans.example`, name: fan }));
    await buyTickets(usher, { say, pay, card: "tok_ok" });
  } catch (thrown) {
    const problem = /** @type {import("../../clients/js/src/usher.js").Problem} */ (thrown);
    say(`no ticket: ${problem.code} ${problem.message}`);
  } finally {
    button.disabled = false;
  }
});
