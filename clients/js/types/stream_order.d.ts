export class StreamOrder {
    /** @param {(message: any) => void} pass gets each message in its turn */
    constructor(pass: (message: any) => void);
    pass: (message: any) => void;
    /** The server's time of the newest state, in ms. */
    stateAt: number;
    state: string;
    /** Requests under way, by what they change. */
    carts: number;
    purchases: number;
    /** The last cart that the stream brought and that waits. @type {any} */
    cart: any;
    quietUntil: number;
    /** @type {ReturnType<typeof setTimeout>|number} */
    cartTimer: ReturnType<typeof setTimeout> | number;
    /** Transactions that wait for the answer to a purchase. @type {any[]} */
    waiting: any[];
    /** Outcomes that were passed on. @type {string[]} */
    outcomes: string[];
    /** The statuses of all seats as they last came, and the changes since. @type {any} */
    seats: any;
    /** @type {{version: number, plan?: number, seats: Record<string, string>, areas?: import("../wire.js").Area[]}|null} */
    changes: {
        version: number;
        plan?: number;
        seats: Record<string, string>;
        areas?: import("../wire.js").Area[];
    } | null;
    /** Whether the page has asked for the seats on this stream. */
    seatsAsked: boolean;
    /** Who waits for the seats. @type {Set<() => void>} */
    seatsWanted: Set<() => void>;
    /** @param {any} message one of the stream */
    heard(message: any): void;
    /**
     * Runs a request.
     *
     * @param {string} type
     * @param {Record<string, any>} fields
     * @param {() => Promise<any>} ask
     * @returns {Promise<any>} its answer
     */
    during(type: string, fields: Record<string, any>, ask: () => Promise<any>): Promise<any>;
    /** The stream's own statuses; null when they do not come. */
    bitmaps(): Promise<any>;
    /**
     * Asks again while the node that answers is behind the stream.
     *
     * @param {() => Promise<any>} ask
     */
    atLeast(ask: () => Promise<any>): Promise<any>;
    /** Goes on after an answer was passed on. @param {any} answer */
    answered(answer: any): void;
    /** @param {string} type of a request that failed */
    failed(type: string): void;
    /** Passes the last cart on when no request can be the reason for it any more. */
    cartLater(): void;
    passWaiting(): void;
    /** @param {any} message one that is passed on, or answers */
    note(message: any): void;
    /** @param {import("../wire.js").Status} status */
    older(status: import("../wire.js").Status): boolean;
    /** @param {import("../wire.js").Transaction} transaction */
    known(transaction: import("../wire.js").Transaction): boolean;
    stop(): void;
}
