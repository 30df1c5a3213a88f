// @ts-check
import { readSigned, readTicket, ticketKeys } from "./ticket_code.js";

/** @typedef {import("./gate_store.js").GateStore} GateStore */
/** @typedef {import("./gate_store.js").KeptScan} KeptScan */
/** @typedef {import("./gate_outcome.js").Answer} Answer */

/** How long admitted scans are kept for refusing copies, in ms: longer than any event. */
const keptFor = 14 * 24 * 3_600_000;

/** The problems after which a gate checks by itself: the server cannot be reached, or its stores cannot. */
const away = new Set(["disconnected", "unavailable", "draining"]);

/** The problems that end an attempt to settle, and not the scan: the next attempt may work. */
const later = new Set([...away, "rate_limited", "internal", "unauthenticated", "invalid_credential", "forbidden", "bad_origin"]);

/** @param {{code: string}} problem */
export const isAway = (problem) => away.has(problem.code);

/** Makes an id of a scan. @returns {string} */
export function scanId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * What is shown about checking without a network.
 *
 * @typedef {object} OfflineState
 * @property {boolean} ready whether tickets can be checked without a server
 * @property {"keys"|"browser"|"list"|""} missing why not: no keys or list yet, no Web Crypto, or a list that these keys did not sign
 * @property {number} asOf when the list of refunds was made, in ms; 0 without one
 * @property {number} refunds tickets on the list
 * @property {boolean} away whether the server is out of reach
 * @property {boolean} lasting whether a closed tab keeps the scans
 * @property {number} waiting scans that the server does not know of
 * @property {string} refused the problem that kept the last scan from being sent, if it was the server's
 * @property {KeptScan[]} conflicts those that staff have not read
 *
 * The answer of a gate that checked by itself: the server's shape, with the reason where
 * it could not check.
 *
 * @typedef {Answer & {why?: "keyboard"|"short"|"unknown_key"|"other"|"forged"|"season"|"browser", kind?: string, season?: string, here?: boolean}} OfflineAnswer
 */

/** Checks tickets while the server cannot be reached, and tells the server of them later. */
export class OfflineGate {
  /**
   * @param {object} o
   * @param {string} o.season
   * @param {GateStore} o.store
   * @param {() => number} o.now the server's time in ms
   * @param {(path: string, patience: number) => Promise<any>} o.get
   * @param {(scan: KeptScan) => Promise<Answer & {sameScan?: boolean}>} o.settle sends a kept scan
   * @param {(state: OfflineState) => void} o.changed
   * @param {(scan: KeptScan) => void} o.conflicted
   */
  constructor(o) {
    this.o = o;
    /** @type {import("./ticket_code.js").SiteKey[]} */
    this.keys = [];
    /** @type {Set<string>} */
    this.voids = new Set();
    /** @type {OfflineState} */
    this.state = { ready: false, missing: "keys", asOf: 0, refunds: 0, away: false, lasting: o.store.lasting, waiting: 0, refused: "", conflicts: [] };
    this.settling = false;
  }

  /** @param {Partial<OfflineState>} change */
  set(change) {
    this.state = { ...this.state, ...change };
    this.o.changed(this.state);
  }

  /** Reads what this device kept. */
  async start() {
    const { store, season, now } = this.o;
    await store.forget(now() - keptFor);
    await this.count();
    const [set, list] = [await store.kept("keys"), await store.kept(`voids/${season}`)];
    if (set && list) await this.believe(set, list.signed);
  }

  async count() {
    const { store, season } = this.o;
    const [waiting, conflicts] = [await store.all(season, "waiting"), await store.all(season, "conflict")];
    this.set({ waiting: waiting.length, conflicts });
  }

  /**
   * Takes keys and a list of refunds, if the list is signed by the keys: that proves too
   * that this browser can check signatures.
   *
   * @param {any} set
   * @param {string} signed
   * @returns {Promise<boolean>}
   */
  async believe(set, signed) {
    try {
      const keys = await ticketKeys(set);
      const list = await readSigned(signed, keys, "usher-voids");
      if (list.is !== "signed" || list.claims.season !== this.o.season || !Array.isArray(list.claims.voids)) {
        if (!this.state.ready) this.set({ missing: "list" });
        return false;
      }
      this.keys = keys;
      this.voids = new Set(list.claims.voids);
      this.set({ ready: true, missing: "", asOf: Date.parse(list.claims.asOf) || 0, refunds: this.voids.size });
      return true;
    } catch {
      this.set({ ready: false, missing: "browser" });
      return false;
    }
  }

  /**
   * Fetches keys and list, which is also how the gate learns that the server is back,
   * and then sends what waits.
   *
   * @param {number} patience in ms
   */
  async refresh(patience) {
    const { get, season, store } = this.o;
    try {
      const [set, list] = await Promise.all([get("/.well-known/jwks.json", patience), get(`/checkins/voids?season=${encodeURIComponent(season)}`, patience)]);
      this.back();
      const before = this.state.asOf;
      if ((await this.believe(set, list.signed)) && this.state.asOf !== before) {
        await store.keep("keys", set);
        await store.keep(`voids/${season}`, { signed: list.signed });
      }
    } catch (thrown) {
      if (isAway(/** @type {import("./http.js").Problem} */ (thrown))) this.lost();
      return;
    }
    await this.settle();
  }

