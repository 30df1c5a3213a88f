/** Whether this program can read an answer bit by bit. */
export const canStream: boolean;
export class Way {
    /** @param {{socket: boolean, stream: boolean, memory?: Pick<Storage, "getItem"|"setItem"|"removeItem">|null}} can which ways there are */
    constructor({ socket, stream, memory }: {
        socket: boolean;
        stream: boolean;
        memory?: Pick<Storage, "getItem" | "setItem" | "removeItem"> | null;
    });
    can: {
        socket: boolean;
        stream: boolean;
    };
    memory: Pick<Storage, "getItem" | "removeItem" | "setItem"> | null;
    /** @type {"socket"|"stream"} */
    now: "socket" | "stream";
    refused: number;
    cuts: number;
    /** Whether there is any live connection to try. */
    get possible(): boolean;
    remembered(): boolean;
    /** Notes that a connection has opened. @param {boolean} stream whether it is a stream */
    opened(stream: boolean): void;
    /**
     * Notes that a connection has ended.
     *
     * @param {number} lived how long it was open, in ms; 0: it never opened
     * @param {boolean} broken whether it ended without a word of the server
     * @returns {boolean} whether the network seems to be the reason
     */
    ended(lived: number, broken: boolean): boolean;
    /**
     * Takes the other way.
     *
     * @returns {boolean} false when the network has been found to block that as well, or there is none: what is left is asking again and again
     */
    change(): boolean;
}
