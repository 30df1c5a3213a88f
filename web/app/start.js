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
const atWork = ["/gate", "/admin", "/draw"].includes(location.pathname);

async function start() {
  const [chosen, chosenWork] = await Promise.all([import(`./texts/${language}.js`), atWork ? import(`./texts/${language}_work.js`) : null]);
  texts.use(chosen);
  if (chosenWork) work.use(chosenWork);
  await import("./main.js");
}

adoptLanguage();
start();
