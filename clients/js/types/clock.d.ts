export class Clock {
    /** What the device's clock lacks, in ms; null before the first status. @type {number|null} */
    known: number | null;
    /** An estimate far behind the best one, and when it was made. @type {{offset: number, at: number}|null} */
    doubtful: {
        offset: number;
        at: number;
    } | null;
    /** What the device's clock lacks, in ms. */
    get offset(): number;
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
