// @ts-check
/**
 * What a gate keeps on its device: the scans that it admitted, and what it needs to
 * check tickets without a network. In IndexedDB, so that it survives a reload and a
 * closed tab; a browser that has none, or refuses it, keeps it in memory.
 *
 * @typedef {object} KeptScan
 * @property {number} [n] the order of the scans; given by the store
 * @property {string} season
 * @property {string} ticket its id
 * @property {string} seat
 * @property {string} gate
 * @property {number} at when the guest was admitted, in ms of the server's clock
 * @property {string} scan a random id, which repeats have too
 * @property {string} code what was scanned; "" once the server has answered
 * @property {"waiting"|"settled"|"conflict"|"seen"} state waiting: the server does not know of it yet; settled: it does; conflict: it knows better; seen: staff have read the conflict
 * @property {{result: string, admittedAt?: string|null, gate?: string|null, why?: string}} [answer] the server's, of a conflict
 *
 * @typedef {object} GateStore
 * @property {boolean} lasting whether a closed tab keeps it
 * @property {(scan: KeptScan) => Promise<KeptScan|null>} admit keeps a scan, unless one of the same ticket is kept: then it returns that one. Two tabs never keep both
 * @property {(season: string, ticket: string) => Promise<KeptScan|null>} of the scan of a ticket
 * @property {(season: string, state: KeptScan["state"]) => Promise<KeptScan[]>} all in their order
 * @property {(n: number, change: Partial<KeptScan>) => Promise<void>} update
 * @property {(before: number) => Promise<void>} forget removes older scans that need nothing more
 * @property {(key: string) => Promise<any>} kept
 * @property {(key: string, value: unknown) => Promise<void>} keep
 */

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const result = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Resolves when a transaction is stored. @param {IDBTransaction} transaction @returns {Promise<void>} */
const stored = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });

/** @returns {Promise<IDBDatabase>} */
function open() {
  const request = indexedDB.open("usher-gate", 1);
  request.onupgradeneeded = () => {
    const scans = request.result.createObjectStore("scans", { keyPath: "n", autoIncrement: true });
    scans.createIndex("ticket", ["season", "ticket"]);
    scans.createIndex("state", ["season", "state"]);
    request.result.createObjectStore("kept");
  };
  return result(request);
}

/** @param {IDBDatabase} database @returns {GateStore} */
function lastingStore(database) {
  /** @param {string} store @param {IDBTransactionMode} mode */
  const within = (store, mode) => {
    // A phone that dies a moment later must not admit the ticket again.
    const transaction = database.transaction(store, mode, { durability: "strict" });
    return { transaction, objects: transaction.objectStore(store) };
  };
  return {
    lasting: true,
    async admit(scan) {
      const { transaction, objects } = within("scans", "readwrite");
      const done = stored(transaction);
      const known = await result(objects.index("ticket").get([scan.season, scan.ticket]));
      if (!known) objects.add(scan);
      await done;
      return known ?? null;
    },
    async of(season, ticket) {
      return (await result(within("scans", "readonly").objects.index("ticket").get([season, ticket]))) ?? null;
    },
    all: (season, state) => result(within("scans", "readonly").objects.index("state").getAll([season, state])),
    async update(n, change) {
      const { transaction, objects } = within("scans", "readwrite");
      const done = stored(transaction);
      const known = await result(objects.get(n));
      if (known) objects.put({ ...known, ...change });
      await done;
    },
    async forget(before) {
      const { transaction, objects } = within("scans", "readwrite");
      const done = stored(transaction);
      const cursor = objects.openCursor();
      cursor.onsuccess = () => {
        const at = cursor.result;
        if (!at) return;
        if (at.value.at < before && at.value.state !== "waiting" && at.value.state !== "conflict") at.delete();
        at.continue();
      };
      await done;
    },
    kept: (key) => result(within("kept", "readonly").objects.get(key)),
    async keep(key, value) {
      const { transaction, objects } = within("kept", "readwrite");
      const done = stored(transaction);
      objects.put(value, key);
      await done;
    },
  };
}

/** @returns {GateStore} */
export function memoryStore() {
  /** @type {KeptScan[]} */
  const scans = [];
  const kept = new Map();
  /** @param {string} season @param {string} ticket */
  const find = (season, ticket) => scans.find((scan) => scan.season === season && scan.ticket === ticket) ?? null;
  return {
    lasting: false,
    async admit(scan) {
      const known = find(scan.season, scan.ticket);
      if (!known) scans.push({ ...scan, n: (scans[scans.length - 1]?.n ?? 0) + 1 });
      return known;
    },
    of: async (season, ticket) => find(season, ticket),
    all: async (season, state) => scans.filter((scan) => scan.season === season && scan.state === state).map((scan) => ({ ...scan })),
    async update(n, change) {
      Object.assign(scans.find((scan) => scan.n === n) ?? {}, change);
    },
    async forget(before) {
      for (let i = scans.length - 1; i >= 0; i--) {
        if (scans[i].at < before && scans[i].state !== "waiting" && scans[i].state !== "conflict") scans.splice(i, 1);
      }
    },
    kept: async (key) => kept.get(key),
    async keep(key, value) {
      kept.set(key, value);
    },
  };
}

/** @returns {Promise<GateStore>} */
export async function gateStore() {
  try {
    const store = lastingStore(await open());
    // Browsers may remove what a page keeps when the disk is full, unless it asked.
    navigator.storage?.persist?.().catch(() => {});
    return store;
  } catch {
    return memoryStore();
  }
}
