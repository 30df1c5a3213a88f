// @ts-check
// Generated from the Go structs of internal/wire: run go generate ./internal/wire. Do not edit.

// The JSON shapes that the server and the browser app exchange, for the TypeScript
// checker only: this module has no code. A time is text: RFC 3339, UTC, milliseconds.

/** @typedef {"none"|"gathering"|"waiting"|"turn"|"active"} LineState */
/** @typedef {"available"|"unavailable"|"inTransaction"|"booked"} SeatStatus */
/** @typedef {"names"|"bitmap"} SeatsFormat */
/** @typedef {"valid"|"void"|"used"} TicketStatus */
/** @typedef {"pending"|"completed"|"cancelled"} TransactionStatus */
/** @typedef {"turn_missed"|"idle"|"session_ended"|"put_out"|"absent"} LapseReason */
/** @typedef {"admitted"|"already_admitted"|"invalid"|"void"} CheckInResult */

/**
 * ActiveUser is one user with a turn or an active place, for admins.
 *
 * @typedef {object} ActiveUser
 * @property {string} userId
 * @property {string} name
 * @property {string} state turn, active
 * @property {string} deadline
 * @property {string|null} sessionEndsAt null with a turn
 */

/**
 * ActiveUsers is one page of users with a turn or an active place.
 *
 * @typedef {object} ActiveUsers
 * @property {ActiveUser[]} active never null
 * @property {string|null} next null at the end
 */

/**
 * AdminSeason is a season for admins. Settings is booking's own JSON.
 *
 * @typedef {object} AdminSeason
 * @property {any} settings
 * @property {Live} live
 * @property {string[]} warnings never null
 */

/**
 * AuditLog is one page of a season's audit log, newest first.
 *
 * @typedef {object} AuditLog
 * @property {Change[]} changes never null
 * @property {string|null} next null at the end
 */

/**
 * Best is a request for the best available seats.
 *
 * @typedef {object} Best
 * @property {number} count
 * @property {string} [category] "" means any
 * @property {boolean} [adjacent]
 */

/**
 * Bye is sent before a close that the server starts.
 *
 * @typedef {object} Bye
 * @property {"bye"} type
 * @property {string} reason the Reason of a Close
 * @property {number} reconnectAfterMs 0: no particular wait
 */

/**
 * Cart lists the seats that a caller holds.
 *
 * @typedef {object} Cart
 * @property {CartSeat[]} seats never null
 * @property {number} total
 * @property {string} currency
 * @property {string|null} expiresAt null when empty
 */

/**
 * CartMessage announces a change of the cart, or answers hold and release.
 *
 * @typedef {object} CartMessage
 * @property {"cart"} type
 * @property {string|number} [re]
 * @property {Cart} cart
 * @property {string} [reason] expired
 */

/**
 * CartSeat is one held seat. Price is in minor units.
 *
 * @typedef {object} CartSeat
 * @property {string} seatNumber
 * @property {string} category
 * @property {number} price
 */

/**
 * Change is one row of a season's audit log.
 *
 * @typedef {object} Change
 * @property {string} at
 * @property {string} by
 * @property {string} action settings, pause, resume, plan, put_out
 * @property {any} before null: there was no earlier value
 * @property {any} after
 */

/**
 * Changes are the seats whose status changed, with their status at Version. With
 * Plan the seat plan has changed: there may be new seats and prices.
 *
 * @typedef {object} Changes
 * @property {"changes"} type
 * @property {number} version
 * @property {number} [plan] the plan's version
 * @property {Record<string, SeatStatus>} seats never null
 */

/**
 * CheckIn answers a scan at the gate. Fields that a result does not have are null.
 *
 * @typedef {object} CheckIn
 * @property {CheckInResult} result admitted, already_admitted, invalid, void
 * @property {Ticket|null} ticket
 * @property {string|null} admittedAt of the first scan
 * @property {string|null} gate of the first scan
 * @property {boolean} byHand staff admitted the ticket by hand, without a scan
 */

/**
 * DeskTransaction is one purchase with its buyer, for admins.
 *
 * @typedef {object} DeskTransaction
 * @property {string} id
 * @property {string} season
 * @property {TransactionStatus} status pending, completed, cancelled
 * @property {string[]} seats
 * @property {number} total
 * @property {string} currency
 * @property {string} createdAt
 * @property {string|null} completedAt
 * @property {string} reason why it was cancelled; else ""
 * @property {Ticket[]} tickets never null
 * @property {string} userId
 * @property {string} holder the buyer's name at the time of purchase
 */

