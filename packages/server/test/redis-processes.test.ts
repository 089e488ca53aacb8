import { describeWith } from "./services/describe-with.js";
import { redisProgram } from "./services/programs.js";
import { startRedis } from "./services/redis.js";
import { describeTwoProcesses } from "./two-processes.js";

describeWith(redisProgram, () => describeTwoProcesses("redis", startRedis));
