-- Whether two documents are one story: the rule of stream/pipeline/stories/same_story.py, whose functions have the same
-- names. Part of the script that story.lua ends.
--
-- ARGV[1]: MessagePack map of the rule's numbers, by the names that they have there.
local rule = cmsgpack.unpack(ARGV[1])
local WORD_SPAN = 2 ^ rule.word_bits
local DENIED = 2 ^ (rule.word_bits - 1)  -- the bit of a word that is the other way round where it is denied

local function set_of(list)
  local set = {}
  for i = 1, #list do set[list[i]] = true end
  return set
end

local function count_common(set, list)
  local count = 0
  for i = 1, #list do if set[list[i]] then count = count + 1 end end
  return count
end

-- Words in their place by the hash of their neighbours.
local function by_neighbours(gaps)
  local found = {}
  for _, gap in ipairs(gaps or {}) do found[math.floor(gap / WORD_SPAN)] = gap end
  return found
end

-- A part is {pairs, numbers, words, gaps, names}; an older version kept no names. Return it with sets of the first three,
-- and its gaps and names by their neighbours.
local function with_sets(part)
  part.sets = {set_of(part[1]), set_of(part[2]), set_of(part[3])}
  part.gaps_by_neighbours, part.names_by_neighbours = by_neighbours(part[4]), by_neighbours(part[5])
  return part
end

-- How many pairs title and body have, of stored parts that begin at a place.
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

-- The two parts, of their pairs and of the rest, which begins at a place, and whether words are single characters.
local function parts_of(parts, title, body, at)
  local rest = cmsgpack.unpack(string.sub(parts, at))
  return {title, unpack(rest[1])}, {body, unpack(rest[2])}, rest[3]
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

local function whole_of(title, body)
  return {union(title[1], body[1]), union(title[2], body[2]), union(title[3], body[3])}
end

-- The document that others are compared with: its parts, each with sets.
local function compared(title, body, unspaced)
  local doc = {title = with_sets(title), body = with_sets(body), unspaced = unspaced}
  local untitled = #title[1] == 0 and #title[2] == 0 and #title[3] == 0
  doc.whole = untitled and doc.body or with_sets(whole_of(title, body))
  return doc
end

-- Of the two parts that are compared, here and below, the first has sets.
local function both_lack(a, b, list)
  local common = count_common(a.sets[list], b[list])
  return #a[list] > common and #b[list] > common
end

local function is_same_wording(a, b, scale)
  local shorter = math.min(#a[1], #b[1])
  if shorter < rule.least_pairs * scale or count_common(a.sets[1], b[1]) * 100 < shorter * rule.wording_percent then
    return false
  end
  if both_lack(a, b, 2) then return false end
  local fewer = math.min(#a[3], #b[3])
  local changed = fewer - count_common(a.sets[3], b[3])
  return changed == 0 or (shorter >= rule.long_pairs * scale and changed * 100 <= fewer * rule.edited_percent)
end

local function differ_in_place(found, gaps)
  for _, gap in ipairs(gaps or {}) do
    local other = found[math.floor(gap / WORD_SPAN)]
    if other and other ~= gap then return true end
  end
  return false
end

-- Whether both have another word of content, or name, between the same neighbours.
local function has_replaced_word(a, b)
  return differ_in_place(a.gaps_by_neighbours, b[4])
    or (both_lack(a, b, 3) and differ_in_place(a.names_by_neighbours, b[5]))
end

local function agree(a, b, list)
  return count_common(a.sets[list], b[list]) * 100 >= math.min(#a[list], #b[list]) * rule.agreement_percent
end

local function shares_passage(a, b, shared, scale)
  local shorter = math.min(#a[1], #b[1])
  if shared < rule.passage_pairs * scale or shared * 100 < shorter * rule.passage_percent then return false end
  return agree(a, b, 2) and agree(a, b, 3)
end

local function headlines_agree(a, b)
  local one, two = a.title[3], b.title[3]
  if #one == 0 or #two == 0 then return true end
  if both_lack(a.title, b.title, 2) then return false end
  return count_common(a.title.sets[3], b.whole[3]) * 100 >= #one * rule.headline_percent
    or count_common(a.whole.sets[3], two) * 100 >= #two * rule.headline_percent
end

-- Whether a word is denied in one and said in the other, and neither has both.
local function contradict(a, b)
  local others
  for _, word in ipairs(b[3]) do
    local opposite = math.floor(word / DENIED) % 2 == 0 and word + DENIED or word - DENIED
    if a.sets[3][opposite] and not a.sets[3][word] then
      others = others or set_of(b[3])
      if not others[opposite] then return true end
    end
  end
  return false
end

-- Whether a document that names entries may join a story of this core: all of one stand in the other. Both are strings, eight
-- digits an entry; no core: kept by an older version, which knew of none.
local function may_join(entries, core)
  if entries == '' or not core then return true end
  if core == '' then return false end
  local shorter, longer = entries, core
  if #shorter > #longer then shorter, longer = longer, shorter end
  local set = {}
  for entry in string.gmatch(longer, '........') do set[entry] = true end
  for entry in string.gmatch(shorter, '........') do
    if not set[entry] then return false end
  end
  return true
end

-- The core of a story that a document joined which names entries: where both are there, one lies in the other.
local function core_of(entries, core)
  if not core then return entries end
  return (entries == '' or #core < #entries) and core or entries
end

-- Whether no way of being one story can hold: a cheap look at the pairs alone, before anything is put together. The set is
-- of the `count` pairs of the first document. What it counts is at least what bodies or wholes have in common.
local function is_hopeless(set, count, title, body)
  local most = count_common(set, title) + count_common(set, body)
  return most * 100 < math.min(count, math.max(#title, #body)) * rule.wording_percent  -- not the same wording,
    and most * 100 < rule.body_pairs * rule.wording_percent                            -- not the same body,
    and most < rule.passage_pairs                                                      -- and no passage
end

-- How many pairs two documents share if they are one story, else 0; the first is of `compared`.
local function story_overlap(a, title, body, unspaced)
  local scale = a.unspaced and unspaced and rule.unspaced_scale or 1
  local b = {title = title, body = body, whole = whole_of(title, body)}
  if contradict(a.whole, b.whole) then return 0 end
  local shared = count_common(a.whole.sets[1], b.whole[1])
  local one, two = a.body, body
  if (#a.title[3] == 0) ~= (#title[3] == 0) then  -- A post beside an article: compared with its headline.
    if #a.title[3] > 0 then one = a.title else two = title end
  end
  if has_replaced_word(one, two) then return 0 end
  if is_same_wording(a.whole, b.whole, scale) and not has_replaced_word(a.title, title) then return shared end
  local same_body = math.min(#a.body[1], #body[1]) >= rule.body_pairs * scale and is_same_wording(a.body, body, scale)
  if (same_body or shares_passage(a.whole, b.whole, shared, scale)) and headlines_agree(a, b) then return shared end
  return 0
end

-- Whether a candidate is compared that shares so many keys; the sizes are of both, in pairs.
local function is_worth_comparing(shared_keys, one, two)
  return shared_keys > 1 or (shared_keys == 1 and math.min(one, two) <= rule.short_pairs)
end
