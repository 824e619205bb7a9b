-- The audit ledger's one write: a batch of steps in order, each whole or not at all.
--
-- KEYS   1 head, 2 audit stream, 3 turn, 4 the name of the signing key, 5 epoch, 6 halt, then the
--        keys of each step, one step after the other.
--        Every key that the script touches is among them: Cluster and Dragonfly lock by them.
-- ARGV   1 the head that the caller knows, 2 the caller's name, 3 its turn in milliseconds, 4 the id
--        of its chain key, 5 what it expects as the name of the signing key, 6 the epoch that it
--        knows, 7 the one that it would begin, or '' in a recovery, which neither the epoch nor the
--        halt stops; then for each step a plan, and a sequence number, a body and a mac for
--        each of its records. A plan is JSON: [guards, writes, number of keys, number of records];
--        a guard is [expected, command, key, ...], a write [command, key, ...]; a key is its place
--        among the step's own keys.
-- Answer {'retired', name} the name of the signing key is another one, or empty; nothing happened
--        {'halted'}        history went back, and no change begins
--        {'wait'}          another process has the chain to itself; ask again shortly
--        {'behind', head}  another process extended the chain, or the epoch is another one; where
--                          this continues what the caller has seen, chain again behind it. The
--                          caller has the chain to itself until it commits or its turn ends
--        {'ran', verdict for each step that was decided}:
--          {'applied'}        every write happened and every record is in the stream
--          {'lost', place}    this guard does not hold; nothing happened
--          {'refused', what}  a key has a type that a guard or a write can't use; nothing happened
--        Records are chained, so a step that is lost or refused ends the batch: those behind it are
--        not decided, and the caller sends them again with new records.
--
-- Invariants
--   1. The head names the last record of the stream, and changes with it.
--   2. No record is under another key than the one that the name of the signing key names, except
--      the first one of a new key, whose step writes that name.
--   3. A step's records are in the stream if and only if its writes happened.
--
-- Redis does not roll back: after an error in the middle of a script the earlier writes remain. So
-- nothing may fail after the first write, which these rules ensure:
--   rule 1  A plan is well formed: only ledger.py makes one, of what steps.py allows. Numbers are
--           in range, no list of fields is empty.
--   rule 2  Before the first write of a step, the type of every key that it writes is compared with
--           what the command needs. `kinds` follows what the writes before it will have made of it.
--   rule 3  Before the first write of all, the stream is known to take the records: it is a stream,
--           and holds nothing behind its head. A caller that does not know the head learns it only
--           where the last id ever given, of a record that was deleted too, is not above it.
--   rule 4  Memory, a full or failing disk, missing replicas, the role of a replica: Redis looks at
--           these before a script's first write and never after it, so that the script as a whole
--           is refused and changes nothing. That is why no first write is a `pcall`.
--   A step may trim the stream up to a record that is not its last one: XTRIM keeps the last id.
-- What remains: a Redis user whose ACL allows some of these commands or keys and not others (the
-- bot's user needs all of {keysmith}:*), a queue's stream whose last id was set by hand to the
-- highest that there is, and a last record that is deleted by hand while a caller knows the head.
-- After any of them the caller knows no head, and rule 3 stops the next call.
--
-- A crash of Redis: a script's effects reach the append-only file as one transaction and a
-- replica likewise, so a restart has all of the batch or nothing. A crash of the caller: the batch
-- is carried out or was never sent; no caller waits for its answer. A cut connection: the caller
-- finds out by its records' ids and macs whether they are in the stream.

local call, pcall = redis.call, redis.pcall

local NEEDS = {HSET = 'hash', HDEL = 'hash', SET = 'string', ZADD = 'zset', ZREM = 'zset',
  XADD = 'stream', XTRIM = 'stream'}
local MAKES = {HSET = 'hash', SET = 'string', ZADD = 'zset', XADD = 'stream', DEL = 'none'}

local signing = call('GET', KEYS[4]) or ''
if signing ~= ARGV[5] then return {'retired', signing} end
local recovering = ARGV[7] == ''
if not recovering and call('EXISTS', KEYS[6]) == 1 then return {'halted'} end
local turn = call('GET', KEYS[3])
if turn and turn ~= ARGV[2] then return {'wait'} end
local head = call('GET', KEYS[1]) or ''
local sequence = string.match(head, '^%d+') or '0'

local function last_id_given()
  if call('TYPE', KEYS[2]).ok == 'none' then return '0' end
  local info = call('XINFO', 'STREAM', KEYS[2])
  for place = 1, #info, 2 do
    if info[place] == 'last-generated-id' then return string.match(info[place + 1], '^%d+') end
  end
end

local epoch = call('GET', KEYS[5]) or ''
local known = head == ARGV[1] and (recovering or epoch == ARGV[6])
if #call('XRANGE', KEYS[2], '(' .. sequence .. '-0', '+', 'COUNT', 1) > 0
    or not known and tonumber(last_id_given()) > tonumber(sequence) then
  return redis.error_reply('the audit stream goes on behind its head')
end
if not known then
  call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3])
  return {'behind', head}
end

local offset, kinds, begins = 6, {}, epoch == '' and not recovering

-- Replace the numbers of keys by the keys.
local function name_keys(commands, place)
  for _, command in ipairs(commands) do command[place] = KEYS[offset + command[place]] end
end

local function broken(guards)
  for place, guard in ipairs(guards) do
    local found = pcall(unpack(guard, 2))
    if type(found) == 'table' then return {'refused', guard[3] .. ': ' .. found.err} end
    if not found or tostring(found) ~= guard[1] then return {'lost', tostring(place)} end
  end
end

local function mistyped(writes)
  for _, write in ipairs(writes) do
    local command, key = write[1], write[2]
    local needed = NEEDS[command]
    if needed then
      local kind = kinds[key] or call('TYPE', key).ok
      if kind ~= needed and kind ~= 'none' then
        return {'refused', key .. ': ' .. command .. ' on a ' .. kind}
      end
      kinds[key] = kind
    end
    kinds[key] = MAKES[command] or kinds[key]
  end
end

local answers = {'ran'}
local argument = 8
while argument <= #ARGV do
  local plan = cjson.decode(ARGV[argument])
  local guards, writes, first, last = plan[1], plan[2], argument + 1, argument + 3 * plan[4]
  name_keys(guards, 3)
  name_keys(writes, 2)
  local undecided = broken(guards) or mistyped(writes)
  if undecided then
    answers[#answers + 1] = undecided
    break
  end
  for _, write in ipairs(writes) do call(unpack(write)) end
  for place = first, last, 3 do
    call('XADD', KEYS[2], ARGV[place] .. '-0',
      'body', ARGV[place + 1], 'key', ARGV[4], 'mac', ARGV[place + 2])
  end
  call('SET', KEYS[1], ARGV[last - 2] .. ':' .. ARGV[last])
  if begins then call('SET', KEYS[5], ARGV[7]) end
  begins = false
  answers[#answers + 1] = {'applied'}
  offset, argument = offset + plan[3], last + 1
end
if turn then call('DEL', KEYS[3]) end
return answers
