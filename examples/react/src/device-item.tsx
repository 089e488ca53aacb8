/** One of the user's sessions. */
import type { SessionInfo } from "@lockstep/core";
import type { ReactNode } from "react";
import { ago } from "./relative-time.ts";

interface DeviceItemProps {
  readonly device: SessionInfo;
  readonly revoke: () => void;
}

export function DeviceItem({ device: info, revoke }: DeviceItemProps): ReactNode {
  const { current, device, location, address, signedInAt, lastUsedAt } = info;
  const name = [device.browser ?? "Unknown browser", device.os].filter(Boolean).join(" on ");
  const place = [location, address].filter(Boolean).join(", ");

  return (
    <li>
      <span className="device-icon" data-kind={device.kind} aria-hidden="true" />
      <div className="device">
        <p>
          <strong>{name}</strong> {current && <span className="badge">This device</span>}
        </p>
        <p className="quiet">
          Last used <Moment at={lastUsedAt} /> · signed in <Moment at={signedInAt} />
          {place !== "" && ` · ${place}`}
        </p>
      </div>
      {!current && (
        <button onClick={revoke} aria-label={`Sign out ${name}`}>
          Sign out
        </button>
      )}
    </li>
  );
}

function Moment({ at }: { readonly at: number }): ReactNode {
  const date = new Date(at);
  return (
    <time dateTime={date.toISOString()} title={date.toLocaleString("en")}>
      {ago(at)}
    </time>
  );
}
