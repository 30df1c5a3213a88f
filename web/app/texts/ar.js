// @ts-check
export * from "./en.js";
