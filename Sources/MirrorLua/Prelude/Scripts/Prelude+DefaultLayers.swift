extension Prelude {
    /// What a sync does that says nothing else: `default.action`, `default.init` and `default.collect`.
    static let defaultLayers = #"""
        local named = shared.named

        -- The answer of a collect for a code that nobody has given a meaning.
        shared.failed = setmetatable({}, { __tostring = function() return "failed" end })

        default.action = named("default.action", function(inlet)
            local event, event2 = inlet.getEvent()
            local body = inlet.getConfig()["on" .. event.etype]
            if type(body) == "function" then body(event, event2) end
            -- A function that starts nothing has no interest in the event.
            if event.status == "wait" then inlet.discardEvent(event) end
        end)
        shared.default_action = default.action

        default.init = named("default.init", function(event)
            local body = event.config.onStartup
            if type(body) == "function" then body(event) end
            if event.status == "wait" then event.inlet.discardEvent(event) end
        end)

        local function is_same(one, other)
            for code, found in pairs(one) do if other[code] ~= found then return false end end
            for code, found in pairs(other) do if one[code] ~= found then return false end end
            return true
        end

        -- Which table a process is judged by: that of rsync for lists and the start, that of ssh for single events.
        local function meaning(agent, code)
            local config = agent.config
            local is_start = not agent.isList and (agent.etype == "Init" or agent.etype == "Full")
            local codes = config.exitcodes
            if type(codes) ~= "table" and type(config.rsyncExitCodes) == "table" then
                codes = config.rsyncExitCodes
                if not agent.isList and not is_start then
                    -- default.direct takes every end of a copy for good.
                    if type(config.sshExitCodes) ~= "table" then return "ok" end
                    codes = config.sshExitCodes
                end
            end
            if type(codes) ~= "table" then return code == 0 and "ok" or nil end
            local found = codes[code]
            -- Of lsyncd's own table no code ends the program.
            if found == "die" and is_same(codes, default.rsyncExitCodes) then return nil end
            return found
        end

        local function collect_start(agent, code, found)
            local names = shared.is_old() and "'" .. agent.source .. "'"
                or agent.source .. " -> " .. tostring(agent.target or "(nil)")
            if found == "ok" then
                log("Normal", "Startup of ", names, " finished.")
                return "ok"
            end
            if found ~= "die" and shared.insists() then
                log("Normal", "Retrying startup of ", names, ": ", code)
                return found == "again" and "again" or shared.failed
            end
            log("Error", "Temporary or permanent failure on startup of ", names, " (exit code ", code,
                "). Terminating since \"insist\" is not set.")
            terminate(-1)
        end

        default.collect = named("default.collect", function(agent, code)
            local found = meaning(agent, code)
            if not agent.isList and agent.etype == "Init" then return collect_start(agent, code, found) end
            local what = agent.isList and "a list" or agent.etype .. " on " .. agent.sourcePath
            local is_new_list = agent.isList and not shared.is_old()
            if found == "ok" then
                log("Normal", "Finished ", what, is_new_list and " after exitcode: " or " = ", code)
            elseif found == "die" then
                log("Error", "Failure with ", what, agent.isList and " with exitcode = " or " = ", code)
            else
                log("Normal", "Retrying ", what, is_new_list and " after exitcode = " or " = ", code)
            end
            return found or shared.failed
        end)

        -- The same in the words of these two.
        for _, name in ipairs({ "rsyncssh", "direct" }) do
            default[name].collect = named("default." .. name .. ".collect", function(agent, code)
                local found = meaning(agent, code)
                local is_start = not agent.isList and agent.etype == "Init"
                if is_start and found ~= "ok" then return collect_start(agent, code, found) end
                local what = agent.isList and "(list)" or agent.etype .. " " .. agent.sourcePath
                if is_start then
                    log("Normal", "Startup of \"", agent.source, "\" finished: ", code)
                elseif found == "ok" then
                    log("Normal", "Finished ", what, ": ", code)
                elseif found == "die" then
                    log("Error", "Failure ", what, ": ", code)
                else
                    log("Normal", "Retrying ", what, ": ", code)
                end
                return found or shared.failed
            end)
        end
        """#
}
