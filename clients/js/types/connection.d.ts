export class Connection {
    /**
     * @param {Options} options
     * @param {Events} events
     */
    constructor(options: Options, events: Events);
    season: string;
    http: import("./http.js").Http;
    options: Options;
    openSocket: ((url: URL) => Link) | null;
    events: Events;
    way: Way;
    /** @type {Link|null} */
    socket: Link | null;
    open: boolean;
    attempt: number;
    nextId: number;
    /** @type {Map<string, {resolve: (m: any) => void, reject: (e: Problem) => void, timer: ReturnType<typeof setTimeout>}>} */
    waiting: Map<string, {
        resolve: (m: any) => void;
        reject: (e: Problem) => void;
        timer: ReturnType<typeof setTimeout>;
    }>;
    /** @type {number|null} */
    byeAfterMs: number | null;
    retryTimer: number;
    silenceTimer: number;
    openTimer: number;
    blockedTimer: number;
    openedAt: number;
    /** When a ping must have been answered, by Date.now(); 0: no ping is in flight. */
    answerBy: number;
    heartbeatMs: number;
    /** Set while a turn may come or runs: a dead link is found sooner. */
    attentive: boolean;
    /** Whether the link counts as dead until the server is heard again. */
    doubted: boolean;
    heardAt: number;
    stopped: boolean;
    /** Ends the listening to the browser's events. @type {AbortController|null} */
    hints: AbortController | null;
    /** Serves the client until a live connection opens. */
    polling: Polling;
    /**
     * A phone that wakes up or changes networks often has a dead socket that looks
     * open. These events of the browser are the earliest hints.
     */
    listen(): void;
    /** Takes the link for dead, because the browser says that the network is gone. An answer to a ping disproves it. */
    doubt(): void;
    /** Finds out at once whether the link works: the network may be back, or the page was asleep. */
    check(): void;
    /** Connects, unless it is connected or connecting already. */
    start(): void;
    stop(): void;
    connect(): void;
    /** @returns {Link} */
    openLink(): Link;
    /**
     * Changes over from a socket or stream that does not open, if requests are answered.
     *
     * @param {Link} socket
     */
    blocked(socket: Link): Promise<void>;
    /**
     * @param {Link} socket
     * @param {MessageEvent} event
     */
    received(socket: Link, event: MessageEvent): void;
    /**
     * Notes that the server was heard, and plans a ping for the next silence. A
     * script does not see the server's own pings. If no answer comes, the link is dead, even
     * if TCP has not noticed.
     */
    heard(): void;
    /** @param {number} patience how long the answer may take, in ms */
    ping(patience: number): void;
    /** Gives a socket up without waiting for its close handshake, which takes a minute on a dead link. @param {Link} socket */
    drop(socket: Link): void;
    /**
     * @param {Link} socket
     * @param {number} code
     * @param {number|null} [retryAfterMs] what a refusal asked to wait
     */
    closed(socket: Link, code: number, retryAfterMs?: number | null): Promise<void>;
    /** @param {number} afterMs */
    retry(afterMs: number): void;
    /** Whether requests can be sent. */
    get usable(): boolean;
    /**
     * Sends a request and waits for its answer.
     *
     * @param {string} type
     * @param {Record<string, unknown>} [fields]
     * @returns {Promise<any>} the answering message; rejects with a Problem
     */
    request(type: string, fields?: Record<string, unknown>): Promise<any>;
}
/**
 * what the connection uses of a WebSocket or an EventStream
 */
export type Link = {
    send: (text: string) => void;
    close: (code?: number) => void;
    onmessage: ((event: any) => void) | null;
    onclose: ((event: any) => void) | null;
    onheard?: (() => void) | null | undefined;
};
/**
 * The client's one live connection, a socket or a stream: keeps it open, and matches answers to requests.
 */
export type ConnectionState = "live" | "polling" | "reconnecting" | "replaced";
/**
 * The client's one live connection, a socket or a stream: keeps it open, and matches answers to requests.
 */
export type Options = {
    /**
     * "" for the server's default season
     */
    season: string;
    http: import("./http.js").Http;
    clock: import("./clock.js").Clock;
    /**
     * null: sockets cannot be opened here
     */
    openSocket: ((url: URL) => Link) | null;
    /**
     * whether streams can be opened here
     */
    streams?: boolean | undefined;
    /**
     * remembers for the visit that sockets are blocked; left out: the browser's sessionStorage
     */
    memory?: Pick<Storage, "getItem" | "removeItem" | "setItem"> | null | undefined;
};
/**
 * The client's one live connection, a socket or a stream: keeps it open, and matches answers to requests.
 */
export type Events = {
    /**
     * every message of the server, answers too, but for errors that answer a request
     */
    message: (message: any) => void;
    /**
     * heardAt: when the server was last heard, by Date.now()
     */
    state: (state: ConnectionState, heardAt: number) => void;
    ended: (why: "signedOut" | "signInAgain") => void;
    /**
     * null: the server does not answer. Asked when a socket cannot be opened: browsers do not say why
     */
    stillSignedIn: () => Promise<boolean | null>;
};
import { Way } from "./way.js";
import { Problem } from "./http.js";
import { Polling } from "./polling.js";
