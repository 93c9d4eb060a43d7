-- Decide which story each document of a batch belongs to, in one step for all workers.
--
-- KEYS[1]: the prefix of all keys, with the hash tag. ARGV[1]: seconds that a day is kept after it was last written.
-- ARGV[2]: MessagePack array of documents, each {exact, day, {keys...}, title, body, story or ''}; a part is
--   {pairs, numbers, words, gaps}, arrays of hashes. With a story given, the document is remembered under it.
-- The pure rule is stream/pipeline/stories.py: `alike` there and here are one.
--
-- Keys, behind prefix:stories:DAY, which expire as wholes (lazily, where the server is told to: lazyfree-lazy-expire):
--   :exact     hash: exact -> story
--   :key       hash: key -> MessagePack array of the latest exacts with it
--   :text      hash: exact -> MessagePack {story, title, body}
local root, keep = KEYS[1] .. ':stories:', ARGV[1]
local PER_KEY, CANDIDATES = 4, 5
local written = {}

local function name(day, kind)
  return root .. day .. ':' .. kind
end

local function put(day, kind, ...)
  local key = name(day, kind)
  redis.call('HSET', key, ...)
  written[key] = true
end

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

-- Whether no rule can hold: a cheap look before anything is put together.
local function hopeless(a, title, body)
  local pairs_of = a.whole.sets[1]
  local most = common(pairs_of, title[1]) + common(pairs_of, body[1])
  return most < 8 and most * 4 < math.min(#a.whole[1], math.max(#title[1], #body[1])) * 3
end

local function alike(a, title, body)
  if hopeless(a, title, body) then return 0 end
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

-- The exacts that share most keys with the document, over two days: {exact, day, votes}.
local function candidates(doc)
  local votes, found = {}, {}
  if #doc.keys == 0 then return found end
  for at = doc.day - 1, doc.day do
    local stored = redis.call('HMGET', name(at, 'key'), unpack(doc.keys))
    if at == doc.day then doc.known = stored end
    for i = 1, #doc.keys do
      for _, exact in ipairs(stored[i] and cmsgpack.unpack(stored[i]) or {}) do
        local pair = at .. ' ' .. exact
        if not votes[pair] then
          votes[pair] = {exact, at, 0}
          found[#found + 1] = votes[pair]
        end
        votes[pair][3] = votes[pair][3] + 1
      end
    end
  end
  table.sort(found, function(a, b)
    if a[3] ~= b[3] then return a[3] > b[3] end
    if a[2] ~= b[2] then return a[2] < b[2] end
    return a[1] < b[1]
  end)
  return found
end

local function known(day, exact)
  for _, at in ipairs({day, day - 1}) do
    local story = redis.call('HGET', name(at, 'exact'), exact)
    if story then return story, at end
  end
end

local function closest(doc)
  local best, story = 0, nil
  local found = candidates(doc)
  if #found == 0 then return nil end
  doc.title, doc.body = with_sets(doc.title), with_sets(doc.body)
  doc.whole = #doc.title[1] == 0 and #doc.title[3] == 0 and doc.body or with_sets(together(doc.title, doc.body))
  for i = 1, math.min(#found, CANDIDATES) do
    local stored = redis.call('HGET', name(found[i][2], 'text'), found[i][1])
    if stored then
      local other = cmsgpack.unpack(stored)
      local shared = alike(doc, other[2], other[3])
      if shared > best then best, story = shared, other[1] end
    end
  end
  return story
end

local function plain(part)
  return {part[1], part[2], part[3], part[4]}
end

local function remember(doc, story)
  put(doc.day, 'exact', doc.exact, story)
  put(doc.day, 'text', doc.exact, cmsgpack.pack({story, plain(doc.title), plain(doc.body)}))
  if #doc.keys == 0 then return end
  local known, arguments = doc.known or redis.call('HMGET', name(doc.day, 'key'), unpack(doc.keys)), {}
  for i, key in ipairs(doc.keys) do
    local exacts = known[i] and cmsgpack.unpack(known[i]) or {}
    exacts[#exacts + 1] = doc.exact
    while #exacts > PER_KEY do table.remove(exacts, 1) end
    arguments[2 * i - 1], arguments[2 * i] = key, cmsgpack.pack(exacts)
  end
  put(doc.day, 'key', unpack(arguments))
end

local stories = {}
for number, row in ipairs(cmsgpack.unpack(ARGV[2])) do
  local doc = {exact = row[1], day = row[2], keys = row[3], title = row[4], body = row[5]}
  local story, at = known(doc.day, doc.exact)
  if not story then
    story = row[6] ~= '' and row[6] or closest(doc) or doc.exact
    at = nil
  end
  -- What a day knows finds its copies of the next day, too.
  if at ~= doc.day then remember(doc, story) end
  stories[number] = story
end
for key in pairs(written) do redis.call('EXPIRE', key, keep) end
return stories