/**
 * DeskTransactions is one page of a season's purchases, newest first.
 *
 * @typedef {object} DeskTransactions
 * @property {DeskTransaction[]} transactions never null
 * @property {string|null} next null at the end
 */

/**
 * ETA is the expected wait in seconds.
 *
 * @typedef {object} ETA
 * @property {number} p50
 * @property {number} p90
 */

/**
 * Error says why a request was refused. The socket stays open.
 *
 * @typedef {object} Error
 * @property {"error"} type
 * @property {string|number} [re]
 * @property {string} code
 * @property {string} detail
 * @property {string[]} [seats] the seats that prevent the request, if the code has seats
 */

/**
 * Feed is a page of the transactions feed, oldest first.
 *
 * @typedef {object} Feed
 * @property {unknown[]} events never null; the same bodies as webhooks have
 * @property {string} next the value of ?after= for the next request
 * @property {boolean} more whether there are more events
 */

/**
 * FrozenDraw is the part of a draw that is fixed before the order is known.
 *
 * @typedef {object} FrozenDraw
 * @property {string} gathered hex: the hash of the set
 * @property {number} count
 * @property {string} at
 * @property {number} [round] the beacon's round
 * @property {string} [due] when the round's value is published
 */

/**
 * GateTicket is a ticket without its code.
 *
 * @typedef {object} GateTicket
 * @property {string} id
 * @property {string} season
 * @property {string} seatNumber
 * @property {string} category
 * @property {string} holder
 * @property {TicketStatus} status valid, void, used
 * @property {string|null} admittedAt null unless used
 * @property {string|null} gate
 * @property {boolean} byHand
 */

/**
 * Health answers /healthz and /readyz when all is well.
 *
 * @typedef {object} Health
 * @property {string} status
 */

/**
 * Help answers help.
 *
 * @typedef {object} Help
 * @property {"help"} type
 * @property {string|number} [re]
 * @property {HelpType[]} types
 */

/**
 * HelpType is one type of request. The examples are plain JSON in the frame, so
 * that they can be copied from a terminal and sent.
 *
 * @typedef {object} HelpType
 * @property {string} type
 * @property {string[]} with its fields except type and id; never null
 * @property {string} answer
 * @property {ClientRequest} example
 * @property {ClientRequest} [another] a second example, if one does not show every field
 */

/**
 * Lapsed announces that a place or a turn was lost, and why.
 *
 * @typedef {object} Lapsed
 * @property {"lapsed"} type
 * @property {LapseReason} reason turn_missed, idle, session_ended, put_out, absent
 * @property {Status} status
 */

/**
 * Line is one page of a season's line.
 *
 * @typedef {object} Line
 * @property {LineRow[]} waiting never null
 * @property {string|null} next null at the end
 */

/**
 * LineRow is one user in line, for admins.
 *
 * @typedef {object} LineRow
 * @property {string} userId
 * @property {string} name
 * @property {number} number
 * @property {number} position
 * @property {string} joinedAt
 * @property {boolean} present
 */

/**
 * Live are a season's figures for admins.
 *
 * @typedef {object} Live
 * @property {number} waiting
 * @property {number} ready waiting and present
 * @property {number} active users who entered
 * @property {number} turns users with a turn
 * @property {number} held
 * @property {number} booked
 * @property {number} available
 * @property {number} admittedPerMinute
 * @property {Node[]} nodes never null
 */

/**
 * LookedUp answers a look-up by ticket id or seat. It shows the holder, but not the
 * code that admits.
 *
 * @typedef {object} LookedUp
 * @property {GateTicket[]} tickets never null
 */

/**
 * Node is a live node and the number of its sockets.
 *
 * @typedef {object} Node
 * @property {string} id
 * @property {number} sockets
 */

/**
 * Payment is how a purchase is paid.
 *
 * @typedef {object} Payment
 * @property {string} method
 * @property {string} token
 */

/**
 * Pong answers ping.
 *
 * @typedef {object} Pong
 * @property {"pong"} type
 * @property {string|number} [re]
 */

/**
 * Position announces a waiting user's position, counted from 1.
 *
 * @typedef {object} Position
 * @property {"position"} type
 * @property {number} position
 * @property {number} waiting
 * @property {ETA|null} etaSeconds null while no rate is known
 */

/**
 * Problem is an HTTP error (RFC 9457).
 *
 * @typedef {object} Problem
 * @property {string} type
 * @property {string} title
 * @property {number} status
 * @property {string} detail
 * @property {string} code
 * @property {string[]} [seats]
 * @property {any} [errors]
 */

