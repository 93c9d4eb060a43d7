-- Count documents once each, in one step: check the id, add to the minutes, weigh each beside its copies.
--
-- KEYS[1]: the prefix of all keys, "{name}", whose hash tag keeps them on one node of a cluster.
-- ARGV[1]: MessagePack array of numbers: seconds that windows are kept, seconds that members and hours are kept,
--   evidence documents per series and minute, members per series and minute, stories in full per source and hour,
--   most stories per source and hour; then the weight of the k-th source of a story, in thousandths, k = 1...
-- ARGV[2]: MessagePack array of documents, each {digest of the id, millisecond, story, digest of the source,
--   sentiment 1..3, raw sums (in the order of Bucket's fields), evidence JSON or '', member JSON, number by which a
--   sample of members is drawn, {series...}, late}.
-- ARGV[3]: MessagePack array of progress, each {pair, first, latest, seen, claim}.
-- ARGV[4]: 'live', or 'building' for what a rebuild reads from the log.
-- The pure rule behind the weights is stream/pipeline/independence.py.
--
-- Keys, behind the prefix. A UTC day of event time has a generation, so that a rebuilt day takes the old one's place in
-- one step; DAY stands for <days since 1970>.<generation>.
--   days, building    hash: day -> generation that counts, and that is being built beside it; '*' is every day
--   built             set of days with documents in what is being built
--   changed           sorted set: minute -> how often it changed since it was projected
--   progress          hash: pair of partitions -> progress
--   DAY:seen:X        set of digests of ids, by their first character
--   DAY:minute:M      hash: series -> MessagePack array of sums
--   DAY:ten:T, DAY:sixty:H   hash: series -> the sums of ten and of sixty minutes, as doubles, little-endian: with them a
--     window of a day is read from some forty hashes, whichever minute it ends at
--   DAY:story:SERIES  hash: story -> {copies, evidence kept, {millisecond, id, source, sentiment, stories before}...}
--   DAY:firsts:H      hash: SERIES<0>source -> the first copies of this hour, the latest first: how many (two digits),
--     then of each its story <0> millisecond <0> id <line feed>; text, since most documents are put before all others
--   DAY:evidence:M    hash: series -> {p(negative), JSON}..., the most negative first
--   DAY:members:M     hash: series -> {number of the sample, JSON}..., the smallest numbers first
--   DAY:late:M        hash: series -> documents that came too late for the minute
local root = KEYS[1]
local options = cmsgpack.unpack(ARGV[1])
local keep, keep_fine, most_evidence, most_members, in_full, most_stories = unpack(options, 1, 6)
local by_source = {unpack(options, 7)}
local MEASURES, STORIES, SOURCES = 15, 14, 15

-- What the batch touches is read once, changed here and written once at the end. Most of it is asked for at the
-- beginning, in few calls, as it is stored: `stored`, which has false where there is nothing.
local stored, fields, dirty, lasting = {}, {}, {}, {}
local PER_CALL = 2000
local function fetch(wanted)
  for key, list in pairs(wanted) do
    local known = {}
    stored[key] = known
    for first = 1, #list, PER_CALL do
      local last = math.min(first + PER_CALL - 1, #list)
      local found = redis.call('HMGET', key, unpack(list, first, last))
      for i = first, last do known[list[i]] = found[i - first + 1] end
    end
  end
end

local function read(key, field)
  local known = stored[key]
  local value = known and known[field]
  if value == nil then value = redis.call('HGET', key, field) end
  return value
end

local function load(key, field)
  local known = fields[key]
  if not known then known = {}; fields[key] = known end
  local value = known[field]
  if not value then
    value = read(key, field)
    value = value and cmsgpack.unpack(value) or {}
    known[field] = value
  end
  return value
end

-- Keys of a day by what they are for and a minute, an hour or a series.
local names = {}
local function name_of(day, kind, number)
  local of_day = names[day]
  if not of_day then of_day = {}; names[day] = of_day end
  local of_kind = of_day[kind]
  if not of_kind then of_kind = {}; of_day[kind] = of_kind end
  local name = of_kind[number]
  if not name then name = day .. ':' .. kind .. ':' .. number; of_kind[number] = name end
  return name
end

-- The same for a value that is text.
local function load_text(key, field)
  local known = fields[key]
  if not known then known = {}; fields[key] = known end
  local value = known[field]
  if not value then
    value = read(key, field) or ''
    known[field] = value
  end
  return value
end

local function starts(text, part, at)
  return string.sub(text, at, at + #part - 1) == part
end

local function touch(key, field, seconds)
  local marked = dirty[key]
  if not marked then marked = {}; dirty[key] = marked end
  marked[field] = true
  lasting[key] = seconds
end

-- Sums of longer spans follow from what the batch changed in the minutes.
local WIDTH = '<' .. string.rep('d', MEASURES)
local originals = {}  -- of each bucket touched: {day, minute, series, sums now, sums before}
local function add_to_spans(name, length)
  local spans = {}
  for _, item in ipairs(originals) do
    local key = item[1] .. ':' .. name .. ':' .. math.floor(item[2] / length)
    local known = spans[key]
    if not known then known = {}; spans[key] = known end
    local sums = known[item[3]]
    if not sums then
      local stored = redis.call('HGET', key, item[3])
      sums = stored and {struct.unpack(WIDTH, stored)} or {}
      if not stored then for i = 1, MEASURES do sums[i] = 0 end end
      sums[MEASURES + 1] = nil  -- struct.unpack also tells where it stopped
      known[item[3]] = sums
    end
    for i = 1, MEASURES do sums[i] = sums[i] + item[4][i] - item[5][i] end
  end
  for key, known in pairs(spans) do
    local arguments = {}
    for series, sums in pairs(known) do
      arguments[#arguments + 1] = series
      arguments[#arguments + 1] = struct.pack(WIDTH, unpack(sums))
      if #arguments >= 1000 then redis.call('HSET', key, unpack(arguments)); arguments = {} end
    end
    if #arguments > 0 then redis.call('HSET', key, unpack(arguments)) end
    lasting[key] = keep
  end
end

local function flush()
  add_to_spans('ten', 10)
  add_to_spans('sixty', 60)
  for key, marked in pairs(dirty) do
    local arguments = {}
    for field in pairs(marked) do
      arguments[#arguments + 1] = field
      local value = fields[key][field]
      arguments[#arguments + 1] = type(value) == 'string' and value or cmsgpack.pack(value)
      if #arguments >= 1000 then redis.call('HSET', key, unpack(arguments)); arguments = {} end
    end
    if #arguments > 0 then redis.call('HSET', key, unpack(arguments)) end
  end
  for key, seconds in pairs(lasting) do redis.call('EXPIRE', key, seconds) end
end

local changed, buckets = {}, {}
local function bucket(day, minute, series)
  local key = name_of(day, 'minute', minute)
  local of_minute = buckets[key]
  if not of_minute then of_minute = {}; buckets[key] = of_minute end
  local sums = of_minute[series]
  if not sums then
    sums = load(key, series)
    if #sums == 0 then for i = 1, MEASURES do sums[i] = 0 end end
    of_minute[series] = sums
    originals[#originals + 1] = {day, minute, series, sums, {unpack(sums)}}
    touch(key, series, keep)
    changed[minute] = true
  end
  return sums
end

local function before(a, millisecond, id)
  return a[1] < millisecond or (a[1] == millisecond and a[2] < id)
end

-- Add (or take out, with sign -1) what one first copy of a story weighs, at place k among the story's sources.
local function weigh(day, series, entry, k, sign)
  local sums = bucket(day, math.floor(entry[1] / 60000), series)
  local weight = 0
  if entry[5] < most_stories then
    weight = math.floor(by_source[k] * in_full / math.max(in_full, entry[5] + 1))
  end
  sums[5] = sums[5] + sign * weight
  sums[5 + entry[4]] = sums[5 + entry[4]] + sign * weight
  if k == 1 then sums[STORIES] = sums[STORIES] + sign end
end

-- The sources of a story, earliest first, stand behind the two counters.
local function find_source(story, source)
  for i = 3, #story do if story[i][3] == source then return i end end
end

-- The source has `rank` stories before this one in its hour: where the document is its first copy of the story's day,
-- that changes its weight.
local function rerank(day, series, source, first, rank)
  local key = name_of(day, 'story', series)
  local story = load(key, first[3])
  local at = find_source(story, source)
  local entry = at and story[at]
  if entry and entry[1] == first[1] and entry[2] == first[2] and entry[5] ~= rank then
    weigh(day, series, entry, at - 2, -1)
    entry[5] = rank
    weigh(day, series, entry, at - 2, 1)
    touch(key, first[3], keep)
  end
end

-- The source's first document of the hour is `is` now, and was `was` before, if there was any.
local function move_source(day, series, was, is)
  if was then
    local sums = bucket(day, math.floor(was / 60000), series)
    sums[SOURCES] = sums[SOURCES] - 1
  end
  local sums = bucket(day, math.floor(is / 60000), series)
  sums[SOURCES] = sums[SOURCES] + 1
end

local function line_of(millisecond, id, story)
  return string.format('%s\0%.0f\0%s\n', story, millisecond, id)
end

-- Put a document that is not later than all the others among them; return the list, and how many come before it.
local function insert_in_hour(day, series, doc, list)
  local millisecond, id, story, source, firsts = doc[2], doc[1], doc[3], doc[4], {}
  for its, at, other in string.gmatch(string.sub(list, 3), '([^%z]*)%z([^%z]*)%z([^\n]*)\n') do
    table.insert(firsts, 1, {tonumber(at), other, its})
  end
  local old = #firsts + 1
  for i = 1, #firsts do
    if firsts[i][3] == story then
      if before(firsts[i], millisecond, id) then return list, i - 1 end
      old = i
      break
    end
  end
  local at = 1
  while at < old and before(firsts[at], millisecond, id) do at = at + 1 end
  if at > most_stories then return list, most_stories end
  if at == 1 then move_source(day, series, firsts[1] and firsts[1][1], millisecond) end
  if old <= #firsts then table.remove(firsts, old) end
  table.insert(firsts, at, {millisecond, id, story})
  for i = at + 1, math.min(old, #firsts) do rerank(day, series, source, firsts[i], i - 1) end
  while #firsts > most_stories do table.remove(firsts) end
  local lines, count = {}, #firsts
  for i = 1, count do lines[count + 1 - i] = line_of(unpack(firsts[i])) end
  return string.format('%02d', count) .. table.concat(lines), at - 1
end

-- Put the document among the source's stories of the hour; return how many come before it.
local function place_in_hour(day, series, doc)
  local key, field = name_of(day, 'firsts', math.floor(doc[2] / 3600000)), series .. '\0' .. doc[4]
  local list, rank = load_text(key, field), 0
  if list == '' then
    move_source(day, series, nil, doc[2])
    list = '01' .. doc.line
  else
    local count, millisecond, id = string.match(list, '^(%d%d)[^%z]*%z(%d+)%z([^\n]*)')
    local latest = before({tonumber(millisecond), id}, doc[2], doc[1])
    local again = starts(list, doc[3] .. '\0', 3) or string.find(list, '\n' .. doc[3] .. '\0', 1, true)
    if latest and not again then
      rank = tonumber(count)
      if rank >= most_stories then return most_stories end
      list = string.format('%02d', rank + 1) .. doc.line .. string.sub(list, 3)
    else
      local found
      found, rank = insert_in_hour(day, series, doc, list)
      if found == list then return rank end
      list = found
    end
  end
  fields[key][field] = list
  touch(key, field, keep_fine)
  return rank
end

-- Put the document among the story's sources; return the story.
local function place_in_story(day, series, doc, rank)
  local millisecond, id, source = doc[2], doc[1], doc[4]
  local key = name_of(day, 'story', series)
  local story = load(key, doc[3])
  if #story == 0 then story[1], story[2] = 0, 0 end
  story[1] = story[1] + 1
  touch(key, doc[3], keep)
  local old = find_source(story, source)
  if old and before(story[old], millisecond, id) then return story end
  local at = 3
  while at <= #story and at ~= old and before(story[at], millisecond, id) do at = at + 1 end
  if at - 2 > #by_source then return story end
  for i = at, #story do weigh(day, series, story[i], i - 2, -1) end
  if old then table.remove(story, old) end
  table.insert(story, at, {millisecond, id, source, doc[5], rank})
  while #story - 2 > #by_source do table.remove(story) end
  for i = at, #story do weigh(day, series, story[i], i - 2, 1) end
  return story
end

-- Put {score, item} into a list of at most `most`, the smallest scores first.
local function keep_smallest(key, series, score, item, most, seconds)
  local list = load(key, series)
  local low, high = 1, #list + 1  -- where it belongs: halved until found
  while low < high do
    local middle = math.floor((low + high) / 2)
    local other = list[middle]
    if score < other[1] or (score == other[1] and item > other[2]) then high = middle else low = middle + 1 end
  end
  if low > most then return end
  table.insert(list, low, {score, item})
  if #list > most then table.remove(list) end
  touch(key, series, seconds)
end

local function count(day, series, doc, minute)
  local sums = bucket(day, minute, series)
  for i = 1, 13 do sums[i] = sums[i] + doc[6][i] end
  local story = place_in_story(day, series, doc, place_in_hour(day, series, doc))
  if doc[7] ~= '' and story[2] == 0 then
    story[2] = 1
    keep_smallest(name_of(day, 'evidence', minute), series, -doc[6][9], doc[7], most_evidence, keep)
  end
  keep_smallest(name_of(day, 'members', minute), series, doc[9], doc[8], most_members, keep_fine)
end

-- Remember the id; return whether it is new.
local function see(day, doc)
  local key = name_of(day, 'seen', string.sub(doc[1], 1, 1))
  if redis.call('SADD', key, doc[1]) == 0 then return false end
  lasting[key] = keep
  return true
end

local function count_late(day, doc)
  local minute = math.floor(doc[2] / 60000)
  local key = name_of(day, 'late', minute)
  for _, series in ipairs(doc[10]) do redis.call('HINCRBY', key, series, 1) end
  lasting[key] = keep
  changed[minute] = true
end

-- Count what was not seen before, each {day, document}.
local function count_all(new)
  local wanted = {}
  local function want(key, field)
    local list = wanted[key]
    if not list then list = {}; wanted[key] = list end
    list[#list + 1] = field
  end
  for _, item in ipairs(new) do
    local day, doc = item[1], item[2]
    local hour = name_of(day, 'firsts', math.floor(doc[2] / 3600000))
    for _, series in ipairs(doc[10]) do
      want(name_of(day, 'story', series), doc[3])
      want(hour, series .. '\0' .. doc[4])
    end
  end
  fetch(wanted)
  for _, item in ipairs(new) do
    local doc = item[2]
    doc.line = doc.line or line_of(doc[2], doc[1], doc[3])
    for _, series in ipairs(doc[10]) do count(item[1], series, doc, math.floor(doc[2] / 60000)) end
  end
end

local function generations(name)
  local found, flat = {}, redis.call('HGETALL', root .. ':' .. name)
  for i = 1, #flat, 2 do found[flat[i]] = flat[i + 1] end
  return found
end

local days, building, added = generations('days'), generations('building'), 0
local new = {}
local function take(generation, doc)
  local day = root .. ':' .. generation
  if not see(day, doc) then return 0 end
  if doc[11] then count_late(day, doc) else new[#new + 1] = {day, doc} end
  return 1
end

for _, doc in ipairs(cmsgpack.unpack(ARGV[2])) do
  local day = tostring(math.floor(doc[2] / 86400000))
  local built = building[day] or building['*']
  if built then
    local fresh = take(day .. '.' .. built, doc)
    if ARGV[4] == 'building' then added = added + fresh end
    redis.call('SADD', root .. ':built', day)
  end
  if ARGV[4] == 'live' then
    if not days[day] then
      days[day] = '0'
      redis.call('HSET', root .. ':days', day, '0')
    end
    added = added + take(day .. '.' .. days[day], doc)
  end
end
count_all(new)
flush()

-- Never back, and where two workers tell of one pair, as far as the further one.
for _, row in ipairs(cmsgpack.unpack(ARGV[3])) do
  local first, latest, seen = row[2], row[3], row[4]
  local stored = redis.call('HGET', root .. ':progress', row[1])
  if stored then
    local old_first, old_latest, old_seen = string.match(stored, '(%d+) (%d+) (%d+)')
    first, latest = math.min(first, tonumber(old_first)), math.max(latest, tonumber(old_latest))
    seen = math.max(seen, tonumber(old_seen))
  end
  local value = string.format('%.0f %.0f %.0f %.0f', first, latest, seen, row[5])
  redis.call('HSET', root .. ':progress', row[1], value)
end
for minute in pairs(changed) do redis.call('ZADD', root .. ':changed', 'INCR', 1, minute) end
return added
