extension Prelude {
    /// Events and lists of events, as functions of a configuration see them.
    static let events = #"""
        local host = shared.host
        -- What stands behind an event or a list; the objects themselves are free for fields of the person's own.
        local behind = setmetatable({}, { __mode = "k" })
        shared.behind = behind

        -- The path below the source, with a slash before it, and one behind it for a directory.
        local function path(view) return view.is_destination and view.delay.destination or view.delay.path end
        local function without_end(text) return (string.gsub(text, "(.)/$", "%1")) end
        local function directory(text) return string.match(text, "^(.*/)[^/]+/?$") or "" end
        -- Before 2.2 these began with a slash.
        local function shown(text)
            if shared.is_old() then return text end
            return (string.gsub(text, "^/", ""))
        end
        local function source(view) return view.delay.record.config.source end
        -- The places of a tunnel in a target are filled in once it is up.
        local function target(view)
            local record = view.delay.record
            local text = record.config.target
            if not record.way or type(text) ~= "string" then return text or "" end
            return shared.filled(text, record.way)
        end

        local fields = {
            isList = function() return false end,
            config = function(view) return view.delay.record.config end,
            inlet = function(view) return view.delay.record.inlet end,
            etype = function(view) return view.delay.etype end,
            status = function(view) return view.delay.status end,
            isdir = function(view) return view.delay.is_directory end,
            name = function(view) return string.match(path(view), "[^/]+/?$") end,
            basename = function(view) return string.match(path(view), "([^/]+)/?$") end,
            path = function(view) return shown(path(view)) end,
            pathname = function(view) return shown(without_end(path(view))) end,
            pathdir = function(view) return shown(directory(path(view))) end,
            source = source,
            sourcePath = function(view) return source(view) .. path(view) end,
            sourcePathname = function(view) return source(view) .. without_end(path(view)) end,
            sourcePathdir = function(view) return source(view) .. directory(path(view)) end,
            target = function(view) return view.delay.record.config.target and target(view) end,
            targetPath = function(view) return target(view) .. path(view) end,
            targetPathname = function(view) return target(view) .. without_end(path(view)) end,
            targetPathdir = function(view) return target(view) .. directory(path(view)) end,
            move = function(view)
                if not view.delay.destination then return nil end
                return view.is_destination and "To" or "Fr"
            end,
        }

        local event_meta = {
            __index = function(event, name)
                local view, field = behind[event], fields[name]
                if field then return field(view) end
                -- Until 2.0.4 the function of the start got the inlet.
                if view.delay.etype == "Init" and shared.has_inlet_function(name) then
                    return view.delay.record.inlet[name]
                end
                error("event does not have field \"" .. tostring(name) .. "\"", 2)
            end,
        }

        local function event_object(delay, is_destination)
            local event = setmetatable({}, event_meta)
            behind[event] = { delay = delay, is_destination = is_destination }
            return event
        end

        -- One event of the program; the same object as long as the event lives.
        -- A change of a sync without functions lives as long as one call.
        function shared.delay(record, key, etype, path_text, is_directory, destination, is_plain)
            local delay = not is_plain and record.known[key]
            if not delay then
                delay = { record = record, key = key, is_plain = is_plain }
                delay.event = event_object(delay, false)
                if not is_plain then record.known[key] = delay end
            end
            delay.etype, delay.path, delay.is_directory = etype, path_text, is_directory
            delay.destination = destination or nil
            if destination and not delay.event2 then delay.event2 = event_object(delay, true) end
            delay.status = "wait"
            return delay
        end

        local function pair(delay)
            if delay.destination then return delay.event, delay.event2 end
            return delay.event
        end
        shared.pair = pair

        local function plain_paths(_, first, second) return first, second end

        local list_functions = {
            getPaths = function(list)
                return function(mutator)
                    local paths = {}
                    for _, delay in ipairs(list.delays) do
                        local first, second = (mutator or plain_paths)(delay.etype, delay.path, delay.destination)
                        if first ~= nil then table.insert(paths, first) end
                        if second ~= nil then table.insert(paths, second) end
                    end
                    return paths
                end
            end,
            size = function(list) return function() return #list.delays end end,
            getList = function(list)
                return function()
                    local events = {}
                    for index, delay in ipairs(list.delays) do events[index] = delay.event end
                    return events
                end
            end,
        }

        local list_meta = {
            __index = function(object, name)
                local list = behind[object]
                if name == "isList" then return true end
                if name == "config" then return list.record.config end
                if name == "inlet" then return list.record.inlet end
                if name == "status" then return list.delays[1] and list.delays[1].status end
                local make = list_functions[name]
                if make then return make(list) end
                error("event list does not have function \"" .. tostring(name) .. "\"", 2)
            end,
        }

        function shared.list(record, delays)
            local object = setmetatable({}, list_meta)
            behind[object] = { record = record, delays = delays, is_list = true }
            return object
        end
        """#
}
