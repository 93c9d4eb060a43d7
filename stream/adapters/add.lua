-- Count documents once each, in one step: check the id, add to the minute, settle which copy of a story counts.
-- KEYS[1]: a key with the hash tag that all keys share, so that a cluster keeps them on one node.
-- ARGV[1]: seconds that everything is kept. ARGV[2]: evidence documents kept per series and minute.
-- ARGV[3]: MessagePack array of documents, each {digest of the id, series, minute, millisecond, story,
--   sentiment index 1..3, raw sums (13 integers), evidence JSON or '', 1 for a document's leading row or 0}.
-- ARGV[4]: MessagePack array of progress, each {pair, first, latest, seen}.
-- A minute is a hash: series -> 13 integers joined by spaces, in the order of Bucket's fields. Text, not packed
-- numbers, so that an operator can read it with HGETALL. `changed` counts the changes of each minute.
local prefix, keep, evidence_kept = KEYS[1], ARGV[1], tonumber(ARGV[2])

local function change(minute, series, deltas, sign)
  local key = prefix .. ':minute:' .. minute
  local sums, index = {}, 1
  local stored = redis.call('HGET', key, series)
  if stored then
    for number in string.gmatch(stored, '%S+') do sums[index] = tonumber(number); index = index + 1 end
  end
  for i, delta in pairs(deltas) do sums[i] = (sums[i] or 0) + sign * delta end
  for i = 1, 13 do sums[i] = string.format('%.0f', sums[i] or 0) end
  redis.call('HSET', key, series, table.concat(sums, ' '))
  redis.call('EXPIRE', key, keep)
  redis.call('ZADD', prefix .. ':changed', 'INCR', 1, minute)
end

local function independent(sentiment)
  return {[5] = 1, [5 + sentiment] = 1}
end

-- Keep the story's earliest copy counted: when an earlier one comes, the later one's count is taken out again.
-- True when this is the first copy that came.
local function settle(series, minute, millisecond, id, story, sentiment)
  local key = prefix .. ':story:' .. story .. ':' .. series
  local stored = redis.call('GET', key)
  if stored then
    local first = cmsgpack.unpack(stored)
    if first[1] < millisecond or (first[1] == millisecond and first[2] <= id) then return false end
    change(first[3], series, independent(first[4]), -1)
  end
  redis.call('SET', key, cmsgpack.pack({millisecond, id, minute, sentiment}), 'EX', keep)
  change(minute, series, independent(sentiment), 1)
  return not stored
end

local function keep_evidence(series, minute, p_negative, document)
  local key = prefix .. ':evidence:' .. minute .. ':' .. series
  redis.call('ZADD', key, p_negative, document)
  redis.call('ZREMRANGEBYRANK', key, 0, -evidence_kept - 1)
  redis.call('EXPIRE', key, keep)
end

local function advance(pair, first, latest, seen)
  local key = prefix .. ':progress'
  local stored = redis.call('HGET', key, pair)
  if stored then
    local old_first, old_latest, old_seen = string.match(stored, '(%d+) (%d+) (%d+)')
    first, latest = math.min(first, tonumber(old_first)), math.max(latest, tonumber(old_latest))
    seen = math.max(seen, tonumber(old_seen))
  end
  redis.call('HSET', key, pair, string.format('%.0f %.0f %.0f', first, latest, seen))
end

local added = 0
for _, row in ipairs(cmsgpack.unpack(ARGV[3])) do
  local id, series, minute = row[1], row[2], row[3]
  if redis.call('SET', prefix .. ':seen:' .. id, '', 'NX', 'EX', keep) then
    change(minute, series, row[7], 1)
    local new = settle(series, minute, row[4], id, row[5], row[6])
    if new and row[8] ~= '' then keep_evidence(series, minute, row[7][9], row[8]) end
    added = added + row[9]
  end
end
for _, row in ipairs(cmsgpack.unpack(ARGV[4])) do advance(row[1], row[2], row[3], row[4]) end
return added
