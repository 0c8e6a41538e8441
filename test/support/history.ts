/** One operation of a list-append workload; `read` has the whole list as it was seen. */
export type Operation =
  | { readonly kind: 'append'; readonly key: number; readonly value: number }
  | { readonly kind: 'read'; readonly key: number; readonly seen: readonly number[] };

/** A transaction of a history; what was answered, not what was meant. */
export type Transaction = {
  readonly id: number;
  readonly outcome: 'committed' | 'aborted';
  readonly operations: readonly Operation[];
};

/**
 * The anomalies that snapshot isolation forbids, and `G2-item`, write skew, which it allows (Adya's
 * names). A long fork is a cycle whose anti-dependencies never meet.
 */
export type Anomaly =
  | 'G0'
  | 'G1a'
  | 'G1b'
  | 'G1c'
  | 'G-single'
  | 'lost update'
  | 'long fork'
  | 'G2-item'
  | 'incompatible order';

type Edge = { readonly to: number; readonly kind: 'ww' | 'wr' | 'rw' };
type Graph = ReadonlyMap<number, readonly Edge[]>;

const isPrefix = (short: readonly number[], long: readonly number[]): boolean =>
  short.every((value, at) => long[at] === value);

const reads = (transaction: Transaction) =>
  transaction.operations.flatMap((operation) => (operation.kind === 'read' ? [operation] : []));

/**
 * The order in which each list was appended to: its longest reading, of which all others are
 * beginnings.
 */
const versionOrders = (history: readonly Transaction[], found: Set<Anomaly>) => {
  const orders = new Map<number, readonly number[]>();
  for (const { key, seen } of history.flatMap(reads)) {
    const longest = orders.get(key) ?? [];
    const [short, long] = seen.length > longest.length ? [longest, seen] : [seen, longest];
    if (!isPrefix(short, long)) found.add('incompatible order');
    orders.set(key, long);
  }
  return orders;
};

type Writer = { readonly id: number; readonly outcome: string; readonly isLast: boolean };

/** The transaction that appended each value; values are unique in a history. */
const writersOf = (history: readonly Transaction[]): ReadonlyMap<number, Writer> => {
  const writers = new Map<number, Writer>();
  for (const { id, outcome, operations } of history) {
    const last = new Map<number, number>();
    for (const step of operations) if (step.kind === 'append') last.set(step.key, step.value);
    for (const step of operations) {
      if (step.kind !== 'append') continue;
      writers.set(step.value, { id, outcome, isLast: last.get(step.key) === step.value });
    }
  }
  return writers;
};

/**
 * The values that other transactions had appended. A transaction's own values are no dependency.
 */
const othersPart = (
  transaction: Transaction,
  seen: readonly number[],
  writers: ReadonlyMap<number, Writer>,
): readonly number[] => seen.filter((value) => writers.get(value)?.id !== transaction.id);

const checkReads = (
  history: readonly Transaction[],
  writers: ReadonlyMap<number, Writer>,
  found: Set<Anomaly>,
): void => {
  for (const transaction of history) {
    if (transaction.outcome !== 'committed') continue;
    for (const { seen } of reads(transaction)) {
      const others = othersPart(transaction, seen, writers);
      if (others.some((value) => writers.get(value)?.outcome !== 'committed')) found.add('G1a');
      const last = others.at(-1);
      if (last !== undefined && writers.get(last)?.isLast === false) found.add('G1b');
    }
  }
};

/**
 * Dependencies between committed transactions: write-write, write-read, and read-write
 * (anti-dependency).
 */
const dependencies = (
  history: readonly Transaction[],
  orders: ReadonlyMap<number, readonly number[]>,
  writers: ReadonlyMap<number, Writer>,
): Graph => {
  const graph = new Map<number, Edge[]>();
  const connect = (from: number | undefined, to: number | undefined, kind: Edge['kind']): void => {
    if (from === undefined || to === undefined || from === to) return;
    graph.set(from, [...(graph.get(from) ?? []), { to, kind }]);
  };
  const writer = (value: number | undefined): number | undefined =>
    value === undefined ? undefined : writers.get(value)?.id;
  for (const order of orders.values()) {
    for (const [at, value] of order.entries()) connect(writer(value), writer(order[at + 1]), 'ww');
  }
  for (const transaction of history) {
    if (transaction.outcome !== 'committed') continue;
    for (const { key, seen } of reads(transaction)) {
      const others = othersPart(transaction, seen, writers);
      connect(writer(others.at(-1)), transaction.id, 'wr');
      const order = orders.get(key) ?? [];
      const next = order.slice(others.length).find((value) => writer(value) !== transaction.id);
      connect(transaction.id, writer(next), 'rw');
    }
  }
  return graph;
};

