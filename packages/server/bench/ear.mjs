/** Hears what streams are told, and when. */

/** Milliseconds by a clock that all processes of the machine share. */
export function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}

export function createEar() {
  let times = [];
  let expected = Infinity;
  let resolve;

  function check() {
    if (times.length > expected) throw new Error(`${times.length} streams were told, not ${expected}.`);
    if (times.length < expected) return;
    resolve(times);
    times = [];
    expected = Infinity;
  }

  return {
    /** A stream was told of the end of its session. */
    hear() {
      times.push(now());
      check();
    },
    /** Resolves with the moments at which so many streams were told, those before included. */
    expect(count) {
      return new Promise((done) => {
        expected = count;
        resolve = done;
        check();
      });
    },
  };
}
