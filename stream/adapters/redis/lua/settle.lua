-- Take minutes off the list of the changed: only what did not change since it was read, and both in one step. Where
-- another worker has taken off a later reading, this one may have been written over it: then the minute is to be
-- projected once more.
--
-- KEYS[1]: the prefix of all keys, see add.lua.
-- ARGV[1]: of how many minutes it is kept which reading was projected last; then minutes, each with the number of the
--   change up to which it was read.
local root = KEYS[1]
for i = 2, #ARGV, 2 do
  local minute, change = ARGV[i], tonumber(ARGV[i + 1])
  local listed = redis.call('ZSCORE', root .. ':changed', minute)
  if not listed then
    local settled = redis.call('ZSCORE', root .. ':settled', minute)
    if settled and tonumber(settled) > change then
      redis.call('ZADD', root .. ':changed', redis.call('INCR', root .. ':changes'), minute)
    end
  elseif tonumber(listed) == change then
    redis.call('ZREM', root .. ':changed', minute)
    redis.call('ZADD', root .. ':settled', change, minute)
  end
end
redis.call('ZREMRANGEBYRANK', root .. ':settled', 0, -1 - ARGV[1])
