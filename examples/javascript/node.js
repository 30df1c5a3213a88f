// The program in Node 22 or later:
//
//	node examples/javascript/node.js
//
// Environment: USHER_URL (http://localhost:8080), USHER_TOKEN (a session token; left
// out, the program signs in at usher-dev as USHER_NAME), USHER_SEASON (the default
// season), USHER_CARD (tok_ok).
import { Usher, retry } from "../../clients/js/src/usher.js";
import { buyTickets } from "./buy.js";

const { USHER_URL = "http://localhost:8080", USHER_TOKEN = "", USHER_SEASON = "", USHER_NAME = "Node", USHER_CARD = "tok_ok" } = process.env;
const usher = new Usher({ url: USHER_URL, season: USHER_SEASON, token: USHER_TOKEN });
try {
  if (!USHER_TOKEN) {
    const email = `${USHER_NAME.toLowerCase().replaceAll(" ", ".")}@fans.example`;
    await retry(() => usher.signInDev({ email, name: USHER_NAME }));
  }
  await buyTickets(usher, { say: console.log, card: USHER_CARD, pay: (url) => console.log(`pay at ${url}`) });
} catch (problem) {
  console.error(`no ticket: ${problem.code} ${problem.message}`);
  process.exitCode = 1;
}
