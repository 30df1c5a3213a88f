export class EventStream {
    /** @param {{season: string, http: import("./http.js").Http}} options */
    constructor({ season, http }: {
        season: string;
        http: import("./http.js").Http;
    });
    http: import("./http.js").Http;
    rest: Rest;
    order: StreamOrder;
    /** @type {((event: {data: string}) => void)|null} */
    onmessage: ((event: {
        data: string;
    }) => void) | null;
    /** @type {((event: {code: number, retryAfterMs?: number|null}) => void)|null} */
    onclose: ((event: {
        code: number;
        retryAfterMs?: number | null;
    }) => void) | null;
    /** Called at a comment: the stream flows. @type {(() => void)|null} */
    onheard: (() => void) | null;
    ended: boolean;
    code: number;
    heartbeatMs: number;
    /** @type {ReturnType<typeof setTimeout>|number} */
    silence: ReturnType<typeof setTimeout> | number;
    /** @type {ReturnType<typeof setTimeout>|number} */
    answering: ReturnType<typeof setTimeout> | number;
    giveUp: AbortController;
    read(): Promise<void>;
    /** @param {ReadableStreamDefaultReader<Uint8Array>} reader */
    lines(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void>;
    /** Takes a stream for dead that has brought nothing for two heartbeats: the server sends a comment in each. */
    watch(): void;
    /** @param {string} line */
    line(line: string): void;
    /**
     * Tells the server that this client lives, which a proxy in between hides: any node
     * takes the answer to a comment.
     *
     * @param {boolean} [echo] asks for the comment ": pong"
     */
    answer(echo?: boolean): Promise<void>;
    /**
     * Sends a request of the socket's protocol over HTTP; its answer comes as a message.
     *
     * @param {string} text
     */
    send(text: string): Promise<void>;
    close(): void;
    /** @param {number|null} retryAfterMs */
    end(retryAfterMs: number | null): void;
}
import { Rest } from "./rest.js";
import { StreamOrder } from "./stream_order.js";
