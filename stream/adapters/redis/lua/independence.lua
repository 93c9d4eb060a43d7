-- Weighs documents beside their copies and beside what their source wrote in the hour; the pure rule is
-- stream/pipeline/windows/independence.py. Part of the script that add.lua ends; it needs batch.lua and sums.lua.
local function starts(text, part, at)
  return string.sub(text, at, at + #part - 1) == part
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

-- Put a document that is not later than all the others among them; return how many come before it and, if it changed, the
-- list.
local function insert_in_hour(day, series, doc, list)
  local millisecond, id, story, source, firsts = doc[2], doc[1], doc[3], doc[4], {}
  for its, at, other in string.gmatch(string.sub(list, 3), '([^%z]*)%z([^%z]*)%z([^\n]*)\n') do
    table.insert(firsts, 1, {tonumber(at), other, its})
  end
  local old = #firsts + 1
  for i = 1, #firsts do
    if firsts[i][3] == story then
      if before(firsts[i], millisecond, id) then return i - 1 end
      old = i
      break
    end
  end
  local at = 1
  while at < old and before(firsts[at], millisecond, id) do at = at + 1 end
  if at > most_stories then return most_stories end
  if at == 1 then move_source(day, series, firsts[1] and firsts[1][1], millisecond) end
  if old <= #firsts then table.remove(firsts, old) end
  table.insert(firsts, at, {millisecond, id, story})
  for i = at + 1, math.min(old, #firsts) do rerank(day, series, source, firsts[i], i - 1) end
  while #firsts > most_stories do table.remove(firsts) end
  local lines, count = {}, #firsts
  for i = 1, count do lines[count + 1 - i] = line_of(unpack(firsts[i])) end
  return at - 1, string.format('%02d', count) .. table.concat(lines)
end

-- Put the document among the source's stories of the hour; return how many come before it.
local function place_in_hour(day, series, doc)
  local key, field = name_of(day, 'firsts', math.floor(doc[2] / 3600000)), series .. '\0' .. doc[4]
  local list, rank = get(key, field), 0
  if not list then
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
      rank, list = insert_in_hour(day, series, doc, list)
      if not list then return rank end
    end
  end
  put(key, field, list)
  expire(key, keep_fine)
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
