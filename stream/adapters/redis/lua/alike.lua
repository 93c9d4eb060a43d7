-- Whether two documents are one story: the rule of stream/pipeline/stories/story.py, `alike` there and here are one. Part of the
-- script that story.lua ends.
local function set_of(list)
  local set = {}
  for i = 1, #list do set[list[i]] = true end
  return set
end

local function common(set, list)
  local found = 0
  for i = 1, #list do if set[list[i]] then found = found + 1 end end
  return found
end

-- A part with sets of its pairs, numbers and words, and of its gaps by their neighbours.
local function with_sets(part)
  local middles = {}
  for _, gap in ipairs(part[4] or {}) do middles[math.floor(gap / 67108864)] = gap end
  part.sets, part.middles = {set_of(part[1]), set_of(part[2]), set_of(part[3])}, middles
  return part
end

-- How many pairs title and body have, of parts that begin at a place.
local function sizes(parts, at)
  local low, high, lower, higher = string.byte(parts, at, at + 3)
  return low + 256 * high, lower + 256 * higher
end

-- The pairs of title and body, and where the rest begins.
local function pairs_of(parts, at)
  local titles, bodies = sizes(parts, at)
  local title, body = {}, {}
  at = at + 4
  for i = 1, titles do title[i] = string.sub(parts, at, at + 3); at = at + 4 end
  for i = 1, bodies do body[i] = string.sub(parts, at, at + 3); at = at + 4 end
  return title, body, at
end

local function parts_of(parts, title, body, at)
  local rest = cmsgpack.unpack(string.sub(parts, at))
  return {title, unpack(rest[1])}, {body, unpack(rest[2])}
end

local function union(one, two)
  if #one == 0 then return two end
  local set, all = {}, {}
  for _, list in ipairs({one, two}) do
    for i = 1, #list do
      if not set[list[i]] then set[list[i]] = true; all[#all + 1] = list[i] end
    end
  end
  return all
end

local function together(title, body)
  return {union(title[1], body[1]), union(title[2], body[2]), union(title[3], body[3])}
end

-- Of the two parts that are compared, the first has sets.
local function close(a, b)
  local shorter = math.min(#a[1], #b[1])
  if shorter < 4 or common(a.sets[1], b[1]) * 4 < shorter * 3 then return false end
  local numbers = common(a.sets[2], b[2])
  if #a[2] > numbers and #b[2] > numbers then return false end
  local least = math.min(#a[3], #b[3])
  local differ = least - common(a.sets[3], b[3])
  return differ == 0 or (shorter >= 20 and differ * 10 <= least)
end

-- Whether both have another word of content between the same neighbours.
local function replaced(a, b)
  for _, gap in ipairs(b[4]) do
    local other = a.middles[math.floor(gap / 67108864)]
    if other and other ~= gap then return true end
  end
  return false
end

local function agree(a, b, list)
  return common(a.sets[list], b[list]) * 10 >= math.min(#a[list], #b[list]) * 7
end

local function passage(a, b, shared)
  local shorter = math.min(#a[1], #b[1])
  return shared >= 15 and shared * 10 >= shorter * 6 and agree(a, b, 2) and agree(a, b, 3)
end

local function headlines_agree(a, b)
  local one, two = a.title[3], b.title[3]
  if #one == 0 or #two == 0 then return true end
  local numbers = common(a.title.sets[2], b.title[2])
  if #a.title[2] > numbers and #b.title[2] > numbers then return false end
  return common(a.title.sets[3], b.whole[3]) * 2 >= #one or common(a.whole.sets[3], two) * 2 >= #two
end

-- Whether no rule can hold: a cheap look before anything is put together. The set is of the first one's pairs.
local function hopeless(set, count, title, body)
  local most = common(set, title) + common(set, body)
  return most < 8 and most * 4 < math.min(count, math.max(#title, #body)) * 3
end

local function alike(a, title, body)
  local b = {title = title, body = body, whole = together(title, body)}
  local shared = common(a.whole.sets[1], b.whole[1])
  local one, two = a.body, body
  if (#a.title[3] == 0) ~= (#title[3] == 0) then  -- A post beside an article: compared with its headline.
    if #a.title[3] > 0 then one = a.title else two = title end
  end
  if replaced(one, two) then return 0 end
  if close(a.whole, b.whole) and not replaced(a.title, title) then return shared end
  local bodies = math.min(#a.body[1], #body[1]) >= 10 and close(a.body, body)
  if (bodies or passage(a.whole, b.whole, shared)) and headlines_agree(a, b) then return shared end
  return 0
end
