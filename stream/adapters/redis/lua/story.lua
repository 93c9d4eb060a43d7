-- Decide which story each document of a batch belongs to, in one step for all workers. The script is batch.lua,
-- same_story.lua and this.
--
-- KEYS[1]: the prefix of all keys, with the hash tag.
-- ARGV[1]: MessagePack map: the rule, see same_story.lua, and the seconds that a day is kept after it was last written.
-- ARGV[2]: MessagePack array of documents, each {exact, day, number of keys, story or '', entries}; with a story given, the
--   document is remembered under it. The entries that it names are one string, eight hexadecimal digits each. ARGV[3]: the keys of all of them, four bytes each.
-- ARGV[4...]: of each document its parts, kept as they came: how many pairs of words the title and the body have (two
--   bytes each, the lower first), the pairs (four bytes each), and a MessagePack array {title, body, unspaced} of what
--   else is compared: each part is {numbers, words, gaps, names}, arrays of hashes; whether words are single characters. Most candidates are told to differ by the pairs alone.
--
-- Keys, behind prefix:stories:DAY, which expire as wholes (lazily, where the server is told to: lazyfree-lazy-expire):
--   :known     hash: exact -> story : core <0> parts; the core are the entries that the story's documents have in common
--   :found     hash: key -> the latest exacts with it, one after the other
local root = KEYS[1] .. ':stories'
local EXACT, KEY = 12, 4  -- bytes

local function name(day, kind)
  return name_of(root, day, kind)
end

-- What is kept of a document, and where its parts begin; nothing where it is gone.
local function read(day, exact)
  local stored = get(name(day, 'known'), exact)
  if not stored then return nil end
  return stored, string.find(stored, '\0', 1, true) + 1
end

-- Of what is kept: the story, and its core; no core where an older version kept it.
local function head_of(stored, parts)
  local head = string.sub(stored, 1, parts - 2)
  local story, core = string.match(head, '^(.*):([0-9a-f]*)$')
  if story then return story, core end
  return head, nil
end

-- The exacts that share most keys with the document, over two days: {exact, day, votes}.
local function candidates(doc)
  local found = {}
  for day = doc.day - 1, doc.day do
    local hash, votes = name(day, 'found'), {}
    for _, key in ipairs(doc.keys) do
      local exacts = get(hash, key) or ''
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
    if stored then
      local story, core = head_of(stored, parts)
      return story, core, at
    end
  end
end

-- The document as others are compared with it; made when the first candidate is worth it.
local function prepared(doc, title, body, at)
  if not doc.compared then doc.compared = compared(parts_of(doc.parts, title, body, at)) end
  return doc.compared
end

local function closest(doc)
  local best, story, core = 0, nil, nil
  local found = candidates(doc)
  if #found == 0 then return nil end
  local titles, bodies = sizes(doc.parts, 1)
  local title, body, rest, whole, set
  for i = 1, math.min(#found, rule.candidates) do
    local other, at = read(found[i][2], found[i][1])
    local its_titles, its_bodies, its_story, its_core = 0, 0, nil, nil
    if other then
      its_titles, its_bodies = sizes(other, at)
      its_story, its_core = head_of(other, at)
    end
    if other and may_join(doc.entries, its_core) and is_worth_comparing(found[i][3], titles + bodies, its_titles + its_bodies) then
      if not set then
        title, body, rest = pairs_of(doc.parts, 1)
        whole = union(title, body)
        set = set_of(whole)
      end
      local its_title, its_body, its_rest = pairs_of(other, at)
      if not is_hopeless(set, #whole, its_title, its_body) then
        local unspaced
        its_title, its_body, unspaced = parts_of(other, its_title, its_body, its_rest)
        local shared = story_overlap(prepared(doc, title, body, rest), its_title, its_body, unspaced)
        if shared > best then best, story, core = shared, its_story, its_core end
      end
    end
  end
  if story then return story, core_of(doc.entries, core) end
end

local function remember(doc, story, core)
  local texts, hash = name(doc.day, 'known'), name(doc.day, 'found')
  put(texts, doc.exact, story .. ':' .. core .. '\0' .. doc.parts)
  for _, key in ipairs(doc.keys) do
    put(hash, key, string.sub((get(hash, key) or '') .. doc.exact, -rule.per_key * EXACT))
  end
  expire(texts, rule.keep_seconds)
  expire(hash, rule.keep_seconds)
end

-- The documents, with what is kept of the same texts and keys on their day and the day before brought in.
local function read_batch()
  local docs, wanted, at = {}, {}, 1
  for number, row in ipairs(cmsgpack.unpack(ARGV[2])) do
    local doc = {exact = row[1], day = row[2], story = row[4], entries = row[5], keys = {}, parts = ARGV[3 + number]}
    for i = 1, row[3] do
      doc.keys[i] = string.sub(ARGV[3], at, at + KEY - 1)
      at = at + KEY
    end
    docs[number] = doc
    for day = doc.day - 1, doc.day do
      append(wanted, name(day, 'known'), doc.exact)
      local hash = name(day, 'found')
      for i = 1, #doc.keys do append(wanted, hash, doc.keys[i]) end
    end
  end
  fetch(wanted)
  return docs
end

local stories = {}
for number, doc in ipairs(read_batch()) do
  local story, core, at = known(doc.day, doc.exact)
  if not story and doc.story == '' then story, core = closest(doc) end
  if not story then story = doc.story ~= '' and doc.story or doc.exact end
  -- What a day knows finds its copies of the next day, too.
  if at ~= doc.day then remember(doc, story, core or doc.entries) end
  stories[number] = story
end
write()
return stories
