// @ts-check
import { focus, h, show, text } from "../dom.js";
import { TabIcon } from "../tab_icon.js";
import { logo } from "../look.js";
import { page as texts, sessions } from "../texts/chosen.js";
import { announcers } from "./announcer.js";
import { eventFacts } from "./event_facts.js";
import { openingOf } from "./gathering.js";
import { languageSwitch } from "./language_switch.js";
import { LeaveQuestion } from "./leave_question.js";
import { lineView } from "./line.js";
import { liveActs } from "./live_acts.js";
import { outsideView } from "./line_outside.js";
import { noticeView } from "./notice.js";
import { OnDemand } from "./on_demand.js";
import { returnBar } from "./return_bar.js";
import { mayWork, workPage } from "./work_page.js";
import { saleOf, saleStateView } from "./sale_state.js";
import { showCancelledView } from "./show_cancelled.js";
import { signedOutView } from "./signed_out.js";
import { turnView } from "./turn.js";
import { TurnCall, hasTurn } from "./turn_call.js";
import { replacedView } from "./window_replaced.js";

/** @typedef {import("../types/app.js").State} State */

/** How long the page may take to start before it says why, in ms. */
const soon = 8000;

/** Takes away what the page shows before its first view. */
export function started() {
  document.getElementById("first")?.remove();
}

/** @returns {import("../types/app.js").View} */
function startingView() {
  const words = h("p", { class: "starting", role: "status" }, texts.moment);
  const began = Date.now();
  let reached = true;
  return {
    element: words,
    update(state) {
      reached = state.connection === "live" || state.connection === "polling";
    },
    tick() {
      const late = !reached && Date.now() - began > soon;
      if (late) started();
      text(words, late ? texts.unreachable : texts.moment);
    },
  };
}

/**
 * Which view a state shows.
 *
 * @param {State} state
 */
function viewOf(state) {
  if (state.phase === "starting") return "starting";
  if (state.phase === "signedOut") return "signedOut";
  if (state.path === "/admin") return workPage(state, "admin");
  if (state.path === "/gate") return workPage(state, "gate");
  if (state.path === "/desk") return workPage(state, "desk");
  if (state.route === "tickets") return "tickets";
  if (state.route === "account") return "account";
  if (state.connection === "replaced") return "replaced";
  if (saleOf(state)?.cancelled) return "cancelled";
  switch (state.status?.state) {
    case undefined:
      return "starting";
    case "none":
      if (state.challenge) return "challenge";
      if (state.joining) return "starting";
      return state.out === null && state.user?.roles.length ? "work" : "outside";
    case "gathering":
    case "waiting":
      return "line";
    default:
      return state.status?.state === "turn" ? "turn" : "hall";
  }
}

/**
 * The browser tab's title.
 *
 * @param {State} state
 * @param {string} key the view's
 */
function titleOf(state, key) {
  const name = state.season?.name ?? texts.unnamed;
  // The tab must say the turn, whichever view is shown.
  if (hasTurn(state)) return texts.titles.turn(name);
  if (state.phase === "signedIn" && state.connection === "replaced") return texts.titles.replaced(name);
  switch (key) {
    case "line":
      if (openingOf(state)) return texts.titles.gathering(name);
      return state.lastPosition === null ? texts.titles.line(name) : texts.titles.position(state.lastPosition, name);
    case "hall":
      return texts.titles.hall(name);
    case "tickets":
      return texts.titles.tickets(name);
    case "gate":
      return texts.titles.gate(name);
    case "desk":
      return texts.titles.desk(name);
    case "admin":
      return texts.titles.admin(name);
    default:
      return name;
  }
}

/**
 * The page around every view: navigation, connection, notices.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @param {import("../types/app.js").Config} config
 */
