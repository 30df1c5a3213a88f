// @ts-check
import * as en from "./en.js";
import { pseudo } from "./pseudo.js";

export const locale = en.locale;
export const page = pseudo(en.page);
export const signIn = pseudo(en.signIn);
export const sessions = pseudo(en.sessions);
export const challenge = pseudo(en.challenge);
export const sale = pseudo(en.sale);
export const line = pseudo(en.line);
export const phases = pseudo(en.phases);
export const gathering = pseudo(en.gathering);
export const calling = pseudo(en.calling);
export const notifications = pseudo(en.notifications);
export const turn = pseudo(en.turn);
export const outside = pseudo(en.outside);
export const replaced = pseudo(en.replaced);
export const seats = pseudo(en.seats);
export const priceTypes = pseudo(en.priceTypes);
export const cart = pseudo(en.cart);
export const done = pseudo(en.done);
export const tickets = pseudo(en.tickets);
export const returning = pseudo(en.returning);
export const embed = pseudo(en.embed);
export const leaving = pseudo(en.leaving);
export const roles = pseudo(en.roles);
export const errors = pseudo(en.errors);
export const expectedWait = pseudo(en.expectedWait);
