import { createMemoryStore } from "../src/index.js";
import { describeStore } from "./store-conformance.js";

describeStore("memory", createMemoryStore);
