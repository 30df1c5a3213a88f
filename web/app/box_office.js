// @ts-check
import { announceSale } from "./views/announcer.js";
import { announcement } from "./views/sale_state.js";
import * as clock from "./clock.js";
import * as http from "./http.js";
import * as notify from "./notify.js";
import * as storage from "./storage.js";
import { Usher } from "../../clients/js/src/usher.js";
import { Cart } from "./cart.js";
import { explain } from "./explain.js";
import { Finish } from "./finish.js";
import { rememberedStaff } from "./gate_settings.js";
import { forgetKept } from "./kept_cache.js";
import { Line } from "./line.js";
import { Notices } from "./notices.js";
import { Purchases } from "./purchases.js";
import { Requests } from "./requests.js";
import { Seats } from "./seats.js";
import { ScreenLock } from "./screen_lock.js";
import { Session, patience } from "./session.js";
import { Tickets, hasRefund, hasUse } from "./tickets.js";
import { signIn } from "./texts/chosen.js";

/**
 * The page's parts in one place: passes each message of the server to the part
 * that it is for. Views read the store and call the parts; they never touch the
 * socket.
 */
export class BoxOffice {
  /** @param {import("./store.js").Store} store */
  constructor(store) {
    this.store = store;
    this.season = store.state.config.season;
    this.seasonKnown = false;
    this.cameBack = store.state.config.transaction;
    this.notices = new Notices(store);
    this.connection = new Usher({ season: this.season, clock: clock.shared });
    this.connection.on("message", (message) => this.message(message));
    this.connection.on("connection", ({ state, heardAt }) => store.set({ connection: state, heardAt }));
    this.connection.on("ended", ({ why }) => this.session.end(why));
    const requests = new Requests(this.connection, this.notices);
    /** @type {Session} */
    this.session = new Session(store, this.connection, this.notices);
    this.seats = new Seats(store, this.connection, this.notices);
    this.cart = new Cart(store, requests, this.notices, this.seats);
    this.line = new Line(store, requests, this.notices, this.seats);
    this.tickets = new Tickets(store, this.connection, this.notices);
    this.purchases = new Purchases(store, this.connection, this.notices, (transaction) => this.bought(transaction), () => this.tickets.refresh());
    this.screen = new ScreenLock(store);
    this.finish = new Finish(store, this.season, () => this.line.leave("finished"));
  }

  async start() {
    const [, user] = await Promise.all([this.readSeason(), this.session.read()]);
    if (user === null) {
      this.session.end("signedOut");
      return;
    }
    // The gate opens without a network too.
    const staff = this.store.state.path === "/gate" ? rememberedStaff() : null;
    this.store.set({ phase: "signedIn", user: user ?? staff });
    this.connection.start();
    this.store.set({ notify: await notify.recall((state) => this.store.set({ notify: state })) });
  }

  async readSeason() {
    try {
      this.store.set({ season: await http.get(`/seasons/${encodeURIComponent(this.season)}`, patience) });
      this.seasonKnown = true;
    } catch (thrown) {
      const problem = /** @type {http.Problem} */ (thrown);
      // The page needs a season until a later welcome reads the real one.
      this.store.set({ season: { id: this.season, name: this.season, currency: "EUR", opensAt: null, closesAt: null, maxSeats: 6, holdSeconds: 300 } });
      this.notices.show("warning", problem.code === "not_found" ? signIn.noSeason : explain(problem));
    }
  }

  /** @param {import("../../clients/js/wire.js").ServerMessage} message */
  message(message) {
    switch (message.type) {
      case "welcome":
        this.welcome(message);
        return;
      case "status":
      case "turn":
        this.line.update(message.status);
        return;
      case "sale":
        this.sale(message.sale);
        return;
      case "waiting":
        this.line.count(message.waiting);
        return;
      case "position":
        this.line.move(message);
        return;
      case "lapsed":
        this.line.end(message.reason);
        this.line.update(message.status);
        return;
      case "cart":
        this.cart.update(message);
        return;
      case "seats":
        // The page asks for bitmaps only.
        this.seats.snapshot(/** @type {import("../../clients/js/wire.js").SeatBitmaps} */ (message));
        return;
      case "changes":
        this.seats.changes(message);
        return;
      case "transaction":
        // The part that sent a request takes its answer.
        if (message.re !== undefined) return;
        // A refund, here or on another device, is not a purchase.
        if (hasRefund(message.transaction)) this.tickets.refresh();
        else if (hasUse(message.transaction)) this.tickets.checkedIn(message.transaction);
        else this.purchases.settle(message.transaction);
        return;
      case "error":
        this.notices.show("warning", explain(message));
    }
  }

  /** Follows the public state of the sale; an older one than the known is ignored. @param {import("../../clients/js/wire.js").Sale} sale */
  sale(sale) {
    const known = this.store.state.sale;
    if (known && sale.version < known.version) return;
    const words = announcement(known, sale);
    if (words) announceSale(words);
    this.store.set({ sale });
    this.line.follow();
  }

  /** @param {import("../../clients/js/wire.js").Welcome} welcome */
  welcome(welcome) {
    if (welcome.sale) this.sale(welcome.sale);
    this.line.recall(welcome.user.id);
    this.store.set({ user: welcome.user, cart: welcome.cart, asking: new Set() });
    this.finish.recall(welcome.user.id);
    forgetKept(welcome.user.id);
    // A check-in or a refund may have been announced while there was no connection.
    this.tickets.refresh();
    if (!this.seasonKnown) this.readSeason().then(() => this.seasonKnown && this.notices.dismiss());
    this.line.update(welcome.status, true);
    if (this.cameBack) {
      const id = this.cameBack;
      this.cameBack = "";
      this.purchases.returned(id);
    }
    this.purchases.resume();
    if (welcome.status.state === "none") this.line.resume(welcome.user.roles);
  }

  /** @param {import("../../clients/js/wire.js").Transaction} transaction */
  bought(transaction) {
    this.notices.dismiss();
    this.finish.bought(transaction);
    location.hash = "#tickets";
    this.tickets.read();
  }

  /** Begins or ends calling the fan, at a press. */
  async toggleNotify() {
    const calls = notify.calls(this.store.state.notify);
    this.store.set({ notify: calls ? notify.stop() : await notify.allow() });
  }

  useThisWindow() {
    this.store.set({ connection: "reconnecting" });
    this.connection.start();
  }

  async signOut() {
    if (!(await this.session.signOut())) return;
    storage.keepPurchase(null);
    this.session.end("signedOut");
  }
}
