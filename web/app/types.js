// @ts-check
/**
 * The shapes of the protocol and of the app's state, for TypeScript's eyes
 * only: this module has no code. Shapes of the wire are those of internal/wire.
 *
 * @typedef {"none"|"gathering"|"waiting"|"turn"|"active"} Standing
 *
 * @typedef {object} Status
 * @property {string} season
 * @property {Standing} state
 * @property {number|null} number
 * @property {number|null} position counts from 1
 * @property {number} waiting
 * @property {number} active
 * @property {number} limit
 * @property {boolean} paused
 * @property {string|null} opensAt
 * @property {{p50: number, p90: number}|null} etaSeconds
 * @property {string|null} place
 * @property {string|null} deadline
 * @property {string|null} sessionEndsAt
 * @property {string} serverTime
 *
 * @typedef {{id: string, email: string, name: string, roles: string[]}} User
 *
 * @typedef {{seatNumber: string, category: string, price: number}} CartSeat
 * @typedef {{seats: CartSeat[], total: number, currency: string, expiresAt: string|null}} Cart
 *
 * @typedef {"available"|"unavailable"|"inTransaction"|"booked"} SeatStatus
 *
 * @typedef {object} Seat
 * @property {string} id
 * @property {string} seatNumber
 * @property {string} category
 * @property {SeatStatus} status
 * @property {number} price minor units
 * @property {string} section
 * @property {string} row
 * @property {number} x seat widths
 * @property {number} y seat widths
 * @property {number} index its bit in the bitmaps
 *
 * @typedef {object} Ticket
 * @property {string} id
 * @property {string} transactionId
 * @property {string} season
 * @property {string} seatNumber
 * @property {string} category
 * @property {string} holder
 * @property {string} qrCode
 * @property {"valid"|"void"|"used"} status
 * @property {string} issuedAt
 *
 * @typedef {object} Transaction
 * @property {string} id
 * @property {string} season
 * @property {"pending"|"completed"|"cancelled"} status
 * @property {string[]} seats
 * @property {number} total
 * @property {string} currency
 * @property {string} createdAt
 * @property {string|null} completedAt
 * @property {string} reason
 * @property {Ticket[]} tickets
 *
 * @typedef {object} SeasonInfo
 * @property {string} id
 * @property {string} name
 * @property {string} currency
 * @property {string|null} opensAt
 * @property {string|null} closesAt
 * @property {number} maxSeats
 * @property {number} holdSeconds
 * @property {boolean} [refunds] whether purchases can be given back
 * @property {{commitment: string, committedAt: string, held: boolean}} [draw] of a scheduled opening
 *
 * @typedef {object} Config
 * @property {string} season
 * @property {boolean} session whether the browser holds a session's cookie, which may have run out
 * @property {string} payments how fans pay: sandbox or stripe-test, by test cards; stripe, on another page; or not at all
 *
 * What one purchase needs to be repeated after a reload, word for word.
 * @typedef {object} Purchase
 * @property {string} user
 * @property {string} season
 * @property {string} key
 * @property {string[]} seats
 * @property {{method: string, token: string}} payment
 * @property {string|null} transaction its id, once an answer named it
 *
 * @typedef {object} Done what was bought last in this visit
 * @property {string[]} seats
 * @property {number} total
 * @property {string} currency
 * @property {boolean} more whether the fan wants to buy more
 *
 * @typedef {object} Notice
 * @property {"error"|"warning"|"info"} kind error: a press that failed, and it takes the focus; warning: bad news by itself
 * @property {string} text
 *
 * @typedef {object} State
 * @property {Config} config
 * @property {string} path /, /gate or /admin; /draw is a page of its own
 * @property {string} route the part behind the hash: "", tickets
 * @property {"starting"|"signedOut"|"signedIn"} phase
 * @property {"live"|"polling"|"reconnecting"|"replaced"} connection polling: no socket can be opened here
 * @property {number} heardAt when the server was last heard, by this device's clock in ms; 0 before
 * @property {SeasonInfo|null} season
 * @property {User|null} user
 * @property {Status|null} status
 * @property {number|null} lastPosition the last position shown, kept while a line is put together again
 * @property {string|null} out why the fan is not in the line; null when that is simply so
 * @property {boolean} joining whether the page is joining by itself
 * @property {Cart|null} cart
 * @property {Set<string>} asking seat numbers with a hold or release under way
 * @property {"none"|"asking"|"pending"} paying
 * @property {Done|null} done
 * @property {Ticket[]|null} tickets null until read
 * @property {Transaction[]} unsettled the caller's pending purchases
 * @property {Transaction[]} purchases the caller's last purchases, newest first
 * @property {Notice|null} notice
 * @property {import("./notify.js").Standing} notify
 * @property {number} seatsRevision grows with every change of the seat book
 * @property {boolean} seatsReady whether plan and statuses are known
 */
export {};
