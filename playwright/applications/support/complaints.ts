/** Whatever a page says that its author would not like to read: errors, warnings, exceptions. */
import { expect, type Page } from "@playwright/test";

export interface Complaints {
  watch(page: Page): void;
  /** Those that match are what this test provokes. */
  provoke(pattern: RegExp): void;
  /** Fails if there was any other, or none of those that were provoked. */
  check(): void;
}

export function createComplaints(): Complaints {
  const heard: string[] = [];
  const provoked: RegExp[] = [];
  return {
    watch(page) {
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type()))
          heard.push(`${message.type()}: ${message.text()} (${message.location().url})`);
      });
      page.on("pageerror", (error) => heard.push(`exception: ${error.stack ?? error.message}`));
    },
    provoke: (pattern) => void provoked.push(pattern),
    check() {
      const others = heard.filter((complaint) => !provoked.some((pattern) => pattern.test(complaint)));
      expect(others, "no page complains").toEqual([]);
      for (const pattern of provoked)
        expect(
          heard.some((complaint) => pattern.test(complaint)),
          `${pattern} was provoked`,
        ).toBe(true);
    },
  };
}
