-- Decide which story each document of a batch belongs to, in one step for all workers.
--
-- KEYS[1]: the prefix of all keys, with the hash tag. ARGV[1]: seconds that a day is kept after it was last written.
-- ARGV[2]: MessagePack array of documents, each {exact, day, number of keys, story or ''}; with a story given, the
--   document is remembered under it. ARGV[3]: the keys of all of them, four bytes each.
-- ARGV[4...]: of each document its parts, kept as they came: how many pairs of words the title and the body have (two
--   bytes each, the lower first), the pairs (four bytes each), and a MessagePack array {title, body} of what else is
--   compared: each {numbers, words, gaps}, arrays of hashes. Most candidates are told to differ by the pairs alone.
-- The pure rule is stream/pipeline/stories.py: `alike` there and here are one.
--
-- Keys, behind prefix:stories:DAY, which expire as wholes (lazily, where the server is told to: lazyfree-lazy-expire):
--   :known     hash: exact -> story <0> parts
--   :found     hash: key -> the latest exacts with it, one after the other
local root, keep = KEYS[1] .. ':stories:', ARGV[1]
local PER_KEY, CANDIDATES, SHORT, EXACT, KEY, FIELDS = 4, 5, 10, 12, 4, 2000

-- What the batch asks for is read in few calls, changed here and written once: hash -> field -> value, or false.
local cache, dirty = {}, {}
local function hash(day, kind)
  local name = root .. day .. ':' .. kind
  local known = cache[name]
  if not known then known = {}; cache[name] = known end
  return known, name
end

local function fetch(day, kind, fields)
  local known, name = hash(day, kind)
  for first = 1, #fields, FIELDS do
    local last = math.min(first + FIELDS - 1, #fields)
    local stored = redis.call('HMGET', name, unpack(fields, first, last))
    for i = first, last do known[fields[i]] = stored[i - first + 1] end
  end
end

local function put(day, kind, field, value)
  local known, name = hash(day, kind)
  known[field] = value
  local marked = dirty[name]
  if not marked then marked = {}; dirty[name] = marked end
  marked[field] = true
end

local function flush()
  for name, marked in pairs(dirty) do
    local arguments, count = {}, 0
    for field in pairs(marked) do
      arguments[count + 1], arguments[count + 2] = field, cache[name][field]
      count = count + 2
      if count >= FIELDS then redis.call('HSET', name, unpack(arguments)); arguments, count = {}, 0 end
    end
    if count > 0 then redis.call('HSET', name, unpack(arguments)) end
    redis.call('EXPIRE', name, keep)
  end
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

-- What is kept of a document, and where its parts begin; nothing where it is gone.
local function read(day, exact)
  local known, name = hash(day, 'known')
  local stored = known[exact]
  if stored == nil then
    stored = redis.call('HGET', name, exact)
    known[exact] = stored
  end
  if not stored then return nil end
  return stored, string.find(stored, '\0', 1, true) + 1
end

-- The exacts that share most keys with the document, over two days: {exact, day, votes}.
local function candidates(doc)
  local found = {}
  for day = doc.day - 1, doc.day do
    local known, votes = hash(day, 'found'), {}
    for _, key in ipairs(doc.keys) do
      local exacts = known[key] or ''
      for at = 1, #exacts, EXACT do
        local exact = string.sub(exacts, at, at + EXACT - 1)
        local vote = votes[exact]
        if not vote then
          vote = {exact, day, 0}
          votes[exact] = vote
          found[#found + 1] = vote
        end
        vote[3] = vote[3] + 1
      end
    end
  end
  if #found > 1 then
    table.sort(found, function(a, b)
      if a[3] ~= b[3] then return a[3] > b[3] end
      if a[2] ~= b[2] then return a[2] < b[2] end
      return a[1] < b[1]
    end)
  end
  return found
end

local function known(day, exact)
  for at = day, day - 1, -1 do
    local stored, parts = read(at, exact)
    if stored then return string.sub(stored, 1, parts - 2), at end
  end
end

-- The document with the sets that comparing needs; made when the first candidate is worth it.
local function prepared(doc, title, body, at)
  if not doc.whole then
    title, body = parts_of(doc.parts, title, body, at)
    doc.title, doc.body = with_sets(title), with_sets(body)
    doc.whole = #title[1] == 0 and #title[3] == 0 and doc.body or with_sets(together(title, body))
  end
  return doc
end

-- Whether a candidate that shares so many keys is compared: one key alone tells something of short texts only.
local function worth(votes, one, two)
  return votes > 1 or math.min(one, two) <= SHORT
end

local function closest(doc)
  local best, story = 0, nil
  local found = candidates(doc)
  if #found == 0 then return nil end
  local titles, bodies = sizes(doc.parts, 1)
  local title, body, rest, whole, set
  for i = 1, math.min(#found, CANDIDATES) do
    local other, at = read(found[i][2], found[i][1])
    local its_titles, its_bodies = 0, 0
    if other then its_titles, its_bodies = sizes(other, at) end
    if other and worth(found[i][3], titles + bodies, its_titles + its_bodies) then
      if not set then
        title, body, rest = pairs_of(doc.parts, 1)
        whole = union(title, body)
        set = set_of(whole)
      end
      local its_title, its_body, its_rest = pairs_of(other, at)
      if not hopeless(set, #whole, its_title, its_body) then
        its_title, its_body = parts_of(other, its_title, its_body, its_rest)
        local shared = alike(prepared(doc, title, body, rest), its_title, its_body)
        if shared > best then best, story = shared, string.sub(other, 1, at - 2) end
      end
    end
  end
  return story
end

local function remember(doc, story)
  put(doc.day, 'known', doc.exact, story .. '\0' .. doc.parts)
  local known = hash(doc.day, 'found')
  for _, key in ipairs(doc.keys) do
    put(doc.day, 'found', key, string.sub((known[key] or '') .. doc.exact, -PER_KEY * EXACT))
  end
end

-- The documents, with what is kept of the same texts and keys on their day and the day before brought in.
local function read_batch()
  local docs, wanted, at = {}, {}, 1
  for number, row in ipairs(cmsgpack.unpack(ARGV[2])) do
    local doc = {exact = row[1], day = row[2], story = row[4], keys = {}, parts = ARGV[3 + number]}
    for i = 1, row[3] do
      doc.keys[i] = string.sub(ARGV[3], at, at + KEY - 1)
      at = at + KEY
    end
    docs[number] = doc
    for day = doc.day - 1, doc.day do
      local lists = wanted[day]
      if not lists then lists = {exacts = {}, keys = {}}; wanted[day] = lists end
      lists.exacts[#lists.exacts + 1] = doc.exact
      for i = 1, #doc.keys do lists.keys[#lists.keys + 1] = doc.keys[i] end
    end
  end
  for day, lists in pairs(wanted) do
    fetch(day, 'known', lists.exacts)
    fetch(day, 'found', lists.keys)
  end
  return docs
end

local stories = {}
for number, doc in ipairs(read_batch()) do
  local story, at = known(doc.day, doc.exact)
  if not story then
    story = doc.story ~= '' and doc.story or closest(doc) or doc.exact
    at = nil
  end
  -- What a day knows finds its copies of the next day, too.
  if at ~= doc.day then remember(doc, story) end
  stories[number] = story
end
flush()
return stories