/**
 * Season is the public part of a season.
 *
 * @typedef {object} Season
 * @property {string} id
 * @property {string} name
 * @property {string} currency
 * @property {string|null} opensAt
 * @property {string|null} closesAt
 * @property {number} maxSeats
 * @property {number} holdSeconds
 * @property {boolean} refunds whether purchases can be refunded
 * @property {Record<string, Record<string, number>>} counts category → status → seats
 * @property {SeasonDraw} [draw] only with a scheduled opening
 */

/**
 * SeasonDraw is the public commitment to draw the order of a season.
 *
 * @typedef {object} SeasonDraw
 * @property {string} commitment hex: the SHA-256 of the secret seed
 * @property {string} committedAt
 * @property {string} [beacon] the beacon that will be mixed in; "": none
 * @property {FrozenDraw} [frozen] after the gathering has ended
 * @property {boolean} held
 */

/**
 * Seasons lists the seasons.
 *
 * @typedef {object} Seasons
 * @property {Season[]} seasons never null
 */

/**
 * Seat is one seat of the plan with its status now.
 *
 * @typedef {object} Seat
 * @property {string} id
 * @property {string} seatNumber
 * @property {string} category
 * @property {SeatStatus} status available, unavailable, inTransaction, booked
 * @property {number} price
 * @property {string} section
 * @property {string} row
 * @property {number} x in seat widths
 * @property {number} y
 * @property {number} index its bit in the bitmaps
 */

/**
 * SeatBitmaps answers seats in the format bitmap: a bit per index of the plan,
 * base64; bit 7 of byte 0 is index 0. A seat in no bitmap is available. A bitmap
 * may end before Count: missing bits are 0.
 *
 * @typedef {object} SeatBitmaps
 * @property {"seats"} type
 * @property {string|number} [re]
 * @property {number} version
 * @property {number} count seats in the plan
 * @property {string} unavailable
 * @property {string} inTransaction
 * @property {string} booked
 */

/**
 * SeatNames answers seats in the format names: every seat that is not available,
 * with its status.
 *
 * @typedef {object} SeatNames
 * @property {"seats"} type
 * @property {string|number} [re]
 * @property {number} version
 * @property {Record<string, SeatStatus>} seats never null
 */

/**
 * Seats is a season's seats at one version.
 *
 * @typedef {object} Seats
 * @property {string} season
 * @property {number} version
 * @property {Seat[]} seats never null
 */

/**
 * Session is one of a user's live sessions.
 *
 * @typedef {object} Session
 * @property {string} id
 * @property {string} createdAt
 * @property {string} lastSeenAt
 * @property {boolean} current
 */

/**
 * Sessions is the answer of GET /auth/sessions.
 *
 * @typedef {object} Sessions
 * @property {Session[]} sessions
 */

/**
 * SignIn answers a successful sign-in.
 *
 * @typedef {object} SignIn
 * @property {string} token
 * @property {string} expiresAt
 * @property {User} user
 * @property {Status} status
 */

/**
 * Status is a caller's state in a season. HTTP and the socket share it.
 *
 * @typedef {object} Status
 * @property {string} season
 * @property {LineState} state none, gathering, waiting, turn, active
 * @property {number|null} number
 * @property {number|null} position from 1
 * @property {number} waiting
 * @property {number} active
 * @property {number} limit
 * @property {boolean} paused
 * @property {string|null} opensAt
 * @property {ETA|null} etaSeconds
 * @property {string|null} place
 * @property {string|null} deadline
 * @property {string|null} sessionEndsAt
 * @property {string} serverTime
 */

/**
 * StatusMessage announces a change of state, or answers status, join, enter, leave.
 *
 * @typedef {object} StatusMessage
 * @property {"status"} type
 * @property {string|number} [re]
 * @property {Status} status
 */

/**
 * Ticket is one seat sold to one user.
 *
 * @typedef {object} Ticket
 * @property {string} id
 * @property {string} transactionId
 * @property {string} season
 * @property {string} seatNumber
 * @property {string} category
 * @property {string} holder
 * @property {string} qrCode
 * @property {TicketStatus} status valid, void, used
 * @property {string} issuedAt
 */

/**
 * Tickets is one page of a caller's tickets.
 *
 * @typedef {object} Tickets
 * @property {Ticket[]} tickets never null
 * @property {string|null} next null: this is the last page
 */

