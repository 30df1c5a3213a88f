// @ts-check
export * from "./en_work.js";
