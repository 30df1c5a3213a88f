// @ts-check
import { setLocale } from "../format.js";

/**
 * The texts of the fan's pages in the language of this page. Every module reads them
 * from here; start.js loads one language's file and puts it in before any module that
 * uses a text runs. A new group of texts needs a line here and its name in use().
 */

/** @typedef {typeof import("./en.js")} Texts */

/** @type {Texts["page"]} */ export let page;
/** @type {Texts["signIn"]} */ export let signIn;
/** @type {Texts["sessions"]} */ export let sessions;
/** @type {Texts["challenge"]} */ export let challenge;
/** @type {Texts["sale"]} */ export let sale;
/** @type {Texts["line"]} */ export let line;
/** @type {Texts["wish"]} */ export let wish;
/** @type {Texts["phases"]} */ export let phases;
/** @type {Texts["gathering"]} */ export let gathering;
/** @type {Texts["calling"]} */ export let calling;
/** @type {Texts["notifications"]} */ export let notifications;
/** @type {Texts["turn"]} */ export let turn;
/** @type {Texts["outside"]} */ export let outside;
/** @type {Texts["replaced"]} */ export let replaced;
/** @type {Texts["seats"]} */ export let seats;
/** @type {Texts["priceTypes"]} */ export let priceTypes;
/** @type {Texts["areas"]} */ export let areas;
/** @type {Texts["cart"]} */ export let cart;
/** @type {Texts["done"]} */ export let done;
/** @type {Texts["tickets"]} */ export let tickets;
/** @type {Texts["returning"]} */ export let returning;
/** @type {Texts["embed"]} */ export let embed;
/** @type {Texts["leaving"]} */ export let leaving;
/** @type {Texts["roles"]} */ export let roles;
/** @type {Texts["errors"]} */ export let errors;
/** @type {Texts["expectedWait"]} */ export let expectedWait;

/** @param {Texts} texts one language's */
export function use(texts) {
  setLocale(texts.locale);
  ({ page, signIn, sessions, challenge, sale, line, wish, phases, gathering, calling, notifications, turn, outside, replaced, seats, priceTypes, areas, cart, done, tickets, returning, embed, leaving, roles, errors, expectedWait } = texts);
}
