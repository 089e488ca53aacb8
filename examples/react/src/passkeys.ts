/** Passkeys: WebAuthn, with the JSON that browsers read and write themselves. */
import { json, send } from "./api.ts";

/** @throws if the user has none here, or would not use it. */
export async function askForPasskey(signal: AbortSignal): Promise<object> {
  const response = await send("/account/passkey/challenge", { method: "POST", signal });
  const options = (await response.json()) as PublicKeyCredentialRequestOptionsJSON;
  if (options.allowCredentials?.length === 0) throw new Error("The user has no passkey.");
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = (await navigator.credentials.get({ publicKey, signal })) as PublicKeyCredential;
  return credential.toJSON();
}

/** @throws if none was made, because the user would not or has one here already. */
export async function addPasskey(): Promise<void> {
  const response = await send("/account/passkeys/options", { method: "POST" });
  const options = (await response.json()) as PublicKeyCredentialCreationOptionsJSON;
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  await send("/account/passkeys", json("POST", credential));
}
