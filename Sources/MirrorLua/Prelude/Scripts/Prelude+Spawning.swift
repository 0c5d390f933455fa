extension Prelude {
    /// Processes, alarms, descriptors: what functions of a configuration can have done.
    static let spawning = #"""
        local host, behind = shared.host, shared.behind

        local function take_word(words, value)
            local kind = type(value)
            if kind == "string" then
                table.insert(words, value)
            elseif kind == "number" then
                -- A division gives 5.0 where 5 was meant.
                table.insert(words, tostring(math.tointeger(value) or value))
            elseif kind == "table" then
                for _, word in ipairs(value) do take_word(words, word) end
            elseif value ~= nil then
                error("spawn(): a word is a " .. kind .. "; it must be a text, a number or a table of them", 3)
            end
        end

        local function delays_of(agent)
            local what = type(agent) == "table" and behind[agent] or nil
            if not what then error("spawning with an invalid agent", 3) end
            local delays = what.is_list and what.delays or { what.delay }
            for _, delay in ipairs(delays) do
                if delay.status ~= "wait" and not (what.is_list and delay.status == "block") then
                    error("spawn() called on an non-waiting event" .. (what.is_list and " list" or ""), 3)
                end
            end
            return what, delays
        end

        function spawn(agent, binary, ...)
            if not shared.running then
                error("spawn() has nothing to act on while the configuration is read", 2)
            end
            local what, delays = delays_of(agent)
            if type(binary) ~= "string" then error("calling spawn(agent, binary, ...): binary is not a string", 2) end
            if #delays == 0 then return end
            local given, count = { ... }, select("#", ...)
            local first, input = 1, nil
            if given[1] == "<" then
                if type(given[2]) ~= "string" then error("spawn(): after \"<\" comes the text to be read", 2) end
                first, input = 3, given[2]
            end
            local words = { binary }
            for index = first, count do take_word(words, given[index]) end
            for _, delay in ipairs(delays) do
                delay.status = "active"
                delay.agent = agent
                host("agent", delay.key)
            end
            for _, word in ipairs(words) do host("word", word) end
            local record = delays[1].record
            record.spawned = (record.spawned or 0) + 1
            host("spawn", record.number, what.is_list or false, input)
        end

        function spawnShell(agent, command, ...)
            if type(command) ~= "string" then error("spawnShell(agent, command, ...): command is not a string", 2) end
            return spawn(agent, "sh", "-c", command, "sh", ...)
        end

        -- Alarms and descriptors that stood before the program ran are told when it begins.
        local alarms, last_alarm = {}, 0
        local function tell_alarm(number) host("alarm", number, alarms[number].at) end

        function alarm(moment, body, extra)
            local at = type(moment) == "number" and moment or type(moment) == "table" and moment.seconds
            if not at then error("alarm(moment, function, ...): the moment is one of now()", 2) end
            if type(body) ~= "function" then error("alarm(moment, function, ...): this is no function", 2) end
            shared.has_timers = true
            last_alarm = last_alarm + 1
            alarms[last_alarm] = { at = at + 0.0, moment = moment, body = body, extra = extra }
            if shared.running then tell_alarm(last_alarm) end
        end

        function shared.ring(number)
            local due = alarms[number]
            alarms[number] = nil
            if due then due.body(due.moment, due.extra) end
        end

        local descriptors = {}
        local function tell_descriptor(number)
            local entry = descriptors[number]
            host("observe", number, entry.ready ~= nil, entry.writey ~= nil)
        end

        function observefd(number, ready, writey)
            if math.type(number) ~= "integer" then error("observefd(fd, ready, writey): fd is a number", 2) end
            shared.has_timers = true
            descriptors[number] = { ready = ready, writey = writey }
            if shared.running then tell_descriptor(number) end
        end

        function nonobservefd(number)
            descriptors[number] = nil
            if shared.running then host("unobserve", number) end
        end
        lsyncd.observe_fd, lsyncd.nonobserve_fd = observefd, nonobservefd

        function shared.descriptor_ready(number, is_readable, is_writable)
            local entry = descriptors[number]
            if entry and is_readable and entry.ready then entry.ready(number) end
            entry = descriptors[number]
            if entry and is_writable and entry.writey then entry.writey(number) end
            if descriptors[number] then tell_descriptor(number) end
        end

        function shared.tell_all()
            for number = 1, last_alarm do if alarms[number] then tell_alarm(number) end end
            for number in pairs(descriptors) do tell_descriptor(number) end
        end

        for _, name in ipairs({ "exec", "kill" }) do
            lsyncd[name] = shared.named("lsyncd." .. name, function()
                error("lsyncd." .. name .. "() is not offered: a process belongs to an event; use spawn()", 2)
            end)
        end
        function lsyncd.stackdump() log("Error", debug.traceback("", 2)) end
        function dump(value)
            if type(value) ~= "table" then return log("Normal", tostring(value)) end
            for key, item in pairs(value) do log("Normal", tostring(key), " = ", tostring(item)) end
        end
        lsyncd.dump = dump
        """#
}
