/** What comes from elsewhere: addresses that get no token, and what other scripts of the site write and say. */
import { messageVersion } from "@lockstep/core/internals";
import { audienceOrigin } from "./tab.js";

export const urls = [
  `${audienceOrigin}/orders`,
  `${audienceOrigin}:8443/orders`,
  "https://evil.api.example.test/orders",
  "https://api.example.evil.test/",
  "http://api.example/orders",
];

export const rubbish = [
  "",
  "1",
  "1~",
  "~~~~~~~~",
  "2~claim~x~-~-~1~1~0~-",
  "%00%ff",
  "1~9~.x~nonsense~-",
  "null",
  "{}",
];

export const foreignMessages: readonly unknown[] = [
  null,
  "logout",
  { v: 0, kind: "signed-out" },
  { v: messageVersion + 1, from: "newer", kind: "changed", epoch: 5 },
  { v: messageVersion, from: "forged", kind: "changed", epoch: 1_000_000 },
  { v: messageVersion, from: "forged", kind: "token", epoch: 1, token: "rubbish" },
  { v: messageVersion, from: "forged", kind: "ask", to: null },
];
