extension Prelude {
    /// The one door through which the program calls functions of a configuration.
    static let hooks = #"""
        local host, keep = shared.host, shared.keep
        local ending = setmetatable({}, { __tostring = function() return "terminate" end })

        function shared.is_old() return shared.is_assigned or shared.field_line ~= nil or shared.has_old_key end
        local insists = false
        function shared.insists() return insists end

        -- lsyncd has one line for each path; a list of a million would be a log of its own.
        function shared.some_lines(lines)
            if #lines <= 20 then return table.concat(lines, "\n") end
            return table.concat(lines, "\n", 1, 20) .. "\n... and " .. (#lines - 20) .. " more"
        end

        local function lock_globals()
            setmetatable(_G, {
                __index = function(_, name)
                    if type(name) == "string" and string.find(name, "^_$") or string.find(name, "^__") then return nil end
                    error("Access of non-existing global \"" .. tostring(name) .. "\"", 2)
                end,
                __newindex = function(all, name, value)
                    if name == "_" or string.find(name, "^__") then return rawset(all, name, value) end
                    error("Lsyncd does not allow GLOBALS to be created on the fly. Declare \"" .. tostring(name)
                        .. "\" local or declare global on load.", 2)
                end,
            })
        end

        function terminate(code)
            if not shared.running then
                io.stderr:flush()
                os.exit(math.floor(tonumber(code) or 0) & 255)
            end
            host("terminate", math.floor(tonumber(code) or 0))
            error(ending, 0)
        end
        lsyncd.terminate = terminate

        local function prepare(record)
            local config = record.config
            record.known, record.window = {}, {}
            if config.rsyncOpts or config.rsyncOps or config.rsyncBinary then shared.has_old_key = true end
            for _, name in ipairs({ "onAttrib", "onCreate", "onModify", "onDelete", "onMove", "onStartup" }) do
                if type(config[name]) == "string" then config[name] = shared.compile(config[name]) end
            end
            if type(config.rsync) == "table" then
                local told = table.pack(host("computed", record.number))
                if told.n > 0 then
                    config.target, config.rsync.binary = told[1], told[2]
                    config.rsync._computed = table.move(told, 3, told.n, 1, {})
                end
            end
        end

        keep("begin", function()
            insists = host("insists")
            for number, record in ipairs(shared.syncs) do
                record.number = number
                prepare(record)
            end
            lock_globals()
            os.exit = function(code) terminate(code == true and 0 or code == false and 1 or code or 0) end
            shared.running = true
            shared.tell_all()
        end)

        local function forget()
            local told = table.pack(host("forgotten"))
            for index = 1, told.n, 2 do shared.syncs[told[index]].known[told[index + 1]] = nil end
        end

        local function load_window(record, count, number, is_plain)
            local window = {}
            for index = 1, count do
                local key, etype, path, is_directory, is_due, destination, blocker = host("event", index, number)
                local delay = shared.delay(record, key, etype, path, is_directory, destination, is_plain)
                delay.due, delay.blocker = is_due, blocker or nil
                if blocker then delay.status = "block" end
                window[index] = delay
            end
            record.window, record.spawned = window, 0
            local localhost, localport = host("way")
            if localhost then record.way = { localhost = localhost, localport = localport } end
            return window
        end

        -- Where a function stands: all that is known when memory ran out.
        local function tell_function(name, body)
            local info = debug.getinfo(body, "S")
            host("enter", name, string.sub(info.source, 2), info.linedefined)
        end

        local function guarded(name, body, ...)
            tell_function(name, body)
            local told
            local done, problem = xpcall(body, function(message)
                if message == ending then return message end
                local file, line = shared.place()
                told = true
                host("failed", tostring(message), file, line)
                return message
            end, ...)
            if done or problem == ending then return done, problem end
            if not told then host("failed", tostring(problem)) end
            return false
        end

        -- Layers 2 and 3: each event for itself, so that one that fails stops no other.
        local function run_each(record, room)
            for _, delay in ipairs(record.window) do
                if record.spawned >= room then return end
                local name = "on" .. delay.etype
                local body = record.config[name]
                host("begin", delay.key)
                local done, problem = true, nil
                if type(body) == "function" then done, problem = guarded(name, body, shared.pair(delay)) end
                if problem == ending then return end
                if done and delay.status == "wait" then record.inlet.discardEvent(delay.event) end
            end
        end

        local function run_single(record, body, name)
            local delay = record.window[1]
            if type(body) == "function" then
                host("begin", delay.key)
                if not guarded(name, body, delay.event) then return end
            end
            if delay.status == "wait" then record.inlet.discardEvent(delay.event) end
        end

        local hooks = {}
        function hooks.action(number, count, room)
            local record = shared.syncs[number]
            load_window(record, count)
            local body = record.config.action
            if body == shared.default_action or type(body) ~= "function" then return run_each(record, room) end
            guarded("action", body, record.inlet)
        end
        function hooks.init(number, count)
            local record = shared.syncs[number]
            load_window(record, count)
            run_single(record, record.config.init or default.init, "init")
        end
        function hooks.full(number, count)
            local record = shared.syncs[number]
            load_window(record, count)
            run_single(record, record.config.full or record.config.onFull, "full")
        end
        function hooks.collect(number, count, code, is_list)
            local record = shared.syncs[number]
            local delays = {}
            for index = 1, count do
                local delay = record.known[host("agentKey", index)]
                if delay then
                    delay.status = "active"
                    table.insert(delays, delay)
                end
            end
            if #delays == 0 then return host("collected", "ok") end
            local agent = delays[1].agent or (is_list and shared.list(record, delays)) or delays[1].event
            local body = type(record.config.collect) == "function" and record.config.collect or default.collect
            local done, answer = guarded("collect", body, agent, code)
            if done then host("collected", tostring(answer)) end
        end
        -- What belongs to no sync may look at all of them.
        local function load_windows()
            for _, record in ipairs(shared.syncs) do record.window, record.spawned = {}, 0 end
            local told = table.pack(host("windows"))
            for index = 1, told.n, 3 do
                load_window(shared.syncs[told[index]], told[index + 1], told[index], told[index + 2])
            end
        end
        function hooks.alarm(number)
            load_windows()
            guarded("alarm", shared.ring, number)
        end
        function hooks.descriptor(number, is_readable, is_writable)
            load_windows()
            guarded("observefd", shared.descriptor_ready, number, is_readable, is_writable)
        end

        keep("dispatch", function()
            forget()
            local told = table.pack(host("hook"))
            hooks[told[1]](table.unpack(told, 2, told.n))
        end)
        """#
}
