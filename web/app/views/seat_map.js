// @ts-check
import { h, show, text } from "../dom.js";
import { money } from "../format.js";
import { mapGestures } from "../map_gestures.js";
import { seats as texts } from "../texts/chosen.js";
import { Viewport } from "../viewport.js";
import { announce } from "./announcer.js";
import { heldIn } from "./area_chooser.js";
import { placeCard } from "./place_card.js";
import { SeatDrawing, pressable } from "./seat_drawing.js";
import { seatLegend } from "./seat_legend.js";

/** How near seats are shown that were found or reached by keys, in pixels a seat. */
const near = 26;
/** How long the map says how to zoom, in ms. */
const hintTime = 2500;

/**
 * The seats as a drawing: sections first, then seats. Arrow keys go from one to the
 * next; the list of seats has everything too.
 *
 * @param {import("../box_office.js").BoxOffice} office
 * @returns {import("../types/app.js").View & {focus: () => void}}
 */
export function seatMapView(office) {
  const canvas = h("canvas", { class: "house", dir: "ltr", tabIndex: 0, role: "application", "aria-roledescription": texts.mapRole, "aria-label": texts.canvas });
  const tip = h("p", { class: "tip", hidden: true, "aria-hidden": "true" });
  const ring = h("i", { class: "map-ring", hidden: true, "aria-hidden": "true" });
  const hint = h("p", { class: "map-hint", hidden: true, role: "status" }, texts.wheel);
  const loading = h("p", { class: "note loading", role: "status" }, texts.loading);
  /**
   * @param {string} sign
   * @param {string} name
   * @param {() => void} onclick
   */
  const tool = (sign, name, onclick) => h("button", { type: "button", class: "icon", "aria-label": name, title: name, onclick }, sign);
  const legend = seatLegend(office);
  const card = placeCard(office, { closed: () => canvas.focus({ preventScroll: true }) });
  const frame = h("div", { class: "map-frame" }, canvas, ring, tip, hint, loading, ...card.elements);
  const element = h(
    "section",
    { class: "card seat-map", "aria-label": texts.map },
    h(
      "div",
      { class: "map-bar" },
      legend.filter,
      h(
        "div",
        { class: "map-tools" },
        tool("+", texts.zoomIn, () => zoom(1.6)),
        tool("−", texts.zoomOut, () => zoom(1 / 1.6)),
        tool("⤢", texts.showAll, () => {
          view.showAll();
          moved();
        }),
      ),
    ),
    frame,
    legend.element,
  );

  const { plan } = office.seats;
  const view = new Viewport();
  const drawing = new SeatDrawing(/** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")), view, plan, {
    lookOf,
    freeIn: (section) => plan.freeIn(section, state.highest ?? Infinity),
    heldIn: (area) => heldIn(state, plan, plan.areas[area].area),
  });
  let state = office.store.state;
  let mine = held(state);
  let waiting = 0; // the frame that was asked for
  let whole = true; // the next frame draws everything
  /** Seats to be drawn again in the next frame. @type {Set<number>} */
  const stale = new Set();
  let hovered = -1;
  /** The seat, or on sections the shape, that the keys are at. */
  let cursor = -1;
  let hintTimer = 0;

  function readColours() {
    drawing.readColours();
    legend.fill();
    paint();
  }

  function readPlan() {
    drawing.setPlan();
    cursor = hovered = -1;
    card.close();
    legend.fill();
    paint();
  }

  /** @param {number} index */
  function lookOf(index) {
    if (state.asking.size && state.asking.has(plan.numbers[index])) return "asking";
    if (mine.size && mine.has(plan.numbers[index])) return "mine";
    const status = plan.status(index);
    if (status !== "available") return status;
    if (state.highest !== null && plan.prices[plan.priceOf[index]] > state.highest) return "dimmed";
    return "free";
  }

  /** @param {Iterable<number>} [changed] left out: draws everything */
  function paint(changed) {
    if (changed) for (const index of changed) stale.add(index);
    else whole = true;
    waiting ||= requestAnimationFrame(() => {
      waiting = 0;
      if (whole) drawing.draw();
      else drawing.update(stale);
      whole = false;
      stale.clear();
      drawMarks();
    });
  }

  function moved() {
    // At the smallest scale a finger scrolls the page; otherwise it moves the map.
    canvas.classList.toggle("zoomed", view.scale > view.fitScale);
    hover(-1);
    paint();
  }

  /**
   * @param {number} factor
   * @param {number} [px]
   * @param {number} [py]
   */
  function zoom(factor, px, py) {
    if (view.zoom(factor, px, py)) moved();
  }

  /** Moves the ring to the seat under the pointer, the card's or the keys', and the card to its seat. */
  function drawMarks() {
    const onSection = drawing.overview;
    const index = card.index >= 0 ? card.index : hovered >= 0 ? hovered : document.activeElement === canvas && !onSection ? cursor : -1;
    const shape = onSection && document.activeElement === canvas ? drawing.geometry.shapes[cursor] : undefined;
    const { geometry } = drawing;
    const at = shape ? shape.middle : index >= 0 ? geometry.at(index) : null;
    const box = shape ? shape.box : index >= plan.size ? geometry.boxOf(index) : null;
    const x = at ? (at.x - view.x) * view.scale : -1;
    const y = at ? (at.y - view.y) * view.scale : -1;
    show(ring, at !== null && x >= 0 && y >= 0 && x <= view.width && y <= view.height);
    const width = box ? (box.right - box.left + 2) * view.scale : Math.max(12, view.scale + 4);
    const height = box ? (box.bottom - box.top + 2) * view.scale : width;
    ring.style.width = `${width}px`;
    ring.style.height = `${height}px`;
    ring.style.transform = `translate(${x - width / 2}px, ${y - height / 2}px)`;
    if (card.index < 0) return;
    // Beside the seat, where it hides few others; on a phone the style sheet puts it at the bottom.
    const below = y < view.height / 2;
    const { offsetHeight } = card.element;
    const beside = box ? height / 2 + 6 : view.scale;
    const top = below ? y + beside : y - beside - offsetHeight;
    card.element.style.setProperty("--x", `${Math.round(Math.min(Math.max(x, 130), Math.max(130, view.width - 130)))}px`);
    card.element.style.setProperty("--y", `${Math.round(Math.max(4, Math.min(top, view.height - offsetHeight - 4)))}px`);
  }

  /**
   * Marks a seat and says what it is; -1 marks none.
   *
   * @param {number} index
   * @param {number} [px]
   * @param {number} [py]
   */
  function hover(index, px = 0, py = 0) {
    const changes = index !== hovered;
    hovered = index;
    show(tip, index >= 0 && card.index < 0);
    canvas.style.cursor = index < 0 ? "" : "pointer";
    if (index >= plan.size) {
      show(tip, false);
    } else if (index >= 0) {
      const seat = plan.seat(index);
      const status = mine.has(seat.seatNumber) ? texts.yours : plan.status(index) === "available" ? "" : texts.reasons[plan.status(index)];
      text(tip, texts.spoken(seat.seatNumber, "", seat.row, seat.category, money(seat.price, state.season?.currency ?? "EUR"), status));
      tip.style.left = `${Math.min(Math.max(px, 90), view.width - 90)}px`;
      tip.style.top = `${py < 60 ? py + 44 : py - 14}px`;
    }
    if (changes) drawMarks();
  }

  /** @param {import("../seat_geometry.js").Box} box */
  function showBox(box) {
    view.show(box, near);
    moved();
  }

  /** @param {import("../map_gestures.js").Point} at */
  function press({ x, y }) {
    if (drawing.overview) {
      const shape = drawing.geometry.shapeAt(...view.toMap(x, y));
      if (shape && shape.area < 0) showBox(shape.box);
      if (!drawing.overview) return;
    }
    if (view.scale < pressable && drawing.seatAt(x, y) < plan.size) {
      zoom(Math.max(2.5, 16 / view.scale), x, y);
      return;
    }
    const index = drawing.seatAt(x, y);
    if (index < 0) {
      card.close();
      drawMarks();
      return;
    }
    // The second press on a seat does what the card offers.
    if (index !== card.index) open(index);
    else if (index < plan.size) card.act();
  }

  /**
   * @param {number} index of a seat or an area
   * @param {number} [at] where the keys are then
   */
  function open(index, at = index) {
    cursor = at;
    show(tip, false);
    card.open(index);
    drawMarks();
    announce(card.words());
  }

  /**
   * @param {number} dx
   * @param {number} dy
   */
  function step(dx, dy) {
    const { shapes } = drawing.geometry;
    if (!plan.size) return;
    if (drawing.overview) {
      cursor = cursor < 0 || cursor >= shapes.length ? 0 : drawing.geometry.shapeTowards(cursor, dx, dy);
      drawMarks();
      const { section, area, size } = shapes[cursor];
      if (area >= 0) open(plan.size + area, cursor);
      else announce(texts.sectionSpoken(plan.sections[section], plan.freeIn(section, state.highest ?? Infinity), size));
      return;
    }
    if (cursor < 0 || cursor >= plan.size + plan.areas.length) cursor = middleSeat();
    else cursor = drawing.geometry.towards(cursor, dx, dy);
    if (view.scale < pressable && cursor < plan.size) view.show(drawing.geometry.boxOf(cursor), near);
    const { x, y } = drawing.geometry.at(cursor);
    if (view.reveal(x, y) || view.scale < near) moved();
    open(cursor);
  }

  /** @returns {number} the free seat nearest to the middle of what is seen */
  function middleSeat() {
    const [x, y] = view.toMap(view.width / 2, view.height / 2);
    let best = 0;
    let least = Infinity;
    if (!plan.seatCount) return plan.size;
    for (const i of drawing.geometry.seats) {
      const far = Math.hypot(plan.xs[i] - x, plan.ys[i] - y) + (plan.codes[i] === 0 ? 0 : 1e6);
      if (far < least) [best, least] = [i, far];
    }
    return best;
  }

  mapGestures(canvas, view, {
    moved,
    pressed: press,
    hovered(at) {
      if (!at || view.scale < pressable || drawing.overview) hover(-1);
      else hover(drawing.seatAt(at.x, at.y), at.x, at.y);
    },
    stepped: step,
    chosen(key) {
      if (key === "Escape") {
        if (card.index >= 0) {
          card.close();
          drawMarks();
        } else if (view.scale > view.fitScale) {
          view.showAll();
          cursor = -1;
          moved();
        } else return false;
        return true;
      }
      if (drawing.overview && drawing.geometry.shapes[cursor]?.area < 0) {
        showBox(drawing.geometry.shapes[cursor].box);
        cursor = -1;
        step(0, 0);
      } else if (card.index >= 0) card.act();
      else step(0, 0);
      return true;
    },
    refused() {
      show(hint, true);
      clearTimeout(hintTimer);
      hintTimer = setTimeout(() => show(hint, false), hintTime);
    },
  });
  canvas.addEventListener("focus", drawMarks);
  canvas.addEventListener("blur", drawMarks);
  for (const one of card.elements) {
    one.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      card.close();
      drawMarks();
    });
  }

  const observer = new ResizeObserver(() => {
    const { clientWidth, clientHeight } = canvas;
    if (!clientWidth || !clientHeight) return;
    const ratio = devicePixelRatio || 1;
    canvas.width = Math.round(clientWidth * ratio);
    canvas.height = Math.round(clientHeight * ratio);
    view.resize(clientWidth, clientHeight);
    // At once: resizing has cleared the canvas.
    drawing.draw();
    drawMarks();
  });
  observer.observe(canvas);
  const media = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map((query) => matchMedia(query));
  for (const query of media) query.addEventListener("change", readColours);
  // The style sheet with the colours may come after this module. Its load event goes
  // through the document, but not to the window.
  document.addEventListener("load", readColours, true);

  const stopListening = office.seats.listen((changed) => {
    if (!changed) {
      readPlan();
      return;
    }
    paint(changed);
    if (card.index >= 0 && changed.includes(card.index)) card.draw();
  });
  readColours();
  if (plan.size) readPlan();

  return {
    element,
    focus() {
      canvas.focus();
    },
    update(next) {
      const before = state;
      state = next;
      show(loading, !next.seatsReady);
      if (next.cart !== before.cart || next.asking !== before.asking) {
        const touched = new Set([...mine, ...before.asking, ...next.asking]);
        mine = held(next);
        for (const seat of mine) touched.add(seat);
        paint([...[...touched].flatMap((seat) => plan.byNumber.get(seat) ?? []), ...plan.areas.map((_, area) => plan.size + area)]);
      }
      if (next.highest !== before.highest) {
        legend.fill();
        paint();
      }
      if (next.found && next.found !== before.found) {
        const found = next.found.seats.flatMap((seat) => plan.byNumber.get(seat) ?? []).filter((i) => !plan.isUnit[i]);
        if (found.length) {
          const xs = found.map((i) => plan.xs[i]);
          const ys = found.map((i) => plan.ys[i]);
          card.close();
          showBox({ left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) });
          frame.scrollIntoView({ block: "nearest" });
        }
      }
      card.update(next);
      // A notice makes the card higher.
      if (card.index >= 0 && next.notice !== before.notice) drawMarks();
    },
    dispose() {
      observer.disconnect();
      for (const query of media) query.removeEventListener("change", readColours);
      document.removeEventListener("load", readColours, true);
      cancelAnimationFrame(waiting);
      clearTimeout(hintTimer);
      stopListening();
    },
  };
}

/**
 * @param {import("../types/app.js").State} state
 * @returns {Set<string>} the numbers of the seats in the cart
 */
function held(state) {
  return new Set((state.cart?.seats ?? []).map((seat) => seat.seatNumber));
}
