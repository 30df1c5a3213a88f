// @ts-check
/**
 * The shapes of the app's own state, for the TypeScript checker only: this module
 * has no code and is not served. The shapes of the protocol are the
 * client's.
 *
 * @typedef {import("../../../clients/js/wire.js").Season} Season
 * @typedef {Pick<Season, "id"|"name"|"currency"|"opensAt"|"closesAt"|"maxSeats"|"holdSeconds"> & Partial<Season>} KnownSeason a season as far as this page knows it
 *
 * @typedef {object} Config
 * @property {string} season
 * @property {[string, string|null][]} signIns the ways to sign in: the path of each, and the provider's name; null: the first one's
 * @property {boolean} session whether the browser holds a session's cookie, which may have expired
 * @property {string} payments how fans pay: sandbox, by test cards; stripe, on a page of Stripe; stripe-test, by either; or not at all
 * @property {{siteKey: string, script: string}|null} challenge the widget of this season's challenge; null: none
 * @property {string} transaction the purchase that a payment page sent the fan back from; "" for none
 * @property {string} returnTo where the page goes on once the fan is in; "" if it stays
 *
 * A purchase as it is kept until it is settled, so that a reload can send it again unchanged.
 * @typedef {object} Purchase
 * @property {string} user
 * @property {string} season
 * @property {string} key the idempotency key
 * @property {string[]} seats
 * @property {import("../../../clients/js/wire.js").Payment} payment
 * @property {string|null} transaction its id, once an answer named it
 *
 * @typedef {import("../../../clients/js/wire.js").Next & {transaction: string}} PayPage a page of the payment provider, and the purchase that it is for
 *
 * @typedef {object} Done what was bought last in this visit
 * @property {string[]} seats
 * @property {number} total
 * @property {string} currency
 * @property {boolean} more whether the fan wants to buy more
 *
 * @typedef {object} Notice
 * @property {"error"|"warning"|"info"} kind error: an action of the user failed, and the notice takes the focus; warning: bad news that no action caused
 * @property {string} text
 * @property {Place} [place] where the press was that it answers; without one it stands at the top of the page
 * @property {Offer[]} [offers] what may be done instead
 *
 * @typedef {"map"|"list"|"best"|"cart"|"code"} Place a part of the page with the seats, or the field for a code
 * @typedef {{seats: string[], words: string}} Offer seats that can be held instead, with one press
 *
 * @typedef {object} Found seats that were just held, to be shown on the map
 * @property {string[]} seats
 *
 * @typedef {object} State
 * @property {Config} config
 * @property {string} path /, /gate, /desk or /admin; /draw is a page of its own
 * @property {string} route the part behind the hash: "", tickets
 * @property {"starting"|"signedOut"|"signedIn"} phase
 * @property {"live"|"polling"|"reconnecting"|"replaced"} connection polling: no socket can be opened here
 * @property {number} heardAt when the server was last heard, by this device's clock in ms; 0 before
 * @property {KnownSeason|null} season
 * @property {import("../../../clients/js/wire.js").Sale|null} sale what everyone is told; null before
 * @property {import("../../../clients/js/wire.js").User|null} user
 * @property {import("../../../clients/js/wire.js").Status|null} status
 * @property {number|null} lastPosition the last position shown, kept while the line is rebuilt
 * @property {import("../line_memory.js").LineMemory} memory what is remembered of the fan's place
 * @property {string|null} out why the fan is not in the line; null when there is no reason to show
 * @property {{again: boolean}|null} challenge set while the fan must solve a challenge to join; again: an answer was refused
 * @property {boolean} joining whether the page is joining without being asked
 * @property {import("../../../clients/js/wire.js").Cart|null} cart
 * @property {Set<string>} asking seat numbers with a hold or release in flight
 * @property {"none"|"asking"|"pending"} paying
 * @property {PayPage|null} payPage where the fan pays the purchase that is pending here; null: nowhere else
 * @property {Done|null} done
 * @property {import("../../../clients/js/wire.js").Ticket[]|null} tickets null until read
 * @property {Record<string, KnownSeason>} ticketSeasons the seasons of the tickets, by id
 * @property {number} ticketsAsOf when the server said so, in ms, of tickets that this device has kept; 0: just now
 * @property {import("../../../clients/js/wire.js").Transaction[]} unsettled the caller's pending purchases
 * @property {import("../../../clients/js/wire.js").Transaction[]} purchases the caller's last purchases, newest first
 * @property {Notice|null} notice
 * @property {import("../notify.js").NotifyState} notify
 * @property {import("../screen_lock.js").ScreenState} screen
 * @property {number|null} highest the highest price that the fan wants to see, in minor units; null: any
 * @property {Found|null} found
 * @property {boolean} seatsReady whether plan and statuses are known
 *
 * @typedef {object} View a part of the page
 * @property {HTMLElement} element made once
 * @property {(state: State) => void} update draws a state into the element
 * @property {() => void} [tick] moves the view's timers, four times a second
 * @property {() => void} [dispose] ends the view's timers and listeners
 */
/**
 * The texts of another language than English. What it lacks, a test lists.
 *
 * @template T
 * @typedef {{[Name in keyof T]?: T[Name] extends string ? string : T[Name] extends Function ? T[Name] : Translation<T[Name]>}} Translation
 */
export {};
