/**
 * A purchase with a key of its own.
 *
 * @param {string[]} seats held ones
 * @param {import("../wire.js").Payment} payment
 * @returns {Order}
 */
export function newOrder(seats: string[], payment: import("../wire.js").Payment): Order;
export class Usher {
    /** @param {Options} [options] */
    constructor({ url, season, token, clock, openSocket }?: Options);
    season: string;
    http: Http;
    clock: Clock;
    /** The last status heard; null before. @type {Status|null} */
    status: Status | null;
    /** The cart as last heard; null before. @type {Cart|null} */
    cart: Cart | null;
    /** @type {User|null} */
    user: User | null;
    /** @type {ConnectionState} */
    state: ConnectionState;
    /** @type {Map<string, Set<(event: any) => void>>} */
    listeners: Map<string, Set<(event: any) => void>>;
    /** @type {Set<Purchase<any>>} */
    purchases: Set<Purchase<any>>;
    connection: Connection;
    /**
     * Calls a function at each event of a type.
     *
     * @template {keyof EventMap} K
     * @param {K} type
     * @param {(event: EventMap[K]) => void} listener
     * @returns {() => void} stops it
     */
    on<K extends keyof EventMap>(type: K, listener: (event: EventMap[K]) => void): () => void;
    /**
     * @template {keyof EventMap} K
     * @param {K} type
     * @param {EventMap[K]} event
     */
    emit<K extends keyof EventMap>(type: K, event: EventMap[K]): void;
    /** Connects, and stays connected until stop. */
    start(): void;
    /** Disconnects. Keeps the place in line as long as the server keeps it for a fan who is away. */
    stop(): void;
    /** How the client reaches the server, or tries to: by a socket, a stream of events, or by asking every few seconds. @returns {"socket"|"stream"|"polling"} */
    get way(): "socket" | "stream" | "polling";
    /** Whether requests can be sent now. */
    get usable(): boolean;
    /** @param {"signedOut"|"signInAgain"} why */
    end(why: "signedOut" | "signInAgain"): void;
    /**
     * Follows a message of the server.
     *
     * @param {ServerMessage} message
     */
    heard(message: ServerMessage): void;
    /**
     * Sends a request of the socket's protocol, over HTTP while no socket can be opened.
     *
     * @param {string} type
     * @param {Record<string, unknown>} [fields]
     * @returns {Promise<any>} the answering message; rejects with a Problem, at once with disconnected while there is no link
     */
    request(type: string, fields?: Record<string, unknown>): Promise<any>;
    /** @returns {Promise<boolean|null>} whether the session is alive; null when the server does not answer */
    signedIn(): Promise<boolean | null>;
    /**
     * Signs in with what Google's sign-in gave, and joins the season.
     *
     * @param {{credential: string} | {code: string, codeVerifier: string, redirectUri: string}} credential
     * @returns {Promise<import("../wire.js").SignIn>}
     */
    signIn(credential: {
        credential: string;
    } | {
        code: string;
        codeVerifier: string;
        redirectUri: string;
    }): Promise<import("../wire.js").SignIn>;
    /**
     * Signs in at usher-dev, which asks for no proof, and joins the season.
     *
     * @param {{email: string, name: string}} user
     * @returns {Promise<import("../wire.js").SignIn>}
     */
    signInDev(user: {
        email: string;
        name: string;
    }): Promise<import("../wire.js").SignIn>;
    /**
     * @param {string} path
     * @param {unknown} json
     */
    signInAt(path: string, json: unknown): Promise<any>;
    /** Ends the session: leaves the line, gives the seats back and signs out. */
    signOut(): Promise<void>;
    /**
     * Joins the line. Repeating it changes nothing.
     *
     * @param {{place?: string}} [options] place: the signed place of an earlier status, in case the server has lost it
     * @returns {Promise<Status>}
     */
    join(options?: {
        place?: string;
    }): Promise<Status>;
    /** Takes the turn. @returns {Promise<Status>} rejects with conflict when there is no turn */
    enter(): Promise<Status>;
    /** Gives the place, the turn or the seats up. @returns {Promise<Status>} */
    leave(): Promise<Status>;
    /** @param {import("../wire.js").WishedSeats} seats that come back; the turn comes when they are free @returns {Promise<Status>} */
    wish(seats: import("../wire.js").WishedSeats): Promise<Status>;
    /** Removes the wish, which keeps the place. @returns {Promise<Status>} */
    unwish(): Promise<Status>;
    /**
     * Waits for the turn.
     *
     * @returns {Promise<Status>} with the state turn or active; rejects with the code lapsed when the place is lost (detail: the reason), with ended
     * when the session is over, and with replaced when a newer connection of this user has taken over
     */
    turn(): Promise<Status>;
    /** @param {string[]} seats @returns {Promise<Cart>} all of them or none: seat_taken names the ones in the way */
    hold(seats: string[]): Promise<Cart>;
    /** @param {import("../wire.js").Best} best @returns {Promise<Cart>} */
    holdBest(best: import("../wire.js").Best): Promise<Cart>;
    /** @param {string[]} [seats] none: all @returns {Promise<Cart>} */
    release(seats?: string[]): Promise<Cart>;
    /** Asks for a minute more for the cart, which it gets once. @returns {Promise<Cart>} see canExtend of a cart */
    extend(): Promise<Cart>;
    /**
     * Buys held seats, and sends the purchase again with the same key until it is settled, over lost answers and new
     * connections. The client must be started; replaced by a newer connection, it continues when it is started again.
     *
     * @template {Order} O
     * @param {O} order from newOrder, or one that was kept
     * @param {{keep?: (order: O|null) => void, next?: (next: import("../wire.js").Next, transaction: Transaction) => void}} [options] next
     * sends the buyer to next.url, where the payment is made or approved: without it such a purchase is cancelled when the page ends. keep stores the order, so that a restarted program can buy it again
     * unchanged; null: it is settled
     * @returns {Promise<Transaction>} the completed one; rejects with a Problem: payment_declined, or cancelled with the reason, or stopped after stop
     */
    buy<O extends Order>(order: O, { keep, next }?: {
        keep?: (order: O | null) => void;
        next?: (next: import("../wire.js").Next, transaction: Transaction) => void;
    }): Promise<Transaction>;
    /** @param {string} id @returns {Promise<Transaction>} */
    transaction(id: string): Promise<Transaction>;
    /** Every seat of the plan with its status. @returns {Promise<import("../wire.js").Seats>} */
    seats(): Promise<import("../wire.js").Seats>;
    /** The caller's tickets, page by page. @returns {Promise<Ticket[]>} newest first */
    tickets(): Promise<Ticket[]>;
}
/**
 * A client of one season for one user: the socket with its events and requests, and
 * the routes that a fan needs. In a browser the session's cookie says who is calling;
 * elsewhere a token does.
 */
