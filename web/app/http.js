// @ts-check
/** Requests of the page to its own server. */
import { Http, Problem } from "../../clients/js/src/http.js";

export { Problem };

const site = new Http();

/**
 * @param {string} method
 * @param {string} path
 * @param {import("../../clients/js/src/http.js").Content} [content]
 */
export const call = (method, path, content) => site.call(method, path, content);

/**
 * @param {string} path
 * @param {number} [patience] how long to wait for the answer, in ms
 */
export const get = (path, patience) => site.get(path, patience);
