/*
 * What reads and then writes happens inside Redis, so that nothing comes between. Ends are counted by the clock of Redis:
 * callers say how many milliseconds are left, so that a clock of ours that jumps moves no end.
 *
 * A session is a hash that expires at its next end; the ids of a user's sessions are a set that expires with the last of them.
 */

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/** KEYS session, user's set. ARGV id, userId, createdAt, idleUntil, absoluteUntil, ms to the idle end, ms to the absolute end, prefix of sessions. */
export const INSERT = `${NOW}
local idleMs, absoluteMs = tonumber(ARGV[6]), tonumber(ARGV[7])
redis.call('HSET', KEYS[1], 'userId', ARGV[2], 'createdAt', ARGV[3], 'idleUntil', ARGV[4], 'absoluteUntil', ARGV[5],
  'endsAt', string.format('%.0f', now + absoluteMs))
redis.call('PEXPIRE', KEYS[1], math.min(idleMs, absoluteMs))
for _, id in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  if redis.call('EXISTS', ARGV[8] .. id) == 0 then redis.call('SREM', KEYS[2], id) end
end
redis.call('SADD', KEYS[2], ARGV[1])
if redis.call('PTTL', KEYS[2]) < absoluteMs then redis.call('PEXPIRE', KEYS[2], absoluteMs) end`;

/**
 * KEYS session. ARGV idleUntil, ms to it. Gives the fields of the session, or nil. The end is set first: a full Redis allows that, and then the rest of a script that has written,
 * so that who is signed in stays so.
 */
export const TOUCH = `${NOW}
local session = redis.call('HMGET', KEYS[1], 'userId', 'createdAt', 'absoluteUntil', 'endsAt')
if not session[1] then return nil end
local leftMs = math.min(tonumber(ARGV[2]), tonumber(session[4]) - now)
if redis.call('PEXPIRE', KEYS[1], string.format('%.0f', leftMs)) == 0 or leftMs <= 0 then return nil end
local idleUntil = tonumber(ARGV[1]) < tonumber(session[3]) and ARGV[1] or session[3]
redis.call('HSET', KEYS[1], 'idleUntil', idleUntil)
return {session[1], session[2], idleUntil, session[3]}`;

/** KEYS user's set. ARGV prefix of sessions. Gives the ids of those that live. */
export const IDS_OF = `
local live = {}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  if redis.call('EXISTS', ARGV[1] .. id) == 1 then live[#live + 1] = id end
end
return live`;

/** KEYS session. ARGV id, prefix of users' sets. Gives 1 if it lived. */
export const END = `
local userId = redis.call('HGET', KEYS[1], 'userId')
if not userId then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SREM', ARGV[2] .. userId, ARGV[1])
return 1`;

/** KEYS user's set. ARGV prefix of sessions, id of the one to leave. Gives the ids of those that it ended. */
export const END_ALL = `
local ended = {}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  if id ~= ARGV[2] then
    if redis.call('DEL', ARGV[1] .. id) == 1 then ended[#ended + 1] = id end
    redis.call('SREM', KEYS[1], id)
  end
end
return ended`;
