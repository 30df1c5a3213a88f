export class Polling {
    /**
     * @param {{season: string, http: import("./http.js").Http, clock: import("./clock.js").Clock}} options
     * @param {Events} events
     */
    constructor({ season, http, clock }: {
        season: string;
        http: import("./http.js").Http;
        clock: import("./clock.js").Clock;
    }, events: Events);
    rest: Rest;
    http: import("./http.js").Http;
    clock: import("./clock.js").Clock;
    events: Events;
    running: boolean;
    welcomed: boolean;
    timer: number;
    failures: number;
    rounds: number;
    state: string;
    /** The season's id, once an answer has it. */
    named: string;
    cart: string;
    start(): void;
    stop(): void;
    /** @param {string} path */
    path(path: string): string;
    /** Reads the state once and plans the next round. */
    round(): Promise<void>;
    /** Reads what the page needs to draw itself, like the socket's first message. */
    welcome(): Promise<void>;
    /** Reads the status, and for an active fan the cart and from time to time the seats. */
    refresh(): Promise<void>;
    /** Reads the public state of the sale. Without an answer the next round asks again. */
    sale(): Promise<void>;
    /**
     * Notes what a message changes here, and passes it on.
     *
     * @param {any} message
     */
    take(message: any): any;
    /**
     * Sends a request of the socket over HTTP.
     *
     * @param {string} type
     * @param {Record<string, any>} fields
     * @returns {Promise<any>} the answer in the shape of the socket's; rejects with a Problem
     */
    request(type: string, fields: Record<string, any>): Promise<any>;
}
export type Problem = import("./http.js").Problem;
/**
 * Replaces the socket where a network lets neither a socket nor a stream pass: reads the
 * state over HTTP every few seconds, and sends requests over HTTP. Its messages have the
 * shapes of the socket's.
 */
export type Events = {
    message: (message: any) => void;
    /**
     * the server answered
     */
    heard: () => void;
    /**
     * the server did not answer
     */
    lost: () => void;
    ended: (why: "signInAgain") => void;
};
import { Rest } from "./rest.js";
