// @ts-check
import * as texts from "./texts/chosen.js";
import * as work from "./texts/chosen_work.js";
import { adoptLanguage } from "./language.js";

// The server has written the page's language into it. Only that language's texts are
// loaded, and before the app, so that no module meets a text that is not there yet.
// (A top-level await in a module would do too, but Safari before 17 runs the modules
// around one in the wrong order.)
const language = document.documentElement.lang;

/** The pages whose texts are in the file for work. */
const atWork = ["/gate", "/desk", "/admin", "/draw"].includes(location.pathname);

async function start() {
  // The names are computed, so that the server leaves these imports as they are.
  const own = `./texts/${language}.js`;
  const ownWork = `./texts/${language}_work.js`;
  const [chosen, chosenWork] = await Promise.all([import(own), atWork ? import(ownWork) : null]);
  texts.use(chosen);
  if (chosenWork) work.use(chosenWork);
  await import("./main.js");
}

adoptLanguage();
start();
