extension Prelude {
    /// What an inlet offers while the program runs.
    static let queue = #"""
        local host = shared.host
        local offered = {}

        local function check(name)
            if not shared.running then
                error("inlet." .. name .. "() has nothing to act on while the configuration is read", 3)
            end
        end

        -- The next label of an event that a script asks for.
        local last_label = 0
        local function own_event(record, etype, path)
            last_label = last_label - 1
            local delay = shared.delay(record, last_label, etype, path, true)
            delay.due = true
            table.insert(record.window, delay)
            return delay
        end

        function offered.getEvent(record)
            check("getEvent")
            for _, delay in ipairs(record.window) do
                if delay.status == "wait" and delay.due then return shared.pair(delay) end
            end
            error("getEvent(): no event is due", 2)
        end

        -- What a list leaves out: an event knows only one of those that it waits for, so names are compared.
        local function left_events()
            local here, above, has_barrier = {}, {}, false
            local function each_above(path, visit)
                path = string.match(path, "^(.*)/[^/]*$")
                while path do
                    if visit(path) then return true end
                    path = string.match(path, "^(.*)/[^/]*$")
                end
                return false
            end
            local function touches(path)
                path = string.gsub(path, "/$", "")
                return here[path] or above[path] or each_above(path, function(upper) return here[upper] end)
            end
            local function add(path)
                path = string.gsub(path, "/$", "")
                here[path] = true
                each_above(path, function(upper) above[upper] = true end)
            end
            return {
                touches = function(delay)
                    return has_barrier or touches(delay.path) or delay.destination and touches(delay.destination)
                end,
                add = function(delay)
                    if delay.etype == "Full" then return end
                    if delay.etype == "Init" or delay.etype == "Blanket" then
                        has_barrier = true
                        return
                    end
                    add(delay.path)
                    if delay.destination then add(delay.destination) end
                end,
            }
        end

        function offered.getEvents(record, test)
            check("getEvents")
            host("list")
            local left, taken = left_events(), {}
            for _, delay in ipairs(record.window) do
                if delay.status ~= "gone" then
                    local verdict = delay.status ~= "active" and not (delay.blocker and left.touches(delay))
                    if verdict and test then verdict = test(shared.pair(delay)) end
                    if verdict == "break" then break end
                    if verdict then table.insert(taken, delay) else left.add(delay) end
                end
            end
            return shared.list(record, taken)
        end

        function offered.discardEvent(record, event)
            check("discardEvent")
            local view = shared.behind[event]
            if not view or view.is_list then error("discardEvent(): this is not an event", 2) end
            if view.delay.is_plain then
                error("discardEvent(): a change of a sync without functions of its own goes to its target all the same", 2)
            end
            if view.delay.status ~= "wait" then
                log("Error", "Ignored cancel of a non-waiting event of type ", view.delay.etype)
                return
            end
            view.delay.status = "gone"
            host("discard", view.delay.record.number, view.delay.key)
        end

        function offered.createBlanketEvent(record)
            check("createBlanketEvent")
            local delay = own_event(record, "Blanket", "")
            host("blanket", record.number, delay.key)
            return delay.event
        end

        function offered.createFullEvent(record, path)
            check("createFullEvent")
            path = tostring(path or "/")
            if string.sub(path, 1, 1) ~= "/" then path = "/" .. path end
            local delay = own_event(record, "Full", path)
            host("full", record.number, delay.key, path)
            return delay.event
        end

        function offered.getSync(record) return shared.sync_object(record) end
        -- Where the tunnel ends on this machine, for substitudeCommands().
        function offered.getSubstitutionData(record, _, data)
            data = data or {}
            for key, value in pairs(record.way or {}) do data[key] = value end
            return data
        end

        function shared.add_queue_functions(record, functions)
            for name, body in pairs(offered) do
                functions[name] = function(...) return body(record, ...) end
            end
        end

        local names = {
            getConfig = true, addExclude = true, rmExclude = true, getExcludes = true, appendFilter = true,
            getFilters = true, hasFilters = true,
        }
        function shared.has_inlet_function(name) return offered[name] ~= nil or names[name] == true end

        -- Changes of patterns take effect for the events that come.
        function shared.pattern_changed(record, request, pattern)
            if shared.running then host(request, record.number, pattern) end
        end
        """#
}
