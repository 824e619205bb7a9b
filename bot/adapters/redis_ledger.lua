-- One call, many steps: each whole or not at all, in order, behind the head that the caller knows.
-- KEYS: head, stream, turn. ARGV: the batch as JSON, the caller's name, its turn in milliseconds.

local batch = cjson.decode(ARGV[1])
local turn = redis.call('GET', KEYS[3])
if turn and turn ~= ARGV[2] then return {'wait'} end
local head = redis.call('GET', KEYS[1]) or ''
if head ~= batch.head then
  redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3])
  return {'behind', head}
end
local function broken(guards)
  for place, guard in ipairs(guards) do
    local found = redis.call(unpack(guard[1]))
    if guard[2] == cjson.null then
      if found ~= false then return place end
    elseif tostring(found) ~= guard[2] then
      return place
    end
  end
end
local answers = {'ran'}
for _, step in ipairs(batch.steps) do
  local place = broken(step.guards)
  if place then
    answers[#answers + 1] = {'lost', tostring(place)}
    break
  end
  for _, record in ipairs(step.records) do
    redis.call('XADD', KEYS[2], record[1] .. '-0', 'body', record[2], 'key', record[3],
      'mac', record[4])
  end
  redis.call('SET', KEYS[1], step.next)
  local results = {'applied'}
  for number, write in ipairs(step.writes) do results[number + 1] = redis.call(unpack(write)) end
  answers[#answers + 1] = results
end
if turn then redis.call('DEL', KEYS[3]) end
return answers
