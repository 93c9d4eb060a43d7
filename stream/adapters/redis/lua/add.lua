-- Count documents once each, in one step: check the id, add to the minutes, weigh each beside its copies. The script is
-- batch.lua, sums.lua, independence.lua and this.
--
-- KEYS[1]: the prefix of all keys, "{name}", whose hash tag keeps them on one node of a cluster. Windows that are spread
--   have a prefix a shard; each sees all documents, and of the series those that it holds.
-- ARGV[1]: MessagePack map of the rule's numbers: keep_seconds of windows; keep_fine_seconds of members and hours;
--   evidence and members, how many are kept per series and minute; in_full and most_stories, see independence.py; unit,
--   what a whole document weighs, in thousandths;
--   by_source, the weight of the k-th source of a story, in thousandths, k = 1...; spans, each {name of the key, minutes};
--   places, by name of a measure where it stands among the sums.
-- ARGV[2]: MessagePack array of documents, each the values of FIELDS, below.
-- ARGV[3]: MessagePack array of progress, each {pair, first, latest, seen, claim}.
-- ARGV[4]: 'live', or 'building' for what a rebuild reads from the log.
-- ARGV[5]: the pace of what moved on (see watermark.py), or ''.
-- ARGV[6]: where windows are spread, MessagePack map: day -> ids, one after the other, of documents that are in time and
--   add to no series of this shard. None of them is among the documents of ARGV[2].
--
-- Keys, behind the prefix. A UTC day of event time has a generation, so that a rebuilt day takes the old one's place in
-- one step; DAY stands for <days since 1970>.<generation>.
--   days, building    hash: day -> generation that counts, and that is being built beside it; '*' is every day
--   built             set of days with documents in what is being built
--   changed           sorted set: minute that is to be projected -> the number of its last change
--   changes           the number of the last change of any minute
--   settled           sorted set: minute -> the number of the change up to which it was projected, of the last ones
--   progress          hash: pair of partitions -> progress; when it was seen is the time of this server
--   clock             hash: pace -> the best that was ever seen
--   DAY:seen:X        set of digests of ids that count, by their first character
--   DAY:overdue       set of digests of ids that came too late, and count no more than apart
--   DAY:minute:M      hash: series -> MessagePack array of sums
--   DAY:ten:T, DAY:sixty:H   hash: series -> the sums of ten and of sixty minutes, as doubles, little-endian: with them a
--     window of a day is read from some forty hashes, whichever minute it ends at
--   DAY:story:SERIES  hash: story -> {copies, 0, {millisecond, id, source, sentiment, stories before}...}; behind them the
--     relevance, in thousandths, where it is not whole. The second is 1 where a release before kept evidence by the day
--   DAY:firsts:H      hash: SERIES<0>source -> the first copies of this hour, the latest first: how many (two digits),
--     then of each its story <0> millisecond <0> id <line feed>; text, since most documents are put before all others
--   DAY:evidence:M    hash: series -> {-p(negative), JSON, story}..., the most negative first, of each story the most
--     negative alone; a release before wrote no story
--   DAY:members:M     hash: series -> {number of the sample, JSON}..., the smallest numbers first
--   DAY:late:M        hash: series -> documents that came too late for the minute

-- id and source are digests; sample is the number by which a sample of members is drawn; sentiment is 1..3; sums are raw,
-- in the order of `places`; evidence and member are JSON, evidence '' where the document is none; own has by series,
-- where they are others there, the values of OWN.
local FIELDS = {'id', 'millisecond', 'story', 'source', 'sample', 'sentiment', 'sums', 'evidence', 'member', 'relevance',
  'series', 'late', 'own'}
local ID_BYTES = 16
local OWN = {'sentiment', 'sums', 'evidence', 'member', 'relevance'}

local function is_before(entry, other)
  return entry[1] < other[1] or (entry[1] == other[1] and entry[2] > other[2])
end

-- Put {score, item, ...} into a list of at most `most`, the smallest scores first.
local function keep_smallest(key, series, entry, most, seconds)
  local list = load(key, series)
  local low, high = 1, #list + 1  -- where it belongs: halved until found
  while low < high do
    local middle = math.floor((low + high) / 2)
    if is_before(entry, list[middle]) then high = middle else low = middle + 1 end
  end
  if low > most then return end
  table.insert(list, low, entry)
  if #list > most then table.remove(list) end
  touch(key, series, seconds)
end

-- Keep {score, item, story} among the evidence of a minute. An entry of its story that is there only gives way to a better
-- one, so what is kept does not follow from the order in which documents come.
local function keep_evidence(key, series, entry)
  local list = load(key, series)
  for i = 1, #list do
    if list[i][3] == entry[3] then
      if not is_before(entry, list[i]) then return end
      table.remove(list, i)
      break
    end
  end
  keep_smallest(key, series, entry, rule.evidence, rule.keep_seconds)
end

local function count(day, series, doc, minute)
  local sums = bucket(day, minute, series)
  for i = 1, MEASURES do sums[i] = sums[i] + doc.sums[i] end
  place_in_story(day, series, doc, place_in_hour(day, series, doc))
  if doc.evidence ~= '' then
    local evidence = name_of(day, 'evidence', minute)
    keep_evidence(evidence, series, {-doc.sums[places.p_negative], doc.evidence, doc.story})
  end
  local members = name_of(day, 'members', minute)
  keep_smallest(members, series, {doc.sample, doc.member}, rule.members, rule.keep_fine_seconds)
end

-- Remember the id; return whether it is new.
local function see(day, doc)
  local key = name_of(day, 'seen', string.sub(doc.id, 1, 1))
  if redis.call('SADD', key, doc.id) == 0 then return false end
  expire(key, rule.keep_seconds)
  return true
