import assert from "node:assert/strict";
import { test } from "node:test";
import { Viewport } from "../viewport.js";

function seen() {
  const view = new Viewport();
  view.resize(800, 400);
  view.setBounds({ left: 0, top: 0, right: 100, bottom: 100 });
  return view;
}

test("all seats are seen first, in the middle", () => {
  const view = seen();
  assert.equal(view.scale, 4);
  assert.deepEqual(view.toMap(400, 200), [50, 50]);
});

test("zooming keeps what is under the pointer, where there is room", () => {
  const view = seen();
  view.zoom(4);
  const before = view.toMap(300, 150);
  view.zoom(1.5, 300, 150);
  const after = view.toMap(300, 150);
  assert.ok(Math.abs(before[0] - after[0]) < 1e-9 && Math.abs(before[1] - after[1]) < 1e-9);
});

test("zooming out ends when all seats are seen, and says that nothing changed", () => {
  const view = seen();
  view.zoom(5);
  assert.equal(view.zoom(0.001), true);
  assert.equal(view.scale, view.fitScale);
  assert.equal(view.zoom(0.5), false);
});

test("the map cannot be dragged out of sight", () => {
  const view = seen();
  view.zoom(4);
  view.pan(1e6, 1e6);
  assert.deepEqual(view.toMap(0, 0), [0, 0]);
  view.pan(-1e6, -1e6);
  const [x, y] = view.toMap(800, 400);
  assert.ok(Math.abs(x - 100) < 1e-9 && Math.abs(y - 100) < 1e-9);
});

test("a window that grows shows all seats again, unless the fan has zoomed", () => {
  const view = seen();
  view.resize(1600, 800);
  assert.equal(view.scale, 8);
  view.zoom(2);
  view.resize(800, 400);
  assert.equal(view.scale, 16);
});
