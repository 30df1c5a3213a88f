/**
 * One purchase under one idempotency key, until it is settled: after a lost answer, a
 * broken link or a restart of the program, the same purchase is sent again instead of
 * a second one.
 *
 * @typedef {import("../wire.js").Transaction} Transaction
 *
 * What is bought. Kept unchanged until the purchase is settled, so that it can be sent again.
 * @typedef {object} Order
 * @property {string} key the idempotency key
 * @property {string[]} seats
 * @property {import("../wire.js").Payment} payment without a token, the buyer pays on a page of the method
 * @property {string|null} [transaction] its id, once an answer named it
 *
 * @typedef {object} Link
 * @property {() => boolean} usable whether requests can be sent
 * @property {(type: string, fields: Record<string, unknown>) => Promise<any>} request
 * @property {(id: string) => Promise<Transaction>} transaction reads a purchase
 */
/** @returns {string} a random idempotency key */
export function newKey(): string;
/** @template {Order} O */
export class Purchase<O extends Order> {
    /**
     * @param {Link} link
     * @param {O} order
     * @param {(order: O|null) => void} keep called with what must be kept until the purchase is settled, before anything is sent; then with null
     * @param {(next: import("../wire.js").Next, transaction: Transaction) => void} [next] called with the page on which the buyer pays or approves the payment, once for each page
     */
    constructor(link: Link, order: O, keep: (order: O | null) => void, next?: (next: import("../wire.js").Next, transaction: Transaction) => void);
    link: Link;
    order: O;
    keep: (order: O | null) => void;
    next: (next: import("../wire.js").Next, transaction: Transaction) => void;
    page: string;
    settled: boolean;
    asking: boolean;
    attempt: number;
    /** @type {ReturnType<typeof setTimeout>|number} */
    retryTimer: ReturnType<typeof setTimeout> | number;
    /** The completed transaction; rejects with a Problem when nothing was bought. @type {Promise<Transaction>} */
    result: Promise<Transaction>;
    resolve: (value: import("../wire.js").Transaction | PromiseLike<import("../wire.js").Transaction>) => void;
    reject: (reason?: any) => void;
    /** Sends the purchase, or asks what became of it. */
    ask(): Promise<void>;
    /** @param {Problem} problem */
    failed(problem: Problem): Promise<void>;
    /** @param {number|null} retryAfterMs what the server asked to wait at least */
    askLater(retryAfterMs: number | null): void;
    /**
     * Takes a transaction from an answer or from a later message.
     *
     * @param {Transaction} transaction
     * @param {boolean} [asked] whether it answers a request about this purchase
     */
    heard(transaction: Transaction, asked?: boolean): void;
    /** @param {() => void} settle */
    end(settle: () => void): void;
    /** Stops asking without settling: what was kept stays kept, and a later purchase can continue from it. */
    stop(): void;
}
/**
 * What is bought. Kept unchanged until the purchase is settled, so that it can be sent again.
 */
export type Transaction = import("../wire.js").Transaction;
/**
 * One purchase under one idempotency key, until it is settled: after a lost answer, a
 * broken link or a restart of the program, the same purchase is sent again instead of
 * a second one.
 */
export type Order = {
    /**
     * the idempotency key
     */
    key: string;
    seats: string[];
    /**
     * without a token, the buyer pays on a page of the method
     */
    payment: import("../wire.js").Payment;
    /**
     * its id, once an answer named it
     */
    transaction?: string | null | undefined;
};
/**
 * One purchase under one idempotency key, until it is settled: after a lost answer, a
 * broken link or a restart of the program, the same purchase is sent again instead of
 * a second one.
 */
export type Link = {
    /**
     * whether requests can be sent
     */
    usable: () => boolean;
    request: (type: string, fields: Record<string, unknown>) => Promise<any>;
    /**
     * reads a purchase
     */
    transaction: (id: string) => Promise<Transaction>;
};
import { Problem } from "./http.js";
