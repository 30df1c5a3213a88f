/**
 * @param {string} path
 * @param {string} season "": the server's default season
 */
export function withSeason(path: string, season: string): string;
/**
 * Puts the statuses of a plan into the socket's compact form. Places of areas, which the
 * list has as counts only, are free there.
 *
 * @param {Pick<import("../wire.js").Seats, "version"|"seats"> & Partial<import("../wire.js").Seats>} answer of GET /seats
 */
export function bitmaps(answer: Pick<import("../wire.js").Seats, "version" | "seats"> & Partial<import("../wire.js").Seats>): {
    version: number;
    count: number;
    unavailable: string;
    inTransaction: string;
    booked: string;
    areas: import("../wire.js").Area[];
};
/** Sends the requests of the socket over HTTP, where no socket opens. Answers have the shapes of the socket's. */
export class Rest {
    /** @param {{season: string, http: import("./http.js").Http}} options */
    constructor({ season, http }: {
        season: string;
        http: import("./http.js").Http;
    });
    season: string;
    http: import("./http.js").Http;
    /** @param {string} path */
    path(path: string): string;
    /**
     * Sends a request of the socket over HTTP.
     *
     * @param {string} type
     * @param {Record<string, any>} fields
     * @returns {Promise<any>} the answer in the shape of the socket's; rejects with a Problem
     */
    request(type: string, fields: Record<string, any>): Promise<any>;
    /** @param {string[]|undefined} seats none: all */
    release(seats: string[] | undefined): Promise<any>;
}
