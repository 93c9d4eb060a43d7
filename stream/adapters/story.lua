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
local PER_KEY, CANDIDATES = 4, 8
local written = {}

local function name(day, kind)
  return root .. day .. ':' .. kind
end

local function put(day, kind, ...)
  local key = name(day, kind)
  redis.call('HSET', key, ...)
  written[key] = true
end

local function counted(list)
  local set, size = {}, #list
  for i = 1, size do set[list[i]] = true end
  return set, size
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

local function common(one, two)
  if #one == 0 or #two == 0 then return 0 end
  local set, found = counted(one), 0
  for i = 1, #two do if set[two[i]] then found = found + 1 end end
  return found
end

local function close(a, b)
  local shorter = math.min(#a[1], #b[1])
  if shorter < 4 or common(a[1], b[1]) * 4 < shorter * 3 then return false end
  local numbers = common(a[2], b[2])
  if #a[2] > numbers and #b[2] > numbers then return false end
  local words = common(a[3], b[3])
  local least = math.min(#a[3], #b[3])
  local differ = least - words
  return differ == 0 or (shorter >= 20 and differ * 10 <= least)
end

-- Whether both have another word of content between the same neighbours.
local function replaced(one, two)
  local middles = {}
  for _, gap in ipairs(one[4]) do middles[math.floor(gap / 67108864)] = gap end
  for _, gap in ipairs(two[4]) do
    local other = middles[math.floor(gap / 67108864)]
    if other and other ~= gap then return true end
  end
  return false
end

local function agree(one, two)
  return common(one, two) * 10 >= math.min(#one, #two) * 7
end

local function passage(a, b, shared)
  local shorter = math.min(#a[1], #b[1])
  return shared >= 15 and shared * 10 >= shorter * 6 and agree(a[2], b[2]) and agree(a[3], b[3])
end

local function headlines_agree(a, b)
  local one, two = a.title[3], b.title[3]
  if #one == 0 or #two == 0 then return true end
  local numbers = common(a.title[2], b.title[2])
  if #a.title[2] > numbers and #b.title[2] > numbers then return false end
  return common(one, b.whole[3]) * 2 >= #one or common(two, a.whole[3]) * 2 >= #two
end

local function alike(a, b)
  local shared = common(a.whole[1], b.whole[1])
  local one, two = a.body, b.body
  if (#a.title[3] == 0) ~= (#b.title[3] == 0) then  -- A post beside an article: compared with its headline.
    if #a.title[3] > 0 then one = a.title else two = b.title end
  end
  if replaced(one, two) then return 0 end
  if close(a.whole, b.whole) and not replaced(a.title, b.title) then return shared end
  local bodies = math.min(#a.body[1], #b.body[1]) >= 10 and close(a.body, b.body)
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
  for i = 1, math.min(#found, CANDIDATES) do
    local stored = redis.call('HGET', name(found[i][2], 'text'), found[i][1])
    if stored then
      local other = cmsgpack.unpack(stored)
      local shared = alike(doc, {title = other[2], body = other[3], whole = together(other[2], other[3])})
      if shared > best then best, story = shared, other[1] end
    end
  end
  return story
end

local function remember(doc, story)
  put(doc.day, 'exact', doc.exact, story)
  put(doc.day, 'text', doc.exact, cmsgpack.pack({story, doc.title, doc.body}))
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
  doc.whole = together(doc.title, doc.body)
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
