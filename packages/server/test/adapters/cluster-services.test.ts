import { afterAll } from "vitest";
import { describeWith } from "../services/describe-with.js";
import type { TestService } from "../services/guarded-server.js";
import { startPostgres } from "../services/postgres.js";
import { postgresProgram, redisProgram } from "../services/programs.js";
import { startRedis } from "../services/redis.js";
import { describeCluster } from "./describe-cluster.js";

const services: TestService[] = [];
afterAll(() => Promise.all(services.map((service) => service.stop())));

async function urlOf(starting: Promise<TestService>): Promise<string> {
  const service = await starting;
  services.push(service);
  return service.url;
}

describeWith(postgresProgram, () => {
  describeCluster("PostgreSQL", async () => ({
    store: "postgres",
    environment: { DATABASE_URL: await urlOf(startPostgres()) },
  }));
});

describeWith(redisProgram, () => {
  describeCluster("Redis", async () => ({
    store: "redis",
    environment: { REDIS_URL: await urlOf(startRedis()) },
  }));
});
