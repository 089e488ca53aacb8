/** A program that Redis runs as one step: nothing else happens meanwhile, and what it writes is kept together or not at all. */
export interface RedisScript {
  readonly source: string;
  /** By which a server that ran it before knows it. */
  readonly sha1: Promise<string>;
}

// Members are text, and the numbers among them are compared or counted up here, never worked out: Lua knows doubles only.
// Indexes and news come before the record: should Redis refuse one of them (an access rule, somebody else's key of this
// name), then nothing was written that counts. No subscriber is told before the script is over.

/**
 * Writes a record if its revision is the expected one, `''` for none at all. Returns 1, or 0 and has changed nothing.
 *
 * `KEYS`: record, open records of the user, deadlines. `ARGV`: channel, expected revision, id, and the members.
 */
export const putRecord = script(`
local channel, expected, id = ARGV[1], ARGV[2], ARGV[3]
local user_id, created_at, expires_at = ARGV[4], ARGV[5], ARGV[6]
local revision, stale_generation, end_reason, end_at, document = ARGV[7], ARGV[8], ARGV[9], ARGV[10], ARGV[11]
local before = redis.call('HMGET', KEYS[1], 'revision', 'stale_generation', 'end_reason')
if (before[1] or '') ~= expected then return 0 end
if before[1] and (end_reason ~= before[3] or tonumber(stale_generation) > tonumber(before[2])) then
  redis.call('PUBLISH', channel, id)
end
if end_reason == '' then
  redis.call('ZADD', KEYS[2], created_at, id)
else
  redis.call('ZREM', KEYS[2], id)
end
redis.call('ZADD', KEYS[3], expires_at, id)
redis.call('HSET', KEYS[1], 'user_id', user_id, 'revision', revision, 'stale_generation', stale_generation,
  'end_reason', end_reason, 'end_at', end_at, 'document', document)
return 1
`);

const MEMBERS = "'revision', 'stale_generation', 'end_reason', 'end_at', 'document'";

/** What is said of a key that holds no record but something else. */
export const UNREADABLE = "unreadable";

/** Reads a record without failing at a key of another kind. Whatever else goes wrong ends the script. */
const ATTEMPT = `
local function attempt(command, key, ...)
  local answer = redis.pcall(command, key, ...)
  if type(answer) ~= 'table' or not answer.err then return answer end
  if not string.find(answer.err, 'WRONGTYPE', 1, true) then error(answer) end
  return '${UNREADABLE}'
end
`;

/**
 * Returns for each record its members, nothing but nil if there is none, or `UNREADABLE`.
 *
 * A script, although commands would do: clients that cache, or read from replicas, do so for commands that only read.
 *
 * `KEYS`: records.
 */
export const readRecords = script(`${ATTEMPT}
local records = {}
for place, key in ipairs(KEYS) do records[place] = attempt('HMGET', key, ${MEMBERS}) end
return records
`);

/**
 * Returns the open records of a user, oldest first.
 *
 * `KEYS`: open records of the user, stem of records' keys.
 */
export const listRecords = script(`${ATTEMPT}
local records = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  records[#records + 1] = attempt('HMGET', KEYS[2] .. id, ${MEMBERS})
end
return records
`);

/**
 * Closes the open records of a user, but one; returns the ids of those it closed.
 *
 * `KEYS`: open records of the user, stem of records' keys. `ARGV`: channel, id of the one to leave alone, reason, moment.
 */
export const closeRecords = script(`${ATTEMPT}
local channel, except, end_reason, end_at = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local closed = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local record = KEYS[2] .. id
  if id ~= except and attempt('HGET', record, 'end_reason') == '' then
    redis.call('PUBLISH', channel, id)
    redis.call('ZREM', KEYS[1], id)
    redis.call('HINCRBY', record, 'revision', 1)
    redis.call('HSET', record, 'end_reason', end_reason, 'end_at', end_at)
    closed[#closed + 1] = id
  end
end
return closed
`);

/**
 * Deletes records whose deadline is before a moment, so many at most; returns how many.
 *
 * `KEYS`: deadlines, stem of records' keys, stem of users' keys. `ARGV`: moment, how many.
 */
export const deleteRecords = script(`${ATTEMPT}
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])
for _, id in ipairs(ids) do
  local record = KEYS[2] .. id
  local user_id = attempt('HGET', record, 'user_id')
  if user_id then redis.call('ZREM', KEYS[3] .. user_id, id) end
  redis.call('DEL', record)
  redis.call('ZREM', KEYS[1], id)
end
return #ids
`);

function script(source: string): RedisScript {
  return { source, sha1: sha1(source) };
}

async function sha1(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text));
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
