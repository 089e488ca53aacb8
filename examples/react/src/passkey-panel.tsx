/** A passkey to step up with. */
import { useState, type ReactNode } from "react";
import { addPasskey } from "./passkeys.ts";
import { isStepUpCancelled } from "./step-up.ts";

export function PasskeyPanel(): ReactNode {
  const [isAdded, setAdded] = useState<boolean | null>(null);

  async function add(): Promise<void> {
    try {
      await addPasskey();
      setAdded(true);
    } catch (error) {
      setAdded(isStepUpCancelled(error) ? null : false);
    }
  }

  return (
    <section className="panel">
      <h2>Passkey</h2>
      <p className="quiet">A fingerprint, a face or a security key, to confirm what matters.</p>
      {isAdded === true && <p role="status">You can confirm with this passkey from now on.</p>}
      {isAdded === false && <p role="alert">No passkey was added. You may have one here already.</p>}
      <div className="buttons">
        <button onClick={() => void add()}>Add a passkey</button>
      </div>
    </section>
  );
}
