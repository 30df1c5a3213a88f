import assert from "node:assert/strict";
import { test } from "node:test";
import { mapGestures } from "../map_gestures.js";
import { Viewport } from "../viewport.js";

/** A canvas of 400 by 300 pixels, 10 pixels from the window's corner, with a map of 40 by 30 seats. */
function canvas() {
  const view = new Viewport();
  view.resize(400, 300);
  view.setBounds({ left: 0, top: 0, right: 40, bottom: 30 });
  const target = new EventTarget();
  target.getBoundingClientRect = () => ({ left: 10, top: 10 });
  target.setPointerCapture = () => {};
  const seen = { moved: 0, pressed: [], hovered: [], stepped: [], chosen: [], refused: 0 };
  mapGestures(target, view, { moved: () => seen.moved++, pressed: (at) => seen.pressed.push(at), hovered: (at) => seen.hovered.push(at), stepped: (dx, dy) => seen.stepped.push([dx, dy]), chosen: (key) => seen.chosen.push(key) > 0 && key !== "Escape", refused: () => seen.refused++ });
  /** Sends an event at a point of the canvas; returns whether its default was prevented. */
  const send = (type, x, y, more = {}) => {
    const event = Object.assign(new Event(type, { cancelable: true }), { clientX: x + 10, clientY: y + 10, pointerId: 1, pointerType: "mouse", button: 0, ...more });
    target.dispatchEvent(event);
    return event.defaultPrevented;
  };
  return { view, seen, send };
}

test("a pointer that goes down and up in one place presses there", () => {
  const { seen, send } = canvas();
  send("pointerdown", 100, 50);
  send("pointermove", 103, 50);
  send("pointerup", 103, 50);
  assert.deepEqual(seen.pressed, [{ x: 103, y: 50 }]);
  assert.equal(seen.moved, 0);
});

test("a pointer that moves on drags the map and presses nothing", () => {
  const { view, seen, send } = canvas();
  view.zoom(2);
  const before = view.x;
  send("pointerdown", 200, 150);
  send("pointermove", 180, 150);
  send("pointerup", 180, 150);
  assert.equal(view.x, before + 20 / view.scale);
  assert.deepEqual(seen.pressed, []);
  assert.equal(seen.moved, 1);
});

test("other buttons, and a pointer that was cancelled, do nothing", () => {
  const { seen, send } = canvas();
  send("pointerdown", 100, 50, { button: 2 });
  send("pointerup", 100, 50, { button: 2 });
  send("pointerdown", 100, 50);
  send("pointercancel", 100, 50);
  send("pointerup", 100, 50);
  assert.deepEqual(seen.pressed, []);
});

test("two pointers pinch around their middle and press nothing", () => {
  const { view, seen, send } = canvas();
  const scale = view.scale;
  const middle = view.toMap(200, 150);
  send("pointerdown", 190, 150, { pointerId: 1 });
  send("pointerdown", 210, 150, { pointerId: 2 });
  send("pointermove", 180, 150, { pointerId: 1 });
  send("pointermove", 220, 150, { pointerId: 2 });
  assert.ok(Math.abs(view.scale - 2 * scale) < 1e-9);
  const now = view.toMap(200, 150);
  assert.ok(Math.abs(now[0] - middle[0]) < 1 && Math.abs(now[1] - middle[1]) < 1e-9);
  send("pointerup", 180, 150, { pointerId: 1 });
  send("pointerup", 220, 150, { pointerId: 2 });
  assert.deepEqual(seen.pressed, []);
});

test("the wheel scrolls the page until the map is pressed, or with Ctrl", () => {
  const { view, seen, send } = canvas();
  assert.equal(send("wheel", 100, 100, { deltaY: -100, deltaMode: 0 }), false);
  assert.deepEqual([view.scale, seen.moved, seen.refused], [view.fitScale, 0, 1]);
  assert.equal(send("wheel", 100, 100, { deltaY: -100, deltaMode: 0, ctrlKey: true }), true);
  assert.ok(view.scale > view.fitScale);
  view.showAll();
  send("pointerdown", 100, 100);
  send("pointerup", 100, 100);
  assert.equal(send("wheel", 100, 100, { deltaY: 100, deltaMode: 0 }), false, "zoomed out as far as it goes: the page scrolls");
  const under = view.toMap(100, 100);
  assert.equal(send("wheel", 100, 100, { deltaY: -100, deltaMode: 0 }), true);
  const now = view.toMap(100, 100);
  assert.ok(Math.abs(now[0] - under[0]) < 1e-9 && Math.abs(now[1] - under[1]) < 1e-9);
  const scale = view.scale;
  send("wheel", 100, 100, { deltaY: -5, deltaMode: 1 });
  assert.ok(Math.abs(view.scale / scale - Math.exp(80 * 0.0018)) < 1e-9, "a line is 16 pixels");
  send("pointerleave", 0, 0);
  assert.equal(send("wheel", 100, 100, { deltaY: -100, deltaMode: 0 }), false, "the mouse has left since");
});

test("keys go from seat to seat, choose, move and zoom; others are the page's", () => {
  const { view, seen, send } = canvas();
  view.zoom(2);
  const before = { x: view.x, y: view.y, scale: view.scale };
  assert.equal(send("keydown", 0, 0, { key: "ArrowRight" }), true);
  assert.equal(send("keydown", 0, 0, { key: "ArrowUp" }), true);
  assert.deepEqual(seen.stepped, [[1, 0], [0, -1]]);
  assert.deepEqual([view.x, view.y, seen.moved], [before.x, before.y, 0]);
  send("keydown", 0, 0, { key: "ArrowDown", shiftKey: true });
  assert.equal(view.y, before.y + 60 / before.scale);
  send("keydown", 0, 0, { key: "+" });
  assert.ok(view.scale > before.scale);
  send("keydown", 0, 0, { key: "0" });
  assert.equal(view.scale, view.fitScale);
  assert.equal(seen.moved, 3);
  assert.equal(send("keydown", 0, 0, { key: "Enter" }), true);
  assert.equal(send("keydown", 0, 0, { key: " " }), true);
  assert.equal(send("keydown", 0, 0, { key: "Escape" }), false, "nothing to close: the key is the page's");
  assert.deepEqual(seen.chosen, ["Enter", "Enter", "Escape"]);
  for (const key of ["Tab", "a", "toString"]) assert.equal(send("keydown", 0, 0, { key }), false, key);
  assert.equal(send("keydown", 0, 0, { key: "ArrowLeft", altKey: true }), false, "the browser's own");
  assert.equal(seen.moved, 3);
});

test("a mouse without a button hovers; a finger does not", () => {
  const { seen, send } = canvas();
  send("pointermove", 30, 40);
  send("pointermove", 30, 40, { pointerType: "touch" });
  send("pointerleave", 30, 40);
  assert.deepEqual(seen.hovered, [{ x: 30, y: 40 }, null]);
});
