/** The user's sessions on all devices, to be ended one by one or together. */
import type { SessionInfo } from "@lockstep/core";
import { useSession } from "@lockstep/react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { DeviceItem } from "./device-item.tsx";
import { session } from "./session.ts";
import { isStepUpCancelled } from "./step-up.ts";

export function DevicesPanel(): ReactNode {
  const sessionId = useSession((now) => (now.status === "authenticated" ? now.sessionId : null));
  const [devices, setDevices] = useState<readonly SessionInfo[]>([]);
  const [hasFailed, setFailed] = useState(false);
  const list = useRef<HTMLUListElement>(null);

  /** Makes a change, and shows what the server has after it. */
  async function attempt(change?: () => Promise<unknown>): Promise<void> {
    try {
      await change?.();
      setDevices(await session.sessions.list());
      setFailed(false);
    } catch (error) {
      setFailed(!isStepUpCancelled(error));
    }
  }

  async function revoke(id: string): Promise<void> {
    await attempt(() => session.sessions.revoke(id));
    // The button that had the focus may be gone.
    list.current?.focus();
  }

  useEffect(() => {
    const look = (): void => void attempt();
    look();
    window.addEventListener("focus", look);
    return () => window.removeEventListener("focus", look);
  }, [sessionId]);

  return (
    <section className="panel">
      <h2>My devices</h2>
      {hasFailed && <p role="alert">That did not work. Please try again.</p>}
      <ul ref={list} className="devices" aria-label="Devices" tabIndex={-1}>
        {devices.map((device) => (
          <DeviceItem key={device.id} device={device} revoke={() => void revoke(device.id)} />
        ))}
      </ul>
      <div className="buttons">
        <button
          disabled={devices.length < 2}
          onClick={() => void attempt(() => session.signOut({ scope: "others" }))}
        >
          Sign out everywhere else
        </button>
        <button onClick={() => void session.signOut({ scope: "all" })}>Sign out everywhere</button>
      </div>
    </section>
  );
}
