extension Prelude {
    /// Functions that lsyncd offers beside the library.
    static let globals = #"""
        local host, errors = shared.host, io.stderr

        lsyncd_version = "2.3.1"

        function print(...)
            local words = {}
            for index = 1, select("#", ...) do words[index] = tostring((select(index, ...))) end
            errors:write(table.concat(words, "\t"), "\n")
        end

        -- Categories beyond these three are shown on demand only.
        local shown = { Normal = true, Warn = true, Error = true }
        local timestamp
        local function rendered(value)
            if type(value) == "string" or type(value) == "number" then return tostring(value) end
            if getmetatable(value) == timestamp then return "(Timestamp: " .. value.string .. ")" end
            if type(value) == "table" then return "(Table: " .. string.sub(tostring(value), 8) .. ")" end
            return "(" .. tostring(value) .. ")"
        end
        function log(category, ...)
            if type(category) ~= "string" then error("the first argument of log() is its category", 2) end
            if not shared.running and not shown[category] then return end
            local words = {}
            for index = 1, select("#", ...) do words[index] = rendered((select(index, ...))) end
            if shared.running then return host("log", category, table.concat(words)) end
            errors:write(category, ": ", table.concat(words), "\n")
        end

        local function moment(seconds)
            return setmetatable({ seconds = seconds, string = tostring(seconds) }, timestamp)
        end
        timestamp = {
            __add = function(left, right)
                if type(left) == "number" then left, right = right, left end
                if type(right) ~= "number" then error("two timestamps cannot be added", 2) end
                return moment(left.seconds + right)
            end,
            __sub = function(left, right)
                if type(right) == "number" then return moment(left.seconds - right) end
                return left.seconds - right.seconds
            end,
            __lt = function(left, right) return left.seconds < right.seconds end,
            __le = function(left, right) return left.seconds <= right.seconds end,
            __eq = function(left, right) return left.seconds == right.seconds end,
            __tostring = function(value) return value.string end,
            __concat = function(left, right) return tostring(left) .. tostring(right) end,
        }
        function now() return moment(host("now")) end

        function readdir(path)
            local told = table.pack(host("readdir", path))
            if not told[1] then
                log("Error", "cannot open dir [", path, "]")
                return nil
            end
            local entries = {}
            for index = 2, told.n, 2 do entries[told[index]] = told[index + 1] end
            return entries
        end

        function string.starts(text, prefix) return string.sub(text, 1, #prefix) == prefix end
        function string.ends(text, suffix) return suffix == "" or string.sub(text, -#suffix) == suffix end
        function table.contains(list, wanted)
            for _, value in pairs(list) do
                if value == wanted then return true end
            end
            return false
        end

        -- Syncs that hold the same table share the tunnel.
        local tunnels = 0
        shared.tunnel_methods = {}
        local tunnel_meta = {
            __index = function(options, name)
                if name == "options" then return options end
                return shared.tunnel_methods[name]
            end,
        }
        function tunnel(options)
            if type(options) ~= "table" then
                error("tunnel takes one table: tunnel{ mode = \"pool\", command = { ... } }", 2)
            end
            tunnels = tunnels + 1
            options._number = tunnels
            if options.name == nil then options.name = "Tunnel" .. tunnels end
            return setmetatable(options, tunnel_meta)
        end

        -- `^key` for each key of `values`; our documents write `${key}` for the ends of a tunnel too.
        function shared.filled(text, values)
            for key, value in pairs(values) do
                local function take() return tostring(value) end
                text = string.gsub(text, "%^" .. key, take)
                text = string.gsub(text, "%${" .. key .. "}", take)
            end
            return text
        end
        function substitudeCommands(command, values)
            if type(values) ~= "table" then error("substitudeCommands(command, values): values is no table", 2) end
            if type(command) == "string" then return shared.filled(command, values) end
            if type(command) ~= "table" then
                return log("Error", "substitudeCommands(command, values): command is no text and no list")
            end
            local words = {}
            for index, word in ipairs(command) do words[index] = shared.filled(tostring(word), values) end
            return words
        end

        local function split_quoted(text)
            local words = {}
            local rest = text
            while true do
                rest = string.gsub(rest, "^%s+", "")
                if rest == "" then return words end
                local quote = string.match(rest, "^[\"']")
                local word, after
                if quote then word, after = string.match(rest, "^" .. quote .. "([^" .. quote .. "]*)" .. quote .. "?(.*)$") end
                if not quote then word, after = string.match(rest, "^(%S+)(.*)$") end
                table.insert(words, word)
                rest = after
            end
        end

        lsyncd = {
            log = log, now = now, readdir = readdir, splitQuotedString = split_quoted,
            realdir = function(path) return (host("realdir", path)) end,
            get_file_size = function(path)
                local file = io.open(path, "rb")
                if not file then return nil end
                local size = file:seek("end")
                file:close()
                return size
            end,
            jiffies_from_seconds = function(seconds) return seconds * 100 end,
            configure = function() end,
        }
        """#
}