  lost() {
    if (!this.state.away) this.set({ away: true });
  }

  back() {
    if (this.state.away) this.set({ away: false });
  }

  /** The scan of a ticket that this device admitted, and that the server does not know of yet. @param {string} code */
  async unsettled(code) {
    if (!this.state.waiting || !this.state.ready) return null;
    const read = await readTicket(code, this.keys);
    if (read.is !== "ticket") return null;
    const known = await this.o.store.of(this.o.season, read.ticket.id);
    return known?.state === "waiting" ? known : null;
  }

  /**
   * Remembers a ticket that the server admitted here, so that a copy is refused here
   * when the network is dead.
   *
   * @param {Answer} answer
   * @param {string} gate
   */
  async admitted(answer, gate) {
    if (!answer.ticket || (answer.result !== "admitted" && answer.result !== "already_admitted")) return;
    await this.o.store.admit({
      season: this.o.season,
      ticket: answer.ticket.id,
      seat: answer.ticket.seatNumber,
      gate: answer.gate ?? gate,
      at: Date.parse(answer.admittedAt ?? "") || this.o.now(),
      scan: scanId(),
      code: "",
      state: "settled",
    });
  }

  /**
   * Checks a code without the server. An admitted ticket is kept before the answer is
   * given, so a device that fails a moment later admits no copy.
   *
   * @param {string} code
   * @param {string} gate
   * @param {string} scan the id of the scan
   * @param {(text: string) => boolean} looksShort
   * @returns {Promise<OfflineAnswer>}
   */
  async check(code, gate, scan, looksShort) {
    const { season, store, now } = this.o;
    const nothing = { ticket: null, admittedAt: null, gate: null };
    const read = await readTicket(code, this.keys);
    if (read.is !== "ticket") {
      if (read.is === "other") return { ...nothing, result: "invalid", why: "other", kind: read.kind };
      if (read.is === "forged") return { ...nothing, result: "invalid", why: "forged" };
      if (read.is === "unknown_key") return { ...nothing, result: /** @type {any} */ ("unchecked"), why: "unknown_key" };
      if (looksShort(code)) return { ...nothing, result: /** @type {any} */ ("unchecked"), why: "short" };
      // A long text may be a code that the layout of the keyboard changed; only the server can undo that.
      if (code.length >= 60) return { ...nothing, result: /** @type {any} */ ("unchecked"), why: "keyboard" };
      return { ...nothing, result: "invalid", why: "other", kind: "" };
    }
    const { ticket } = read;
    const shown = { id: ticket.id, season: ticket.season, seatNumber: ticket.seat };
    if (ticket.season !== season) return { ...nothing, result: "invalid", why: "season", season: ticket.season };
    if (this.voids.has(ticket.id)) return { ...nothing, result: "void", ticket: /** @type {any} */ (shown) };
    const at = now();
    const known = await store.admit({ season, ticket: ticket.id, seat: ticket.seat, gate, at, scan, code, state: "waiting" });
    if (known && known.scan !== scan) {
      return { result: "already_admitted", ticket: /** @type {any} */ (shown), admittedAt: new Date(known.at).toISOString(), gate: known.gate, here: true };
    }
    await this.count();
    return { result: "admitted", ticket: /** @type {any} */ (shown), admittedAt: new Date(at).toISOString(), gate };
  }

  /** Sends the scans that wait, in their order, one tab at a time. */
  async settle() {
    if (this.settling) return;
    this.settling = true;
    try {
      const locks = globalThis.navigator?.locks;
      if (locks) await locks.request(`usher-gate ${this.o.season}`, { ifAvailable: true }, (lock) => lock && this.settleAll());
      else await this.settleAll();
    } finally {
      this.settling = false;
      await this.count();
    }
  }

  async settleAll() {
    const { store, season, settle, conflicted } = this.o;
    for (const scan of await store.all(season, "waiting")) {
      const n = /** @type {number} */ (scan.n);
      /** @type {KeptScan["answer"]} */
      let answer;
      try {
        const given = await settle(scan);
        this.set({ refused: "" });
        if (given.result === "admitted" || (given.result === "already_admitted" && given.sameScan)) {
          await store.update(n, { state: "settled", code: "" });
          await this.count();
          continue;
        }
        answer = { result: given.result, admittedAt: given.admittedAt, gate: given.gate };
      } catch (thrown) {
        const problem = /** @type {import("./http.js").Problem} */ (thrown);
        if (later.has(problem.code)) {
          this.set({ refused: isAway(problem) ? "" : problem.code });
          if (isAway(problem)) this.lost();
          return;
        }
        answer = { result: "refused", why: problem.code };
      }
      await store.update(n, { state: "conflict", code: "", answer });
      await this.count();
      conflicted({ ...scan, answer });
    }
  }

  /** Staff have read a conflict. @param {number} n */
  async seen(n) {
    await this.o.store.update(n, { state: "seen" });
    await this.count();
  }
}