/** Tarjan's strongly connected components with more than one member, without recursion. */
export const components = (graph: Graph): readonly ReadonlySet<number>[] => {
  const index = new Map<number, number>();
  const low = new Map<number, number>();
  const stack: number[] = [];
  const onStack = new Set<number>();
  const found: Set<number>[] = [];
  const lower = (node: number, by: number): void =>
    void low.set(node, Math.min(low.get(node) ?? by, by));
  const enter = (node: number): { node: number; at: number } => {
    index.set(node, index.size);
    low.set(node, index.get(node) ?? 0);
    stack.push(node);
    onStack.add(node);
    return { node, at: 0 };
  };
  const leave = (node: number): void => {
    if (low.get(node) !== index.get(node)) return;
    const members = new Set(stack.splice(stack.indexOf(node)));
    for (const member of members) onStack.delete(member);
    if (members.size > 1) found.push(members);
  };
  for (const root of graph.keys()) {
    const path = index.has(root) ? [] : [enter(root)];
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const edge = graph.get(top.node)?.[top.at];
      top.at += 1;
      if (!edge) {
        path.pop();
        leave(top.node);
        const parent = path.at(-1);
        if (parent) lower(parent.node, low.get(top.node) ?? 0);
      } else if (!index.has(edge.to)) path.push(enter(edge.to));
      else if (onStack.has(edge.to)) lower(top.node, index.get(edge.to) ?? 0);
    }
  }
  return found;
};

/**
 * Whether a walk leads from one node to another over these edges; with `apart`, never over two `rw`
 * in a row.
 */
const leads = (
  graph: Graph,
  members: ReadonlySet<number>,
  [from, to]: readonly [number, number],
  kinds: ReadonlySet<Edge['kind']>,
): boolean => {
  const seen = new Set<string>();
  // The walk closes a cycle that begins with an anti-dependency, so its ends must not be one.
  const open: { node: number; afterRw: boolean }[] = [{ node: from, afterRw: true }];
  for (let state = open.pop(); state; state = open.pop()) {
    if (state.node === to && !state.afterRw) return true;
    for (const { to: next, kind } of graph.get(state.node) ?? []) {
      const isRw = kind === 'rw';
      if (!members.has(next) || !kinds.has(kind) || (isRw && state.afterRw)) continue;
      const name = `${next} ${isRw}`;
      if (!seen.has(name)) open.push({ node: next, afterRw: isRw });
      seen.add(name);
    }
  }
  return false;
};

const only = (graph: Graph, kinds: ReadonlySet<Edge['kind']>): Graph =>
  new Map([...graph].map(([node, edges]) => [node, edges.filter(({ kind }) => kinds.has(kind))]));

const writes = new Set(['ww'] as const);
const forward = new Set(['ww', 'wr'] as const);
const all = new Set(['ww', 'wr', 'rw'] as const);

const classify = (graph: Graph, members: ReadonlySet<number>): readonly Anomaly[] => {
  const edges = [...members].flatMap((from) =>
    (graph.get(from) ?? []).filter(({ to }) => members.has(to)).map((edge) => ({ from, ...edge })),
  );
  const anti = edges.filter(({ kind }) => kind === 'rw');
  const single = anti.filter(({ from, to }) => leads(graph, members, [to, from], forward));
  if (single.length > 0) {
    // Both have read the version that the other's write replaced.
    const lost = single.some(({ from, to }) =>
      edges.some((edge) => edge.kind === 'ww' && edge.from === to && edge.to === from),
    );
    return lost ? ['G-single', 'lost update'] : ['G-single'];
  }
  return anti.some(({ from, to }) => leads(graph, members, [to, from], all))
    ? ['long fork']
    : ['G2-item'];
};

/**
 * Names the anomalies of a list-append history, judged by what was read: the order of a list's
 * values is the order of its versions, so dependencies are known and a cycle of them is proof.
 */
export const anomalies = (history: readonly Transaction[]): ReadonlySet<Anomaly> => {
  const found = new Set<Anomaly>();
  const writers = writersOf(history);
  const orders = versionOrders(
    history.filter(({ outcome }) => outcome === 'committed'),
    found,
  );
  checkReads(history, writers, found);
  const graph = dependencies(history, orders, writers);
  if (components(only(graph, writes)).length > 0) found.add('G0');
  else if (components(only(graph, forward)).length > 0) found.add('G1c');
  for (const members of components(graph)) {
    for (const anomaly of classify(graph, members)) found.add(anomaly);
  }
  return found;
};
