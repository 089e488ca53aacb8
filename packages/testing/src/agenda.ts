/** What is due when: a binary heap. Of two things due at the same time the one that was added first comes first. */

export interface Appointment {
  readonly at: number;
  readonly run: () => void;
}

interface Entry extends Appointment {
  /** Orders what is due at the same time. */
  readonly number: number;
  cancelled: boolean;
}

export interface Agenda {
  add(at: number, run: () => void): Appointment;
  /** Takes it off the agenda; does nothing to one that is off already. */
  cancel(appointment: Appointment): void;
  /** When the next is due; `Infinity` when nothing is. */
  nextAt(): number;
  /** Takes the next one off; `null` when there is none. */
  take(): Appointment | null;
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.number < b.number);
}

export function createAgenda(): Agenda {
  const heap: Entry[] = [];
  let count = 0;

  function swap(i: number, j: number): void {
    const [a, b] = [heap[i] as Entry, heap[j] as Entry];
    heap[i] = b;
    heap[j] = a;
  }

  function rise(from: number): void {
    for (let i = from; i > 0;) {
      const parent = (i - 1) >> 1;
      if (!isBefore(heap[i] as Entry, heap[parent] as Entry)) return;
      swap(i, parent);
      i = parent;
    }
  }

  function sink(from: number): void {
    for (let i = from; ;) {
      const left = 2 * i + 1;
      const right = left + 1;
      let least = i;
      if (left < heap.length && isBefore(heap[left] as Entry, heap[least] as Entry)) least = left;
      if (right < heap.length && isBefore(heap[right] as Entry, heap[least] as Entry)) least = right;
      if (least === i) return;
      swap(i, least);
      i = least;
    }
  }

  function pop(): Entry | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (first !== undefined && last !== undefined && heap.length > 0) {
      heap[0] = last;
      sink(0);
    }
    return first;
  }

  function skipCancelled(): void {
    while (heap[0]?.cancelled === true) pop();
  }

  return {
    add(at, run) {
      const entry: Entry = { at, run, number: (count += 1), cancelled: false };
      heap.push(entry);
      rise(heap.length - 1);
      return entry;
    },
    cancel: (appointment) => void ((appointment as Entry).cancelled = true),
    nextAt() {
      skipCancelled();
      return heap[0]?.at ?? Infinity;
    },
    take() {
      skipCancelled();
      return pop() ?? null;
    },
  };
}