end

local function count_late(day, doc, by)
  local minute = math.floor(doc.millisecond / MINUTE_MS)
  local key = name_of(day, 'late', minute)
  for _, series in ipairs(doc.series) do
    if redis.call('HINCRBY', key, series, by) <= 0 then redis.call('HDEL', key, series) end
  end
  expire(key, rule.keep_seconds)
  changed[minute] = true
end

-- Count a document that came too late, unless it counts already or was counted so before.
local function take_late(day, doc)
  local overdue = day .. ':overdue'
  if redis.call('SISMEMBER', name_of(day, 'seen', string.sub(doc.id, 1, 1)), doc.id) == 1 then return 0 end
  if redis.call('SADD', overdue, doc.id) == 0 then return 0 end
  expire(overdue, rule.keep_seconds)
  count_late(day, doc, 1)
  return 1
end

-- Return the document as a series has it: most have it as it is, some with a sentiment or a relevance of their own.
local function view_of(doc, series)
  local own = doc.own[series]
  if not own then return doc end
  local view = {}
  for name, value in pairs(doc) do view[name] = value end
  for i = 1, #OWN do view[OWN[i]] = own[i] end
  return view
end

-- Count what was not seen before, each {day, document}.
local function count_all(new)
  local wanted = {}
  for _, item in ipairs(new) do
    local day, doc = item[1], item[2]
    local hour = name_of(day, 'firsts', math.floor(doc.millisecond / HOUR_MS))
    for _, series in ipairs(doc.series) do
      append(wanted, name_of(day, 'story', series), doc.story)
      append(wanted, hour, series .. '\0' .. doc.source)
    end
  end
  fetch(wanted)
  for _, item in ipairs(new) do
    local doc = item[2]
    doc.line = doc.line or line_of(doc.millisecond, doc.id, doc.story)
    for _, series in ipairs(doc.series) do
      count(item[1], series, view_of(doc, series), math.floor(doc.millisecond / MINUTE_MS))
    end
  end
end

local function document_of(row)
  local doc = {}
  for i = 1, #FIELDS do doc[FIELDS[i]] = row[i] end
  return doc
end

local function generations(name)
  local found, flat = {}, redis.call('HGETALL', root .. ':' .. name)
  for i = 1, #flat, 2 do found[flat[i]] = flat[i + 1] end
  return found
end

-- Remember ids, given one after the other; return how many are new.
local function see_all(day, ids)
  local by_first, new, overdue = {}, 0, day .. ':overdue'
  local is_any_overdue = redis.call('EXISTS', overdue) == 1
  for at = 1, #ids, ID_BYTES do
    append(by_first, string.sub(ids, at, at), string.sub(ids, at, at + ID_BYTES - 1))
  end
  for first, list in pairs(by_first) do
    local key = name_of(day, 'seen', first)
    for at = 1, #list, PER_CALL do
      local last = math.min(at + PER_CALL - 1, #list)
      new = new + redis.call('SADD', key, unpack(list, at, last))
      if is_any_overdue then redis.call('SREM', overdue, unpack(list, at, last)) end
    end
    expire(key, rule.keep_seconds)
  end
  return new
end

local days, building, added = generations('days'), generations('building'), 0
local new = {}
local function take(day, doc)
  if doc.late then return take_late(day, doc) end
  if not see(day, doc) then return 0 end
  -- Whichever of its records was read first: a document counts if one of them is in time.
  if redis.call('SREM', day .. ':overdue', doc.id) == 1 then count_late(day, doc, -1) end
  new[#new + 1] = {day, doc}
  return 1
end

-- Do in the generations of a day what `add` does with `what`; it returns how many documents are new in one.
local function in_generations(day, add, what)
  local built = building[day] or building['*']
  if built then
    local fresh = add(root .. ':' .. day .. '.' .. built, what)
    if ARGV[4] == 'building' then added = added + fresh end
    redis.call('SADD', root .. ':built', day)
  end
  if ARGV[4] == 'live' then
    if not days[day] then
      days[day] = '0'
      redis.call('HSET', root .. ':days', day, '0')
    end
    added = added + add(root .. ':' .. day .. '.' .. days[day], what)
  end
end

for _, row in ipairs(cmsgpack.unpack(ARGV[2])) do
  local doc = document_of(row)
  local day = tostring(math.floor(doc.millisecond / DAY_MS))
  in_generations(day, take, doc)
end
for day, ids in pairs(ARGV[6] and cmsgpack.unpack(ARGV[6]) or {}) do
  in_generations(day, see_all, ids)
end
count_all(new)
flush()

-- Never back, and where two workers tell of one pair, as far as the further one.
local time = redis.call('TIME')
local seen = time[1] * 1000 + math.floor(time[2] / 1000)
for _, row in ipairs(cmsgpack.unpack(ARGV[3])) do
  local first, latest = row[2], row[3]
  local stored = redis.call('HGET', root .. ':progress', row[1])
  if stored then
    local old_first, old_latest = string.match(stored, '(%d+) (%d+)')
    first, latest = math.min(first, tonumber(old_first)), math.max(latest, tonumber(old_latest))
  end
  local value = string.format('%.0f %.0f %.0f %.0f', first, latest, seen, row[5])
  redis.call('HSET', root .. ':progress', row[1], value)
end
if ARGV[5] ~= '' then
  local best = redis.call('HGET', root .. ':clock', 'pace')
  if not best or tonumber(best) < tonumber(ARGV[5]) then redis.call('HSET', root .. ':clock', 'pace', ARGV[5]) end
end
for minute in pairs(changed) do
  redis.call('ZADD', root .. ':changed', redis.call('INCR', root .. ':changes'), minute)
end
return added
