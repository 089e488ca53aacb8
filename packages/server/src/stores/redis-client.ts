/** Keys and arguments of a script. */
export interface RedisScriptInput {
  readonly keys: string[];
  readonly arguments: string[];
}

/** The two commands that run scripts. */
export interface RedisScripting {
  eval(source: string, input: RedisScriptInput): Promise<unknown>;
  evalSha(sha1: string, input: RedisScriptInput): Promise<unknown>;
}

/** What the store sets for each command of its own. */
export interface RedisCommandSettings {
  /** Takes a command back that was not sent yet. */
  readonly abortSignal: AbortSignal;
  /** Empty: text is read as text, whatever the client does elsewhere. */
  readonly typeMapping: Readonly<Record<string, never>>;
}

/** What the store sets for the connection on which it listens. */
export interface RedisSubscriberSettings {
  readonly pingInterval: number;
  readonly socket: {
    readonly socketTimeout: number;
    readonly reconnectStrategy: (retries: number) => number | false;
  };
}

/** A connection that listens. */
export interface RedisSubscriber {
  readonly isOpen: boolean;
  on(event: "error" | "ready", listener: () => void): unknown;
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  ping(): Promise<unknown>;
  unref(): void;
  destroy(): void;
}

/** What the store needs of a client: `createClient()` of `redis` from 5.1 on gives one. */
export interface RedisClient extends RedisScripting {
  readonly options?: { readonly socket?: object | undefined } | undefined;
  withCommandOptions(settings: RedisCommandSettings): RedisScripting;
  duplicate(settings: RedisSubscriberSettings): RedisSubscriber;
}
