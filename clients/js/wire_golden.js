// @ts-check
// Generated from internal/wire/testdata: run go generate ./internal/wire. Do not edit.

// Every message of the protocol with its type. The TypeScript checker reports a
// message that does not have its type's fields.

/** @type {import("./wire.js").Bye} */
export const server_bye = {"type":"bye","reason":"restarting","reconnectAfterMs":1200};

/** @type {import("./wire.js").CartMessage} */
export const server_cart = {"type":"cart","re":6,"cart":{"seats":[{"seatNumber":"A-1","category":"VIP","price":4500,"type":null},{"seatNumber":"A-2","category":"VIP","price":4500,"type":null}],"total":9000,"currency":"EUR","expiresAt":"2026-11-22T10:05:00.000Z","canExtend":true}};

/** @type {import("./wire.js").CartMessage} */
export const server_cart_expired = {"type":"cart","cart":{"seats":[],"total":0,"currency":"EUR","expiresAt":null,"canExtend":false},"reason":"expired"};

/** @type {import("./wire.js").Changes} */
export const server_changes = {"type":"changes","version":18,"seats":{"A-1":"available","A-2":"inTransaction"}};

/** @type {import("./wire.js").Error} */
export const server_error = {"type":"error","re":"h<1>","code":"seat_taken","detail":"already taken: A-1","seats":["A-1"]};

/** @type {import("./wire.js").Error} */
export const server_error_no_re = {"type":"error","code":"invalid_request","detail":"this is not one JSON object"};

/** @type {import("./wire.js").Help} */
export const server_help = {"type":"help","re":10,"types":[{"type":"status","with":[],"answer":"status","example":{"type":"status","id":1}},{"type":"join","with":["place","code","challenge"],"answer":"status","example":{"type":"join","id":2},"another":{"type":"join","id":2,"place":"the place of an earlier status"}},{"type":"enter","with":[],"answer":"status","example":{"type":"enter","id":3}},{"type":"leave","with":[],"answer":"status","example":{"type":"leave","id":4}},{"type":"seats","with":["format"],"answer":"seats","example":{"type":"seats","id":5},"another":{"type":"seats","id":5,"format":"bitmap"}},{"type":"hold","with":["seats","areas","best"],"answer":"cart","example":{"type":"hold","id":6,"seats":["A-1","A-2"]},"another":{"type":"hold","id":6,"best":{"count":2,"categories":["VIP"],"upTo":9000,"adjacent":true}}},{"type":"release","with":["seats"],"answer":"cart","example":{"type":"release","id":7},"another":{"type":"release","id":7,"seats":["A-2"]}},{"type":"purchase","with":["key","seats","payment"],"answer":"transaction","example":{"type":"purchase","id":8,"key":"order-1","seats":["A-1"],"payment":{"method":"sandbox","token":"tok_ok"}}},{"type":"extend","with":[],"answer":"cart","example":{"type":"extend","id":11}},{"type":"wish","with":["seats","categories","upTo"],"answer":"status","example":{"type":"wish","id":12,"seats":2},"another":{"type":"wish","id":12,"seats":2,"categories":["VIP"],"upTo":9000}},{"type":"unwish","with":[],"answer":"status","example":{"type":"unwish","id":13}},{"type":"ping","with":[],"answer":"pong","example":{"type":"ping","id":9}},{"type":"help","with":[],"answer":"help","example":{"type":"help","id":10}}]};

/** @type {import("./wire.js").Lapsed} */
export const server_lapsed = {"type":"lapsed","reason":"turn_missed","status":{"season":"demo","state":"none","number":null,"position":null,"waiting":2,"active":1,"limit":1,"paused":false,"opensAt":null,"etaSeconds":null,"place":null,"deadline":null,"sessionEndsAt":null,"wish":null,"serverTime":"2026-11-22T10:00:00.000Z"}};

/** @type {import("./wire.js").Pong} */
export const server_pong = {"type":"pong","re":9};

/** @type {import("./wire.js").Position} */
export const server_position = {"type":"position","position":123,"waiting":9876,"etaSeconds":{"p50":240,"p90":420}};

/** @type {import("./wire.js").Position} */
export const server_position_no_eta = {"type":"position","position":1,"waiting":1,"etaSeconds":null};