export type ServerMessage = import("../wire.js").ServerMessage;
/**
 * A client of one season for one user: the socket with its events and requests, and
 * the routes that a fan needs. In a browser the session's cookie says who is calling;
 * elsewhere a token does.
 */
export type Status = import("../wire.js").Status;
/**
 * A client of one season for one user: the socket with its events and requests, and
 * the routes that a fan needs. In a browser the session's cookie says who is calling;
 * elsewhere a token does.
 */
export type Cart = import("../wire.js").Cart;
/**
 * A client of one season for one user: the socket with its events and requests, and
 * the routes that a fan needs. In a browser the session's cookie says who is calling;
 * elsewhere a token does.
 */
export type User = import("../wire.js").User;
/**
 * A client of one season for one user: the socket with its events and requests, and
 * the routes that a fan needs. In a browser the session's cookie says who is calling;
 * elsewhere a token does.
 */
export type Transaction = import("../wire.js").Transaction;
/**
 * A client of one season for one user: the socket with its events and requests, and
 * the routes that a fan needs. In a browser the session's cookie says who is calling;
 * elsewhere a token does.
 */
export type Ticket = import("../wire.js").Ticket;
/**
 * A client of one season for one user: the socket with its events and requests, and
 * the routes that a fan needs. In a browser the session's cookie says who is calling;
 * elsewhere a token does.
 */
export type ConnectionState = import("./connection.js").ConnectionState;
/**
 * A client of one season for one user: the socket with its events and requests, and
 * the routes that a fan needs. In a browser the session's cookie says who is calling;
 * elsewhere a token does.
 */
export type Order = import("./purchase.js").Order;
/**
 * A client of one season for one user: the socket with its events and requests, and
 * the routes that a fan needs. In a browser the session's cookie says who is calling;
 * elsewhere a token does.
 */
export type Options = {
    /**
     * the server's, such as https://tickets.example; left out: the page's own server
     */
    url?: string | undefined;
    /**
     * left out: the server's default season
     */
    season?: string | undefined;
    /**
     * a session token; left out: the browser's cookie, or what a sign-in answers. In a browser a
     * client with a token reads a stream instead of a socket, because browsers do not send a token with a socket
     */
    token?: string | undefined;
    /**
     * follows the server's clock
     */
    clock?: Clock | undefined;
    /**
     * opens a socket by other means than the global WebSocket
     *
     * The events: every message of the server by its type; and message for all of them, connection for the state of the link, ended
     * when the session is over.
     */
    openSocket?: ((url: URL, headers: Record<string, string>) => WebSocket) | undefined;
};
/**
 * heardAt: when the server was last heard, by Date.now(); signInAgain: the token has expired
 */
export type EventMap = { [K in ServerMessage["type"]]: Extract<ServerMessage, {
    type: K;
}>; } & {
    message: ServerMessage;
    connection: {
        state: ConnectionState;
        heardAt: number;
    };
    ended: {
        why: "signedOut" | "signInAgain";
    };
};
import { Clock } from "./clock.js";
import { Http } from "./http.js";
import { Problem } from "./http.js";
import { isPassing } from "./retry.js";
import { newKey } from "./purchase.js";
import { retry } from "./retry.js";
import { Purchase } from "./purchase.js";
import { Connection } from "./connection.js";
export { Clock, Http, Problem, isPassing, newKey, retry };