export function shell(office, config) {
  const leaving = new LeaveQuestion(office);
  const title = h("h1", { class: "brand", dir: "auto" });
  const event = eventFacts("small");
  const query = location.search;
  /** @type {Record<string, HTMLAnchorElement>} */
  const links = {
    seats: h("a", { href: `/${query}#seats` }, texts.navigation.seats),
    tickets: h("a", { href: `/${query}#tickets` }, texts.navigation.tickets),
    gate: h("a", { href: `/gate${query}` }, texts.navigation.gate),
    desk: h("a", { href: `/desk${query}` }, texts.navigation.desk),
    admin: h("a", { href: `/admin${query}` }, texts.navigation.admin),
  };
  const connection = h("output", { class: "connection", "aria-label": texts.connection, role: "status" });
  const who = h("bdi");
  // Its text is the fan's name; screen readers hear what it opens, too.
  const account = h("a", { class: "who", href: `/${query}#account`, title: sessions.title }, who, h("span", { class: "unseen" }, sessions.open));
  const signOut = h("button", { type: "button", class: "button quiet small", onclick: () => leaving.signOut() }, texts.signOut);
  const header = h(
    "header",
    { class: "top", hidden: true },
    h("div", { class: "top-line" }, logo(), h("div", null, title, event.element), connection),
    h("nav", { "aria-label": texts.navigation.main }, ...Object.values(links), h("span", { class: "spring" }), account, signOut),
  );
  const notice = noticeView(office.notices);
  const acts = liveActs(office.store);
  const turnCall = new TurnCall(office);
  const icon = new TabIcon();
  const onward = returnBar(config.returnTo);
  const blocked = h("p", { class: "note blocked", role: "status", hidden: true }, texts.blocked);
  const main = h("main", { id: "main" });
  const saleState = saleStateView();
  document.body.append(header, blocked, turnCall.bar, onward.element, saleState.element, main, notice.element, acts.element, languageSwitch(), ...announcers());

  let key = "";
  /** The view whose code is being loaded; "": none. */
  let waitingFor = "";
  /** @type {import("../types/app.js").View|null} */
  let view = null;

  /** Whether a view was shown that is not the start. */
  let settled = false;
  const demand = new OnDemand(() => draw(office.store.state));

  /** @param {string} next @returns {import("../types/app.js").View|null} null while its code is being loaded */
  function make(next) {
    switch (next) {
      case "signedOut":
        return signedOutView(office);
      case "line":
        return lineView(office, leaving);
      case "turn":
        return turnView(office, leaving);
      case "outside":
        return outsideView(office);
      case "replaced":
        return replacedView(office);
      case "cancelled":
        return showCancelledView();
      default:
        return demand.has(next) ? demand.maker(next)?.(office, leaving, config) ?? null : startingView();
    }
  }

  /** @param {State} state */
  function drawHeader(state) {
    const signedIn = state.phase === "signedIn";
    show(header, signedIn);
    if (!signedIn) {
      show(blocked, false);
      return;
    }
    text(title, state.season?.name ?? "");
    event.update(state.season);
    text(connection, texts.connections[state.connection]);
    show(blocked, state.connection === "polling");
    connection.dataset.state = state.connection;
    text(who, state.user?.name ?? "");
    for (const page of /** @type {const} */ (["gate", "desk", "admin"])) show(links[page], mayWork(state.user, page));
    const here = ["/admin", "/desk", "/gate"].includes(state.path) ? state.path.slice(1) : state.route === "tickets" || state.route === "account" ? state.route : "seats";
    for (const [name, link] of [...Object.entries(links), .../** @type {[string, HTMLAnchorElement][]} */ ([["account", account]])]) {
      if (name === here) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  /**
   * What stands beside the view.
   *
   * @param {State} state
   * @param {string} next the view's key
   */
  function drawAround(state, next) {
    turnCall.update(state, next);
    acts.update(state);
    // A notice that answers a press on the seats or a code stands there.
    const there = state.notice?.place === "code" ? "outside" : "hall";
    notice.update(state.notice?.place && next === there ? { ...state, notice: null } : state);
    icon.update(state);
  }

  /** @param {State} state */
  function draw(state) {
    const next = viewOf(state);
    if (state.connection === "live" || state.connection === "polling") demand.recover();
    drawHeader(state);
    onward.update(state);
    saleState.update(state);
    saleState.element.dataset.view = next;
    // Signed out, the page itself has it below the name of the event.
    if (next === "signedOut") show(saleState.element, false);
    // A view whose code is not there yet is tried again when it has come.
    if (next !== key || (demand.has(next) && waitingFor === next)) {
      const focused = document.activeElement;
      const lost = main.contains(focused) || focused === document.body;
      const made = make(next);
      if (!made && waitingFor === next) {
        drawAround(state, next);
        return;
      }
      waitingFor = made ? "" : next;
      view?.dispose?.();
      view = made ?? startingView();
      key = next;
      main.replaceChildren(view.element);
      main.dataset.view = next;
      view.update(state);
      view.tick?.();
      const heading = /** @type {HTMLElement|null} */ (main.querySelector("h1, h2"));
      const taken = main.contains(document.activeElement); // the view has put the focus where it is needed
      if (settled && lost && heading && !taken) focus(heading);
      if (settled) scrollTo(0, 0);
      if (made && next !== "starting") {
        settled = true;
        started();
      }
      demand.prepare(next);
    } else {
      view?.update(state);
      view?.tick?.();
    }
    drawAround(state, next);
    const words = titleOf(state, next);
    if (document.title !== words) document.title = words;
  }

  office.store.subscribe(draw);
  setInterval(() => {
    office.finish.tick();
    turnCall.tick();
    view?.tick?.();
  }, 250);
}