/** @type {import("./wire.js").SaleMessage} */
export const server_sale = {"type":"sale","sale":{"paused":false,"pauseReason":null,"opensAt":null,"closesAt":null,"notice":null,"stock":"available","available":412,"held":63,"total":1200,"currency":"EUR","categories":[{"category":"VIP","available":12,"held":3,"total":100,"from":4500,"to":9000,"types":[{"type":"child","from":2000,"to":4500}]}],"version":17}};

/** @type {import("./wire.js").SaleMessage} */
export const server_sale_gone = {"type":"sale","sale":{"paused":true,"pauseReason":"A fire alarm; we continue in ten minutes","opensAt":"2027-03-01T10:00:00.000Z","closesAt":"2027-03-02T10:00:00.000Z","notice":"Doors open 15 minutes late","stock":"gone","available":0,"held":0,"total":1200,"currency":"EUR","categories":[{"category":"VIP","available":0,"held":0,"total":100,"from":4500,"to":4500,"types":[{"type":"child","from":2000,"to":4500}]}],"version":18}};

/** @type {import("./wire.js").SeatNames} */
export const server_seats = {"type":"seats","re":5,"version":17,"seats":{"A-1":"booked","A-2":"inTransaction","B-9":"unavailable"}};

/** @type {import("./wire.js").SeatBitmaps} */
export const server_seats_bitmap = {"type":"seats","re":5,"version":17,"count":12,"unavailable":"AAA=","inTransaction":"QAA=","booked":"gBA="};

/** @type {import("./wire.js").StatusMessage} */
export const server_status = {"type":"status","re":"q1","status":{"season":"demo","state":"waiting","number":4711,"position":2,"waiting":2,"active":1,"limit":1,"paused":false,"opensAt":null,"etaSeconds":{"p50":240,"p90":420},"place":"eyJhbGciOiJFZERTQSJ9.e30.c2ln","deadline":null,"sessionEndsAt":null,"wish":null,"serverTime":"2026-11-22T10:00:00.000Z"}};

/** @type {import("./wire.js").StatusMessage} */
export const server_status_gathering = {"type":"status","status":{"season":"demo","state":"gathering","number":12,"position":null,"waiting":2,"active":1,"limit":1,"paused":false,"opensAt":"2027-03-01T10:00:00.000Z","etaSeconds":null,"place":"eyJhbGciOiJFZERTQSJ9.e30.c2ln","deadline":null,"sessionEndsAt":null,"wish":null,"serverTime":"2026-11-22T10:00:00.000Z"}};

/** @type {import("./wire.js").TransactionMessage} */
export const server_transaction = {"type":"transaction","re":8,"transaction":{"id":"65f1c0ffee65f1c0ffee0001","season":"demo","status":"completed","seats":["A-1"],"lines":[{"seatNumber":"A-1","category":"VIP","price":4500,"type":"child"}],"total":4500,"currency":"EUR","createdAt":"2026-11-22T10:00:00.000Z","completedAt":"2026-11-22T10:00:01.000Z","reason":"","tickets":[{"id":"65f1c0ffee65f1c0ffee0002","transactionId":"65f1c0ffee65f1c0ffee0001","season":"demo","seatNumber":"A-1","section":"Stalls","row":"A","category":"VIP","price":4500,"type":"child","currency":"EUR","holder":"Fan 1","qrCode":"eyJhbGciOiJFZERTQSJ9.e30.c2ln","status":"valid","issuedAt":"2026-11-22T10:00:01.000Z"}]}};

/** @type {import("./wire.js").TransactionMessage} */
export const server_transaction_cancelled = {"type":"transaction","transaction":{"id":"65f1c0ffee65f1c0ffee0001","season":"demo","status":"cancelled","seats":["A-1"],"lines":[{"seatNumber":"A-1","category":"VIP","price":4500,"type":"child"}],"total":4500,"currency":"EUR","createdAt":"2026-11-22T10:00:00.000Z","completedAt":"2026-11-22T10:00:01.000Z","reason":"payment_declined","tickets":[]}};

/** @type {import("./wire.js").TransactionMessage} */
export const server_transaction_pending = {"type":"transaction","re":"buy","transaction":{"id":"65f1c0ffee65f1c0ffee0001","season":"demo","status":"pending","seats":["A-1"],"lines":[{"seatNumber":"A-1","category":"VIP","price":4500,"type":"child"}],"total":4500,"currency":"EUR","createdAt":"2026-11-22T10:00:00.000Z","completedAt":null,"reason":"","tickets":[]}};

