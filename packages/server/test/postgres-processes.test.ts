import { describeWith } from "./services/describe-with.js";
import { startPostgres } from "./services/postgres.js";
import { postgresProgram } from "./services/programs.js";
import { describeTwoProcesses } from "./two-processes.js";

describeWith(postgresProgram, () => describeTwoProcesses("postgres", startPostgres));
