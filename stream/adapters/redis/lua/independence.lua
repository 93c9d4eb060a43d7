-- Weighs documents beside their copies and beside what their source wrote in the hour; the pure rule is
-- stream/pipeline/windows/independence.py. Part of the script that add.lua ends; it needs batch.lua and sums.lua.
--
-- A story is an array: how many copies it has, a number that is not used, then its sources, the earliest first, each with
-- its first copy of the day. What stands where in such an entry:
local MILLISECOND, ID, SOURCE, SENTIMENT, STORIES_BEFORE, RELEVANCE = 1, 2, 3, 4, 5, 6  -- the last one where it is not whole
local COPIES, UNUSED, FIRST = 1, 2, 3  -- of a story
local STORY = 3  -- of a source's first copies of an hour: {millisecond, id, story}
local independent = places.independent  -- of all; behind it stand those of each sentiment

local function starts(text, part, at)
  return string.sub(text, at, at + #part - 1) == part
end

local function before(a, millisecond, id)
  return a[MILLISECOND] < millisecond or (a[MILLISECOND] == millisecond and a[ID] < id)
end

-- Add (or take out, with sign -1) what one first copy of a story weighs, at place k among the story's sources.
local function weigh(day, series, entry, k, sign)
  local sums = bucket(day, math.floor(entry[MILLISECOND] / MINUTE_MS), series)
  local weight, of_sentiment = 0, independent + entry[SENTIMENT]
  if entry[STORIES_BEFORE] < rule.most_stories then
    weight = math.floor(rule.by_source[k] * rule.in_full / math.max(rule.in_full, entry[STORIES_BEFORE] + 1))
    if entry[RELEVANCE] then weight = math.floor(weight * entry[RELEVANCE] / rule.unit) end
  end
  sums[independent] = sums[independent] + sign * weight
  sums[of_sentiment] = sums[of_sentiment] + sign * weight
  if k == 1 then sums[places.stories] = sums[places.stories] + sign end
end

local function find_source(story, source)
  for i = FIRST, #story do if story[i][SOURCE] == source then return i end end
end

-- The source has `rank` stories before this one in its hour: where the document is its first copy of the story's day,
-- that changes its weight.
local function rerank(day, series, source, first, rank)
  local key = name_of(day, 'story', series)
  local story = load(key, first[STORY])
  local at = find_source(story, source)
  local entry = at and story[at]
  local same = entry and entry[MILLISECOND] == first[MILLISECOND] and entry[ID] == first[ID]
  if same and entry[STORIES_BEFORE] ~= rank then
    weigh(day, series, entry, at - FIRST + 1, -1)
    entry[STORIES_BEFORE] = rank
    weigh(day, series, entry, at - FIRST + 1, 1)
    touch(key, first[STORY], rule.keep_seconds)
  end
end

-- The source's first document of the hour is `is` now, and was `was` before, if there was any.
local function move_source(day, series, was, is)
  if was then
    local sums = bucket(day, math.floor(was / MINUTE_MS), series)
    sums[places.sources] = sums[places.sources] - 1
  end
  local sums = bucket(day, math.floor(is / MINUTE_MS), series)
  sums[places.sources] = sums[places.sources] + 1
end

local function line_of(millisecond, id, story)
  return string.format('%s\0%.0f\0%s\n', story, millisecond, id)
end

-- Put a document that is not later than all the others among them; return how many come before it and, if it changed, the
-- list.
local function insert_in_hour(day, series, doc, list)
  local millisecond, id, story, firsts, most = doc.millisecond, doc.id, doc.story, {}, rule.most_stories
  for its, at, other in string.gmatch(string.sub(list, 3), '([^%z]*)%z([^%z]*)%z([^\n]*)\n') do
    table.insert(firsts, 1, {tonumber(at), other, its})
  end
  local old = #firsts + 1
  for i = 1, #firsts do
    if firsts[i][STORY] == story then
      if before(firsts[i], millisecond, id) then return i - 1 end
      old = i
      break
    end
  end
  local at = 1
  while at < old and before(firsts[at], millisecond, id) do at = at + 1 end
  if at > most then return most end
  if at == 1 then move_source(day, series, firsts[1] and firsts[1][MILLISECOND], millisecond) end
  if old <= #firsts then table.remove(firsts, old) end
  table.insert(firsts, at, {millisecond, id, story})
  for i = at + 1, math.min(old, #firsts) do rerank(day, series, doc.source, firsts[i], i - 1) end
  while #firsts > most do table.remove(firsts) end
  local lines, count = {}, #firsts
  for i = 1, count do lines[count + 1 - i] = line_of(unpack(firsts[i])) end
  return at - 1, string.format('%02d', count) .. table.concat(lines)
end

-- Put the document among the source's stories of the hour; return how many come before it.
local function place_in_hour(day, series, doc)
  local key, field = name_of(day, 'firsts', math.floor(doc.millisecond / HOUR_MS)), series .. '\0' .. doc.source
  local list, rank = get(key, field), 0
  if not list then
    move_source(day, series, nil, doc.millisecond)
    list = '01' .. doc.line
  else
    local count, millisecond, id = string.match(list, '^(%d%d)[^%z]*%z(%d+)%z([^\n]*)')
    local latest = before({tonumber(millisecond), id}, doc.millisecond, doc.id)
    local again = starts(list, doc.story .. '\0', 3) or string.find(list, '\n' .. doc.story .. '\0', 1, true)
    if latest and not again then
      rank = tonumber(count)
      if rank >= rule.most_stories then return rule.most_stories end
      list = string.format('%02d', rank + 1) .. doc.line .. string.sub(list, 3)
    else
      rank, list = insert_in_hour(day, series, doc, list)
      if not list then return rank end
    end
  end
  put(key, field, list)
  expire(key, rule.keep_fine_seconds)
  return rank
end

-- Put the document among the story's sources.
local function place_in_story(day, series, doc, rank)
  local millisecond, id, source, most = doc.millisecond, doc.id, doc.source, #rule.by_source
  local key = name_of(day, 'story', series)
  local story = load(key, doc.story)
  if #story == 0 then story[COPIES], story[UNUSED] = 0, 0 end
  story[COPIES] = story[COPIES] + 1
  touch(key, doc.story, rule.keep_seconds)
  local old = find_source(story, source)
  if old and before(story[old], millisecond, id) then return end
  local at = FIRST
  while at <= #story and at ~= old and before(story[at], millisecond, id) do at = at + 1 end
  if at - FIRST >= most then return end
  for i = at, #story do weigh(day, series, story[i], i - FIRST + 1, -1) end
  if old then table.remove(story, old) end
  local entry = {millisecond, id, source, doc.sentiment, rank}
  if doc.relevance ~= rule.unit then entry[RELEVANCE] = doc.relevance end
  table.insert(story, at, entry)
  while #story - FIRST >= most do table.remove(story) end
  for i = at, #story do weigh(day, series, story[i], i - FIRST + 1, 1) end
end
