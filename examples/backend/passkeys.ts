/** Passkeys of users: WebAuthn, with `@simplewebauthn/server` to read and verify what authenticators send. */
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type AuthenticationResponseJSON,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  type WebAuthnCredential,
} from "@simplewebauthn/server";
import type { User } from "./accounts.ts";

/** Who is asked for a passkey, and by which page. */
export interface Ceremony {
  readonly userId: string;
  /** A challenge is good for the session that asked for it, once. */
  readonly sessionId: string;
  /** Of the page. Yours is a constant of your configuration. */
  readonly origin: string;
}

export interface Passkeys {
  /** What `navigator.credentials.create` is to be called with. */
  creationOptions(ceremony: Ceremony, user: User): Promise<PublicKeyCredentialCreationOptionsJSON>;
  /** Keeps a new passkey; `false` if it is none. */
  add(ceremony: Ceremony, response: unknown): Promise<boolean>;
  /** What `navigator.credentials.get` is to be called with. */
  requestOptions(ceremony: Ceremony): Promise<PublicKeyCredentialRequestOptionsJSON>;
  /** Whether one of the user's passkeys answered the challenge. */
  verify(ceremony: Ceremony, response: unknown): Promise<boolean>;
}

/** ES256 and RS256, which authenticators have. @see IANA registry of COSE algorithms */
const supportedAlgorithmIDs = [-7, -257];

const siteOf = (origin: string): string => new URL(origin).hostname;

export function createPasskeys(): Passkeys {
  const passkeysOf = new Map<string, readonly WebAuthnCredential[]>();
  const challenges = new Map<string, string>();

  const known = (userId: string): readonly WebAuthnCredential[] => passkeysOf.get(userId) ?? [];
  const ids = (userId: string): { id: string }[] => known(userId).map(({ id }) => ({ id }));

  function expected({ sessionId, origin }: Ceremony) {
    const challenge = challenges.get(sessionId) ?? "";
    challenges.delete(sessionId);
    return {
      expectedChallenge: (answered: string) => challenge !== "" && answered === challenge,
      expectedOrigin: origin,
      expectedRPID: siteOf(origin),
    };
  }

  return {
    async creationOptions({ userId, sessionId, origin }, { name }) {
      const options = await generateRegistrationOptions({
        rpName: "Lockstep examples",
        rpID: siteOf(origin),
        userName: name,
        excludeCredentials: ids(userId),
        authenticatorSelection: { userVerification: "required" },
        supportedAlgorithmIDs,
      });
      challenges.set(sessionId, options.challenge);
      return options;
    },

    async add(ceremony, response) {
      const { userId } = ceremony;
      const outcome = await verifyRegistrationResponse({
        ...expected(ceremony),
        response: response as RegistrationResponseJSON,
        supportedAlgorithmIDs,
      }).catch(() => null);
      if (!outcome?.verified) return false;
      passkeysOf.set(userId, [...known(userId), outcome.registrationInfo.credential]);
      return true;
    },

    async requestOptions({ userId, sessionId, origin }) {
      const options = await generateAuthenticationOptions({
        rpID: siteOf(origin),
        allowCredentials: ids(userId),
        userVerification: "required",
      });
      challenges.set(sessionId, options.challenge);
      return options;
    },

    async verify(ceremony, response) {
      const expectation = expected(ceremony);
      const answer = response as AuthenticationResponseJSON | null | undefined;
      const credential = known(ceremony.userId).find(({ id }) => id === answer?.id);
      if (!answer || credential === undefined) return false;
      const outcome = await verifyAuthenticationResponse({
        ...expectation,
        response: answer,
        credential,
      }).catch(() => null);
      if (!outcome?.verified) return false;
      credential.counter = outcome.authenticationInfo.newCounter;
      return true;
    },
  };
}
