/**
 * @param {number} code the close code; 1006 when the link simply broke
 * @param {number|null} byeAfterMs what the server's bye said, if it said so
 * @param {number} attempt how many attempts in a row have failed
 * @param {() => number} [random]
 * @returns {Next}
 */
export function afterClose(code: number, byeAfterMs: number | null, attempt: number, random?: () => number): Next;
/**
 * What the client does after a socket was closed (docs/protocol.md).
 */
export type Next = {
    then: "reconnect";
    afterMs: number;
} | {
    then: "replaced";
} | {
    then: "signedOut";
} | {
    then: "signInAgain";
};
