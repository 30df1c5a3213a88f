/**
 * The server's clock, estimated from its last status. Deadlines come from the
 * server, and the clock of a fan's device may be wrong by hours.
 */
export class Clock {
    /** What the device's clock lacks, in ms. */
    offset: number;
    /** @param {string} serverTime RFC 3339, read just now */
    set(serverTime: string): void;
    /** @returns {number} the server's time in ms */
    now(): number;
    /**
     * @param {string|null|undefined} moment RFC 3339
     * @returns {number} ms left, never below 0; 0 for no moment
     */
    left(moment: string | null | undefined): number;
}