/**
 * Transaction is one purchase.
 *
 * @typedef {object} Transaction
 * @property {string} id
 * @property {string} season
 * @property {TransactionStatus} status pending, completed, cancelled
 * @property {string[]} seats
 * @property {number} total
 * @property {string} currency
 * @property {string} createdAt
 * @property {string|null} completedAt
 * @property {string} reason why it was cancelled; else ""
 * @property {Ticket[]} tickets never null
 */

/**
 * TransactionMessage answers purchase, or announces the outcome of a purchase.
 *
 * @typedef {object} TransactionMessage
 * @property {"transaction"} type
 * @property {string|number} [re]
 * @property {Transaction} transaction
 */

/**
 * Transactions is one page of a caller's purchases.
 *
 * @typedef {object} Transactions
 * @property {Transaction[]} transactions never null
 * @property {string|null} next null at the end
 */

/**
 * Turn announces the user's turn: enter before the status' deadline.
 *
 * @typedef {object} Turn
 * @property {"turn"} type
 * @property {Status} status
 */

/**
 * User is a signed-in user.
 *
 * @typedef {object} User
 * @property {string} id
 * @property {string} email
 * @property {string} name
 * @property {string[]} roles never null
 */

/**
 * Voids are a season's refunded tickets, for gates without a network. Signed
 * contains the same as a compact JWS, typ usher-voids.
 *
 * @typedef {object} Voids
 * @property {string} season
 * @property {string} asOf
 * @property {string[]} voids ticket ids, sorted; never null
 * @property {string} signed
 */

/**
 * Welcome is the first frame: everything that a page shows, so that a client
 * resumes by reconnecting.
 *
 * @typedef {object} Welcome
 * @property {"welcome"} type
 * @property {Status} status
 * @property {Cart} cart
 * @property {User} user
 * @property {string} season
 * @property {string} protocol
 * @property {number} heartbeatSeconds between two pings of the server
 */

/**
 * StatusRequest is a frame that a client sends; the answer is status.
 *
 * @typedef {object} StatusRequest
 * @property {"status"} type
 * @property {string|number} [id] comes back as re
 */

/**
 * JoinRequest is a frame that a client sends; the answer is status.
 *
 * @typedef {object} JoinRequest
 * @property {"join"} type
 * @property {string|number} [id] comes back as re
 * @property {string} [place]
 */

/**
 * EnterRequest is a frame that a client sends; the answer is status.
 *
 * @typedef {object} EnterRequest
 * @property {"enter"} type
 * @property {string|number} [id] comes back as re
 */

/**
 * LeaveRequest is a frame that a client sends; the answer is status.
 *
 * @typedef {object} LeaveRequest
 * @property {"leave"} type
 * @property {string|number} [id] comes back as re
 */

/**
 * SeatsRequest is a frame that a client sends; the answer is seats.
 *
 * @typedef {object} SeatsRequest
 * @property {"seats"} type
 * @property {string|number} [id] comes back as re
 * @property {SeatsFormat} [format]
 */

/**
 * HoldRequest is a frame that a client sends; the answer is cart.
 *
 * @typedef {object} HoldRequest
 * @property {"hold"} type
 * @property {string|number} [id] comes back as re
 * @property {string[]} [seats]
 * @property {Best} [best]
 */

/**
 * ReleaseRequest is a frame that a client sends; the answer is cart.
 *
 * @typedef {object} ReleaseRequest
 * @property {"release"} type
 * @property {string|number} [id] comes back as re
 * @property {string[]} [seats]
 */

/**
 * PurchaseRequest is a frame that a client sends; the answer is transaction.
 *
 * @typedef {object} PurchaseRequest
 * @property {"purchase"} type
 * @property {string|number} [id] comes back as re
 * @property {string[]} seats
 * @property {string} key
 * @property {Payment} payment
 */

/**
 * PingRequest is a frame that a client sends; the answer is pong.
 *
 * @typedef {object} PingRequest
 * @property {"ping"} type
 * @property {string|number} [id] comes back as re
 */

/**
 * HelpRequest is a frame that a client sends; the answer is help.
 *
 * @typedef {object} HelpRequest
 * @property {"help"} type
 * @property {string|number} [id] comes back as re
 */

/** Every frame that the server sends. @typedef {Bye|CartMessage|Changes|Error|Help|Lapsed|Pong|Position|SeatBitmaps|SeatNames|StatusMessage|TransactionMessage|Turn|Welcome} ServerMessage */
/** Every frame that a client sends. @typedef {StatusRequest|JoinRequest|EnterRequest|LeaveRequest|SeatsRequest|HoldRequest|ReleaseRequest|PurchaseRequest|PingRequest|HelpRequest} ClientRequest */

export {};
