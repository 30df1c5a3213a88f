import assert from "node:assert/strict";
import { test } from "node:test";
import { returnAddress } from "../return_to.js";

const listed = "https://shop.example http://localhost:9000";
const read = (asked, origins = listed) => returnAddress(`?season=s&return=${encodeURIComponent(asked)}`, origins);

test("a listed shop is followed", () => {
  assert.equal(read("https://shop.example"), "https://shop.example/");
  assert.equal(read("https://shop.example/cart?a=1&b=%20#top"), "https://shop.example/cart?a=1&b=%20#top");
  assert.equal(read("HTTPS://Shop.Example/x"), "https://shop.example/x");
  assert.equal(read("https://shop.example:443/x"), "https://shop.example/x");
  assert.equal(read("http://localhost:9000/"), "http://localhost:9000/");
});

test("everything else is ignored", () => {
  for (const asked of [
    "",
    "/cart",
    "//shop.example/",
    "///shop.example/",
    "\\\\shop.example/",
    "https:\\\\shop.example/",
    "https://shop.example\\@evil.example/",
    "https://shop.example@evil.example/",
    "https://evil.example@shop.example/",
    "https://user:secret@shop.example/",
    "https://shop.example.evil.example/",
    "https://evil.example/https://shop.example/",
    "https://evil.example/",
    "https://shop.example:8443/",
    "http://shop.example/",
    "https:shop.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " https://shop.example/",
    "https://shop.example/\nx",
    "https://shop.example/\tx",
    "https://",
    "https://[",
  ]) assert.equal(read(asked), "", JSON.stringify(asked));
  assert.equal(read("https://shop.example/", ""), "");
  assert.equal(returnAddress("", listed), "");
});
