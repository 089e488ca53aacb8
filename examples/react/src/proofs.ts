/** Three ways to prove who one is: what each of them sends to the server, which checks it. */
import { send } from "./api.ts";
import { askForPasskey } from "./passkeys.ts";

export const methods = ["password", "code", "passkey"] as const;

export type Method = (typeof methods)[number];

type Prove = (form: FormData, signal: AbortSignal) => object | Promise<object>;

/** Each gets the dialog's form. Rejects if it has no answer. */
export const prove: Readonly<Record<Method, Prove>> = {
  password: (form) => ({ password: form.get("password") }),
  code: (form) => ({ code: (form.get("code") as string).replaceAll(" ", "") }),
  passkey: async (_form, signal) => ({ passkey: await askForPasskey(signal) }),
};

/** Has a code sent to the user's phone, which the server plays: it answers with what the phone shows. */
export async function sendCode(): Promise<string> {
  const response = await send("/account/code", { method: "POST" });
  const { code } = (await response.json()) as { code: string };
  return code;
}
