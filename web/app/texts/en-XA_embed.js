// @ts-check
import * as en from "./en_embed.js";
import { pseudo } from "./pseudo.js";

export const locale = en.locale;
export const signIn = pseudo(en.signIn);
export const sale = pseudo(en.sale);
export const line = pseudo(en.line);
export const gathering = pseudo(en.gathering);
export const turn = pseudo(en.turn);
export const embed = pseudo(en.embed);
export const expectedWait = pseudo(en.expectedWait);
