/** The register that all tabs read, in memory: what a browser keeps in cookies. Open to the test, which may set any of it. */
import type { EpochRecord, Hold, Lifetime, RegisterPort, RegisterReading } from "@lockstep/core/internals";

export interface MemoryRegister extends RegisterPort {
  record: EpochRecord | null;
  /** The server's version cookie. */
  mark: RegisterReading["mark"];
  hold: Hold | null;
  /** When the session is over, as the server told last. */
  lifetime: Lifetime | null;
}

/** One for all tabs. */
export function createMemoryRegister(): MemoryRegister {
  return {
    record: null,
    mark: null,
    hold: null,
    lifetime: null,
    read() {
      return { record: this.record, mark: this.mark, hold: this.hold, lifetime: this.lifetime };
    },
    writeRecord(record) {
      this.record = record;
    },
    writeHold(hold) {
      this.hold = hold;
    },
    writeLifetime(lifetime) {
      this.lifetime = lifetime;
    },
    // What is written shows at once: nobody has to be told that it arrived.
    attach: () => () => undefined,
  };
}
