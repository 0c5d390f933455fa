extension Prelude {
    /// What lsyncd shows of its own inside, for the few scripts that look at it: `Queue`, `Tunnel`, and the rest of the
    /// `lsyncd` table.
    static let inside = #"""
        local host = shared.host

        -- Values in the order of their positions. A position belongs to its value as long as that is in the queue.
        local contents = setmetatable({}, { __mode = "k" })
        local function next_of(queue, position, step)
            local all = contents[queue]
            repeat position = position + step until all.values[position] ~= nil or position > all.last or position < all.first
            if all.values[position] == nil then return nil end
            return position, all.values[position]
        end
        local function narrow(queue)
            local all = contents[queue]
            while all.first <= all.last and all.values[all.first] == nil do all.first = all.first + 1 end
            while all.first <= all.last and all.values[all.last] == nil do all.last = all.last - 1 end
        end
        local function check(queue, position)
            if contents[queue].values[position] == nil then error("there is nothing at this place of the Queue", 3) end
        end
        local operations = {}
        function operations.size(queue) return contents[queue].size end
        function operations.first(queue) return contents[queue].values[contents[queue].first] end
        function operations.last(queue) return contents[queue].values[contents[queue].last] end
        function operations.push(queue, value)
            if not value then error("Queue:push(value): there is no value", 2) end
            local all = contents[queue]
            all.last, all.size = all.last + 1, all.size + 1
            all.values[all.last] = value
            return all.last
        end
        function operations.inject(queue, value)
            local all = contents[queue]
            all.first, all.size = all.first - 1, all.size + 1
            all.values[all.first] = value
        end
        function operations.replace(queue, position, value)
            check(queue, position)
            contents[queue].values[position] = value
        end
        function operations.remove(queue, position)
            check(queue, position)
            contents[queue].values[position] = nil
            contents[queue].size = contents[queue].size - 1
            narrow(queue)
        end
        function operations.qpairs(queue)
            return function(_, position) return next_of(queue, position, 1) end, queue, contents[queue].first - 1
        end
        function operations.qpairsReverse(queue)
            return function(_, position) return next_of(queue, position, -1) end, queue, contents[queue].last + 1
        end
        local queue_meta = {
            __index = function(queue, key)
                if type(key) == "number" then return contents[queue].values[key] end
                return operations[key] or error("Key \"" .. tostring(key) .. "\" invalid for Queue", 2)
            end,
            __newindex = function() error("a Queue takes values by push, inject and replace", 2) end,
        }
        Queue = {
            new = function()
                local queue = setmetatable({}, queue_meta)
                contents[queue] = { values = {}, first = 1, last = 0, size = 0 }
                return queue
            end,
        }

        -- lsyncd hands out its own object here; this one has what can be read in it.
        function shared.sync_object(record)
            local delays = Queue.new()
            for _, delay in ipairs(record.window or {}) do
                if delay.status ~= "gone" then
                    delays:push({
                        etype = delay.etype, path = delay.path, path2 = delay.destination, status = delay.status,
                    })
                end
            end
            local running = shared.running and (host("processes", record.number)) or 0
            return {
                config = record.config, source = record.config.source, inlet = record.inlet, delays = delays,
                processes = { size = function() return running end },
                excludes = record.inlet.getExcludes(), filters = record.filters,
            }
        end

        local states = { UNKNOWN = 0, DOWN = 1, DISABLED = 2, CONNECTING = 3, UP = 4, RETRY_TIMEOUT = 5, UP_RETRY_TIMEOUT = 6 }
        Tunnel = {
            new = function(options) return tunnel(options) end,
            defaults = {
                mode = "command", parallel = 1, distribution = "rr", readyDelay = 5, retryDelay = 10, localhost = "localhost",
            },
            TUNNEL_STATUS = states,
            TUNNEL_MODES = { COMMAND = "command", POOL = "pool" },
            TUNNEL_DISTRIBUTION = { ROUNDROBIN = "rr" },
            TUNNEL_SUBSTITIONS = { "localhost", "localport" },
            statusToText = function(status)
                for name, number in pairs(states) do if number == status then return name end end
                return "UNKNOWN"
            end,
        }
        function shared.tunnel_methods.statusText(options) return host("tunnel", options._number) or "DOWN" end
        function shared.tunnel_methods.isReady(options) return options:statusText() == "UP" end

        function lsyncd.get_process_info()
            if not shared.running then return 0, nil end
            local _, all, most = host("processes", 0)
            return all, most
        end
        function lsyncd.get_free_port() return (host("port")) end
        lsyncd.inotify = {}
        for _, name in ipairs({ "addwatch", "rmwatch" }) do
            lsyncd.inotify[name] = function()
                error("lsyncd.inotify." .. name .. "() is not offered: a source is watched whole, and nothing else", 2)
            end
        end
        """#
}
