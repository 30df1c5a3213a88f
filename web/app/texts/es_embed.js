// @ts-check
// The texts of the page in a frame (embed.js), which needs few of them.
export { locale, signIn, sale, line, gathering, turn, embed, expectedWait } from "./es.js";
