// @ts-check
import * as en from "./en_work.js";
import { pseudo } from "./pseudo.js";

export const gate = pseudo(en.gate);
export const desk = pseudo(en.desk);
export const admin = pseudo(en.admin);
export const look = pseudo(en.look);
export const phasePlan = pseudo(en.phasePlan);
export const codes = pseudo(en.codes);
export const allotments = pseudo(en.allotments);
export const cancelShow = pseudo(en.cancelShow);
export const check = pseudo(en.check);
export const rehearsals = pseudo(en.rehearsals);
export const draw = pseudo(en.draw);
export const season = pseudo(en.season);
export const seatPlan = pseudo(en.seatPlan);
export const fan = pseudo(en.fan);