/** @type {import("./wire.js").Turn} */
export const server_turn = {"type":"turn","status":{"season":"demo","state":"turn","number":null,"position":null,"waiting":2,"active":1,"limit":1,"paused":false,"opensAt":null,"etaSeconds":null,"place":null,"deadline":"2026-11-22T10:01:00.000Z","sessionEndsAt":null,"wish":null,"serverTime":"2026-11-22T10:00:00.000Z"}};

/** @type {import("./wire.js").Waiting} */
export const server_waiting = {"type":"waiting","waiting":40};

/** @type {import("./wire.js").Welcome} */
export const server_welcome = {"type":"welcome","status":{"season":"demo","state":"waiting","number":4711,"position":2,"waiting":2,"active":1,"limit":1,"paused":false,"opensAt":null,"etaSeconds":{"p50":240,"p90":420},"place":"eyJhbGciOiJFZERTQSJ9.e30.c2ln","deadline":null,"sessionEndsAt":null,"wish":null,"serverTime":"2026-11-22T10:00:00.000Z"},"cart":{"seats":[],"total":0,"currency":"EUR","expiresAt":null,"canExtend":false},"user":{"id":"65f1c0ffee65f1c0ffee65f1","email":"fan1@example.com","name":"Fan 1","roles":[]},"season":"demo","protocol":"usher.v1","heartbeatSeconds":25,"sale":{"paused":false,"pauseReason":null,"opensAt":null,"closesAt":null,"notice":null,"stock":"none","available":0,"held":0,"total":0,"currency":"EUR","categories":[],"version":4294967297}};

/** @type {import("./wire.js").EnterRequest} */
export const client_enter = {"type":"enter","id":3};

/** @type {import("./wire.js").ExtendRequest} */
export const client_extend = {"type":"extend","id":11};

/** @type {import("./wire.js").HelpRequest} */
export const client_help = {"type":"help","id":10};

/** @type {import("./wire.js").HoldRequest} */
export const client_hold = {"type":"hold","id":"h<1>","seats":["A-1","A-2"]};

/** @type {import("./wire.js").HoldRequest} */
export const client_hold_best = {"type":"hold","id":6.5,"best":{"count":2,"category":"VIP","adjacent":true}};

/** @type {import("./wire.js").HoldRequest} */
export const client_hold_best_swap = {"type":"hold","id":6,"best":{"count":4,"adjacent":true,"swap":true}};

/** @type {import("./wire.js").JoinRequest} */
export const client_join = {"type":"join","id":"j-1"};

/** @type {import("./wire.js").JoinRequest} */
export const client_join_place = {"type":"join","id":"j-2","place":"eyJhbGciOiJFZERTQSJ9.e30.c2ln"};

/** @type {import("./wire.js").LeaveRequest} */
export const client_leave = {"type":"leave"};

/** @type {import("./wire.js").PingRequest} */
export const client_ping = {"type":"ping","id":9};

/** @type {import("./wire.js").PurchaseRequest} */
export const client_purchase = {"type":"purchase","id":8,"key":"order-1","seats":["A-1"],"payment":{"method":"sandbox","token":"tok_ok"}};

/** @type {import("./wire.js").ReleaseRequest} */
export const client_release = {"type":"release","id":7,"seats":["A-2"]};

/** @type {import("./wire.js").ReleaseRequest} */
export const client_release_all = {"type":"release","id":7};

/** @type {import("./wire.js").SeatsRequest} */
export const client_seats = {"type":"seats","id":5,"format":"names"};

/** @type {import("./wire.js").SeatsRequest} */
export const client_seats_bitmap = {"type":"seats","id":5,"format":"bitmap"};

/** @type {import("./wire.js").StatusRequest} */
export const client_status = {"type":"status","id":1};

/** @type {import("./wire.js").UnwishRequest} */
export const client_unwish = {"type":"unwish","id":13};

/** @type {import("./wire.js").WishRequest} */
export const client_wish = {"type":"wish","id":12,"seats":2,"categories":["VIP"],"upTo":9000};

/** @type {import("./wire.js").WishRequest} */
export const client_wish_any = {"type":"wish","id":12,"seats":1};
