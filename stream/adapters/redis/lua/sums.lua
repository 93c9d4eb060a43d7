-- The sums of minutes, and of the longer spans that follow from them. Part of the script that add.lua ends and describes;
-- it needs batch.lua.
local root = KEYS[1]
local MINUTE_MS, HOUR_MS, DAY_MS = 60000, 3600000, 86400000
local rule = cmsgpack.unpack(ARGV[1])
local places, MEASURES = rule.places, 0
for _ in pairs(places) do MEASURES = MEASURES + 1 end

-- Values that are MessagePack arrays, as tables.
local tables, touched = {}, {}
local function load(key, field)
  local known = tables[key]
  if not known then known = {}; tables[key] = known end
  local value = known[field]
  if not value then
    value = get(key, field)
    value = value and cmsgpack.unpack(value) or {}
    known[field] = value
  end
  return value
end

local function touch(key, field, seconds)
  local marked = touched[key]
  if not marked then marked = {}; touched[key] = marked end
  marked[field] = true
  expire(key, seconds)
end

local changed = {}
local originals = {}  -- of each bucket touched: {day, minute, series, sums now, sums before}
local function bucket(day, minute, series)
  local key = name_of(day, 'minute', minute)
  local sums, marked = load(key, series), touched[key]
  if not marked or not marked[series] then
    if #sums == 0 then for i = 1, MEASURES do sums[i] = 0 end end
    originals[#originals + 1] = {day, minute, series, sums, {unpack(sums)}}
    touch(key, series, rule.keep_seconds)
    changed[minute] = true
  end
  return sums
end

-- Sums of longer spans follow from what the batch changed in the minutes.
local WIDTH = '<' .. string.rep('d', MEASURES)
local function sums_of_span(key, series)
  local stored, sums = get(key, series), {}
  if stored then
    sums = {struct.unpack(WIDTH, stored)}
    sums[MEASURES + 1] = nil  -- struct.unpack also tells where it stopped
  else
    for i = 1, MEASURES do sums[i] = 0 end
  end
  return sums
end

local function add_to_spans(name, length)
  local spans, wanted = {}, {}
  for _, item in ipairs(originals) do
    append(wanted, name_of(item[1], name, math.floor(item[2] / length)), item[3])
  end
  fetch(wanted)
  for _, item in ipairs(originals) do
    local key = name_of(item[1], name, math.floor(item[2] / length))
    local known = spans[key]
    if not known then known = {}; spans[key] = known end
    local sums = known[item[3]]
    if not sums then sums = sums_of_span(key, item[3]); known[item[3]] = sums end
    for i = 1, MEASURES do sums[i] = sums[i] + item[4][i] - item[5][i] end
  end
  for key, known in pairs(spans) do
    for series, sums in pairs(known) do put(key, series, struct.pack(WIDTH, unpack(sums))) end
    expire(key, rule.keep_seconds)
  end
end

local function flush()
  for _, span in ipairs(rule.spans) do add_to_spans(span[1], span[2]) end
  for key, marked in pairs(touched) do
    for field in pairs(marked) do put(key, field, cmsgpack.pack(tables[key][field])) end
  end
  write()
end
