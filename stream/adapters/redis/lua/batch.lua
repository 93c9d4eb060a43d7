-- The hashes that a batch touches: asked for in few calls, changed here, and written once at the end. Part of the scripts
-- that the adapters put together.
local PER_CALL = 2000  -- fields; a call takes some thousand arguments
local cached, dirty, lasting = {}, {}, {}  -- key -> field -> value, or false where there is none; what changed; seconds

local function of_key(key)
  local known = cached[key]
  if not known then known = {}; cached[key] = known end
  return known
end

-- Bring in fields, lists by key, as `append` makes them.
local function fetch(lists)
  for key, fields in pairs(lists) do
    local known = of_key(key)
    for first = 1, #fields, PER_CALL do
      local last = math.min(first + PER_CALL - 1, #fields)
      local found = redis.call('HMGET', key, unpack(fields, first, last))
      for i = first, last do known[fields[i]] = found[i - first + 1] end
    end
  end
end

local function append(lists, key, field)
  local list = lists[key]
  if not list then list = {}; lists[key] = list end
  list[#list + 1] = field
end

local function get(key, field)
  local known = of_key(key)
  local value = known[field]
  if value == nil then
    value = redis.call('HGET', key, field)
    known[field] = value
  end
  return value
end

local function put(key, field, value)
  of_key(key)[field] = value
  local marked = dirty[key]
  if not marked then marked = {}; dirty[key] = marked end
  marked[field] = true
end

local function expire(key, seconds)
  lasting[key] = seconds
end

local function write()
  for key, marked in pairs(dirty) do
    local known, arguments, count = cached[key], {}, 0
    for field in pairs(marked) do
      arguments[count + 1], arguments[count + 2] = field, known[field]
      count = count + 2
      if count >= PER_CALL then redis.call('HSET', key, unpack(arguments)); arguments, count = {}, 0 end
    end
    if count > 0 then redis.call('HSET', key, unpack(arguments)) end
  end
  for key, seconds in pairs(lasting) do redis.call('EXPIRE', key, seconds) end
end

-- Names of keys, put together once: a part before, what it is for, and a number or a series.
local names = {}
local function name_of(before, kind, number)
  local of_one = names[before]
  if not of_one then of_one = {}; names[before] = of_one end
  local of_kind = of_one[kind]
  if not of_kind then of_kind = {}; of_one[kind] = of_kind end
  local name = of_kind[number]
  if not name then name = before .. ':' .. kind .. ':' .. number; of_kind[number] = name end
  return name
end
