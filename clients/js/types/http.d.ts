/**
 * @param {string|null} header the value of Retry-After: seconds, or a date
 * @returns {number|null} ms; null when it says nothing
 */
export function retryAfter(header: string | null): number | null;
/** Requests over HTTP, and problems as errors with stable codes. */
/** An error of the server, or of the link to the server. */
export class Problem extends Error {
    /**
     * @param {string} code
     * @param {string} detail
     * @param {{status?: number, seats?: string[], errors?: {line: number, column: number, problem: string}[], fields?: {field: string, code: string, problem: string}[], retryAfterMs?: number|null}} [more]
     */
    constructor(code: string, detail: string, more?: {
        status?: number;
        seats?: string[];
        errors?: {
            line: number;
            column: number;
            problem: string;
        }[];
        fields?: {
            field: string;
            code: string;
            problem: string;
        }[];
        retryAfterMs?: number | null;
    });
    /** The stable code: the server's, or one of this client's own (disconnected, cancelled, lapsed, ended, replaced, stopped). */
    code: string;
    detail: string;
    /** The HTTP status; 0 when the problem did not come over HTTP. */
    status: number;
    /** The seats that prevent the request, if the code has seats. */
    seats: string[];
    errors: {
        line: number;
        column: number;
        problem: string;
    }[];
    /** The wrong fields of a form, for invalid_request. */
    fields: {
        field: string;
        code: string;
        problem: string;
    }[];
    /** How long the server asks to wait before the next attempt, in ms; null when it does not say. */
    retryAfterMs: number | null;
}
/**
 * @typedef {object} Content
 * @property {unknown} [json] the body, sent as JSON
 * @property {BodyInit} [body] the body as it is
 * @property {string} [type] the content type of body; text/plain if left out
 * @property {number} [patience] how long to wait for the answer, in ms; 0: without limit
 * @property {Record<string, string>} [headers]
 */
/** Sends requests to one server. */
export class Http {
    /**
     * @param {{url?: string, token?: string}} [options] url: the server's, such as https://tickets.example; "" is the page's own server. token: a
     * session token; without it the browser's cookie says who is calling
     */
    constructor({ url, token }?: {
        url?: string;
        token?: string;
    });
    url: string;
    token: string;
    /**
     * @param {string} method
     * @param {string} path with the query
     * @param {Content} [content]
     * @returns {Promise<any>} the answer's JSON; null when it has no body. Rejects with a Problem
     */
    call(method: string, path: string, content?: Content): Promise<any>;
    /**
     * Asks for an answer that comes bit by bit.
     *
     * @param {string} path
     * @param {AbortSignal} signal ends it
     * @returns {Promise<Response>} once its head is there, whatever its status
     */
    open(path: string, signal: AbortSignal): Promise<Response>;
    /**
     * @param {string} path
     * @param {number} [patience] how long to wait for the answer, in ms
     */
    get(path: string, patience?: number): Promise<any>;
}
export type Content = {
    /**
     * the body, sent as JSON
     */
    json?: unknown;
    /**
     * the body as it is
     */
    body?: BodyInit | undefined;
    /**
     * the content type of body; text/plain if left out
     */
    type?: string | undefined;
    /**
     * how long to wait for the answer, in ms; 0: without limit
     */
    patience?: number | undefined;
    headers?: Record<string, string> | undefined;
};
