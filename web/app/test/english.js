/**
 * Makes English the language of a test. A test that reaches a text imports this
 * before any module of the app.
 */
import * as texts from "../texts/chosen.js";
import * as work from "../texts/chosen_work.js";
import * as english from "../texts/en.js";
import * as englishWork from "../texts/en_work.js";

texts.use(english);
work.use(englishWork);
