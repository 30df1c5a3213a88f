import assert from "node:assert/strict";
import { test } from "node:test";
import { Viewport } from "../viewport.js";

function seen() {
  const view = new Viewport();
  view.resize(800, 400);
  view.setBounds({ left: 0, top: 0, right: 100, bottom: 100 });
  return view;
}

test("the whole house is seen first, in the middle", () => {
  const view = seen();
  assert.equal(view.scale, 4);
  assert.deepEqual(view.toHouse(400, 200), [50, 50]);
});

test("zooming keeps what is under the pointer, where there is room", () => {
  const view = seen();
  view.zoom(4);
  const before = view.toHouse(300, 150);
  view.zoom(1.5, 300, 150);
  const after = view.toHouse(300, 150);
  assert.ok(Math.abs(before[0] - after[0]) < 1e-9 && Math.abs(before[1] - after[1]) < 1e-9);
});

test("zooming out ends at the whole house, and says that nothing changed", () => {
  const view = seen();
  view.zoom(5);
  assert.equal(view.zoom(0.001), true);
  assert.equal(view.scale, view.fitScale);
  assert.equal(view.zoom(0.5), false);
});

test("the house cannot be dragged out of sight", () => {
  const view = seen();
  view.zoom(4);
  view.pan(1e6, 1e6);
  assert.deepEqual(view.toHouse(0, 0), [0, 0]);
  view.pan(-1e6, -1e6);
  const [x, y] = view.toHouse(800, 400);
  assert.ok(Math.abs(x - 100) < 1e-9 && Math.abs(y - 100) < 1e-9);
});

test("a window that grows shows the whole house again, unless somebody has zoomed", () => {
  const view = seen();
  view.resize(1600, 800);
  assert.equal(view.scale, 8);
  view.zoom(2);
  view.resize(800, 400);
  assert.equal(view.scale, 16);
});
