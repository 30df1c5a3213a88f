// A fan of Usher's as a program: joins the line, waits for the turn, holds seats, buys
// them, and says the tickets' codes. It runs in a browser (index.html) and in Node
// (node.js), with the client of clients/js.
// @ts-check
import { newOrder, retry } from "../../clients/js/src/usher.js";

/**
 * @param {import("../../clients/js/src/usher.js").Usher} usher signed in
 * @param {object} options
 * @param {(text: string) => void} options.say
 * @param {string} options.card the token of a test card
 * @param {(url: string) => void} options.pay sends the fan to the page where the payment is made or approved
 * @returns {Promise<import("../../clients/js/wire.js").Ticket[]>} rejects with a Problem when nothing was bought
 */
export async function buyTickets(usher, { say, card, pay }) {
  usher.on("position", ({ position }) => say(`position ${position}`));
  let link = "";
  usher.on("connection", ({ state }) => {
    if (state !== link) say(`connection: ${state}`);
    link = state;
  });
  // Connects, and connects again by itself whenever the connection breaks.
  usher.start();
  try {
    await takeTurn(usher, say);
    // retry repeats a request while the server asks to come later (Retry-After) or the
    // connection is broken. The best seats are others each time, so a
    // client without an answer looks into the cart first: the welcome brings it.
    const cart = await retry(async () => (usher.cart?.seats.length ? usher.cart : usher.holdBest({ count: 2 })));
    say(`holding ${cart.seats.length} seats for ${(cart.total / 100).toFixed(2)} ${cart.currency}`);
    // The order has a key: the server buys once for a key, and the client sends the
    // order again until the purchase is settled, also while the payment is pending (202).
    const order = newOrder(
      cart.seats.map((seat) => seat.seatNumber),
      { method: "sandbox", token: card },
    );
    const { tickets } = await usher.buy(order, {
      keep: (kept) => kept?.transaction && say("the payment is pending: asking again"),
      next: ({ url }) => pay(url),
    });
    for (const ticket of tickets) say(`ticket ${ticket.seatNumber}: ${ticket.qrCode}`);
    return tickets;
  } finally {
    // The place goes to the next fan.
    await usher.leave().catch(() => {});
    usher.stop();
  }
}

/**
 * Joins, waits and enters. Who misses the turn joins again, at the end.
 *
 * @param {import("../../clients/js/src/usher.js").Usher} usher
 * @param {(text: string) => void} say
 */
async function takeTurn(usher, say) {
  for (;;) {
    try {
      const status = await retry(() => usher.join());
      if (status.position) say(`position ${status.position}`);
      const { state } = await usher.turn();
      if (state === "turn") await retry(() => usher.enter());
      return;
    } catch (thrown) {
      const { code, detail } = /** @type {import("../../clients/js/src/usher.js").Problem} */ (thrown);
      // lapsed: the turn was missed, or the fan was away for too long. conflict: it was missed just now.
      const missed = code === "conflict" || (code === "lapsed" && detail !== "put_out");
      if (!missed) throw thrown;
      say("the turn was missed: joining again");
    }
  }
}
