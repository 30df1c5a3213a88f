// @ts-check
import * as notify from "./notify.js";
import { BoxOffice } from "./box_office.js";
import { blank } from "./line_memory.js";
import { screenState } from "./screen_lock.js";
import { returnAddress } from "./return_to.js";
import { Store } from "./store.js";
import { signIn } from "./texts/chosen.js";
import { shell } from "./views/shell.js";

/** @param {string} name */
function meta(name) {
  return document.querySelector(`meta[name="usher:${name}"]`)?.getAttribute("content") ?? "";
}

const query = new URLSearchParams(location.search);
const signInFailed = query.get("signin") === "failed";
if (signInFailed) {
  query.delete("signin");
  history.replaceState(null, "", location.pathname + (String(query) ? `?${query}` : "") + location.hash);
}

const transaction = query.get("transaction") ?? "";
if (transaction) {
  // A reload must not show the outcome once more.
  query.delete("transaction");
  history.replaceState(null, "", location.pathname + (String(query) ? `?${query}` : "") + location.hash);
}

const [siteKey, script] = meta("challenge").split(" ");

/** @type {import("./types/app.js").Config} */
const config = { signIns: JSON.parse(meta("sign-ins") || '[["/auth/google",null]]'), season: query.get("season") || meta("season"), payments: meta("payments"), session: meta("session") !== "", transaction: /^[0-9a-f]{24}$/.test(transaction) ? transaction : "", returnTo: returnAddress(location.search, meta("return-origins")), challenge: script ? { siteKey, script } : null };

function start() {
  const route = () => location.hash.replace(/^#\/?/, "");

  const store = new Store({
    config,
    path: location.pathname,
    route: route(),
    phase: "starting",
    connection: "reconnecting",
    heardAt: 0,
    season: null,
    sale: null,
    user: null,
    status: null,
    lastPosition: null,
    memory: blank,
    out: null,
    challenge: null,
    joining: false,
    cart: null,
    asking: new Set(),
    paying: "none",
    payPage: null,
    done: null,
    tickets: null,
    ticketSeasons: {},
    ticketsAsOf: 0,
    unsettled: [],
    purchases: [],
    notice: signInFailed ? { kind: "error", text: signIn.failed } : null,
    notify: notify.notifyState(),
    screen: screenState(),
    highest: null,
    found: null,
    seatsReady: false,
  });
  const office = new BoxOffice(store);
  shell(office, config);
  // The Back button after a sign-in shows the old page: only a reload knows the session.
  addEventListener("pageshow", (event) => event.persisted && store.state.phase === "signedOut" && location.reload());
  addEventListener("hashchange", () => store.set({ route: route() }));
  office.start();
}

if (location.pathname === "/draw") import("./views/draw_page.js").then(({ drawPage }) => drawPage(config));
else start();
